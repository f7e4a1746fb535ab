//! The ladder and the gap in one line each, as the console and JUnit show them.

use crate::leaves::{Rung, RungState, words};
use crate::report::check_record::CheckRecord;
use crate::report::gap_record::{EdgeRecord, GapRecord};
use crate::report::why::ladder;

/// The longest ladder in one line, in characters.
const ONE_LINE: usize = 120;

/// `exporter present, 1 series, newest 12s old | prom present | query absent` in one line where that is short, else a line a hop.
pub(crate) fn ladder_lines(ladder: &[Rung]) -> Vec<String> {
    let rungs: Vec<String> = ladder.iter().map(rung).collect();
    let line = rungs.join(" | ");
    if line.chars().count() <= ONE_LINE {
        vec![line]
    } else {
        rungs
    }
}

fn rung(rung: &Rung) -> String {
    let mut parts = vec![format!("{} {}", rung.hop, rung.state.word())];
    if let Some(series) = rung.series {
        parts.push(words::count(
            usize::try_from(series).unwrap_or(usize::MAX),
            "series",
        ));
    }
    if let Some(age) = rung.age_ms {
        parts.push(format!("newest {}", words::old(age)));
    }
    let mut line = parts.join(", ");
    if let Some(why) = &rung.why {
        line.push_str(&format!(" ({why})"));
    }
    line
}

/// `receive > query`; `(nothing) > prom` where prom is the first hop, `(unknown) > prom` where no hop before it could be asked.
pub(crate) fn edge_line(gap: &GapRecord) -> String {
    let from = match (&gap.from, gap.edge) {
        (Some(from), _) => from,
        (None, EdgeRecord::Exact) => "(nothing)",
        (None, EdgeRecord::Interval) => "(unknown)",
    };
    format!("{from} > {}", gap.to)
}

/// What the edge means, in words that can follow `query is`.
pub(crate) fn edge_words(gap: &GapRecord, check: &CheckRecord) -> String {
    let lacks = match gap.shows {
        RungState::Stale => "the first hop where the series is stale",
        RungState::Unknown => "of which it could not be told",
        RungState::Present => "where the series is, but not as it should be",
        RungState::Absent => "the first hop without the series",
    };
    if matches!(gap.shows, RungState::Unknown | RungState::Present) {
        return lacks.to_owned();
    }
    let unasked = words::list(&unasked_between(gap, check));
    match (&gap.from, gap.edge) {
        (Some(_), EdgeRecord::Exact) => lacks.to_owned(),
        (None, EdgeRecord::Exact) => format!("{lacks}, and the first of all"),
        (Some(from), EdgeRecord::Interval) => format!(
            "{lacks} of those that could be asked; lost somewhere after {from}, as {unasked} could not be asked"
        ),
        (None, EdgeRecord::Interval) => {
            format!("{lacks} of those that could be asked; {unasked} before it could not be")
        }
    }
}

/// `judged 3 times over 3m0s`, where a check was judged more than once.
pub(crate) fn judged_words(check: &CheckRecord) -> Option<String> {
    (check.attempts > 1).then(|| {
        format!(
            "judged {} over {}",
            words::count(check.attempts as usize, "time"),
            words::age(i64::try_from(check.took_ms).unwrap_or(i64::MAX))
        )
    })
}

/// The hops between the two ends of a gap that could not be asked.
fn unasked_between(gap: &GapRecord, check: &CheckRecord) -> Vec<String> {
    if gap.edge == EdgeRecord::Exact {
        return Vec::new();
    }
    let ladder = ladder(check, Some(gap));
    let place = |name: &str| ladder.iter().position(|rung| rung.hop == name);
    let first = gap.from.as_deref().and_then(place).map_or(0, |at| at + 1);
    let last = place(&gap.to).unwrap_or(first);
    ladder
        .get(first..last)
        .unwrap_or_default()
        .iter()
        .filter(|rung| rung.state == RungState::Unknown)
        .map(|rung| rung.hop.clone())
        .collect()
}

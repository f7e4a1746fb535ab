//! The ladder and the gap in one line each, as the console and JUnit show them.

use crate::leaves::{Rung, RungState, words};
use crate::report::check_record::CheckRecord;
use crate::report::gap_record::{EdgeRecord, GapRecord};

/// `exporter present, 1 series, 12s old | prom present | query absent`.
pub(crate) fn ladder_line(ladder: &[Rung]) -> String {
    let rungs: Vec<String> = ladder.iter().map(rung).collect();
    rungs.join(" | ")
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
        parts.push(format!("newest {}", aged(age)));
    }
    let mut line = parts.join(", ");
    if let Some(why) = &rung.why {
        line.push_str(&format!(" ({why})"));
    }
    line
}

/// `12s old`, or `5s ahead` where a clock is.
pub(crate) fn aged(age_ms: i64) -> String {
    if age_ms < 0 {
        words::age(age_ms)
    } else {
        format!("{} old", words::age(age_ms))
    }
}

/// `receive > query`, or `(nothing) > prom` where no hop upstream has the series.
pub(crate) fn edge_line(gap: &GapRecord) -> String {
    format!(
        "{} > {}",
        gap.from.as_deref().unwrap_or("(nothing)"),
        gap.to
    )
}

/// What the edge means, in words.
pub(crate) fn edge_words(gap: &GapRecord, check: &CheckRecord) -> String {
    let state = check
        .ladder
        .iter()
        .find(|rung| rung.hop == gap.to)
        .map_or(RungState::Absent, |rung| rung.state);
    let lacks = match state {
        RungState::Stale => "the first hop where the series is stale",
        _ => "the first hop without the series",
    };
    match (&gap.from, unasked_between(gap, check).as_slice()) {
        (Some(_), []) => lacks.to_owned(),
        (None, []) => format!("{lacks}; no hop before it has it"),
        (_, unasked) => format!(
            "{lacks} that could be asked; {} could not, so it is lost somewhere between",
            words::list(unasked)
        ),
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
    let place = |name: &str| check.ladder.iter().position(|rung| rung.hop == name);
    let first = gap.from.as_deref().and_then(place).map_or(0, |at| at + 1);
    let last = place(&gap.to).unwrap_or(first);
    check
        .ladder
        .get(first..last)
        .unwrap_or_default()
        .iter()
        .filter(|rung| rung.state == RungState::Unknown)
        .map(|rung| rung.hop.clone())
        .collect()
}

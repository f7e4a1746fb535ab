//! What a report says of why a metric is lost: the lines of the failure block, and which gaps have one cause.

use crate::leaves::{Certainty, Rung, words};
use crate::report::check_record::CheckRecord;
use crate::report::gap_record::{CauseRecord, GapRecord};
use crate::report::record::Record;

/// Ids that a line names, at most.
const MOST_IDS: usize = 6;

/// The ladder to show of a check: the whole pipeline's, where the diagnosis looked at more hops than the check did.
pub(crate) fn ladder<'a>(check: &'a CheckRecord, gap: Option<&'a GapRecord>) -> &'a [Rung] {
    match gap {
        Some(gap) if gap.ladder.len() > check.ladder.len() => &gap.ladder,
        _ => &check.ladder,
    }
}

/// The causes of that certainty, in the order of the record.
pub(crate) fn of(gap: &GapRecord, certainty: Certainty) -> Vec<&CauseRecord> {
    gap.causes
        .iter()
        .filter(|cause| cause.certainty == certainty)
        .collect()
}

/// The lines on the control, on why the answer was empty, and on the causes: a label, and untrusted text.
pub(crate) fn lines(gap: &GapRecord) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let surest = gap.causes.iter().filter(is_sure);
    for cause in surest {
        lines.push((
            "why",
            format!("{} ({}, {})", cause.says, cause.id, cause.certainty.word()),
        ));
        lines.extend(
            cause
                .consequences
                .iter()
                .map(|consequence| ("", format!("so also {consequence}"))),
        );
        if let Some(fix) = &cause.fix {
            lines.push(("fix", fix.clone()));
        }
    }
    if let Some(control) = &gap.control {
        lines.push(("control", control.says.clone()));
    }
    for (at, told) in gap.why_empty.iter().enumerate() {
        lines.push((if at == 0 { "empty" } else { "" }, told.clone()));
    }
    for cause in of(gap, Certainty::Possible) {
        lines.push(("maybe", format!("{} ({}, possible)", cause.says, cause.id)));
    }
    for (label, certainty, word) in [
        ("not so", Certainty::RuledOut, "ruled out"),
        ("unknown", Certainty::NotTested, "not tested"),
    ] {
        let ids: Vec<&str> = of(gap, certainty)
            .iter()
            .map(|cause| cause.id.as_str())
            .collect();
        if !ids.is_empty() {
            lines.push((label, format!("{word}: {}", words::few(&ids, MOST_IDS))));
        }
    }
    lines
}

fn is_sure(cause: &&CauseRecord) -> bool {
    matches!(cause.certainty, Certainty::Proven | Certainty::Likely)
}

/// Gaps that have one cause, at one edge of one cluster.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// The surest cause.
    pub(crate) cause: &'a CauseRecord,
    /// The gaps, in the order of the record.
    pub(crate) gaps: Vec<&'a GapRecord>,
}

/// The proven and likely causes of this record, each once, with the gaps that it explains. Gaps under a waiver are left out.
pub(crate) fn groups(record: &Record) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for gap in record.gaps.iter().filter(|gap| !gap.waived) {
        let Some(cause) = gap.causes.first().filter(is_sure) else {
            continue;
        };
        let is_same = |group: &&mut Group<'_>| {
            let first = group.gaps[0];
            group.cause.id == cause.id
                && group.cause.certainty == cause.certainty
                && (&first.cluster, &first.from, &first.to) == (&gap.cluster, &gap.from, &gap.to)
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.gaps.push(gap),
            None => groups.push(Group {
                cause,
                gaps: vec![gap],
            }),
        }
    }
    groups
}

/// One line a cause that explains several gaps: `store-unhealthy (proven) explains 12 gaps: a, b, c and 9 more`.
pub(crate) fn shared(record: &Record) -> Vec<String> {
    groups(record)
        .iter()
        .filter(|group| group.gaps.len() > 1)
        .map(|group| {
            let checks: Vec<&str> = group.gaps.iter().map(|gap| gap.check.as_str()).collect();
            format!(
                "{} ({}) explains {}: {}",
                group.cause.id,
                group.cause.certainty.word(),
                words::count(checks.len(), "gap"),
                words::few(&checks, MOST_IDS)
            )
        })
        .collect()
}

//! Sections 5 and 6: what is waived and what could not be checked. Neither is ever silent: a gap nobody looks at is still a gap.

use crate::report::block::Index;
use crate::report::check_record::{CheckRecord, State};
use crate::report::command::{command, deciding};
use crate::report::ladder_line::edge_line;
use crate::report::md::part::Part;
use crate::report::md::safe_text::{Md, code, raw, table, text};
use crate::report::record::Record;

/// Waivers that hold, have expired or can go; then checks that could not be asked, were blocked or skipped.
pub(crate) fn parts(record: &Record, index: &Index<'_>) -> Vec<Part> {
    let checks = |wanted: fn(&CheckRecord) -> bool| -> Vec<&CheckRecord> {
        record.checks.iter().filter(|check| wanted(check)).collect()
    };
    let mut parts = Vec::new();
    let waived = checks(|check| {
        check.verdict == State::KnownGap
            || check.fixed
            || check.waiver_expired() && check.verdict != State::Pass
    });
    if !waived.is_empty() {
        let rows: Vec<Vec<Md>> = waived
            .iter()
            .map(|check| waiver_row(check, index))
            .collect();
        let headers = [
            "check",
            "waiver",
            "until",
            "ticket",
            "reason",
            "what it covers",
            "owner",
        ];
        let table = table(&headers.map(raw), &rows);
        parts.push(Part::new(1, format!("## Waived and expired\n\n{table}")));
    }
    let unasked = checks(|check| check.verdict == State::Error || check.blocked_unasked());
    if !unasked.is_empty() {
        let rows: Vec<Vec<Md>> = unasked
            .iter()
            .map(|check| {
                vec![
                    code(&check.id),
                    raw(check.verdict.word()),
                    text(&check.message),
                    check.help.as_deref().map_or(raw(""), text),
                    deciding(check, None)
                        .and_then(command)
                        .map_or(raw(""), |command| code(&command)),
                    check.owner.as_deref().map_or(raw(""), code),
                ]
            })
            .collect();
        let headers = ["check", "state", "why", "help", "ask again", "owner"].map(raw);
        let table = table(&headers, &rows);
        parts.push(Part::new(1, format!("## Could not check\n\n{table}")));
    }
    let unjudged = checks(|check| {
        check.verdict == State::Skip || check.verdict == State::Blocked && !check.blocked_unasked()
    });
    if !unjudged.is_empty() {
        let rows: Vec<Vec<Md>> = unjudged
            .iter()
            .map(|check| {
                vec![
                    code(&check.id),
                    raw(check.verdict.word()),
                    text(&check.message),
                ]
            })
            .collect();
        let table = table(&["check", "state", "why"].map(raw), &rows);
        parts.push(Part::new(3, format!("## Blocked and skipped\n\n{table}")));
    }
    parts
}

fn waiver_row(check: &CheckRecord, index: &Index<'_>) -> Vec<Md> {
    let waiver = check.known_gap.as_ref();
    let standing = if check.fixed {
        "fixed: remove the waiver"
    } else if check.verdict == State::KnownGap {
        "holds"
    } else {
        "expired"
    };
    let covers = match (index.gap(check), &check.verdict) {
        (Some(gap), _) => code(&edge_line(gap)),
        (None, State::Pass) => raw("nothing any more"),
        (None, _) => match (&check.expected, &check.actual) {
            (Some(expected), Some(actual)) => raw("expected ")
                .and(text(expected))
                .and(raw(", found "))
                .and(text(actual)),
            _ => text(&check.message),
        },
    };
    vec![
        code(&check.id),
        raw(standing),
        waiver.map_or(raw(""), |waiver| code(&waiver.until)),
        waiver
            .and_then(|waiver| waiver.ticket.as_deref())
            .map_or(raw(""), code),
        waiver
            .and_then(|waiver| waiver.reason.as_deref())
            .map_or(raw(""), text),
        covers,
        check.owner.as_deref().map_or(raw(""), code),
    ]
}

//! What a report says of one check that did not pass: the same lines on the console and in JUnit.

use std::collections::HashMap;

use crate::leaves::words;
use crate::report::check_record::{CheckRecord, State};
use crate::report::command::{command, deciding};
use crate::report::gap_record::GapRecord;
use crate::report::ladder_line::{edge_line, edge_words, judged_words, ladder_lines};
use crate::report::record::Record;
use crate::report::why;

/// One line of a block: a short label, and untrusted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What the line tells: `gap`, `ladder`, `proof`.
    pub(crate) label: &'static str,
    /// The text, not yet made safe for any format.
    pub(crate) text: String,
}

/// What belongs to which check, looked up once a report.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    gaps: HashMap<&'a str, &'a GapRecord>,
    blocked: HashMap<&'a str, Vec<&'a CheckRecord>>,
}

impl<'a> Index<'a> {
    /// The index of a record.
    pub(crate) fn of(record: &'a Record) -> Self {
        let by_id: HashMap<&str, &CheckRecord> = record
            .checks
            .iter()
            .map(|check| (check.id.as_str(), check))
            .collect();
        let mut blocked: HashMap<&str, Vec<&CheckRecord>> = HashMap::new();
        for check in &record.checks {
            if let Some(root) = root_of_block(check, &by_id) {
                blocked.entry(root).or_default().push(check);
            }
        }
        Self {
            gaps: record
                .gaps
                .iter()
                .map(|gap| (gap.check.as_str(), gap))
                .collect(),
            blocked,
        }
    }

    /// The gap that this check shows.
    pub(crate) fn gap(&self, check: &CheckRecord) -> Option<&'a GapRecord> {
        self.gaps.get(check.id.as_str()).copied()
    }

    /// The checks that this one blocks, directly or through others.
    pub(crate) fn blocked_by(&self, check: &CheckRecord) -> &[&'a CheckRecord] {
        self.blocked
            .get(check.id.as_str())
            .map_or(&[], Vec::as_slice)
    }
}

/// The check at the far end of a chain of blocks.
fn root_of_block<'a>(
    check: &'a CheckRecord,
    by_id: &HashMap<&str, &'a CheckRecord>,
) -> Option<&'a str> {
    let mut root = check.blocked_by.as_deref()?;
    // A plan has no cycles; a record that was read from a file might.
    for _ in 0..by_id.len() {
        match by_id.get(root).and_then(|next| next.blocked_by.as_deref()) {
            Some(next) => root = next,
            None => break,
        }
    }
    Some(root)
}

/// The lines of a check: what, gap, ladder, why, proof, what to do. Empty parts are left out.
pub(crate) fn lines(check: &CheckRecord, index: &Index<'_>) -> Vec<Line> {
    let mut lines = vec![Line {
        label: "what",
        text: check.message.clone(),
    }];
    let mut push = |label, text: String| lines.push(Line { label, text });
    let gap = index.gap(check);
    if let Some(gap) = gap {
        let words: Vec<String> = std::iter::once(edge_words(gap, check))
            .chain(judged_words(check))
            .collect();
        push("gap", format!("{}  ({})", edge_line(gap), words.join("; ")));
    }
    let ladder = why::ladder(check, gap);
    if !ladder.is_empty() {
        for (at, line) in ladder_lines(ladder).into_iter().enumerate() {
            push(if at == 0 { "ladder" } else { "" }, line);
        }
    }
    for (label, text) in gap.map_or_else(Vec::new, why::lines) {
        push(label, text);
    }
    for note in &check.notes {
        push("note", note.clone());
    }
    if let Some(proof) = deciding(check, gap).and_then(command) {
        push("proof", proof);
    }
    if check.waiver_expired()
        && let Some(waiver) = &check.known_gap
    {
        push("waiver", format!("expired after {}", waiver.until));
    }
    let blocked: Vec<&str> = index
        .blocked_by(check)
        .iter()
        .filter(|check| !check.blocked_unasked())
        .map(|check| check.id.as_str())
        .collect();
    if !blocked.is_empty() {
        push(
            "blocks",
            format!(
                "{}: {}",
                words::count(blocked.len(), "check"),
                words::few(&blocked, 5)
            ),
        );
    }
    if let Some(help) = &check.help {
        push("help", help.clone());
    }
    if let Some(hint) = &check.hint {
        push("hint", hint.clone());
    }
    if let Some(owner) = &check.owner {
        push("owner", owner.clone());
    }
    lines
}

/// The word that a report puts before a check: its state, and what a reader must not overlook about it.
pub(crate) fn label(check: &CheckRecord) -> &'static str {
    match check.verdict {
        State::Pass if check.fixed => "FIXED",
        State::Pass if check.flaky => "FLAKY",
        State::Pass => "PASS",
        State::Fail => "FAIL",
        State::Error => "ERROR",
        State::Blocked => "BLOCKED",
        State::Skip => "SKIP",
        State::KnownGap => "KNOWN-GAP",
    }
}

/// What a reader must know of a pass that is not simply one: flaky, or under a waiver that can go. Both can be so.
pub(crate) fn remarks(check: &CheckRecord) -> Vec<String> {
    let mut remarks = Vec::new();
    if check.flaky {
        remarks.push(format!(
            "flaky: passed at attempt {} after {}",
            check.attempts,
            words::age(i64::try_from(check.took_ms).unwrap_or(i64::MAX))
        ));
    }
    if check.fixed {
        remarks.push(match &check.known_gap {
            Some(waiver) => format!("fixed: remove the waiver until {}", waiver.until),
            None => "fixed: remove the waiver".to_owned(),
        });
    }
    remarks
}

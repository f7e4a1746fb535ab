//! Sections 3 and 4: what failed, one section a check: the edge, the ladder, the causes, the next commands, the owner. Critical
//! ones first; warnings after them.

use std::collections::HashSet;

use crate::leaves::{Certainty, Rung, RungState, Severity, Table, words};
use crate::report::block::Index;
use crate::report::check_record::{CheckRecord, State};
use crate::report::command::{command, deciding};
use crate::report::ladder_line::edge_words;
use crate::report::md::causes;
use crate::report::md::part::Part;
use crate::report::md::pipeline::diagram;
use crate::report::md::safe_text::{Md, code, fence, number, raw, table, text};
use crate::report::record::Record;
use crate::report::why::ladder;

/// The most commands under one check.
const MOST_COMMANDS: usize = 8;
/// The most rows of a check's table.
const MOST_ROWS: usize = 50;
/// The most label sets of one hop.
const MOST_LABEL_SETS: usize = 3;

/// Sections for all checks that failed, and for those that could not be asked but show a gap.
pub(crate) fn parts(record: &Record, index: &Index<'_>) -> Vec<Part> {
    let found = |severity: Severity| {
        record.checks.iter().filter(move |check| {
            check.severity == severity
                && (check.verdict == State::Fail
                    || check.verdict == State::Error && index.gap(check).is_some())
        })
    };
    let mut parts = Vec::new();
    for (severity, heading) in [
        (Severity::Critical, "## Gaps and failures\n"),
        (Severity::Warning, "## Warnings\n"),
    ] {
        // Gaps before failures that are none; each in the order of the plan.
        let mut checks: Vec<&CheckRecord> = found(severity).collect();
        checks.sort_by_key(|check| index.gap(check).is_none());
        for (at, check) in checks.into_iter().enumerate() {
            let heading = if at == 0 {
                format!("{heading}\n")
            } else {
                String::new()
            };
            let rank = if severity == Severity::Critical { 2 } else { 4 };
            parts.push(Part::new(rank, heading + &section(check, index)));
        }
    }
    parts
}

fn section(check: &CheckRecord, index: &Index<'_>) -> String {
    let gap = index.gap(check);
    let mut out = String::new();
    let heading = match gap {
        Some(gap) => {
            let edge = match &gap.from {
                _ if gap.shows == RungState::Present => {
                    raw(": not as it should be at ").and(code(&gap.to))
                }
                _ if gap.shows == RungState::Unknown => {
                    raw(": could not be told at ").and(code(&gap.to))
                }
                Some(from) => raw(": lost between ")
                    .and(code(from))
                    .and(raw(" and "))
                    .and(code(&gap.to)),
                None => raw(": missing at ").and(code(&gap.to)),
            };
            raw("### ").and(code(&check.id)).and(edge)
        }
        None => raw("### ").and(code(&check.id)),
    };
    push(&mut out, &heading);
    let verdict = match check.verdict {
        State::Error => "**Error**: ",
        _ => "**Fail**: ",
    };
    push(&mut out, &raw(verdict).and(sentence(&check.message)));
    if let Some(gap) = gap {
        push(
            &mut out,
            &code(&gap.to)
                .and(raw(" is "))
                .and(sentence(&edge_words(gap, check))),
        );
    }
    let ladder = ladder(check, gap);
    if !ladder.is_empty() {
        out.push_str(&ladder_table(ladder));
        out.push('\n');
        out.push_str(&diagram(ladder, gap));
        out.push('\n');
    }
    for table in &check.tables {
        out.push_str(&own_table(table));
    }
    if let Some(gap) = gap {
        out.push_str(&causes::section(gap));
    }
    for note in &check.notes {
        push(&mut out, &raw("Note: ").and(sentence(note)));
    }
    let commands = commands(check, index);
    if !commands.is_empty() {
        out.push_str("Next commands:\n\n");
        out.push_str(&fence("sh", &commands.join("\n")));
        out.push('\n');
    }
    out.push_str(&facts(check, index));
    out
}

/// What each hop said; times stand in here, each as UTC with its age.
fn ladder_table(ladder: &[Rung]) -> String {
    let rows: Vec<Vec<Md>> = ladder
        .iter()
        .map(|rung| {
            let newest = match (rung.newest_sample, rung.age_ms) {
                (Some(at), Some(age)) => code(&format!("{at}, {}", words::old(age))),
                (Some(at), None) => code(&at.to_string()),
                (None, Some(age)) => text(&words::old(age)),
                (None, None) => raw(""),
            };
            let mut labels = Md::default();
            for (at, set) in rung.labels.iter().take(MOST_LABEL_SETS).enumerate() {
                labels = labels.and(raw(if at > 0 { ", " } else { "" }));
                labels = labels.and(code(&set.to_string()));
            }
            vec![
                code(&rung.hop),
                text(&rung.kind),
                raw(rung.state.word()),
                rung.series.map_or(raw(""), number),
                newest,
                labels,
                rung.why.as_deref().map_or(raw(""), text),
            ]
        })
        .collect();
    let headers = [
        "hop",
        "kind",
        "state",
        "series",
        "newest sample",
        "labels",
        "why",
    ]
    .map(raw);
    table(&headers, &rows)
}

/// A table that a check brought: its cells and columns are untrusted.
pub(crate) fn own_table(own: &Table) -> String {
    let cells = |row: &[String]| -> Vec<Md> {
        row.iter()
            .map(|cell| if cell.is_empty() { raw("") } else { text(cell) })
            .collect()
    };
    let mut out = String::new();
    push(&mut out, &raw("Table: ").and(text(&own.title)));
    let rows: Vec<Vec<Md>> = own
        .rows
        .iter()
        .take(MOST_ROWS)
        .map(|row| cells(row))
        .collect();
    out.push_str(&table(&cells(&own.columns), &rows));
    out.push('\n');
    if own.rows.len() > MOST_ROWS {
        let more = (own.rows.len() - MOST_ROWS) as u64;
        push(
            &mut out,
            &raw("and ").and(number(more)).and(raw(" more rows.")),
        );
    }
    out
}

/// Commands that exist: the causes' own, then the one that repeats what decided, then the rest of the evidence; each once.
fn commands(check: &CheckRecord, index: &Index<'_>) -> Vec<String> {
    let mut seen = HashSet::new();
    let gap = index.gap(check);
    let mut asked: Vec<(usize, String)> = check
        .evidence
        .iter()
        .filter_map(|exchange| {
            let hop = |rung: &Rung| {
                let rest = exchange.backend.strip_prefix(&rung.hop);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
            };
            let rungs = ladder(check, gap);
            let place = rungs.iter().position(hop).unwrap_or(rungs.len());
            Some((place, command(exchange)?))
        })
        .collect();
    if gap.is_some() {
        // Causes are looked into at the same time, and the next run asks in another order, and for other moments.
        asked.retain(|(_, command)| !command.contains("time="));
        asked.sort();
    }
    gap.into_iter()
        .flat_map(|gap| {
            gap.causes
                .iter()
                .filter(|cause| cause.certainty <= Certainty::Possible)
                .flat_map(|cause| cause.next.iter().cloned())
        })
        .chain(deciding(check, gap).and_then(command))
        .chain(asked.into_iter().map(|(_, command)| command))
        .filter(|command| seen.insert(command.clone()))
        .take(MOST_COMMANDS)
        .collect()
}

/// The facts that route a finding: owner, place, severity, gap id, what it blocks.
fn facts(check: &CheckRecord, index: &Index<'_>) -> String {
    let mut facts = Vec::new();
    if let Some(help) = &check.help {
        facts.push(raw("Help: ").and(text(help)));
    }
    if let Some(hint) = &check.hint {
        facts.push(raw("Hint: ").and(text(hint)));
    }
    if let Some(owner) = &check.owner {
        facts.push(raw("Owner: ").and(code(owner)));
    }
    facts.push(raw("Severity: ").and(raw(check.severity.word())));
    if let Some(place) = check.place() {
        facts.push(raw("Written at ").and(code(&place)));
    }
    if let Some(gap) = index.gap(check) {
        facts.push(raw("Gap id: ").and(code(&gap.id)));
    }
    if check.waiver_expired()
        && let Some(waiver) = &check.known_gap
    {
        facts.push(raw("The waiver expired after ").and(code(&waiver.until)));
    }
    for blocked in index.blocked_by(check) {
        facts.push(raw("Blocks ").and(code(&blocked.id)));
    }
    let mut out = String::new();
    for fact in facts {
        out.push_str(&raw("- ").and(fact).line());
        out.push('\n');
    }
    out
}

/// Untrusted text that ends as a sentence does.
fn sentence(words: &str) -> Md {
    let end = if words.trim_end().ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    text(words.trim_end()).and(raw(end))
}

fn push(out: &mut String, line: &Md) {
    out.push_str(&line.line());
    out.push_str("\n\n");
}

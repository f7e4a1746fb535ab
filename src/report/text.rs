//! The terminal text: what can wait first, failures last, then the summary and the exit code's reason, so that what matters is on
//! screen.

use unicode_width::UnicodeWidthStr;

use crate::leaves::{Ink, Severity, Verdict, words};
use crate::plan::Step;
use crate::report::block::{Index, label, lines, remarks};
use crate::report::check_record::{CheckRecord, State};
use crate::report::columns::table_lines;
use crate::report::options::FormatOptions;
use crate::report::record::{Counts, Record, RunVerdict};
use crate::report::sentence::message;
use crate::report::tame::tame;
use crate::report::why;
use crate::run::Outcome;

/// The longest line of untrusted text on a terminal, in bytes.
const LONGEST_LINE: usize = 4 * 1024;

/// Writes the record for a terminal.
pub(crate) fn write(record: &Record, options: &FormatOptions) -> Vec<u8> {
    let ink = options.ink;
    let index = Index::of(record);
    let mut out = String::new();
    let mut push = |line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    for check in &record.checks {
        match check.verdict {
            State::Pass if options.show_whole => block(check, &index, ink, &mut push),
            State::Pass if options.show_all || check.flaky || check.fixed => {
                push(one_line(check, ink));
            }
            State::Skip if options.show_all => push(one_line(check, ink)),
            State::KnownGap => push(one_line(check, ink)),
            _ => {}
        }
    }
    for (root, checks) in stray_blocks(record) {
        let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
        push(format!(
            "{}  {} by {}: {}",
            ink.yellow("BLOCKED"),
            words::count(ids.len(), "check"),
            safe(root),
            safe(&words::few(&ids, 5))
        ));
    }
    let unasked = |check: &&CheckRecord| check.verdict == State::Error || check.blocked_unasked();
    for check in record.checks.iter().filter(unasked) {
        block(check, &index, ink, &mut push);
    }
    for check in record
        .checks
        .iter()
        .filter(|check| check.verdict == State::Fail)
    {
        block(check, &index, ink, &mut push);
    }
    for line in why::shared(record) {
        push(format!("{}  {}", ink.bold("CAUSE"), safe(&line)));
    }
    push(summary(record, ink));
    push(exit_line(record, ink));
    out.into_bytes()
}

/// The one line of a finished check, as progress tells it: `FAIL  id  message`. Scrub it of secrets before it is printed.
pub fn line(step: &Step, outcome: &Outcome, ink: Ink) -> String {
    let verdict = outcome.verdict();
    let word = match verdict {
        Verdict::Pass if outcome.fixed => ink.yellow("FIXED"),
        Verdict::Pass if outcome.flaky => ink.yellow("FLAKY"),
        Verdict::Pass => ink.green("PASS"),
        Verdict::Fail { .. } => ink.red("FAIL"),
        Verdict::Error { .. } => ink.red("ERROR"),
        Verdict::Blocked {
            need_gates: false, ..
        } => ink.red("BLOCKED"),
        Verdict::Blocked { .. } => ink.yellow("BLOCKED"),
        Verdict::Skip { .. } => ink.dim("SKIP"),
        Verdict::KnownGap { .. } => ink.yellow("KNOWN-GAP"),
    };
    let mut line = format!(
        "{word}  {}  {}",
        safe(&step.id),
        safe(&message(verdict, &outcome.judged.says))
    );
    if outcome.attempts > 1 {
        line.push_str(&format!(" (judged {} times)", outcome.attempts));
    }
    if outcome.fixed {
        line.push_str(" (fixed: remove the waiver)");
    }
    line
}

fn one_line(check: &CheckRecord, ink: Ink) -> String {
    let word = painted(check, ink);
    let mut line = format!("{word}  {}  {}", safe(&check.id), safe(&check.message));
    for remark in remarks(check) {
        line.push_str(&format!(" ({})", safe(&remark)));
    }
    line
}

/// A label in the colour of its state; only a plain pass is green.
fn painted(check: &CheckRecord, ink: Ink) -> String {
    let word = label(check);
    match word {
        "PASS" => ink.green(word),
        "FAIL" | "ERROR" => ink.red(word),
        "BLOCKED" if check.blocked_unasked() => ink.red(word),
        "SKIP" => ink.dim(word),
        _ => ink.yellow(word),
    }
}

fn block(check: &CheckRecord, index: &Index<'_>, ink: Ink, push: &mut impl FnMut(String)) {
    let word = label(check);
    let place = check.place().unwrap_or_default();
    let id = safe(&check.id);
    // The place stands at the right where there is room for it.
    let severity = match check.severity {
        Severity::Warning => " (warning)",
        Severity::Critical => "",
    };
    let width = word.len() + id.width() + severity.len();
    let head = format!(
        "{}  {}{severity}{:room$}  {}",
        painted(check, ink),
        ink.bold(&id),
        "",
        ink.dim(&safe(&place)),
        room = 70usize.saturating_sub(width),
    );
    push(head.trim_end().to_owned());
    for line in lines(check, index) {
        push(format!(
            "  {}{}",
            ink.dim(&format!("{:<8}", line.label)),
            safe(&line.text)
        ));
    }
    for table in &check.tables {
        for row in table_lines(table) {
            push(format!("    {row}"));
        }
    }
    push(String::new());
}

/// Checks that are blocked by something this record does not show as failed or erred: by a known gap, or by a check of another
/// shard.
fn stray_blocks(record: &Record) -> Vec<(&str, Vec<&CheckRecord>)> {
    let shown: std::collections::HashSet<&str> = record
        .checks
        .iter()
        .filter(|check| matches!(check.verdict, State::Fail | State::Error | State::Blocked))
        .map(|check| check.id.as_str())
        .collect();
    let mut strays: Vec<(&str, Vec<&CheckRecord>)> = Vec::new();
    for check in &record.checks {
        let Some(by) = check.blocked_by.as_deref() else {
            continue;
        };
        if shown.contains(by) || check.blocked_unasked() {
            continue;
        }
        match strays.iter_mut().find(|(root, _)| *root == by) {
            Some((_, checks)) => checks.push(check),
            None => strays.push((by, vec![check])),
        }
    }
    strays
}

/// `10 checks: 4 pass (1 flaky), 1 fail, 2 blocked; took 812ms, from runner host-1`.
fn summary(record: &Record, ink: Ink) -> String {
    let took = i64::try_from(record.took_ms).unwrap_or(i64::MAX);
    format!(
        "{}: {}; took {}, from {}",
        ink.bold(&words::count(
            usize::try_from(record.counts.total()).unwrap_or(usize::MAX),
            "check"
        )),
        count_words(record.counts),
        words::age(took),
        safe(&record.vantage)
    )
}

/// `4 pass (1 flaky), 1 fail`: states that do not occur are left out, except that nothing at all is said as such.
pub(crate) fn count_words(counts: Counts) -> String {
    let said: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| counts.get(*state) > 0)
        .map(|state| {
            let flaky = match (state, counts.flaky) {
                (State::Pass, flaky) if flaky > 0 => format!(" ({flaky} flaky)"),
                _ => String::new(),
            };
            format!("{} {}{flaky}", counts.get(state), state.word())
        })
        .collect();
    if said.is_empty() {
        "nothing was judged".to_owned()
    } else {
        said.join(", ")
    }
}

fn exit_line(record: &Record, ink: Ink) -> String {
    let verdict = record.verdict.word().to_uppercase();
    let verdict = match record.verdict {
        RunVerdict::Pass => ink.green(&verdict),
        RunVerdict::Fail | RunVerdict::Error => ink.red(&verdict),
    };
    let ended = match &record.ended_by {
        Some(by) => format!(" The run did not finish: ended by {}.", safe(by)),
        None if !record.finished => " The run did not finish.".to_owned(),
        None => String::new(),
    };
    format!(
        "{verdict}: exit code {}: {}.{ended}",
        record.exit_code,
        safe(record.exit_reason.trim_end_matches('.'))
    )
}

/// Untrusted text, cut to a line and tamed.
fn safe(text: &str) -> String {
    tame(&words::cut(text, LONGEST_LINE))
}

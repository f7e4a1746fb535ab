//! One check as a test case: its name, its element, and all that is known of it in the body.

use std::collections::HashSet;

use junit_report::{TestCase, TestResult};

use crate::leaves::words;
use crate::report::block::{Index, label, lines, remarks};
use crate::report::check_record::{CheckRecord, State};
use crate::report::columns::table_lines;
use crate::report::junit::times::seconds;
use crate::report::record::Record;
use crate::report::xml_safe::{attribute_safe, xml_safe};

/// The longest attribute, in bytes, before the word on what was cut.
const LONGEST_ATTRIBUTE: usize = 4 * 1024;

/// How much is told of each check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    /// The most bytes of a body.
    pub(crate) body: usize,
    /// Whether cases that passed carry any text.
    pub(crate) passes_speak: bool,
}

impl Level {
    /// A level.
    pub(crate) const fn new(body: usize, passes_speak: bool) -> Self {
        Self { body, passes_speak }
    }
}

/// A name that no other case of its suite has: readers drop the second of two equal ones without a word.
pub(crate) fn unique_name(check: &CheckRecord, taken: &mut HashSet<String>) -> String {
    let title = attribute(if check.title.is_empty() {
        &check.check_id
    } else {
        &check.title
    });
    if taken.insert(title.clone()) {
        return title;
    }
    let with_id = attribute(&format!("{} ({})", title, check.check_id));
    let mut name = with_id.clone();
    let mut n = 2;
    while !taken.insert(name.clone()) {
        name = format!("{with_id} #{n}");
        n += 1;
    }
    name
}

/// The case of a check, under that name.
pub(crate) fn case(
    record: &Record,
    check: &CheckRecord,
    name: String,
    index: &Index<'_>,
    level: Level,
) -> TestCase {
    let mut case = TestCase::success(&name, seconds(check.took_ms));
    case.set_classname(&attribute(&check.suite_and_cluster()));
    let message = attribute(&check.message);
    let type_ = check.verdict.word().to_owned();
    if check.verdict == State::Pass {
        let remarks = remarks(check);
        if level.passes_speak || !remarks.is_empty() {
            let mut out = format!("{}  {}\n{}\n", label(check), check.id, check.message);
            for remark in remarks {
                out.push_str(&remark);
                out.push('\n');
            }
            case.set_system_out(&body_text(&out, level));
        }
        return case;
    }
    let cause = Some(body_text(&body(record, check, index), level));
    case.result = match check.verdict {
        State::Fail => TestResult::Failure {
            type_,
            message,
            cause,
        },
        State::Error => TestResult::Error {
            type_,
            message,
            cause,
        },
        State::Blocked if check.blocked_unasked() => TestResult::Error {
            type_,
            message,
            cause,
        },
        State::Pass | State::Blocked | State::Skip | State::KnownGap => {
            TestResult::SkippedWithCause {
                type_,
                message,
                cause,
            }
        }
    };
    case
}

/// All that is known of a check that did not pass. It begins with a space and `path:line`, where readers look for the place.
fn body(record: &Record, check: &CheckRecord, index: &Index<'_>) -> String {
    let mut out = String::new();
    let mut push = |line: &str| {
        out.push_str(line);
        out.push('\n');
    };
    if let Some(place) = check.place() {
        push(&format!(" {place}"));
    }
    push(&format!("{}  {}", label(check), check.id));
    for line in lines(check, index) {
        push(&format!("  {:<8}{}", line.label, line.text));
    }
    push(&format!("  severity {}", check.severity.word()));
    if let Some(gap) = index.gap(check) {
        push(&format!("  gap-id  {}", gap.id));
    }
    push(&format!("  vantage {}", record.vantage));
    for rung in &check.ladder {
        if let Some(newest) = rung.newest_sample {
            push(&format!("  newest  {newest} at {}", rung.hop));
        }
        for labels in &rung.labels {
            push(&format!("  labels  {labels} at {}", rung.hop));
        }
    }
    for table in &check.tables {
        push("");
        for row in table_lines(table) {
            push(&format!("  {row}"));
        }
    }
    if !check.evidence.is_empty() {
        push("\nevidence");
    }
    for exchange in &check.evidence {
        let status = exchange
            .status
            .map_or_else(String::new, |status| format!("{status} "));
        push(&format!(
            "  {}. {}: {} -> {status}in {}ms, {}",
            exchange.n, exchange.backend, exchange.request, exchange.took_ms, exchange.at
        ));
        push(&format!("     {}", exchange.answer));
    }
    out
}

fn body_text(text: &str, level: Level) -> String {
    // Cut again after escaping, which can make a text longer; what was cut is said either way.
    words::cut(&xml_safe(text), level.body)
}

/// A text as an attribute, cut.
pub(crate) fn attribute(text: &str) -> String {
    words::cut(
        &attribute_safe(&words::cut(text, LONGEST_ATTRIBUTE)),
        LONGEST_ATTRIBUTE,
    )
}

//! JUnit XML for CI servers, written by junit-report behind guards: XML-safe text, unique names, times of at most three decimals,
//! bounded sizes, and at least one red case in the report of a run that is not green.
//!
//! What `schemas/junit.xsd` says is exactly what is written here.

use std::collections::{HashMap, HashSet};

use junit_report::{
    Duration, OffsetDateTime, ReportBuilder, TestCase, TestResult, TestSuiteBuilder,
};

use crate::leaves::{Timestamp, words};
use crate::report::block::{Index, label, lines, remarks};
use crate::report::format::FormatOptions;
use crate::report::record::{CheckRecord, Record, RunVerdict, State};
use crate::report::text::table_lines;
use crate::report::xml_safe::{attribute_safe, xml_safe};

/// The largest file, in bytes: GitLab refuses 30 MB.
const LARGEST_FILE: usize = 25 * 1000 * 1000;
/// The longest attribute, in bytes, before the word on what was cut.
const LONGEST_ATTRIBUTE: usize = 4 * 1024;
/// How much text a case may carry, tried in turn until the file is small enough: bytes of a body, and whether cases that passed
/// carry any.
const LEVELS: [Level; 4] = [
    Level::new(63 * 1024, true),
    Level::new(4 * 1024, true),
    Level::new(1024, false),
    Level::new(256, false),
];

/// How much is told of each check.
#[derive(Clone, Copy, Debug)]
struct Level {
    body: usize,
    passes_speak: bool,
}

impl Level {
    const fn new(body: usize, passes_speak: bool) -> Self {
        Self { body, passes_speak }
    }
}

/// Writes the record as JUnit XML.
pub(crate) fn write(record: &Record, _: &FormatOptions) -> Vec<u8> {
    write_within(record, LARGEST_FILE)
}

fn write_within(record: &Record, limit: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let hopeful = LEVELS
        .into_iter()
        .filter(|level| estimate(record, *level) <= 2 * limit);
    for level in hopeful.chain([LEVELS[LEVELS.len() - 1]]) {
        bytes = at_level(record, level, usize::MAX);
        if bytes.len() <= limit {
            return bytes;
        }
    }
    // Even names alone are too much: as many cases as fit, the red ones before the others.
    let mut most = record.checks.len();
    while bytes.len() > limit && most > 0 {
        most = most * (limit / 1024) / (bytes.len() / 1024 + 1) * 9 / 10;
        bytes = at_level(record, LEVELS[LEVELS.len() - 1], most);
    }
    bytes
}

/// About how many bytes a file of that level has, so that what is far too large is not even tried.
fn estimate(record: &Record, level: Level) -> usize {
    let evidence = |check: &CheckRecord| -> usize {
        check
            .evidence
            .iter()
            .map(|exchange| exchange.request.len() + exchange.answer.len())
            .sum()
    };
    record
        .checks
        .iter()
        .map(|check| match check.verdict {
            State::Pass => check.message.len().min(level.body),
            _ => (check.message.len() + evidence(check)).min(level.body),
        })
        .sum()
}

fn at_level(record: &Record, level: Level, most: usize) -> Vec<u8> {
    let index = Index::of(record);
    let kept = kept(record, most);
    let mut suites: Vec<(String, Vec<&CheckRecord>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for check in kept.iter().map(|at| &record.checks[*at]) {
        let name = check.suite_and_cluster();
        let place = *places.entry(name.clone()).or_insert_with(|| {
            suites.push((name, Vec::new()));
            suites.len() - 1
        });
        suites[place].1.push(check);
    }
    let mut report = ReportBuilder::new();
    let mut red = false;
    for (name, checks) in &suites {
        let mut names = HashSet::new();
        let cases: Vec<TestCase> = checks
            .iter()
            .map(|check| {
                let name = unique_name(check, &mut names);
                case(record, check, name, &index, level)
            })
            .collect();
        red |= cases
            .iter()
            .any(|case| case.is_error() || case.is_failure());
        report.add_testsuite(suite(record, name, cases).build());
    }
    let left_out = record.checks.len() - kept.len();
    if let Some(case) = run_case(record, red, left_out) {
        let mut suite = suite(record, "gapcheck", vec![case]);
        if left_out > 0 {
            suite.set_system_out(&format!(
                "{} left out to keep this file small enough for its readers; the JSON report has them all",
                words::count(left_out, "check")
            ));
        }
        report.add_testsuite(suite.build());
    }
    let mut bytes = Vec::new();
    report
        .build()
        .write_xml(&mut bytes)
        .expect("writing to memory cannot fail");
    bytes.push(b'\n');
    bytes
}

/// The places of at most so many checks, in the order of the plan; checks that did not pass are kept before those that did.
fn kept(record: &Record, most: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..record.checks.len()).collect();
    if places.len() > most {
        places.sort_by_key(|at| match record.checks[*at].verdict {
            State::Fail => 0,
            State::Error => 1,
            State::Blocked => 2,
            State::KnownGap | State::Skip => 3,
            State::Pass => 4,
        });
        places.truncate(most);
        places.sort_unstable();
    }
    places
}

/// A case for the run itself, where the report would otherwise be green and the run was not, or where checks were left out.
fn run_case(record: &Record, red: bool, left_out: usize) -> Option<TestCase> {
    let must_be_red = !red && (record.verdict != RunVerdict::Pass || !record.finished);
    if !must_be_red && left_out == 0 {
        return None;
    }
    let mut case = TestCase::success("the run as a whole", Duration::ZERO);
    case.set_classname("gapcheck");
    if must_be_red {
        let message = match &record.ended_by {
            Some(by) => format!("the run did not finish: ended by {by}"),
            None => record.exit_reason.clone(),
        };
        case.result = TestResult::Error {
            type_: record.verdict.word().to_owned(),
            message: attribute(&message),
            cause: Some(xml_safe(&format!(
                "{message}\nexit code {}: {}\nvantage {}\n",
                record.exit_code, record.exit_reason, record.vantage
            ))),
        };
    }
    Some(case)
}

fn suite(record: &Record, name: &str, mut cases: Vec<TestCase>) -> TestSuiteBuilder {
    settle_times(&mut cases);
    let mut suite = TestSuiteBuilder::new(&attribute(name));
    suite.testsuite.package = "gapcheck".to_owned();
    suite.testsuite.hostname = attribute(&record.vantage);
    suite.set_timestamp(moment(record.started));
    suite.add_testcases(cases);
    suite
}

/// A name that no other case of its suite has: readers drop the second of two equal ones without a word.
fn unique_name(check: &CheckRecord, taken: &mut HashSet<String>) -> String {
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

fn case(
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
            .map_or_else(|| "no status".to_owned(), |status| status.to_string());
        push(&format!(
            "  {}. {}: {} -> {status} in {}ms, {}",
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

fn attribute(text: &str) -> String {
    words::cut(
        &attribute_safe(&words::cut(text, LONGEST_ATTRIBUTE)),
        LONGEST_ATTRIBUTE,
    )
}

fn seconds(ms: u64) -> Duration {
    // A century is more than any check takes, and far from what overflows.
    Duration::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX).min(3_155_760_000_000))
}

/// Moves times by a millisecond or two where the binary fraction would print with more than three decimals, which Jenkins
/// refuses in a suite's time. junit-report writes a suite's time as the sum of its cases'.
fn settle_times(cases: &mut [TestCase]) {
    let settled = |time: Duration| {
        time.as_seconds_f64()
            .to_string()
            .split_once('.')
            .is_none_or(|(_, decimals)| decimals.len() <= 3)
    };
    for case in cases.iter_mut() {
        while !settled(case.time) {
            case.time += Duration::MILLISECOND;
        }
    }
    let mut sum = cases
        .iter()
        .fold(Duration::ZERO, |sum, case| sum + case.time);
    if let Some(last) = cases.last_mut() {
        while !settled(sum) || !settled(last.time) {
            last.time += Duration::MILLISECOND;
            sum += Duration::MILLISECOND;
        }
    }
}

/// The moment as junit-report takes it; outside of the calendar's four-digit years, the epoch.
fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000)
        .ok()
        .filter(|moment| (0..=9999).contains(&moment.year()))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::record::ExitSummary;

    #[test]
    fn i06_more_checks_than_a_file_can_hold_keep_the_red_ones() {
        let mut record =
            Record::unfinished(Timestamp(0), "runner", &ExitSummary::new(1, "the reason"));
        let check = record.checks.remove(0);
        record.checks = (0..1_000)
            .map(|n| CheckRecord {
                title: format!("check {n} {}", "x".repeat(200)),
                message: "y".repeat(50_000),
                verdict: if n % 100 == 7 {
                    State::Fail
                } else {
                    State::Pass
                },
                ..check.clone()
            })
            .collect();
        let xml = String::from_utf8(write_within(&record, 150_000)).unwrap();
        assert!(xml.len() <= 150_000, "{} bytes", xml.len());
        assert_eq!(xml.matches("<failure").count(), 10);
        assert!(xml.contains("checks left out to keep this file small"));
        assert!(xml.contains("more bytes"));
    }

    #[test]
    fn times_have_three_decimals_at_most() {
        for start in [0u64, 1_001, 4_035, 16_777_217, 9_007_199_254] {
            let mut cases: Vec<TestCase> = (0..50)
                .map(|n| TestCase::success("a", seconds(start + n * 77)))
                .collect();
            settle_times(&mut cases);
            let sum = cases.iter().fold(Duration::ZERO, |sum, c| sum + c.time);
            for time in cases.iter().map(|case| case.time).chain([sum]) {
                let text = time.as_seconds_f64().to_string();
                let decimals = text.split_once('.').map_or(0, |(_, d)| d.len());
                assert!(decimals <= 3, "{text}");
            }
        }
    }

    #[test]
    fn moments_outside_the_calendar_do_not_panic() {
        for ms in [i64::MIN, i64::MAX, -62_167_219_200_001, 253_402_300_800_000] {
            assert_eq!(moment(Timestamp(ms)), OffsetDateTime::UNIX_EPOCH);
        }
    }
}

//! JUnit XML for CI servers, written by junit-report behind guards: XML-safe text, unique names, times of at most three decimals,
//! bounded sizes, and at least one red case in the report of a run that is not green.
//!
//! What `schemas/junit.xsd` says is exactly what is written here.

use std::collections::{HashMap, HashSet};

use junit_report::{Duration, ReportBuilder, TestCase, TestResult, TestSuiteBuilder};

use crate::leaves::words;
use crate::report::block::Index;
use crate::report::check_record::{CheckRecord, State};
use crate::report::junit::case::{Level, attribute, case, unique_name};
use crate::report::junit::times::{moment, settle_times};
use crate::report::options::FormatOptions;
use crate::report::record::{Record, RunVerdict};
use crate::report::xml_safe::xml_safe;

/// The largest file, in bytes: GitLab refuses 30 MB.
const LARGEST_FILE: usize = 25 * 1000 * 1000;
/// How much text a case may carry, tried in turn until the file is small enough: bytes of a body, and whether cases that passed
/// carry any.
const LEVELS: [Level; 4] = [
    Level::new(63 * 1024, true),
    Level::new(4 * 1024, true),
    Level::new(1024, false),
    Level::new(256, false),
];

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
    let name = if must_be_red {
        "the run as a whole"
    } else {
        "what was left out"
    };
    let mut case = TestCase::success(name, Duration::ZERO);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Timestamp;
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
}

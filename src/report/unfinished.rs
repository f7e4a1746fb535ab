//! The record that is red until a run has finished.

use crate::leaves::{Severity, Timestamp};
use crate::report::check_record::{CheckRecord, State};
use crate::report::record::{Counts, ExitSummary, RECORD_SCHEMA, Record, RunVerdict};

impl Record {
    /// The record that stands in every report's place until the run has finished, and stays there when it cannot: red, with one
    /// entry of verdict `error` that says so.
    pub fn unfinished(started: Timestamp, vantage: &str, exit: &ExitSummary) -> Self {
        let check = CheckRecord {
            id: "gapcheck/run".to_owned(),
            suite: "gapcheck".to_owned(),
            cluster: None,
            check_id: "run".to_owned(),
            kind: "run".to_owned(),
            subject: "the run".to_owned(),
            title: "the run did not finish".to_owned(),
            severity: Severity::Critical,
            owner: None,
            tags: Vec::new(),
            hint: None,
            verdict: State::Error,
            flaky: false,
            fixed: false,
            expected: None,
            actual: None,
            message: format!("the run did not finish: {}", exit.reason),
            says: String::new(),
            help: Some("Look at the output of the run itself; nothing was judged here.".to_owned()),
            blocked_by: None,
            need_gates: None,
            known_gap: None,
            origin: None,
            attempts: 0,
            started: None,
            took_ms: 0,
            ladder: Vec::new(),
            tables: Vec::new(),
            notes: Vec::new(),
            evidence: Vec::new(),
        };
        let checks = vec![check];
        Self {
            schema: RECORD_SCHEMA,
            gapcheck: env!("CARGO_PKG_VERSION").to_owned(),
            started,
            took_ms: 0,
            vantage: vantage.to_owned(),
            verdict: RunVerdict::Error,
            exit_code: exit.code,
            exit_reason: exit.reason.clone(),
            finished: false,
            ended_by: None,
            counts: Counts::of(&checks),
            checks,
            gaps: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unfinished_record_is_red_and_says_why() {
        let record = Record::unfinished(
            Timestamp(0),
            "runner host-1",
            &ExitSummary::new(2, "1 mistake in suites"),
        );
        assert_eq!(record.verdict, RunVerdict::Error);
        assert!(!record.finished);
        assert_eq!((record.counts.error, record.counts.total()), (1, 1));
        assert_eq!(
            record.checks[0].message,
            "the run did not finish: 1 mistake in suites"
        );
    }
}

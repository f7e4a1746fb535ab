//! Verdicts in words: one sentence, the same in every format.

use crate::leaves::Verdict;
use crate::report::check_record::State;
use crate::run::EndedBy;

/// A verdict in one sentence: what the console, JUnit and Markdown say in the same words.
pub(crate) fn message(verdict: &Verdict, says: &str) -> String {
    match verdict {
        Verdict::Pass if says.is_empty() => "it is so".to_owned(),
        Verdict::Pass => says.to_owned(),
        Verdict::Fail { expected, actual } => format!("expected {expected}; found {actual}"),
        Verdict::Error { what, .. } => what.clone(),
        Verdict::Blocked {
            by,
            need_gates: true,
        } => format!("blocked by `{by}`"),
        Verdict::Blocked { by, .. } => format!(
            "blocked by `{by}`, which does not gate: counts as an error, so that nothing turns green unasked"
        ),
        Verdict::Skip { because } => because.clone(),
        Verdict::KnownGap {
            until,
            ticket,
            reason,
            was,
        } => {
            let why: Vec<&str> = [ticket, reason]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect();
            let why = match why.as_slice() {
                [] => String::new(),
                why => format!(" ({})", why.join(": ")),
            };
            format!(
                "known gap until {until}{why}; {}: {}",
                was.state(),
                message(was, says)
            )
        }
    }
}

/// The state that belongs to a verdict.
pub(crate) fn state(verdict: &Verdict) -> State {
    match verdict {
        Verdict::Pass => State::Pass,
        Verdict::Fail { .. } => State::Fail,
        Verdict::Error { .. } => State::Error,
        Verdict::Blocked { .. } => State::Blocked,
        Verdict::Skip { .. } => State::Skip,
        Verdict::KnownGap { .. } => State::KnownGap,
    }
}

/// What ended a run early, in a word.
pub(crate) fn ended_by_word(by: EndedBy) -> &'static str {
    match by {
        EndedBy::Hangup => "SIGHUP",
        EndedBy::Interrupt => "SIGINT",
        EndedBy::Terminate => "SIGTERM",
        EndedBy::Deadline => "deadline",
        EndedBy::MaxFail => "max-fail",
    }
}

/// The verdict that a waiver stands before, else the verdict itself.
pub(crate) fn unwaived(verdict: &Verdict) -> &Verdict {
    match verdict {
        Verdict::KnownGap { was, .. } => was,
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_one_sentence() {
        let fail = Verdict::fail("at least 1 series at `query`", "none");
        for (verdict, says, sentence) in [
            (Verdict::Pass, "2 series", "2 series"),
            (Verdict::Pass, "", "it is so"),
            (
                fail.clone(),
                "",
                "expected at least 1 series at `query`; found none",
            ),
            (
                Verdict::error("connection refused", "Start it."),
                "",
                "connection refused",
            ),
            (
                Verdict::KnownGap {
                    until: "2027-01-15".into(),
                    ticket: Some("OBS-412".into()),
                    reason: Some("under work".into()),
                    was: Box::new(fail),
                },
                "",
                "known gap until 2027-01-15 (OBS-412: under work); fail: expected at least 1 series at `query`; found none",
            ),
        ] {
            assert_eq!(message(&verdict, says), sentence);
        }
    }
}

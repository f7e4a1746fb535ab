//! What a waiver makes of a verdict.

use crate::leaves::{Timestamp, Verdict};
use crate::run::outcome::Outcome;
use crate::suite::KnownGap;

/// The outcome under its waiver: a failure or an error becomes a known gap while the waiver holds, and says that it expired
/// afterwards; a pass says that the waiver can go.
pub(crate) fn waive(outcome: &mut Outcome, waiver: Option<&KnownGap>, now: Timestamp) {
    let Some(waiver) = waiver else { return };
    let holds = now < waiver.expires;
    let expired = format!(" (the waiver expired on {})", waiver.until);
    match &mut outcome.judged.verdict {
        Verdict::Pass => outcome.fixed = true,
        // A bug of ours is nobody's known gap.
        _ if outcome.panicked => {}
        Verdict::Fail { .. }
        | Verdict::Error { .. }
        | Verdict::Blocked {
            need_gates: false, ..
        } if holds => {
            let was = std::mem::replace(&mut outcome.judged.verdict, Verdict::Pass);
            outcome.judged.verdict = Verdict::KnownGap {
                until: waiver.until.clone(),
                ticket: waiver.ticket.clone(),
                reason: waiver.reason.clone(),
                was: Box::new(was),
            };
        }
        Verdict::Fail { actual, .. } => actual.push_str(&expired),
        Verdict::Error { what, .. } => what.push_str(&expired),
        Verdict::Blocked { .. } | Verdict::Skip { .. } | Verdict::KnownGap { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Judged;

    const EXPIRES: Timestamp = Timestamp(1_000);

    fn waived(verdict: Verdict, now: i64) -> Outcome {
        let waiver = KnownGap {
            until: "2027-01-15".into(),
            expires: EXPIRES,
            ticket: Some("OBS-412".into()),
            reason: None,
        };
        let mut outcome = Outcome::unjudged(Judged::of(verdict, ""));
        waive(&mut outcome, Some(&waiver), Timestamp(now));
        outcome
    }

    #[test]
    fn a_failure_is_a_known_gap_until_the_waiver_expires() {
        let fail = Verdict::fail("1 series", "0 series");
        let Verdict::KnownGap { was, ticket, .. } = waived(fail.clone(), 999).judged.verdict else {
            panic!("not waived");
        };
        assert_eq!((*was, ticket.as_deref()), (fail.clone(), Some("OBS-412")));
        assert_eq!(
            waived(fail, 1_000).judged.verdict,
            Verdict::fail("1 series", "0 series (the waiver expired on 2027-01-15)")
        );
    }

    #[test]
    fn an_error_says_that_its_waiver_expired() {
        let error = Verdict::error("refused", "Start it.");
        assert_eq!(waived(error.clone(), 0).judged.verdict.state(), "known-gap");
        assert_eq!(
            waived(error, 2_000).judged.verdict,
            Verdict::error("refused (the waiver expired on 2027-01-15)", "Start it.")
        );
    }

    #[test]
    fn a_pass_under_a_waiver_says_that_it_can_go() {
        assert!(waived(Verdict::Pass, 0).fixed && waived(Verdict::Pass, 2_000).fixed);
    }

    #[test]
    fn a_bug_is_never_waived() {
        let mut outcome = Outcome::unjudged(Judged::of(Verdict::error("internal", "x"), ""));
        outcome.panicked = true;
        let waiver = KnownGap {
            until: String::new(),
            expires: EXPIRES,
            ticket: None,
            reason: None,
        };
        waive(&mut outcome, Some(&waiver), Timestamp(0));
        assert_eq!(outcome.verdict().state(), "error");
    }
}

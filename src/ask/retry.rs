//! Retries of a request that failed in transport: few, with jitter, and within a budget of the whole run.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::backend::Failure;
use crate::leaves::words;

/// Sends of one question, at most.
const MOST_SENDS: u32 = 3;
/// The longest `Retry-After` that is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Retries that are always allowed, however small the run is.
const FREE_RETRIES: u64 = 10;

/// Counts what was sent and what was sent again: retries never exceed a fifth of the questions (and a few).
#[derive(Debug, Default)]
pub(crate) struct Budget {
    questions: AtomicU64,
    retries: AtomicU64,
}

impl Budget {
    /// One more question goes out.
    pub(crate) fn question(&self) {
        self.questions.fetch_add(1, Ordering::Relaxed);
    }

    /// How long to wait before this failure's question is sent once more; none when it is not. A server that asks for more
    /// patience than there is has its wish written into the failure.
    pub(crate) fn wait(
        &self,
        failure: &mut Failure,
        sends: u32,
        left: Option<Duration>,
    ) -> Option<Duration> {
        if !failure.is_transient() || sends >= MOST_SENDS {
            return None;
        }
        let most = left.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let backoff = Duration::from_millis(100 << sends).mul_f64(0.5 + jitter());
        let wait = match failure.retry_after {
            Some(asked) if asked > most => {
                let asked = words::age(i64::try_from(asked.as_millis()).unwrap_or(i64::MAX));
                failure.what = format!(
                    "{}; the server asks to wait {asked}, which is longer than this run can",
                    failure.what
                );
                return None;
            }
            Some(asked) => asked + backoff,
            None => backoff,
        };
        let allowed = FREE_RETRIES + self.questions.load(Ordering::Relaxed) / 5;
        (self.retries.fetch_add(1, Ordering::Relaxed) < allowed).then_some(wait)
    }
}

/// A number from 0 to 1; the hasher's random keys are random enough to spread retries.
fn jitter() -> f64 {
    (RandomState::new().hash_one(0u8) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::FailureClass;

    fn failure(class: FailureClass) -> Failure {
        Failure::new(class, "it failed")
    }

    #[test]
    fn h14_only_transient_failures_are_sent_again() {
        let budget = Budget::default();
        for (class, again) in [
            (FailureClass::Refused, true),
            (FailureClass::Status(429), true),
            (FailureClass::Refusal(503), true),
            (FailureClass::Status(500), false),
            (FailureClass::Refusal(422), false),
            (FailureClass::Timeout, false),
            (FailureClass::Tls, false),
            (FailureClass::Status(401), false),
        ] {
            assert_eq!(
                budget.wait(&mut failure(class), 1, None).is_some(),
                again,
                "{class:?}"
            );
        }
        assert_eq!(
            budget.wait(&mut failure(FailureClass::Refused), MOST_SENDS, None),
            None
        );
    }

    #[test]
    fn h13_retry_after_is_honoured_within_bounds() {
        let budget = Budget::default();
        let mut asked = failure(FailureClass::Status(429));
        asked.retry_after = Some(Duration::from_secs(2));
        assert!(budget.wait(&mut asked, 1, None).unwrap() >= Duration::from_secs(2));
        asked.retry_after = Some(Duration::from_secs(86_400));
        assert_eq!(budget.wait(&mut asked, 1, None), None);
        assert!(asked.what.contains("asks to wait 1d"), "{}", asked.what);
    }

    #[test]
    fn the_budget_ends_retries() {
        let budget = Budget::default();
        (0..100).for_each(|_| budget.question());
        let granted = (0..1_000)
            .filter(|_| {
                budget
                    .wait(&mut failure(FailureClass::Refused), 1, None)
                    .is_some()
            })
            .count();
        assert_eq!(granted, 30);
    }
}

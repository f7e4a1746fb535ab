//! A server's clock against ours, by the `Date` of its answers.

use serde::Serialize;

use crate::leaves::{Timestamp, words};

/// A clock that is so far off is worth saying, in milliseconds.
const NOTICED_MS: i64 = 5_000;

/// A server's clock against ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// How far it is ahead of ours at least, in milliseconds; below zero, how far behind; zero where both may show the same time.
    pub ahead_ms: i64,
}

impl Clock {
    /// The clock that said `date`, in whole seconds, in an answer that came at `at` by our clock and took so long.
    pub(crate) fn told(date: Timestamp, at: Timestamp, took_ms: u64) -> Self {
        let took = i64::try_from(took_ms).unwrap_or(i64::MAX);
        // It was within that second at some moment between question and answer.
        let least = date.0.saturating_sub(at.0);
        let most = least.saturating_add(999).saturating_add(took);
        let ahead_ms = match (least, most) {
            (least, _) if least > 0 => least,
            (_, most) if most < 0 => most,
            _ => 0,
        };
        Self { ahead_ms }
    }

    /// The clock in words.
    pub fn words(self) -> String {
        match self.ahead_ms {
            0 => "in step".to_owned(),
            ms if ms.abs() < 1_000 => "in step".to_owned(),
            ms if ms > 0 => format!("{} ahead", words::age(ms)),
            ms => format!("{} behind", words::age(-ms)),
        }
    }

    /// Whether it is not worth saying how far it is off.
    pub(crate) fn is_in_step(self) -> bool {
        self.ahead_ms.abs() < NOTICED_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_432_294_500);

    #[test]
    fn whole_seconds_and_slow_answers_are_no_skew() {
        for (date, took, ahead) in [
            (1_795_432_294_000, 10, 0),
            (1_795_432_293_000, 600, 0),
            (1_795_432_295_000, 10, 500),
            (1_795_432_324_000, 10, 29_500),
            (1_795_432_264_000, 10, -29_491),
            (1_795_432_264_000, 60_000, 0),
        ] {
            assert_eq!(
                Clock::told(Timestamp(date), NOW, took).ahead_ms,
                ahead,
                "{date}"
            );
        }
        assert_eq!(Clock { ahead_ms: 29_500 }.words(), "29s ahead");
        assert_eq!(Clock { ahead_ms: -61_000 }.words(), "1m1s behind");
        assert_eq!(Clock { ahead_ms: 500 }.words(), "in step");
    }
}

//! A server's clock against ours, by the `Date` of its answers; and whose clock it is that is wrong.

use serde::Serialize;

use crate::diagnose::doctor::examined::{Examined, Grade};
use crate::leaves::{Timestamp, words};

/// A clock that is so far off is worth saying, in milliseconds.
const NOTICED_MS: i64 = 5_000;
/// A clock that is so far off makes samples arrive in the future or out of order, in milliseconds.
const WRONG_MS: i64 = 60_000;

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

    fn is_in_step(self) -> bool {
        self.ahead_ms.abs() < NOTICED_MS
    }
}

/// Judges the clocks of all hops. One that is far off is wrong only where another is in step with ours: else it may be ours.
pub(crate) fn judge(all: &mut [Examined]) {
    let clocks = || all.iter().filter_map(|one| one.clock);
    let ours_is_confirmed = clocks().any(Clock::is_in_step);
    let several = clocks().count() > 1;
    for one in all.iter_mut() {
        let Some(clock) = one.clock.filter(|clock| !clock.is_in_step()) else {
            continue;
        };
        let far = clock.ahead_ms.abs() >= WRONG_MS;
        let grade = match far && ours_is_confirmed {
            true => Grade::Wrong,
            false => Grade::Ok,
        };
        let whose = match (ours_is_confirmed, several) {
            (true, _) => "",
            (false, true) => ", as are all others: the clock of this machine may be the wrong one",
            (false, false) => ", or the clock of this machine is wrong",
        };
        let what = format!("its clock is {}{whose}", words_of(clock));
        let help = "Let both machines follow NTP: samples with times of a wrong clock are refused as out of order, or look stale.";
        one.remark(grade, what, Some(help.to_owned()));
    }
}

fn words_of(clock: Clock) -> String {
    let side = if clock.ahead_ms > 0 {
        "ahead of"
    } else {
        "behind"
    };
    format!("{} {side} ours", words::age(clock.ahead_ms.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Backend;
    use crate::diagnose::doctor::examination::blank;

    const NOW: Timestamp = Timestamp(1_795_432_294_500);

    fn hop(ahead_ms: i64) -> Examined {
        let hop =
            serde_json::json!({ "name": "h", "kind": "prometheus", "url": "http://127.0.0.1:1" });
        Examined {
            clock: Some(Clock { ahead_ms }),
            ..blank(&Backend::of(serde_json::from_value(hop).unwrap()))
        }
    }

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

    #[test]
    fn nobody_is_accused_where_our_own_clock_may_be_wrong() {
        let mut alone = [hop(-120_000)];
        judge(&mut alone);
        assert_eq!(alone[0].grade, Grade::Ok);
        assert!(
            alone[0].remarks[0]
                .what
                .contains("or the clock of this machine"),
            "{alone:?}"
        );
        let mut all = [hop(-120_000), hop(-121_000)];
        judge(&mut all);
        assert!(all.iter().all(|one| one.grade == Grade::Ok));
        let mut one = [hop(-120_000), hop(0), hop(10_000)];
        judge(&mut one);
        let grades = one.map(|one| (one.grade, one.remarks.len()));
        assert_eq!(grades, [(Grade::Wrong, 1), (Grade::Ok, 0), (Grade::Ok, 1)]);
    }
}

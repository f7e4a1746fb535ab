//! The clocks of all hops together: whose clock it is that is wrong.

use crate::diagnose::doctor::clock::Clock;
use crate::diagnose::doctor::examined::{Examined, Grade};
use crate::leaves::words;

/// A clock that is so far off makes samples arrive in the future or out of order, in milliseconds.
const WRONG_MS: i64 = 60_000;

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

    fn hop(ahead_ms: i64) -> Examined {
        let hop =
            serde_json::json!({ "name": "h", "kind": "prometheus", "url": "http://127.0.0.1:1" });
        Examined {
            clock: Some(Clock { ahead_ms }),
            ..blank(&Backend::of(serde_json::from_value(hop).unwrap()))
        }
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

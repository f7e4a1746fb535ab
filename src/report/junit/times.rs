//! Times as JUnit readers take them: at most three decimals, within the calendar.

use junit_report::{Duration, OffsetDateTime, TestCase};

use crate::leaves::Timestamp;

/// So many milliseconds.
pub(crate) fn seconds(ms: u64) -> Duration {
    // A century is more than any check takes, and far from what overflows.
    Duration::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX).min(3_155_760_000_000))
}

/// Moves times by a millisecond or two where the binary fraction would print with more than three decimals, which Jenkins
/// refuses in a suite's time. junit-report writes a suite's time as the sum of its cases'.
pub(crate) fn settle_times(cases: &mut [TestCase]) {
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
pub(crate) fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000)
        .ok()
        .filter(|moment| (0..=9999).contains(&moment.year()))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

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

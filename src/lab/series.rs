//! One series of the lab: its labels, and samples that are computed from the clock instead of stored.

use std::collections::BTreeMap;

use promql_parser::parser::VectorSelector;

use crate::lab::histogram::Histogram;
use crate::lab::measure::Measure;
use crate::lab::moment::seconds;
use crate::lab::promql::matches;

/// A set of labels, in the order of their names.
pub type Labels = BTreeMap<String, String>;

/// The label that holds the name of a metric.
pub(crate) const NAME: &str = "__name__";

/// Labels written as pairs.
pub fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// How a value moves with time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Always the same.
    Constant(f64),
    /// A counter that starts at 0 with the first sample.
    Climbing {
        /// Growth a second.
        per_second: f64,
    },
    /// One value before a moment, another from it on.
    Step {
        /// The value before.
        before: f64,
        /// The moment, in milliseconds since the epoch.
        at_ms: i64,
        /// The value from then on.
        after: f64,
    },
    /// What a server shows of itself, or what a rule makes of others.
    Measured(Measure),
    /// A native histogram, always the same; as a number it is the count of its observations.
    Native(Histogram),
}

/// The end of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// No sample is later than this, in milliseconds since the epoch.
    pub at_ms: i64,
    /// Whether a staleness marker was written, which hides the series from instant queries at once.
    pub marker: bool,
}

/// How samples come later than they are dated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// How long after their time they come, in milliseconds.
    pub late_ms: i64,
    /// Since when only so many of a hundred milliseconds' samples come in a hundred milliseconds.
    pub slow: Option<(i64, i64)>,
    /// After which moment and up to which none ever comes.
    pub hole: Option<(i64, i64)>,
}

impl Arrival {
    /// The time of the newest sample that can be there at a moment.
    fn reach(self, at_ms: i64) -> i64 {
        let at_ms = at_ms.saturating_sub(self.late_ms);
        match self.slow {
            Some((since_ms, percent)) if at_ms > since_ms => {
                since_ms + (at_ms - since_ms) / 100 * percent
            }
            _ => at_ms,
        }
    }
}

/// The distance between samples where there is only one.
pub(crate) const ONLY_ONE: i64 = i64::MAX / 4;

/// A series: a sample every interval from its first one on, until it ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// All labels, the name among them.
    pub labels: Labels,
    /// The first sample's time.
    pub since_ms: i64,
    /// The distance between samples.
    pub every_ms: i64,
    /// When it ended, if it did.
    pub ended: Option<Ended>,
    /// When its samples come.
    pub arrival: Arrival,
    /// Its value over time.
    pub value: Value,
    /// The label sets that deduplication has merged into it: matchers select by these (Thanos 0.31 and 0.42). Empty elsewhere.
    pub merged: Vec<Labels>,
}

impl Series {
    /// Whether a selector selects it.
    pub(crate) fn is_selected(&self, selector: &VectorSelector) -> bool {
        match self.merged.as_slice() {
            [] => matches(selector, &self.labels),
            merged => merged.iter().any(|labels| matches(selector, labels)),
        }
    }

    /// The native histogram that it is, if it is one.
    pub(crate) fn native(&self) -> Option<&Histogram> {
        match &self.value {
            Value::Native(histogram) => Some(histogram),
            _ => None,
        }
    }

    /// The metric's name.
    pub(crate) fn name(&self) -> &str {
        self.labels.get(NAME).map_or("", String::as_str)
    }

    /// Ends the series at a moment, unless it ended before.
    pub(crate) fn end(&mut self, ended: Ended) {
        if self.ended.is_none_or(|before| ended.at_ms < before.at_ms) {
            self.ended = Some(ended);
        }
    }

    /// The newest sample that an instant query at `at_ms` sees through its lookback.
    pub(crate) fn instant(&self, at_ms: i64, lookback_ms: i64) -> Option<(i64, f64)> {
        if let Some(ended) = self.ended
            && ended.marker
            && at_ms > ended.at_ms
        {
            return None;
        }
        let (time, value) = self.newest(at_ms)?;
        (time > at_ms.saturating_sub(lookback_ms)).then_some((time, value))
    }

    /// The newest sample at or before `at_ms`, however old.
    pub(crate) fn newest(&self, at_ms: i64) -> Option<(i64, f64)> {
        let last = self.last(at_ms);
        if last < self.since_ms {
            return None;
        }
        let time = self.time_of(last);
        (time >= self.since_ms).then_some((time, self.value_at(time)?))
    }

    /// The time of the last sample up to a moment, whenever it came; before the first one where there is none.
    fn time_of(&self, at_ms: i64) -> i64 {
        let every = self.every_ms.max(1);
        let upto = |at_ms: i64| {
            self.since_ms + at_ms.saturating_sub(self.since_ms).div_euclid(every) * every
        };
        let time = upto(at_ms);
        match self.arrival.hole {
            Some((after_ms, until_ms)) if time > after_ms && time <= until_ms => upto(after_ms),
            _ => time,
        }
    }

    /// No sample that is there at a moment is later.
    fn last(&self, at_ms: i64) -> i64 {
        let reach = self.arrival.reach(at_ms);
        self.ended.map_or(reach, |ended| ended.at_ms.min(reach))
    }

    /// Takes away what is older than a moment.
    pub(crate) fn begin(&mut self, at_ms: i64) {
        if at_ms > self.since_ms {
            let every = self.every_ms.max(1);
            let skipped = (at_ms - self.since_ms - 1) / every + 1;
            self.since_ms = self.since_ms.saturating_add(skipped.saturating_mul(every));
        }
    }

    /// How many samples it has at a moment.
    pub(crate) fn count(&self, at_ms: i64) -> i64 {
        let last = self.last(at_ms);
        let upto = |moment_ms: i64| match moment_ms < self.since_ms {
            true => 0,
            false => moment_ms.saturating_sub(self.since_ms) / self.every_ms.max(1) + 1,
        };
        let lost = self
            .arrival
            .hole
            .filter(|(after_ms, _)| last > *after_ms)
            .map_or(0, |(after_ms, until_ms)| {
                upto(last.min(until_ms)) - upto(after_ms)
            });
        upto(last) - lost
    }

    /// The samples of a window that is open at its left end, oldest first.
    pub(crate) fn window(&self, after_ms: i64, until_ms: i64) -> Vec<(i64, f64)> {
        let every = self.every_ms.max(1);
        let mut samples = Vec::new();
        let mut next = self.newest(until_ms).map(|(time, _)| time);
        while let Some(time) = next
            && time > after_ms
            && time >= self.since_ms
        {
            samples.extend(self.value_at(time).map(|value| (time, value)));
            next = time.checked_sub(every).map(|before| self.time_of(before));
        }
        samples.reverse();
        samples
    }

    fn value_at(&self, time: i64) -> Option<f64> {
        match &self.value {
            Value::Constant(value) => Some(*value),
            Value::Climbing { per_second } => Some(per_second * seconds(time - self.since_ms)),
            Value::Step {
                before,
                at_ms,
                after,
            } => Some(if time < *at_ms { *before } else { *after }),
            Value::Measured(measure) => measure.at(time),
            Value::Native(histogram) => Some(histogram.count()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Ended, ONLY_ONE, Series, Value, labels};

    fn series() -> Series {
        Series {
            labels: labels(&[("__name__", "up")]),
            since_ms: 1_000,
            every_ms: 15_000,
            ended: None,
            arrival: Arrival::default(),
            value: Value::Constant(1.0),
            merged: Vec::new(),
        }
    }

    #[test]
    fn an_instant_query_sees_the_true_time_of_the_newest_sample() {
        assert_eq!(series().instant(40_000, 300_000), Some((31_000, 1.0)));
        assert_eq!(series().instant(999, 300_000), None);
    }

    #[test]
    fn a_sample_older_than_the_lookback_is_not_seen() {
        let mut old = series();
        old.end(Ended {
            at_ms: 20_000,
            marker: false,
        });
        assert_eq!(old.instant(315_999, 300_000), Some((16_000, 1.0)));
        assert_eq!(old.instant(316_000, 300_000), None);
        assert_eq!(old.newest(900_000), Some((16_000, 1.0)));
    }

    #[test]
    fn a_marker_hides_the_series_at_once() {
        let mut gone = series();
        gone.end(Ended {
            at_ms: 31_000,
            marker: true,
        });
        assert_eq!(gone.instant(31_000, 300_000), Some((31_000, 1.0)));
        assert_eq!(gone.instant(31_001, 300_000), None);
        assert_eq!(gone.window(0, 60_000).len(), 3);
    }

    #[test]
    fn late_samples_are_not_there_before_they_come() {
        let mut late = series();
        late.arrival.late_ms = 20_000;
        assert_eq!(late.newest(50_999), Some((16_000, 1.0)));
        assert_eq!(late.newest(51_000), Some((31_000, 1.0)));
        late.arrival = Arrival {
            slow: Some((1_000, 50)),
            ..Arrival::default()
        };
        assert_eq!(late.newest(61_000), Some((31_000, 1.0)));
        assert_eq!(late.count(61_000), 3);
    }

    #[test]
    fn what_never_came_is_not_there_and_not_counted() {
        let mut one = series();
        one.arrival.hole = Some((16_000, 46_000));
        assert_eq!(one.newest(46_000), Some((16_000, 1.0)));
        assert_eq!(one.newest(61_000), Some((61_000, 1.0)));
        assert_eq!((one.count(46_000), one.count(61_000)), (2, 3));
        let times: Vec<i64> = one.window(0, 61_000).iter().map(|s| s.0).collect();
        assert_eq!(times, [1_000, 16_000, 61_000]);
        one.since_ms = 31_000;
        assert_eq!(one.newest(46_000), None);
        assert_eq!((one.count(46_000), one.count(61_000)), (0, 1));
    }

    #[test]
    fn what_begins_later_keeps_its_rhythm() {
        let mut one = series();
        one.begin(1_001);
        assert_eq!(one.newest(16_000), Some((16_000, 1.0)));
        assert_eq!(one.newest(15_999), None);
        let mut only = series();
        only.every_ms = ONLY_ONE;
        assert_eq!(only.newest(900_000), Some((1_000, 1.0)));
        only.begin(2_000);
        assert_eq!(only.newest(900_000), None);
    }

    #[test]
    fn a_window_is_open_at_the_left() {
        let times: Vec<i64> = series().window(1_000, 31_000).iter().map(|s| s.0).collect();
        assert_eq!(times, [16_000, 31_000]);
    }

    #[test]
    fn a_counter_climbs_and_a_step_steps() {
        let mut counter = series();
        counter.value = Value::Climbing { per_second: 2.0 };
        assert_eq!(counter.newest(16_000), Some((16_000, 30.0)));
        counter.value = Value::Step {
            before: 1.0,
            at_ms: 16_000,
            after: 0.0,
        };
        assert_eq!(counter.newest(15_999), Some((1_000, 1.0)));
        assert_eq!(counter.newest(16_000), Some((16_000, 0.0)));
    }
}

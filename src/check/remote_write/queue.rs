//! The counters of one queue of remote_write, whatever its Prometheus calls them.

use std::collections::BTreeSet;

use crate::backend::answer::{Moved, Movement};
use crate::leaves::Labels;

/// The prefix of all these metrics.
const PREFIX: &str = "prometheus_remote_storage_";

/// The metrics that are asked for, those of servers before 2.23 among them.
pub(crate) const NAMES: [&str; 14] = [
    "prometheus_remote_storage_samples_*",
    "prometheus_remote_storage_histograms_*",
    "prometheus_remote_storage_bytes_total",
    "prometheus_remote_storage_sent_bytes_total",
    "prometheus_remote_storage_enqueue_retries_total",
    "prometheus_remote_storage_queue_highest_sent_timestamp_seconds",
    "prometheus_remote_storage_queue_highest_timestamp_seconds",
    "prometheus_remote_storage_highest_timestamp_in_seconds",
    "prometheus_remote_storage_shards*",
    "prometheus_remote_storage_succeeded_samples_total",
    "prometheus_remote_storage_failed_samples_total",
    "prometheus_remote_storage_retried_samples_total",
    "prometheus_remote_storage_dropped_samples_total",
    "prometheus_remote_storage_pending_samples",
];

/// What the counters of one queue say of a while. Samples of floats and of native histograms are counted together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Queue {
    /// The label `remote_name`: the block's name, or one that the server made up.
    pub(crate) name: String,
    /// The label `url`, its password masked.
    pub(crate) url: String,
    /// How long it was watched, in seconds.
    pub(crate) seconds: f64,
    /// When the watch ended, in seconds since 1970.
    pub(crate) ended: f64,
    /// Samples tried in that while, again and again included.
    pub(crate) tried: f64,
    /// Samples tried since the server began.
    pub(crate) ever_tried: f64,
    /// Samples refused for good.
    pub(crate) failed: f64,
    /// Samples that were to be tried again.
    pub(crate) retried: f64,
    /// Samples dropped unsent by relabelling, on purpose; all of them where the server tells no reasons.
    pub(crate) dropped_by_rules: f64,
    /// Samples dropped unsent for another reason; none where the server tells no reasons.
    pub(crate) dropped_otherwise: f64,
    /// Whether the server tells the reasons: from 2.50 on. False also where it has dropped nothing yet.
    pub(crate) tells_reasons: bool,
    /// Whether a batch came to an end, well or refused; none where the server does not count bytes.
    pub(crate) finished: Option<bool>,
    /// Samples that waited, at the beginning and at the end.
    pub(crate) pending: (f64, f64),
    /// The newest timestamp that was sent (or refused), in seconds; none where nothing ever was.
    pub(crate) sent: Option<f64>,
    /// The newest timestamp that there was to send, in seconds.
    pub(crate) newest: Option<f64>,
    /// Whether that one is of this queue, after relabelling (3.7 and later), and not of the whole server. Where samples wait all the
    /// while it is the server's: a full queue is given nothing newer.
    pub(crate) newest_is_own: bool,
    /// Shards wanted and the most there may be.
    pub(crate) shards: Option<(f64, f64)>,
}

impl Queue {
    /// Samples that the receiver took.
    pub(crate) fn delivered(&self) -> f64 {
        (self.tried - self.failed - self.retried).max(0.0)
    }

    /// How far the newest sample sent lies behind, in seconds; none where either is unknown.
    pub(crate) fn lag(&self) -> Option<f64> {
        Some((self.newest? - self.sent?).max(0.0))
    }

    /// So many a second.
    pub(crate) fn rate(&self, samples: f64) -> f64 {
        if self.seconds > 0.0 {
            samples / self.seconds
        } else {
            0.0
        }
    }
}

/// The queues that have counters.
pub(crate) fn queues(movement: &Movement) -> Vec<Queue> {
    let keys: BTreeSet<(&str, &str)> = movement
        .series
        .iter()
        .map(|moved| (moved.labels.value("remote_name"), moved.labels.value("url")))
        .filter(|(_, url)| !url.is_empty())
        .collect();
    keys.into_iter()
        .map(|(name, url)| queue(movement, name, url))
        .collect()
}

fn queue(movement: &Movement, name: &str, url: &str) -> Queue {
    let is_of = |labels: &Labels| labels.value("remote_name") == name && labels.value("url") == url;
    let of = |metric: &str| -> Vec<&Moved> {
        let metric = format!("{PREFIX}{metric}");
        movement
            .series
            .iter()
            .filter(|moved| moved.labels.metric() == Some(&metric) && is_of(&moved.labels))
            .collect()
    };
    let grew = |metrics: &[&str]| -> f64 {
        let all = metrics.iter().flat_map(|metric| of(metric));
        all.map(|moved| moved.grew).sum()
    };
    let first = |metrics: &[&str]| -> f64 {
        let all = metrics.iter().flat_map(|metric| of(metric));
        all.filter_map(|moved| moved.first).sum()
    };
    let last = |metrics: &[&str]| -> f64 {
        let all = metrics.iter().flat_map(|metric| of(metric));
        all.filter_map(|moved| moved.last).sum()
    };
    // 0 stands where nothing was there yet, on servers that have the series from the beginning.
    let moment = |metric: &str| {
        let at = of(metric).first().and_then(|moved| moved.last);
        at.filter(|at| *at > 0.0)
    };
    let failed_names = [
        "samples_failed_total",
        "histograms_failed_total",
        "failed_samples_total",
    ];
    let retried_names = [
        "samples_retried_total",
        "histograms_retried_total",
        "retried_samples_total",
    ];
    let (failed, retried) = (grew(&failed_names), grew(&retried_names));
    let total_names = ["samples_total", "histograms_total"];
    let counts_attempts = !of("samples_total").is_empty();
    let (tried, ever_tried) = if counts_attempts {
        (grew(&total_names), last(&total_names))
    } else {
        let taken = ["succeeded_samples_total"];
        (
            grew(&taken) + failed + retried,
            last(&taken) + last(&failed_names) + last(&retried_names),
        )
    };
    let dropped: Vec<&Moved> = [
        "samples_dropped_total",
        "histograms_dropped_total",
        "dropped_samples_total",
    ]
    .iter()
    .flat_map(|metric| of(metric))
    .collect();
    let is_on_purpose =
        |moved: &&&Moved| matches!(moved.labels.value("reason"), "" | "dropped_series");
    let dropped_by_rules = dropped.iter().filter(is_on_purpose).map(|m| m.grew).sum();
    let dropped_otherwise = dropped
        .iter()
        .filter(|moved| !is_on_purpose(moved))
        .map(|moved| moved.grew)
        .sum();
    let bytes: Vec<&Moved> = ["bytes_total", "sent_bytes_total"]
        .iter()
        .flat_map(|metric| of(metric))
        .collect();
    let pending_names = ["samples_pending", "histograms_pending", "pending_samples"];
    let own_newest = moment("queue_highest_timestamp_seconds");
    let server_newest = movement
        .named(&format!("{PREFIX}highest_timestamp_in_seconds"))
        .find_map(|moved| moved.last)
        .filter(|at| *at > 0.0);
    // A queue that is full does not read on: what it was given then lies as far behind as what it sent.
    let pending = (first(&pending_names), last(&pending_names));
    let is_held_up = pending.0 > 0.0 && pending.1 > 0.0 && server_newest > own_newest;
    let newest_is_own = !of("queue_highest_timestamp_seconds").is_empty() && !is_held_up;
    Queue {
        name: name.to_owned(),
        url: url.to_owned(),
        seconds: movement.span_ms() as f64 / 1000.0,
        ended: movement.to.seconds(),
        tried,
        ever_tried,
        failed,
        retried,
        dropped_by_rules,
        dropped_otherwise,
        tells_reasons: dropped.iter().any(|m| !m.labels.value("reason").is_empty()),
        finished: (!bytes.is_empty()).then(|| bytes.iter().any(|moved| moved.grew > 0.0)),
        pending,
        sent: moment("queue_highest_sent_timestamp_seconds"),
        newest: if newest_is_own {
            own_newest
        } else {
            server_newest
        },
        newest_is_own,
        shards: moment("shards_desired").zip(moment("shards_max")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::{Labels, Timestamp};

    #[test]
    fn a_full_queue_lies_as_far_behind_as_the_server_is_ahead_of_it() {
        let moved = |name: &str, first: f64, last: f64| Moved {
            labels: Labels::from([
                ("__name__", format!("{PREFIX}{name}").as_str()),
                ("remote_name", "r"),
                ("url", "http://r"),
            ]),
            first: Some(first),
            last: Some(last),
            grew: last - first,
        };
        let lag = |waited: f64| {
            let movement = Movement {
                from: Timestamp(1_000_000),
                to: Timestamp(1_060_000),
                read: String::new(),
                series: vec![
                    moved("samples_total", 100.0, 4_900.0),
                    moved("samples_pending", waited, 799.0),
                    moved("queue_highest_sent_timestamp_seconds", 870.0, 925.0),
                    moved("queue_highest_timestamp_seconds", 871.0, 926.0),
                    Moved {
                        labels: Labels::from([(
                            "__name__",
                            format!("{PREFIX}highest_timestamp_in_seconds").as_str(),
                        )]),
                        first: Some(1_000.0),
                        last: Some(1_060.0),
                        grew: 60.0,
                    },
                ],
            };
            queues(&movement)[0].lag()
        };
        assert_eq!(lag(790.0), Some(135.0));
        assert_eq!(lag(0.0), Some(1.0));
    }
}

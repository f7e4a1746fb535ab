//! The metrics of a Prometheus about itself, first of all those of its remote_write queue.
//!
//! Samples of servers' own metrics and of rules are not counted among those that were taken and sent: a counter that counts itself
//! would need no lab but a proof.

use std::sync::Arc;

use crate::lab::measure::Measure;
use crate::lab::meter::{Meter, number};
use crate::lab::model::Prometheus;
use crate::lab::moment::seconds;
use crate::lab::runtime::process_start;
use crate::lab::scrape::{plain, refused};
use crate::lab::sending::{Upto, is_kept, is_too_old, sent_upto};
use crate::lab::series::{Labels, Series, labels};
use crate::lab::version::PrometheusVersion;

/// All of them.
pub(crate) fn meters(prometheus: &Prometheus) -> Vec<Meter> {
    let start_ms = process_start(prometheus);
    let start = seconds(start_ms);
    let running = &prometheus.running;
    let loaded_ms = running.loaded(start_ms);
    let reloaded = if running.refused_reload { 0.0 } else { 1.0 };
    let none = Labels::new();
    let series = plain(prometheus);
    let head = number(i64::try_from(series.len()).unwrap_or(i64::MAX));
    let mut all = vec![
        Meter::one(
            "process_start_time_seconds",
            "gauge",
            "Start time of the process since unix epoch in seconds.",
            &none,
            Measure::fixed(start),
        ),
        build(prometheus.version),
        Meter::one(
            "prometheus_config_last_reload_success_timestamp_seconds",
            "gauge",
            "Timestamp of the last successful configuration reload.",
            &none,
            Measure::fixed(seconds(loaded_ms)),
        ),
        Meter::one(
            "prometheus_config_last_reload_successful",
            "gauge",
            "Whether the last configuration reload attempt was successful.",
            &none,
            Measure::fixed(reloaded),
        ),
    ];
    all.extend(queue(prometheus, series));
    all.push(out_of_bounds(prometheus));
    all.push(Meter::one(
        "prometheus_tsdb_head_series",
        "gauge",
        "Total number of series in the head block.",
        &none,
        Measure::fixed(head),
    ));
    all
}

fn build(version: PrometheusVersion) -> Meter {
    let (branch, go, revision, tags) = match version {
        PrometheusVersion::V2_42 => ("debian/sid", "go1.19.8", "2.42.0+ds-5+deb12u1", None),
        PrometheusVersion::V3_14 => (
            "HEAD",
            "go1.26.8",
            "d7598b7141",
            Some("netgo,remove_all_sd,enable_dns_sd,enable_file_sd"),
        ),
    };
    let mut all = labels(&[
        ("branch", branch),
        ("goarch", "amd64"),
        ("goos", "linux"),
        ("goversion", go),
        ("revision", revision),
        ("version", version.number()),
    ]);
    if let Some(tags) = tags {
        all.insert("tags".to_owned(), tags.to_owned());
    }
    Meter::one(
        "prometheus_build_info",
        "gauge",
        "A metric with a constant '1' value labeled by version, revision, branch and goversion.",
        &all,
        Measure::fixed(1.0),
    )
}

/// The counter of samples whose timestamps the head does not take.
fn out_of_bounds(prometheus: &Prometheus) -> Meter {
    let scraping = prometheus.clone();
    Meter::one(
        "prometheus_target_scrapes_sample_out_of_bounds_total",
        "counter",
        "Total number of samples rejected due to timestamp falling outside of the time bounds.",
        &Labels::new(),
        Measure::shown(move |at_ms| number(refused(&scraping, at_ms))),
    )
}

/// What the queue did until a moment.
struct Queue {
    /// What came in.
    taken: Vec<Series>,
    /// What left, until it was stuck; the receiver may have refused it.
    leaving: Vec<Series>,
    /// What the receiver took.
    accepted: Vec<Series>,
    /// What would have left.
    kept: Vec<Series>,
    /// What rules dropped.
    dropped: Vec<Series>,
    /// What was dropped for its age.
    too_old: Vec<Series>,
    stuck_since_ms: Option<i64>,
    capacity: i64,
}

impl Queue {
    fn count(series: &[Series], at_ms: i64) -> i64 {
        series.iter().map(|one| one.count(at_ms)).sum()
    }

    fn newest(series: &[Series], at_ms: i64) -> Option<i64> {
        let times = series.iter().filter_map(|one| one.newest(at_ms));
        times.map(|(time, _)| time).max()
    }

    fn delivered(&self, at_ms: i64) -> i64 {
        Self::count(&self.leaving, at_ms)
    }

    /// What was ready to leave and is still here; more than the queue holds stays where it was read from.
    fn waiting(&self, at_ms: i64) -> i64 {
        let waits = Self::count(&self.kept, at_ms) - self.delivered(at_ms);
        waits.clamp(0, self.capacity)
    }

    fn failed(&self, at_ms: i64) -> i64 {
        self.delivered(at_ms) - Self::count(&self.accepted, at_ms)
    }

    /// One batch of a sample a second, for the sake of a round number.
    fn retried(&self, at_ms: i64) -> i64 {
        let tried = |since: i64| (at_ms - since).max(0) / 1000;
        self.stuck_since_ms
            .filter(|_| self.waiting(at_ms) > 0)
            .map_or(0, tried)
    }
}

fn queue(prometheus: &Prometheus, mut taken: Vec<Series>) -> Vec<Meter> {
    taken.retain(|one| one.native().is_none());
    let write = &prometheus.remote_write;
    let new = prometheus.version == PrometheusVersion::V3_14;
    let (capacity, most_shards) = if new { (10_000, 50) } else { (2_500, 200) };
    let upto = |place: Upto| -> Vec<Series> {
        let all = sent_upto(prometheus, taken.clone(), place);
        all.into_iter().map(|one| one.series).collect()
    };
    let of = |wanted: &dyn Fn(&Series) -> bool| -> Vec<Series> {
        taken.iter().filter(|one| wanted(one)).cloned().collect()
    };
    let queue = Arc::new(Queue {
        leaving: upto(Upto::Left),
        accepted: upto(Upto::Taken),
        kept: upto(Upto::Queued),
        dropped: of(&|one| !is_kept(prometheus, one)),
        too_old: of(&|one| is_kept(prometheus, one) && is_too_old(prometheus, one)),
        taken,
        stuck_since_ms: write.stuck_since_ms,
        capacity,
    });
    let none = Labels::new();
    let of_queue = labels(&[("remote_name", "thanos"), ("url", &write.url)]);
    let mut all = Vec::new();
    let restarted_ms = prometheus.running.restarted_ms;
    let mut put = |name: &str,
                   kind: &'static str,
                   help,
                   labels: &Labels,
                   of: fn(&Queue, i64) -> Option<i64>| {
        let queue = Arc::clone(&queue);
        let value = Measure::new(move |at_ms| {
            let value = of(&queue, at_ms)?;
            // A counter begins again with the process.
            let before = restarted_ms.filter(|_| kind == "counter");
            let before = before.filter(|before_ms| *before_ms <= at_ms);
            let counted = before.and_then(|before_ms| of(&queue, before_ms));
            Some(number(value - counted.unwrap_or(0)))
        });
        let name = format!("prometheus_remote_storage_{name}");
        all.push(Meter::one(&name, kind, help, labels, value));
    };
    put(
        "bytes_total",
        "counter",
        "The total number of bytes of data (not metadata) sent by the queue after compression.",
        &of_queue,
        |queue, at| Some(queue.delivered(at) * 40),
    );
    put(
        "enqueue_retries_total",
        "counter",
        "Total number of times enqueue has failed because a shards queue was full.",
        &of_queue,
        |queue, at| {
            let is_full = queue.waiting(at) >= queue.capacity;
            Some(if is_full { queue.retried(at) } else { 0 })
        },
    );
    put(
        "highest_timestamp_in_seconds",
        "gauge",
        "Highest timestamp that has come into the remote storage via the Appender interface, in seconds since epoch.",
        &none,
        |queue, at| Some(Queue::newest(&queue.taken, at).unwrap_or(0) / 1000),
    );
    let sent = "Timestamp from a WAL sample, the highest timestamp successfully sent by this queue, in seconds since epoch.";
    put(
        "queue_highest_sent_timestamp_seconds",
        "gauge",
        sent,
        &of_queue,
        if new {
            |queue, at| Some(Queue::newest(&queue.leaving, at).unwrap_or(0) / 1000)
        } else {
            |queue, at| Queue::newest(&queue.leaving, at).map(|time| time / 1000)
        },
    );
    if new {
        put(
            "queue_highest_timestamp_seconds",
            "gauge",
            "The highest timestamp that was enqueued, in seconds since epoch.",
            &of_queue,
            |queue, at| Some(Queue::newest(&queue.kept, at).unwrap_or(0) / 1000),
        );
    }
    // Since 2.50 with the reason, and only where something was dropped.
    let mut of_drops = of_queue.clone();
    if new {
        of_drops.insert("reason".to_owned(), "dropped_series".to_owned());
    }
    let dropped = "Total number of samples which were dropped after being read from the WAL before being sent via remote write.";
    put(
        "samples_dropped_total",
        "counter",
        dropped,
        &of_drops,
        match new {
            true => |queue, at| Some(Queue::count(&queue.dropped, at)).filter(|drops| *drops > 0),
            false => |queue, at| Some(Queue::count(&queue.dropped, at)),
        },
    );
    if new {
        let mut of_drops = of_queue.clone();
        of_drops.insert("reason".to_owned(), "too_old".to_owned());
        put(
            "samples_dropped_total",
            "counter",
            dropped,
            &of_drops,
            |queue, at| Some(Queue::count(&queue.too_old, at)).filter(|drops| *drops > 0),
        );
    }
    put(
        "samples_failed_total",
        "counter",
        "Total number of samples which failed on send to remote storage, non-recoverable errors.",
        &of_queue,
        |queue, at| Some(queue.failed(at)),
    );
    put(
        "samples_in_total",
        "counter",
        "Samples in to remote storage, compare to samples out for queue managers.",
        &none,
        |queue, at| Some(Queue::count(&queue.taken, at)),
    );
    put(
        "samples_pending",
        "gauge",
        "The number of samples pending in the queues shards to be sent to the remote storage.",
        &of_queue,
        |queue, at| Some(queue.waiting(at)),
    );
    put(
        "samples_retried_total",
        "counter",
        "Total number of samples which failed on send to remote storage but were retried because the send error was recoverable.",
        &of_queue,
        |queue, at| Some(queue.retried(at)),
    );
    put(
        "samples_total",
        "counter",
        "Total number of samples sent to remote storage.",
        &of_queue,
        |queue, at| Some(queue.delivered(at) + queue.retried(at)),
    );
    put(
        "shard_capacity",
        "gauge",
        "The capacity of each shard of the queue used for parallel sending to the remote storage.",
        &of_queue,
        |queue, _| Some(queue.capacity),
    );
    put(
        "shards",
        "gauge",
        "The number of shards used for parallel sending to the remote storage.",
        &of_queue,
        |_, _| Some(1),
    );
    let max = Measure::fixed(number(most_shards));
    all.push(Meter::one(
        "prometheus_remote_storage_shards_max",
        "gauge",
        "The maximum number of shards that the queue is allowed to run.",
        &of_queue,
        max,
    ));
    if write.queueing.unconfigured {
        // What comes in is counted where nothing is sent, too.
        all.retain(|meter| meter.series.iter().all(|(_, labels, _)| labels.is_empty()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::meters;
    use crate::lab::incident;
    use crate::lab::meter::page;
    use crate::lab::model::{Prometheus, WriteRule};

    const START: i64 = 1_800_000_000_000;

    fn value(prometheus: &Prometheus, name: &str) -> Option<f64> {
        let text = page(&meters(prometheus), START);
        let name = format!("prometheus_remote_storage_{name}");
        let line = text.lines().find(|line| line.starts_with(&name))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    #[test]
    fn a_stuck_queue_retries_and_fails_nothing() {
        let mut model = incident::healthy(START);
        model.prometheus[0].remote_write.stuck_since_ms = Some(START - 600_000);
        let ops = &model.prometheus[0];
        assert_eq!(value(ops, "samples_failed_total{"), Some(0.0));
        assert!(value(ops, "samples_retried_total{") > Some(0.0));
        assert!(value(ops, "samples_pending{") > Some(0.0));
    }

    #[test]
    fn a_healthy_queue_has_nothing_pending() {
        let model = incident::healthy(START);
        let ops = &model.prometheus[0];
        assert_eq!(value(ops, "samples_pending{"), Some(0.0));
        assert_eq!(value(ops, "samples_retried_total{"), Some(0.0));
        assert!(value(ops, "samples_total{") > Some(0.0));
    }

    #[test]
    fn new_servers_name_the_reason_of_a_drop_and_old_ones_always_count() {
        let mut model = incident::healthy(START);
        let dropped = |prometheus: &Prometheus, labels: &str| {
            value(prometheus, &format!("samples_dropped_total{{{labels}"))
        };
        let (reason, none) = ("reason=\"dropped_series\"", "remote_name");
        assert_eq!(dropped(&model.prometheus[0], ""), None);
        assert_eq!(dropped(&model.prometheus[1], none), Some(0.0));
        for one in &mut model.prometheus {
            let all = WriteRule::DropPrefix(String::new());
            one.remote_write.rules.push(all);
        }
        let [new, old] = &model.prometheus[..] else {
            panic!("two senders");
        };
        assert!(dropped(new, reason) > Some(0.0));
        assert!(dropped(old, none) > Some(0.0));
        let sent = "queue_highest_sent_timestamp_seconds";
        assert_eq!((value(new, sent), value(old, sent)), (Some(0.0), None));
    }
}

//! The metrics of a Prometheus about itself, first of all those of its remote_write queue.

use crate::lab::flow::sent;
use crate::lab::model::Prometheus;
use crate::lab::moment::seconds;
use crate::lab::page::Page;
use crate::lab::runtime::process_start;
use crate::lab::series::{Labels, Series, labels};
use crate::lab::version::PrometheusVersion;

/// The page `/metrics`.
pub(crate) fn page(prometheus: &Prometheus, series: &[Series], now_ms: i64) -> String {
    let mut page = Page::default();
    let start = seconds(process_start(prometheus));
    page.single(
        "process_start_time_seconds",
        "gauge",
        "Start time of the process since unix epoch in seconds.",
        start,
    );
    build(&mut page, prometheus.version);
    page.single(
        "prometheus_config_last_reload_success_timestamp_seconds",
        "gauge",
        "Timestamp of the last successful configuration reload.",
        start,
    );
    page.single(
        "prometheus_config_last_reload_successful",
        "gauge",
        "Whether the last configuration reload attempt was successful.",
        1.0,
    );
    queue(&mut page, prometheus, series, now_ms);
    page.single(
        "prometheus_tsdb_head_series",
        "gauge",
        "Total number of series in the head block.",
        number(i64::try_from(series.len()).unwrap_or(i64::MAX)),
    );
    page.finish()
}

fn build(page: &mut Page, version: PrometheusVersion) {
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
    page.family(
        "prometheus_build_info",
        "gauge",
        "A metric with a constant '1' value labeled by version, revision, branch and goversion.",
    )
    .sample("prometheus_build_info", &all, 1.0);
}

fn queue(page: &mut Page, prometheus: &Prometheus, series: &[Series], now_ms: i64) {
    let write = &prometheus.remote_write;
    let of_queue = labels(&[("remote_name", "thanos"), ("url", &write.url)]);
    let leaving = sent(prometheus);
    let delivered: i64 = leaving.iter().map(|one| one.series.count(now_ms)).sum();
    let taken: i64 = series.iter().map(|one| one.count(now_ms)).sum();
    let kept: i64 = leaving
        .iter()
        .map(|one| {
            let mut whole = one.series.clone();
            if write.stuck_since_ms.is_some() {
                whole.ended = None;
            }
            whole.count(now_ms)
        })
        .sum();
    let newest = series
        .iter()
        .filter_map(|one| one.newest(now_ms))
        .map(|(time, _)| time)
        .max()
        .unwrap_or(0);
    let newest_sent = write
        .stuck_since_ms
        .map_or(newest, |since| since.min(newest));
    let waiting = (kept - delivered).clamp(0, 10_000);
    let retried = write.stuck_since_ms.map_or(0, |since| {
        (now_ms - since).max(0) / 1000 * i64::from(kept > delivered)
    });
    let mut put = |name: &str, kind: &str, help: &str, labels: &Labels, value: i64| {
        let name = format!("prometheus_remote_storage_{name}");
        page.family(&name, kind, help)
            .sample(&name, labels, number(value));
    };
    let none = Labels::new();
    put(
        "bytes_total",
        "counter",
        "The total number of bytes of data (not metadata) sent by the queue after compression.",
        &of_queue,
        delivered * 40,
    );
    put(
        "highest_timestamp_in_seconds",
        "gauge",
        "Highest timestamp that has come into the remote storage via the Appender interface, in seconds since epoch.",
        &none,
        newest / 1000,
    );
    put(
        "queue_highest_sent_timestamp_seconds",
        "gauge",
        "Timestamp from a WAL sample, the highest timestamp successfully sent by this queue, in seconds since epoch.",
        &of_queue,
        newest_sent / 1000,
    );
    if prometheus.version == PrometheusVersion::V3_14 {
        put(
            "queue_highest_timestamp_seconds",
            "gauge",
            "The highest timestamp that was enqueued, in seconds since epoch.",
            &of_queue,
            newest / 1000,
        );
    } else {
        put(
            "samples_dropped_total",
            "counter",
            "Total number of samples which were dropped after being read from the WAL before being sent via remote write.",
            &of_queue,
            (taken - kept).max(0),
        );
    }
    put(
        "samples_failed_total",
        "counter",
        "Total number of samples which failed on send to remote storage, non-recoverable errors.",
        &of_queue,
        0,
    );
    put(
        "samples_in_total",
        "counter",
        "Samples in to remote storage, compare to samples out for queue managers.",
        &none,
        taken,
    );
    put(
        "samples_pending",
        "gauge",
        "The number of samples pending in the queues shards to be sent to the remote storage.",
        &of_queue,
        waiting,
    );
    put(
        "samples_retried_total",
        "counter",
        "Total number of samples which failed on send to remote storage but were retried because the send error was recoverable.",
        &of_queue,
        retried,
    );
    put(
        "samples_total",
        "counter",
        "Total number of samples sent to remote storage.",
        &of_queue,
        delivered + retried,
    );
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn number(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::lab::flow::scraped;
    use crate::lab::incident;

    const START: i64 = 1_800_000_000_000;

    fn value(text: &str, name: &str) -> f64 {
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .expect("the metric is on the page");
        line.rsplit(' ')
            .next()
            .and_then(|value| value.parse().ok())
            .expect("a number")
    }

    #[test]
    fn a_stuck_queue_retries_and_fails_nothing() {
        let mut model = incident::healthy(START);
        model.prometheus[0].remote_write.stuck_since_ms = Some(START - 600_000);
        let ops = &model.prometheus[0];
        let text = page(ops, &scraped(ops), START);
        assert_eq!(
            value(&text, "prometheus_remote_storage_samples_failed_total{"),
            0.0
        );
        assert!(value(&text, "prometheus_remote_storage_samples_retried_total{") > 0.0);
        assert!(value(&text, "prometheus_remote_storage_samples_pending{") > 0.0);
    }

    #[test]
    fn a_healthy_queue_has_nothing_pending() {
        let model = incident::healthy(START);
        let ops = &model.prometheus[0];
        let text = page(ops, &scraped(ops), START);
        assert_eq!(
            value(&text, "prometheus_remote_storage_samples_pending{"),
            0.0
        );
        assert_eq!(
            value(&text, "prometheus_remote_storage_samples_retried_total{"),
            0.0
        );
    }
}

//! The configuration as the running Prometheus shows it, with defaults filled in.

use crate::lab::model::{Prometheus, RemoteWrite, Target, WriteRule};
use crate::lab::moment::duration;
use crate::lab::targets::{seconds_text, timeout_text};
use crate::lab::upstream::Spoilt;
use crate::lab::version::PrometheusVersion;

/// The YAML of `/api/v1/status/config`.
pub(crate) fn yaml(prometheus: &Prometheus) -> String {
    let new = prometheus.version == PrometheusVersion::V3_14;
    let interval = seconds_text(prometheus);
    let timeout = timeout_text(prometheus);
    let mut text = Text::default();
    text.put(0, "global:");
    text.put(1, &format!("scrape_interval: {interval}"));
    text.put(1, &format!("scrape_timeout: {timeout}"));
    text.put(1, &format!("evaluation_interval: {interval}"));
    text.put(1, "external_labels:");
    for (name, value) in &prometheus.external_labels {
        text.put(2, &format!("{name}: {value}"));
    }
    if new {
        text.put(1, "metric_name_validation_scheme: utf8");
        text.put(1, "scrape_native_histograms: false");
        text.put(1, "extra_scrape_metrics: false");
        text.put(0, "runtime:");
        text.put(1, "gogc: 75");
    }
    if !prometheus.rules.is_empty() {
        text.put(0, "rule_files:");
        text.put(0, "- /etc/prometheus/rules/*.yml");
    }
    text.put(0, "scrape_configs:");
    let mut jobs: Vec<&str> = Vec::new();
    for target in &prometheus.targets {
        if !target.scraping.unconfigured && !jobs.contains(&target.job.as_str()) {
            jobs.push(&target.job);
            scrape_config(&mut text, prometheus, target, &timeout);
        }
    }
    if new {
        text.put(0, "storage:");
        text.put(1, "tsdb:");
        text.put(2, "outofordertimewindow: 0");
        text.put(2, "retention:");
        text.put(3, "time: 15d");
    }
    if !prometheus.remote_write.queueing.unconfigured {
        remote_write(&mut text, &prometheus.remote_write, new);
    }
    if new {
        text.put(0, "otlp:");
        text.put(1, "translation_strategy: UnderscoreEscapingWithSuffixes");
        text.put(1, "label_name_underscore_sanitization: true");
        text.put(1, "label_name_preserve_multiple_underscores: true");
    }
    text.text
}

fn scrape_config(text: &mut Text, prometheus: &Prometheus, target: &Target, timeout: &str) {
    let new = prometheus.version == PrometheusVersion::V3_14;
    let interval = prometheus.interval_text(target);
    text.put(0, &format!("- job_name: {}", target.job));
    text.put(1, "honor_timestamps: true");
    if new {
        text.put(1, "track_timestamps_staleness: false");
    }
    text.put(1, &format!("scrape_interval: {interval}"));
    text.put(1, &format!("scrape_timeout: {timeout}"));
    if new {
        text.put(1, "scrape_protocols:");
        for protocol in [
            "OpenMetricsText1.0.0",
            "OpenMetricsText0.0.1",
            "PrometheusText1.0.0",
            "PrometheusText0.0.4",
        ] {
            text.put(1, &format!("- {protocol}"));
        }
        let native = target.scraping.native_histograms;
        text.put(1, &format!("scrape_native_histograms: {native}"));
        text.put(1, "always_scrape_classic_histograms: false");
        text.put(1, "convert_classic_histograms_to_nhcb: false");
    }
    text.put(1, "metrics_path: /metrics");
    text.put(1, "scheme: http");
    if new {
        text.put(1, "enable_compression: true");
        text.put(1, "metric_name_validation_scheme: utf8");
        text.put(1, "metric_name_escaping_scheme: allow-utf-8");
        text.put(1, "extra_scrape_metrics: false");
    }
    if let Some((_, Spoilt::SampleLimit(most))) = target.scraping.spoilt {
        text.put(1, &format!("sample_limit: {most}"));
    }
    text.put(1, "follow_redirects: true");
    text.put(1, "enable_http2: true");
    if target.dropped {
        text.put(1, "relabel_configs:");
        text.rule(&["job"], &target.job, None, "$1", "drop");
    }
    if !target.drops.is_empty() {
        text.put(1, "metric_relabel_configs:");
        for rule in &target.drops {
            text.rule(&["__name__"], &rule.metric, None, "$1", "drop");
        }
    }
    let of_job = |other: &&Target| other.job == target.job;
    let found: Vec<&Target> = prometheus.found().filter(of_job).collect();
    if found.is_empty() || found.len() > 1 {
        // What comes and goes is written in a file.
        text.put(1, "file_sd_configs:");
        text.put(1, "- files:");
        text.put(2, &format!("- /etc/prometheus/targets/{}.yml", target.job));
        text.put(2, "refresh_interval: 5m");
        return;
    }
    text.put(1, "static_configs:");
    text.put(1, "- targets:");
    text.put(2, &format!("- {}", target.address));
    if !target.labels.is_empty() {
        text.put(2, "labels:");
        for (name, value) in &target.labels {
            text.put(3, &format!("{name}: {value}"));
        }
    }
}

fn remote_write(text: &mut Text, write: &RemoteWrite, new: bool) {
    let queueing = &write.queueing;
    text.put(0, "remote_write:");
    text.put(0, &format!("- url: {}", write.url));
    text.put(1, "remote_timeout: 30s");
    if let Some(tenant) = &write.tenant {
        text.put(1, "headers:");
        text.put(2, &format!("THANOS-TENANT: {tenant}"));
    }
    if !write.rules.is_empty() {
        text.put(1, "write_relabel_configs:");
    }
    for rule in &write.rules {
        match rule {
            WriteRule::DropPrefix(prefix) => {
                text.rule(&["__name__"], &format!("{prefix}.*"), None, "$1", "drop");
            }
            WriteRule::DropLabel(label) => {
                text.rule(&[], label, None, "$1", "labeldrop");
            }
            WriteRule::Replace {
                metric,
                label,
                value,
            } => text.rule(&["__name__"], metric, Some(label), value, "replace"),
        }
    }
    text.put(1, "name: thanos");
    if new {
        let message = match queueing.second_version {
            true => "io.prometheus.write.v2.Request",
            false => "prometheus.WriteRequest",
        };
        text.put(1, &format!("protobuf_message: {message}"));
    }
    if queueing.has_credentials {
        text.put(1, "basic_auth:");
        text.put(2, "username: prometheus");
        text.put(2, "password: <secret>");
    }
    text.put(1, "follow_redirects: true");
    text.put(1, &format!("enable_http2: {}", !new));
    let (capacity, shards, batch) = if new {
        (10_000, 50, 2_000)
    } else {
        (2_500, 200, 500)
    };
    text.put(1, "queue_config:");
    text.put(2, &format!("capacity: {capacity}"));
    text.put(2, &format!("max_shards: {shards}"));
    text.put(2, "min_shards: 1");
    text.put(2, &format!("max_samples_per_send: {batch}"));
    text.put(2, "batch_send_deadline: 1s");
    text.put(2, "min_backoff: 30ms");
    text.put(2, "max_backoff: 1s");
    if let Some(limit_ms) = queueing.age_limit_ms {
        text.put(2, &format!("sample_age_limit: {}", duration(limit_ms)));
    }
    text.put(1, "metadata_config:");
    text.put(2, "send: false");
    text.put(2, "send_interval: 1m");
    text.put(2, &format!("max_samples_per_send: {batch}"));
}

#[derive(Default)]
struct Text {
    text: String,
}

impl Text {
    fn put(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"  ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn rule(
        &mut self,
        sources: &[&str],
        regex: &str,
        target: Option<&str>,
        replacement: &str,
        action: &str,
    ) {
        let first = if sources.is_empty() {
            "- separator: ;".to_owned()
        } else {
            format!("- source_labels: [{}]", sources.join(", "))
        };
        self.put(1, &first);
        if !sources.is_empty() {
            self.put(2, "separator: ;");
        }
        self.put(2, &format!("regex: {regex}"));
        if let Some(target) = target {
            self.put(2, &format!("target_label: {target}"));
        }
        self.put(2, &format!("replacement: {replacement}"));
        self.put(2, &format!("action: {action}"));
    }
}

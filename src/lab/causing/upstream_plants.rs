//! How each fault on the way into Prometheus and out of it is put into a healthy model.

use crate::lab::incident::COST_METRIC;
use crate::lab::model::{Family, Model, Prometheus, RemoteWrite, Target, WriteRule};
use crate::lab::plant;
use crate::lab::receiving::{Refusing, Trouble};
use crate::lab::series::labels;
use crate::lab::station::Station;
use crate::lab::upstream::{Spoilt, Stamp};
use crate::lab::version::PrometheusVersion;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60_000;

fn ago(model: &Model, ms: i64) -> i64 {
    model.started_ms - ms
}

fn with_ops(model: &mut Model, change: impl FnOnce(&mut Prometheus)) {
    if let Some(ops) = model.prometheus_mut("ops") {
        change(ops);
    }
}

fn with_target(model: &mut Model, change: impl FnOnce(&mut Target)) {
    if let Some(target) = model.exporter_mut() {
        change(target);
    }
}

fn with_cost(model: &mut Model, change: impl FnOnce(&mut Family)) {
    with_target(model, |target| {
        let mut families = target.page.iter_mut();
        if let Some(family) = families.find(|family| family.name == COST_METRIC) {
            change(family);
        }
    });
}

fn with_write(model: &mut Model, change: impl FnOnce(&mut RemoteWrite)) {
    with_ops(model, |ops| change(&mut ops.remote_write));
}

/// A reload took the job away by mistake, and the one that should bring it back was refused.
pub(crate) fn config_not_loaded(model: &mut Model) {
    let since_ms = ago(model, 20 * MINUTE_MS);
    with_ops(model, |ops| {
        ops.running.loaded_ms = Some(since_ms);
        ops.running.refused_reload = true;
    });
    with_target(model, |target| {
        target.scraping.vanished_ms = Some(since_ms);
        target.scraping.unconfigured = true;
    });
}

pub(crate) fn not_discovered(model: &mut Model) {
    let since_ms = ago(model, 20 * MINUTE_MS);
    with_target(model, |target| target.scraping.vanished_ms = Some(since_ms));
}

pub(crate) fn target_dropped(model: &mut Model) {
    with_target(model, |target| target.dropped = true);
}

fn spoil(model: &mut Model, how: Spoilt) {
    let since_ms = ago(model, 3 * MINUTE_MS);
    with_target(model, |target| {
        target.scraping.spoilt = Some((since_ms, how));
    });
}

pub(crate) fn exporter_error(model: &mut Model) {
    spoil(model, Spoilt::Status(503, "Service Unavailable"));
}

pub(crate) fn content_type(model: &mut Model) {
    spoil(model, Spoilt::ContentType("text/html"));
}

pub(crate) fn scrape_limit(model: &mut Model) {
    spoil(model, Spoilt::SampleLimit(2));
}

/// A new version of the exporter names the currency.
pub(crate) fn renamed(model: &mut Model) {
    let since_ms = ago(model, 20 * MINUTE_MS);
    with_target(model, |target| {
        let named = target.page.iter().find(|family| family.name == COST_METRIC);
        let Some(mut new) = named.cloned() else {
            return;
        };
        new.name = format!("{COST_METRIC}_usd");
        target.page.push(new);
    });
    with_cost(model, |family| family.gone_since_ms = Some(since_ms));
}

pub(crate) fn timestamp_refused(model: &mut Model) {
    with_cost(model, |family| {
        family.stamp = Some(Stamp::Behind(150 * MINUTE_MS));
    });
}

/// The exporter shows raw costs, and the rule that makes the metric of them gives two series the same labels.
pub(crate) fn rule_failing(model: &mut Model) {
    let raw = format!("{COST_METRIC}_raw");
    with_cost(model, |family| family.name.clone_from(&raw));
    with_ops(model, |ops| {
        for group in &mut ops.rules {
            for rule in &mut group.rules {
                COST_METRIC.clone_into(&mut rule.record);
                rule.expr = format!("label_replace({raw}, \"exported_service\", \"\", \"\", \"\")");
            }
        }
    });
}

/// Scraped every fourteen minutes, the last time eight minutes ago.
pub(crate) fn slow_scrape(model: &mut Model) {
    with_target(model, |target| {
        target.scraping.interval_ms = Some(14 * MINUTE_MS);
    });
}

/// The pod is gone, and the one that came for it has no costs.
pub(crate) fn series_ended(model: &mut Model) {
    let since_ms = ago(model, 20 * MINUTE_MS);
    model.closed.insert(Station::Exporter);
    with_ops(model, |ops| {
        let Some(old) = ops.targets.first_mut() else {
            return;
        };
        let mut new = old.clone();
        old.scraping.vanished_ms = Some(since_ms);
        new.address = "127.0.0.1:1".to_owned();
        new.instance = Some("10.0.3.18:8080".to_owned());
        new.labels
            .extend(labels(&[("pod", "aws-cost-exporter-7c9f4d6b8-r9v5t")]));
        new.page.retain(|family| family.name != COST_METRIC);
        ops.targets.push(new);
    });
}

/// What an agent has cannot be asked, so that a loss behind it is known less exactly.
pub(crate) fn agent(model: &mut Model) {
    with_ops(model, |ops| ops.running.as_agent = true);
    plant::missing_at_receive(model);
}

pub(crate) fn no_remote_write(model: &mut Model) {
    with_write(model, |write| write.queueing.unconfigured = true);
}

pub(crate) fn write_relabel(model: &mut Model) {
    with_write(model, |write| {
        write
            .rules
            .push(WriteRule::DropPrefix("aws_cost_exporter_".to_owned()));
    });
}

fn refused(model: &mut Model, path: &'static str) {
    with_ops(model, |ops| {
        let queueing = &mut ops.remote_write.queueing;
        queueing.to_receive = Some(("http", path));
        queueing.refused_since_ms = Some(ops.first_scrape_ms - 1);
    });
}

pub(crate) fn write_url_wrong(model: &mut Model) {
    refused(model, "/api/v1/recieve");
}

pub(crate) fn write_unauthorized(model: &mut Model) {
    refused(model, "/api/v1/receive");
    model.receive.taking.wants_credentials = true;
    if let Some(blue) = model.prometheus_mut("blue") {
        blue.remote_write.queueing.has_credentials = true;
    }
}

fn stuck(model: &mut Model) {
    let since_ms = ago(model, 20 * MINUTE_MS);
    with_write(model, |write| write.stuck_since_ms = Some(since_ms));
}

pub(crate) fn write_name_unresolved(model: &mut Model) {
    stuck(model);
    with_write(model, |write| {
        "http://thanos-receive.monitoring.invalid:19291/api/v1/receive".clone_into(&mut write.url);
    });
}

pub(crate) fn write_connection_failed(model: &mut Model) {
    stuck(model);
    with_write(model, |write| {
        write.queueing.to_receive = Some(("https", "/api/v1/receive"));
    });
}

/// All writes of both clusters are answered so, from the first one on.
fn answered(model: &mut Model, status: u16) {
    let what = Refusing::Status(status);
    for prometheus in &mut model.prometheus {
        let since_ms = prometheus.first_scrape_ms - 1;
        model.receive.taking.troubles.push(Trouble {
            since_ms,
            cluster: Some(prometheus.cluster.clone()),
            what,
        });
        let write = &mut prometheus.remote_write;
        write.queueing.to_receive = Some(("http", "/api/v1/receive"));
        match what.is_tried_again() {
            true => write.stuck_since_ms = Some(since_ms),
            false => write.queueing.refused_since_ms = Some(since_ms),
        }
    }
}

pub(crate) fn receiver_errors(model: &mut Model) {
    answered(model, 503);
}

pub(crate) fn rate_limited(model: &mut Model) {
    answered(model, 429);
}

/// Of two samples one leaves.
pub(crate) fn write_lagging(model: &mut Model) {
    let since_ms = ago(model, 50 * MINUTE_MS);
    with_write(model, |write| write.queueing.slow = Some((since_ms, 50)));
}

/// The costs are of a batch that ran before the process was started again.
pub(crate) fn older_than_queue(model: &mut Model) {
    let (stamped_ms, started_ms) = (ago(model, 150 * SECOND_MS), ago(model, 60 * SECOND_MS));
    with_cost(model, |family| family.stamp = Some(Stamp::At(stamped_ms)));
    with_ops(model, |ops| ops.running.restarted_ms = Some(started_ms));
}

/// The costs are of a batch that ran before the block came.
pub(crate) fn remote_write_recent(model: &mut Model) {
    let (stamped_ms, since_ms) = (ago(model, 150 * SECOND_MS), ago(model, 90 * SECOND_MS));
    with_cost(model, |family| family.stamp = Some(Stamp::At(stamped_ms)));
    with_ops(model, |ops| {
        ops.running.loaded_ms = Some(since_ms);
        ops.remote_write.queueing.since_ms = Some(since_ms);
    });
}

/// What ran every hour ran for the last time half an hour ago: while Receive could not be reached, and before Prometheus was started
/// again.
pub(crate) fn backlog_lost(model: &mut Model) {
    let (unreached_ms, restarted_ms) = (ago(model, 50 * MINUTE_MS), ago(model, 10 * MINUTE_MS));
    plant::hourly(model);
    with_ops(model, |ops| {
        ops.running.restarted_ms = Some(restarted_ms);
        ops.remote_write.queueing.forgot = Some((unreached_ms, restarted_ms));
    });
}

/// The costs are a histogram, which Prometheus scrapes as a native one.
pub(crate) fn native_histograms(model: &mut Model) {
    with_target(model, |target| target.scraping.native_histograms = true);
    with_cost(model, |family| "histogram".clone_into(&mut family.kind));
}

/// The check asks for the tenant that the loaded header names, and that build of Prometheus sends no header.
pub(crate) fn header_lost(model: &mut Model) {
    with_ops(model, |ops| ops.version = PrometheusVersion::V2_42);
    with_write(model, |write| write.tenant = Some("finops".to_owned()));
}

pub(crate) fn second_version(model: &mut Model) {
    refused(model, "/api/v1/receive");
    with_write(model, |write| write.queueing.second_version = true);
}

pub(crate) fn sample_age_limit(model: &mut Model) {
    with_cost(model, |family| {
        family.stamp = Some(Stamp::Behind(2 * MINUTE_MS));
    });
    with_write(model, |write| {
        write.queueing.age_limit_ms = Some(MINUTE_MS);
    });
}

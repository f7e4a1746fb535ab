//! How each fault is put into a healthy model.

use crate::lab::incident::{COST_METRIC, replica, store};
use crate::lab::model::{DropRule, Model, StoreState, WriteRule};
use crate::lab::station::Station;

const MINUTE_MS: i64 = 60_000;

/// Two Receives behind one address, and Query holds on to the one that never got the metric.
pub(crate) fn missing_at_query(model: &mut Model) {
    let mut other = replica(1);
    other.lacks.push(("ops".to_owned(), COST_METRIC.to_owned()));
    model.receive.replicas.push(other);
    model.query.stores = vec![store(1)];
}

pub(crate) fn missing_in_prometheus(model: &mut Model) {
    drop_after_scrape(model, None);
}

pub(crate) fn stale(model: &mut Model) {
    let since_ms = model.started_ms - 20 * MINUTE_MS;
    drop_after_scrape(model, Some(since_ms));
}

fn drop_after_scrape(model: &mut Model, since_ms: Option<i64>) {
    if let Some(target) = model.exporter_mut() {
        target.drops.push(DropRule {
            metric: COST_METRIC.to_owned(),
            since_ms,
        });
    }
}

pub(crate) fn missing_at_receive(model: &mut Model) {
    model.receive.drops.insert(COST_METRIC.to_owned());
}

pub(crate) fn label_changed(model: &mut Model) {
    if let Some(ops) = model.prometheus_mut("ops") {
        ops.remote_write.rules.push(WriteRule::Replace {
            metric: COST_METRIC.to_owned(),
            label: "namespace".to_owned(),
            value: "monitoring".to_owned(),
        });
    }
}

pub(crate) fn wrong_tenant(model: &mut Model) {
    if let Some(ops) = model.prometheus_mut("ops") {
        ops.remote_write.tenant = Some("finops".to_owned());
    }
}

pub(crate) fn not_exposed(model: &mut Model) {
    let since_ms = model.started_ms - 3 * MINUTE_MS;
    if let Some(target) = model.exporter_mut() {
        for family in &mut target.page {
            if family.name == COST_METRIC {
                family.gone_since_ms = Some(since_ms);
            }
        }
    }
}

pub(crate) fn exporter_down(model: &mut Model) {
    model.closed.insert(Station::Exporter);
    let since_ms = model.started_ms - 3 * MINUTE_MS;
    if let Some(target) = model.exporter_mut() {
        target.down_since_ms = Some(since_ms);
    }
}

pub(crate) fn name_gone(model: &mut Model) {
    model
        .zone
        .forget("thanos-receive.monitoring.svc.cluster.local");
}

pub(crate) fn write_port_closed(model: &mut Model) {
    for n in 0..model.receive.replicas.len() {
        model.closed.insert(Station::ReceiveWrite(n));
    }
    let since_ms = model.started_ms - 20 * MINUTE_MS;
    for prometheus in &mut model.prometheus {
        let write = &mut prometheus.remote_write;
        write.stuck_since_ms = Some(since_ms);
        write.queueing.to_receive = Some(("http", "/api/v1/receive"));
    }
}

pub(crate) fn store_unhealthy(model: &mut Model) {
    for store in &mut model.query.stores {
        store.state = StoreState::Unhealthy;
    }
}

/// The exporter is scraped once an hour, the last time half an hour ago.
pub(crate) fn hourly(model: &mut Model) {
    let first_ms = model.started_ms - 150 * MINUTE_MS;
    if let Some(ops) = model.prometheus_mut("ops") {
        ops.first_scrape_ms = first_ms;
    }
    if let Some(target) = model.exporter_mut() {
        target.scraping.interval_ms = Some(60 * MINUTE_MS);
    }
}

pub(crate) fn nothing(_: &mut Model) {}

//! How each fault at the receiver, between stores and Query, and at Query is put into a healthy model.

use crate::lab::asking::OtherStore;
use crate::lab::incident::{COST_METRIC, replica, store};
use crate::lab::model::{Model, StoreState};
use crate::lab::plant;
use crate::lab::receiving::{Hashring, Refusing, Rename, Trouble};
use crate::lab::series::labels;
use crate::lab::version::PrometheusVersion;

const MINUTE_MS: i64 = 60_000;

/// When most of these faults began: twenty minutes before the lab.
fn since(model: &Model) -> i64 {
    model.started_ms - 20 * MINUTE_MS
}

/// All senders wait with their data from then on.
fn hold_up(model: &mut Model, since_ms: i64) {
    for prometheus in &mut model.prometheus {
        let write = &mut prometheus.remote_write;
        write.stuck_since_ms = Some(since_ms);
        write.queueing.to_receive = Some(("http", "/api/v1/receive"));
    }
}

/// The samples of cluster `ops` from that time on are refused for good since a moment.
fn lose(model: &mut Model, since_ms: i64, from_ms: i64, what: Refusing) {
    model.receive.taking.troubles.push(Trouble {
        since_ms,
        cluster: Some("ops".to_owned()),
        what,
    });
    if let Some(ops) = model.prometheus_mut("ops") {
        ops.remote_write.queueing.refused_since_ms = Some(from_ms);
    }
}

pub(crate) fn receive_not_ready(model: &mut Model) {
    let since_ms = since(model);
    model.receive.taking.not_ready_since_ms = Some(since_ms);
    hold_up(model, since_ms);
}

pub(crate) fn no_hashring_for_tenant(model: &mut Model) {
    let since_ms = since(model);
    model.receive.taking.hashrings.push(Hashring {
        name: "team-a".to_owned(),
        tenants: vec!["team-a".to_owned()],
        nodes: 1,
        since_ms,
    });
    hold_up(model, since_ms);
}

pub(crate) fn receive_quorum(model: &mut Model) {
    everybody_waits(model, Refusing::PeersDown);
}

/// Senders reach Receive by a name that only they can look up: how their URL answers is not to be told from outside.
pub(crate) fn receive_overloaded(model: &mut Model) {
    everybody_waits(model, Refusing::Overloaded);
    for prometheus in &mut model.prometheus {
        prometheus.remote_write.queueing.to_receive = None;
    }
}

fn everybody_waits(model: &mut Model, what: Refusing) {
    let since_ms = since(model);
    model.receive.taking.troubles.push(Trouble {
        since_ms,
        cluster: None,
        what,
    });
    hold_up(model, since_ms);
}

/// `ops` falls behind, and since ten minutes it sends what Receive takes no more.
pub(crate) fn samples_too_old(model: &mut Model) {
    let began_ms = model.started_ms - 115 * MINUTE_MS;
    if let Some(ops) = model.prometheus_mut("ops") {
        ops.remote_write.queueing.slow = Some((began_ms, 35));
    }
    let from_ms = model.started_ms - 80 * MINUTE_MS;
    lose(
        model,
        model.started_ms - 10 * MINUTE_MS,
        from_ms,
        Refusing::TooOld,
    );
}

pub(crate) fn future_sample_blocks(model: &mut Model) {
    let since_ms = since(model);
    lose(
        model,
        since_ms,
        since_ms,
        Refusing::FromTheFuture(120 * MINUTE_MS),
    );
}

/// A second Prometheus of the same external labels scrapes another exporter under the same name, and is always a moment earlier.
pub(crate) fn duplicate_writers(model: &mut Model) {
    let Some(mut twin) = model.prometheus_mut("ops").map(|ops| ops.clone()) else {
        return;
    };
    twin.cluster = "ops-twin".to_owned();
    for family in twin.targets.iter_mut().flat_map(|one| &mut one.page) {
        if family.name == COST_METRIC {
            for (_, value) in &mut family.samples {
                *value += 17.0;
            }
        }
    }
    model.prometheus.push(twin);
    let since_ms = since(model);
    lose(model, since_ms, since_ms, Refusing::Twice);
}

/// What ran every hour ran half an hour ago; since, Receive was started without what it held.
pub(crate) fn receive_data_lost(model: &mut Model) {
    plant::hourly(model);
    model.receive.taking.emptied_ms = Some(model.started_ms - 10 * MINUTE_MS);
}

pub(crate) fn receive_limits(model: &mut Model) {
    let since_ms = since(model);
    lose(model, since_ms, since_ms, Refusing::TooLarge);
}

pub(crate) fn tenant_split_by_label(model: &mut Model) {
    model.receive.taking.split_label = Some("namespace".to_owned());
}

pub(crate) fn receive_empty(model: &mut Model) {
    model.receive.taking.routes_only = true;
}

/// The hashring keeps the metric on the second Receive, and Query asks the first alone.
pub(crate) fn other_receive_replica(model: &mut Model) {
    for cluster in ["ops", "blue"] {
        if let Some(first) = model.receive.replicas.first_mut() {
            first
                .lacks
                .push((cluster.to_owned(), COST_METRIC.to_owned()));
        }
    }
    model.receive.replicas.push(replica(1));
}

pub(crate) fn label_overridden(model: &mut Model) {
    for one in &mut model.receive.replicas {
        one.labels
            .insert("cluster".to_owned(), "central".to_owned());
    }
}

/// Query asks another Receive, and not the one that has the metric.
pub(crate) fn store_not_configured(model: &mut Model) {
    let mut other = replica(1);
    other.lacks.push(("ops".to_owned(), COST_METRIC.to_owned()));
    model.receive.replicas.push(other);
    model.query.stores = vec![store(1)];
}

pub(crate) fn store_never_reached(model: &mut Model) {
    set_stores(model, StoreState::NeverReached);
}

pub(crate) fn partial_response(model: &mut Model) {
    set_stores(model, StoreState::JustDied);
}

pub(crate) fn store_too_slow(model: &mut Model) {
    set_stores(model, StoreState::Slow);
}

fn set_stores(model: &mut Model, state: StoreState) {
    for store in &mut model.query.stores {
        store.state = state;
    }
}

/// Query looks its Receives up by a name that gives none; the sidecar of another cluster is all that it has.
pub(crate) fn store_discovery_empty(model: &mut Model) {
    model.query.stores.clear();
    let asking = &mut model.query.asking;
    asking
        .names
        .push("dnssrv+_grpc._tcp.thanos-receive.monitoring.svc.invalid".to_owned());
    asking.others.push(OtherStore {
        address: "127.0.0.9:10901".to_owned(),
        component: "sidecar".to_owned(),
        labels: labels(&[
            ("cluster", "blue"),
            ("prometheus_replica", "prometheus-k8s-0"),
        ]),
        cluster: "blue".to_owned(),
        until_ms: None,
        resolution_ms: 0,
    });
}

/// Query shows what is not the default tenant's; cluster `blue` has a tenant of its own, so that something is left to show.
pub(crate) fn store_hidden_by_selector(model: &mut Model) {
    if let Some(blue) = model.prometheus_mut("blue") {
        blue.version = PrometheusVersion::V3_14;
        blue.remote_write.tenant = Some("billing".to_owned());
    }
    model.query.asking.hides = Some(("tenant_id".to_owned(), "default-tenant".to_owned()));
}

/// All exporters show costs for the first time since less than a minute.
pub(crate) fn metric_name_filter(model: &mut Model) {
    let since_ms = model.started_ms - 20_000;
    let targets = model.prometheus.iter_mut().flat_map(|one| &mut one.targets);
    for family in targets.flat_map(|target| &mut target.page) {
        if family.name == COST_METRIC {
            family.since_ms = Some(since_ms);
        }
    }
    model.receive.taking.names_learned_ms = Some(since_ms);
}

pub(crate) fn tenant_enforced(model: &mut Model) {
    model.query.enforces_tenancy = true;
    model.query.asking.default_tenant = Some("platform".to_owned());
}

pub(crate) fn dedup_hides(model: &mut Model) {
    model.query.replica_labels.push("pod".to_owned());
}

/// `ops` is scraped every two minutes, and Query looks back half a minute.
pub(crate) fn query_lookback(model: &mut Model) {
    if let Some(ops) = model.prometheus_mut("ops") {
        ops.scrape_interval_ms = 2 * MINUTE_MS;
        ops.first_scrape_ms -= MINUTE_MS;
    }
    model.query.asking.lookback_ms = Some(MINUTE_MS / 2);
}

pub(crate) fn clock_skew(model: &mut Model) {
    if let Some(ops) = model.prometheus_mut("ops") {
        ops.clock_ahead_ms = -20 * MINUTE_MS;
    }
}

pub(crate) fn name_translated(model: &mut Model) {
    model.receive.taking.renames.push(Rename {
        cluster: "ops".to_owned(),
        from: COST_METRIC.to_owned(),
        to: format!("{COST_METRIC}_ratio"),
    });
}

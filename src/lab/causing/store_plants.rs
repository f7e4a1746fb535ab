//! How each fault of the stores that Query asks in place of Receive is put into a healthy model, and how Query comes to know one
//! Receive of several.

use std::net::Ipv4Addr;

use crate::lab::asking::{Behind, OtherStore};
use crate::lab::incident::{COST_METRIC, replica, store};
use crate::lab::model::Model;
use crate::lab::receiving::Hashring;
use crate::lab::zone::Data;

const MINUTE_MS: i64 = 60_000;

/// The name of Receive's service.
const SERVICE: &str = "thanos-receive.monitoring.svc.cluster.local";

/// The address of that service, which is nobody's own.
const SERVICE_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 96, 7);

/// A store that has what the Prometheus of a cluster has, with its external labels.
fn store_of(model: &Model, cluster: &str, component: &str, address: &str) -> OtherStore {
    let writer = model.prometheus(cluster);
    OtherStore {
        address: address.to_owned(),
        component: component.to_owned(),
        labels: writer.map_or_else(Default::default, |one| one.external_labels.clone()),
        cluster: cluster.to_owned(),
        until_ms: None,
        resolution_ms: 0,
    }
}

/// Query asks these stores, and no Receive.
fn ask_only(model: &mut Model, stores: impl IntoIterator<Item = OtherStore>) {
    model.query.stores.clear();
    model.query.asking.others.extend(stores);
}

/// The service of Receive has an address of its own, and Query is connected through it to the Receive that the hashring gives no costs.
pub(crate) fn behind_vip(model: &mut Model) {
    let mut other = replica(1);
    for cluster in ["ops", "blue"] {
        other
            .lacks
            .push((cluster.to_owned(), COST_METRIC.to_owned()));
    }
    model.receive.replicas.push(other);
    model.receive.taking.hashrings.push(Hashring {
        name: "default".to_owned(),
        tenants: Vec::new(),
        nodes: 2,
        since_ms: model.started_ms - 120 * MINUTE_MS,
    });
    model.query.stores = vec![store(1)];
    model.query.asking.behind = Some(Behind {
        entry: format!("dnssrv+_grpc._tcp.{SERVICE}"),
        address: format!("{SERVICE_ADDRESS}:10901"),
    });
    for record in &mut model.zone.records {
        if record.name == SERVICE
            && let Data::A(address) = &mut record.data
        {
            *address = SERVICE_ADDRESS;
        }
    }
}

/// The blocks in the bucket are an hour and a half behind, and nobody serves what is newer.
pub(crate) fn excluded_by_time(model: &mut Model) {
    let mut gateway = store_of(model, "ops", "store", "127.0.0.9:10901");
    gateway.until_ms = Some(model.started_ms - 90 * MINUTE_MS);
    ask_only(model, [gateway]);
}

/// The Prometheus of ops is called otherwise in its external labels than in the suite.
pub(crate) fn excluded_by_label(model: &mut Model) {
    if let Some(ops) = model.prometheus_mut("ops") {
        ops.external_labels
            .insert("cluster".to_owned(), "ops-eu".to_owned());
    }
    let sidecar = store_of(model, "ops", "sidecar", "127.0.0.9:10901");
    ask_only(model, [sidecar]);
}

/// A Prometheus of billing was set up with the external labels of ops.
pub(crate) fn labels_duplicate(model: &mut Model) {
    let labels = model
        .prometheus("ops")
        .map(|one| one.external_labels.clone());
    if let (Some(blue), Some(labels)) = (model.prometheus("blue"), labels) {
        let mut other = blue.clone();
        "ops-billing".clone_into(&mut other.cluster);
        other.external_labels = labels;
        model.prometheus.push(other);
    }
    let of_ops = store_of(model, "ops", "sidecar", "127.0.0.9:10901");
    let of_billing = store_of(model, "ops-billing", "sidecar", "127.0.0.10:10901");
    ask_only(model, [of_ops, of_billing]);
}

/// Raw blocks are kept no longer, and the gateway has those of five minutes.
pub(crate) fn downsampled(model: &mut Model) {
    let mut gateway = store_of(model, "ops", "store", "127.0.0.9:10901");
    gateway.resolution_ms = 5 * MINUTE_MS;
    ask_only(model, [gateway]);
}

/// The pipeline is well, and the suite asks for whole stores.
pub(crate) fn only_external_labels(model: &mut Model) {
    let sidecar = store_of(model, "ops", "sidecar", "127.0.0.9:10901");
    ask_only(model, [sidecar]);
}

/// The pipeline is well, and the suite asks for a label value that is nowhere.
pub(crate) fn nothing(_: &mut Model) {}

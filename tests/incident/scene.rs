//! The pipeline of the incident, as the report describes it and as it most probably was.

use std::net::Ipv4Addr;

use gapcheck::lab::incident::{self, COST_METRIC};
use gapcheck::lab::{Data, Labels, Model, PrometheusVersion, Station, ThanosVersion};

/// The moment of the report's query: 2025-11-22T10:06:05.198Z. The report took it for the time of a sample.
pub(crate) const NOW_MS: i64 = 1_763_805_965_198;

/// `minTime` of the store: 2025-11-17T22:52:19.419Z. The report took it for "recent".
pub(crate) const OLDEST_MS: i64 = 1_763_419_939_419;

/// The value that the report saw: present, and not zero.
const COST: f64 = -9.994e-07;

/// The one address of the service of all Receives.
const VIP: Ipv4Addr = Ipv4Addr::new(172, 20, 90, 200);

/// What Query is configured with.
pub(crate) const DISCOVERED: &str = "dnssrv+_grpc._tcp.thanos-receive.monitoring.svc.cluster.local";

const SERVICE: &str = "thanos-receive.monitoring.svc.cluster.local";

/// Two clusters write to two Receives behind one address. Query is connected to one of them, and the cost metric of `ops` went to the
/// other.
pub(crate) fn model() -> Model {
    let mut model = incident::healthy(NOW_MS).with_thanos(ThanosVersion::V0_36);
    for prometheus in &mut model.prometheus {
        prometheus.version = PrometheusVersion::V2_42;
        prometheus.first_scrape_ms = OLDEST_MS;
    }
    let exporter = model.exporter_mut().expect("the lab has an exporter");
    for family in &mut exporter.page {
        if family.name == COST_METRIC {
            family.samples = vec![(Labels::new(), COST)];
        }
    }
    // Query had nothing of that name, so that no other cluster sends it.
    let blue = model.prometheus_mut("blue").expect("the lab has blue");
    for target in &mut blue.targets {
        target.page.retain(|family| family.name != COST_METRIC);
    }
    let mut other = incident::replica(1);
    other.address = format!("{VIP}:10901");
    other.lacks.push(("ops".to_owned(), COST_METRIC.to_owned()));
    let mut store = incident::store(1);
    store.address.clone_from(&other.address);
    model.receive.replicas.push(other);
    model.query.stores = vec![store];
    model.zone.forget(SERVICE);
    model.zone = model.zone.with(SERVICE, Data::A(VIP)).with(
        &format!("_grpc._tcp.{SERVICE}"),
        Data::Srv {
            port: 10901,
            target: SERVICE.to_owned(),
        },
    );
    model
}

/// Who answers at that address. The service's address leads to either Receive; here to the first.
pub(crate) fn station(host: &str, port: u16) -> Option<Station> {
    let replica = match host {
        "10.0.12.31" | "172.20.90.200" => 0,
        name if SERVICE.starts_with(name) && name.starts_with("thanos-receive") => 0,
        "10.0.12.32" => 1,
        _ => {
            return match (host, port) {
                ("aws-cost-exporter.finops.svc.cluster.local", 8080) => Some(Station::Exporter),
                ("prometheus.monitoring.svc.cluster.local", 9090) => {
                    Some(Station::Prometheus("ops".to_owned()))
                }
                ("thanos-query.monitoring.svc.cluster.local", 9090) => Some(Station::Query),
                _ => None,
            };
        }
    };
    match port {
        19291 => Some(Station::ReceiveWrite(replica)),
        10902 => Some(Station::ReceiveHttp(replica)),
        10901 => Some(Station::ReceiveGrpc(replica)),
        _ => None,
    }
}

//! The recorded servers as models of the lab.

use std::collections::BTreeSet;

use gapcheck::lab::{
    Family, Labels, Model, Prometheus, PrometheusVersion, Query, Receive, RemoteWrite, Replica,
    Store, StoreState, Target, WriteRule, Zone, labels,
};

/// Both clusters as they stood: one exporter for both, a second job in `blue` that was down, a third that was dropped.
pub(crate) fn rig(ops_first_ms: i64, blue_first_ms: i64) -> Model {
    let write = |tenant: Option<&str>, rules| RemoteWrite {
        url: "http://127.0.0.1:19291/api/v1/receive".to_owned(),
        tenant: tenant.map(str::to_owned),
        rules,
        stuck_since_ms: None,
    };
    let mut gone = target("gone", "127.0.0.1:1");
    gone.labels = Labels::new();
    gone.page = Vec::new();
    gone.down_since_ms = Some(0);
    let mut dropped = target("dropped", "127.0.0.1:9099");
    dropped.labels = Labels::new();
    dropped.dropped = true;
    Model {
        started_ms: ops_first_ms,
        prometheus: vec![
            Prometheus {
                cluster: "ops".to_owned(),
                version: PrometheusVersion::V3_14,
                external_labels: labels(&[("cluster", "ops")]),
                first_scrape_ms: ops_first_ms,
                scrape_interval_ms: 1_000,
                targets: vec![target("aws-cost-exporter", "127.0.0.1:9099")],
                remote_write: write(Some("finops"), Vec::new()),
            },
            Prometheus {
                cluster: "blue".to_owned(),
                version: PrometheusVersion::V2_42,
                external_labels: labels(&[("cluster", "blue")]),
                first_scrape_ms: blue_first_ms,
                scrape_interval_ms: 1_000,
                targets: vec![target("aws-cost-exporter", "127.0.0.1:9099"), gone, dropped],
                remote_write: write(None, vec![WriteRule::DropPrefix("scrape_".to_owned())]),
            },
        ],
        receive: Receive {
            replicas: vec![Replica {
                address: "127.0.0.1:10901".to_owned(),
                labels: labels(&[("receive_replica", "0")]),
                lacks: Vec::new(),
            }],
            drops: BTreeSet::new(),
        },
        query: Query {
            stores: vec![Store {
                address: "127.0.0.1:10901".to_owned(),
                state: StoreState::Healthy,
            }],
            enforces_tenancy: false,
            replica_labels: vec!["receive_replica".to_owned()],
        },
        zone: Zone::default(),
        closed: BTreeSet::new(),
    }
}

pub(crate) fn thanos_rig() -> Model {
    rig(1_795_432_283_061, 1_795_432_283_760)
}

pub(crate) fn empty_rig() -> Model {
    let mut model = thanos_rig();
    model.prometheus.clear();
    model
}

fn target(job: &str, address: &str) -> Target {
    let cost = |service: &str, value: f64| {
        let own = labels(&[("account", "111111111111"), ("service", service)]);
        (own, value)
    };
    Target {
        job: job.to_owned(),
        address: address.to_owned(),
        instance: None,
        labels: labels(&[("namespace", "finops")]),
        page: vec![
            Family {
                name: "aws_cost_exporter_current_month_cost".to_owned(),
                kind: "gauge".to_owned(),
                help: "Cost of the current month so far, in USD.".to_owned(),
                samples: vec![cost("AmazonEC2", 1234.5), cost("AWSLambda", -9.994e-07)],
                gone_since_ms: None,
            },
            Family {
                name: "aws_cost_exporter_scrapes_total".to_owned(),
                kind: "counter".to_owned(),
                help: "Scrapes.".to_owned(),
                samples: vec![(Labels::new(), 1.0)],
                gone_since_ms: None,
            },
        ],
        down_since_ms: None,
        dropped: false,
        drops: Vec::new(),
    }
}

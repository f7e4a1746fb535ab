//! The recorded servers as models of the lab.

use std::collections::BTreeSet;

use gapcheck::lab::{
    Asking, Family, Labels, Model, Prometheus, PrometheusVersion, Query, Queueing, Receive,
    RemoteWrite, Replica, Running, Scraping, Store, StoreState, Taking, Target, ThanosVersion,
    WriteRule, Zone, labels,
};

/// Both clusters as they stood: one exporter for both, a second job in `blue` that was down, a third that was dropped.
pub(crate) fn rig(ops_first_ms: i64, blue_first_ms: i64) -> Model {
    let write = |tenant: Option<&str>, rules| RemoteWrite {
        url: "http://127.0.0.1:19291/api/v1/receive".to_owned(),
        tenant: tenant.map(str::to_owned),
        rules,
        stuck_since_ms: None,
        queueing: Queueing::default(),
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
                clock_ahead_ms: 0,
                targets: vec![target("aws-cost-exporter", "127.0.0.1:9099")],
                rules: Vec::new(),
                remote_write: write(Some("finops"), Vec::new()),
                running: Running::default(),
            },
            Prometheus {
                cluster: "blue".to_owned(),
                version: PrometheusVersion::V2_42,
                external_labels: labels(&[("cluster", "blue")]),
                first_scrape_ms: blue_first_ms,
                scrape_interval_ms: 1_000,
                clock_ahead_ms: 0,
                targets: vec![target("aws-cost-exporter", "127.0.0.1:9099"), gone, dropped],
                rules: Vec::new(),
                remote_write: write(None, vec![WriteRule::DropPrefix("scrape_".to_owned())]),
                running: Running::default(),
            },
        ],
        receive: Receive {
            version: ThanosVersion::V0_42,
            replicas: vec![Replica {
                address: "127.0.0.1:10901".to_owned(),
                labels: labels(&[("receive_replica", "0")]),
                lacks: Vec::new(),
            }],
            drops: BTreeSet::new(),
            taking: Taking::default(),
        },
        query: Query {
            version: ThanosVersion::V0_42,
            stores: vec![Store {
                address: "127.0.0.1:10901".to_owned(),
                state: StoreState::Healthy,
            }],
            enforces_tenancy: false,
            replica_labels: vec!["receive_replica".to_owned()],
            rules_of: Vec::new(),
            asking: Asking::default(),
        },
        zone: Zone::default(),
        closed: BTreeSet::new(),
    }
}

/// A Receive to which one sender wrote one sample, as tenant `finops`.
pub(crate) fn one_tenant(version: ThanosVersion) -> Model {
    let at_ms = match version {
        ThanosVersion::V0_31 => 1_795_436_341_217,
        ThanosVersion::V0_36 => 1_795_436_291_601,
        ThanosVersion::V0_42 => 1_795_432_446_939,
    };
    let mut model = written(at_ms, version);
    model.prometheus[0].remote_write.tenant = Some("finops".to_owned());
    model.query.replica_labels.clear();
    model
}

/// Two Receives, both given to Query with `--endpoint-strict`, of which the first just died.
pub(crate) fn two_stores(version: ThanosVersion) -> Model {
    let at_ms = match version {
        ThanosVersion::V0_31 => 1_795_436_356_305,
        ThanosVersion::V0_36 => 1_795_436_306_697,
        ThanosVersion::V0_42 => 1_795_432_463_566,
    };
    let mut model = written(at_ms, version);
    let mut other = model.receive.replicas[0].clone();
    other.address = "127.0.0.1:20901".to_owned();
    for (replica, name) in [(&mut model.receive.replicas[0], "a"), (&mut other, "b")] {
        replica.labels = labels(&[("receive_replica", name)]);
    }
    model.query.stores[0].state = StoreState::JustDied;
    model.query.stores.push(Store {
        address: other.address.clone(),
        state: StoreState::Healthy,
    });
    model.receive.replicas.push(other);
    model.query.replica_labels.clear();
    model
}

/// One sender, and of it nothing but one series with its cluster's name.
fn written(at_ms: i64, version: ThanosVersion) -> Model {
    let mut model = rig(at_ms, at_ms).with_thanos(version);
    model.prometheus.truncate(1);
    let ops = &mut model.prometheus[0];
    ops.remote_write.tenant = None;
    ops.remote_write.rules = ["up", "scrape_"]
        .map(|prefix| WriteRule::DropPrefix(prefix.to_owned()))
        .into_iter()
        .chain(["instance", "job", "namespace"].map(|label| WriteRule::DropLabel(label.to_owned())))
        .collect();
    let target = &mut ops.targets[0];
    target.page.truncate(1);
    target.page[0].samples = vec![(Labels::new(), 1.0)];
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
                since_ms: None,
                gone_since_ms: None,
                stamp: None,
            },
            Family {
                name: "aws_cost_exporter_scrapes_total".to_owned(),
                kind: "counter".to_owned(),
                help: "Scrapes.".to_owned(),
                samples: vec![(Labels::new(), 1.0)],
                since_ms: None,
                gone_since_ms: None,
                stamp: None,
            },
        ],
        shows: None,
        down_since_ms: None,
        dropped: false,
        drops: Vec::new(),
        scraping: Scraping::default(),
    }
}

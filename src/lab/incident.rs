//! The healthy pipeline of the incident: cost metrics of cluster `ops`, beside a second cluster `blue` that has
//! metrics of the same names.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::lab::asking::Asking;
use crate::lab::model::{
    Family, Model, Own, Prometheus, Query, Receive, RecordingRule, RemoteWrite, Replica, RuleGroup,
    Store, StoreState, Target,
};
use crate::lab::receiving::Taking;
use crate::lab::series::{Labels, labels};
use crate::lab::upstream::{Queueing, Running, Scraping};
use crate::lab::version::{PrometheusVersion, ThanosVersion};
use crate::lab::zone::{Data, Zone};

/// The metric the incident was about.
pub const COST_METRIC: &str = "aws_cost_exporter_current_month_cost";

/// The name under which cluster `blue` reaches Receive from outside.
pub const LOAD_BALANCER: &str =
    "k8s-monitori-thanosre-ae92164cc3-46c89005a172001f.elb.eu-west-2.amazonaws.com";

/// The pipeline as it should have been, with two hours of history before `started_ms`; the newest samples are some
/// seconds old by then.
pub fn healthy(started_ms: i64) -> Model {
    Model {
        started_ms,
        prometheus: vec![ops(started_ms), blue(started_ms)],
        receive: Receive {
            version: ThanosVersion::V0_42,
            replicas: vec![replica(0)],
            drops: BTreeSet::new(),
            taking: Taking::default(),
        },
        query: Query {
            version: ThanosVersion::V0_42,
            stores: vec![store(0)],
            enforces_tenancy: false,
            replica_labels: ["prometheus_replica", "receive_replica"]
                .map(str::to_owned)
                .to_vec(),
            rules_of: Vec::new(),
            asking: Asking::default(),
        },
        zone: zone(),
        closed: BTreeSet::new(),
    }
}

/// The n-th replica of Receive.
pub fn replica(n: usize) -> Replica {
    Replica {
        address: store_address(n),
        labels: labels(&[("receive_replica", &n.to_string())]),
        lacks: Vec::new(),
    }
}

/// The n-th replica of Receive as a healthy store of Query.
pub fn store(n: usize) -> Store {
    Store {
        address: store_address(n),
        state: StoreState::Healthy,
    }
}

fn store_address(n: usize) -> String {
    format!("10.0.12.{}:10901", 31 + n)
}

const HOUR_MS: i64 = 3_600_000;

fn ops(started_ms: i64) -> Prometheus {
    let mut cost = pod(
        "aws-cost-exporter",
        "finops",
        "aws-cost-exporter-7c9f4d6b8-x2kqp",
    );
    cost.address = "10.0.3.17:8080".to_owned();
    cost.page = cost_page(&[("AmazonEC2", 1234.5), ("AWSLambda", -9.994e-07)]);
    Prometheus {
        cluster: "ops".to_owned(),
        version: PrometheusVersion::V3_14,
        external_labels: external("ops"),
        first_scrape_ms: started_ms - 2 * HOUR_MS - 6_389,
        scrape_interval_ms: 15_000,
        clock_ahead_ms: 0,
        targets: vec![
            cost,
            kube_state("10.0.3.20:8080"),
            node("10.0.3.4:9100"),
            itself("10.0.3.9:9090"),
            receive("10.0.12.31:10902"),
        ],
        rules: vec![cost_rules()],
        remote_write: remote_write(
            "http://thanos-receive.monitoring.svc:19291/api/v1/receive".to_owned(),
        ),
        running: Running::default(),
    }
}

fn blue(started_ms: i64) -> Prometheus {
    let mut cost = pod(
        "aws-cost-exporter",
        "billing",
        "aws-cost-exporter-5b7d8c9f4-m8w2z",
    );
    cost.address = "10.1.5.9:8080".to_owned();
    cost.page = cost_page(&[("AmazonS3", 87.25)]);
    Prometheus {
        cluster: "blue".to_owned(),
        version: PrometheusVersion::V2_42,
        external_labels: external("blue"),
        first_scrape_ms: started_ms - 2 * HOUR_MS - 11_904,
        scrape_interval_ms: 15_000,
        clock_ahead_ms: 0,
        targets: vec![
            cost,
            kube_state("10.1.5.20:8080"),
            node("10.1.5.4:9100"),
            itself("10.1.5.9:9090"),
        ],
        rules: vec![cost_rules()],
        remote_write: remote_write(format!("http://{LOAD_BALANCER}:19291/api/v1/receive")),
        running: Running::default(),
    }
}

fn external(cluster: &str) -> Labels {
    labels(&[
        ("cluster", cluster),
        ("prometheus", "monitoring/k8s"),
        ("prometheus_replica", "prometheus-k8s-0"),
    ])
}

fn remote_write(url: String) -> RemoteWrite {
    RemoteWrite {
        url,
        tenant: None,
        rules: Vec::new(),
        stuck_since_ms: None,
        queueing: Queueing::default(),
    }
}

fn pod(job: &str, namespace: &str, pod: &str) -> Target {
    Target {
        job: job.to_owned(),
        address: String::new(),
        instance: None,
        labels: labels(&[
            ("container", job),
            ("endpoint", "http"),
            ("namespace", namespace),
            ("pod", pod),
            ("service", job),
        ]),
        page: Vec::new(),
        shows: None,
        down_since_ms: None,
        dropped: false,
        drops: Vec::new(),
        scraping: Scraping::default(),
    }
}

fn cost_page(costs: &[(&str, f64)]) -> Vec<Family> {
    vec![
        Family {
            name: COST_METRIC.to_owned(),
            kind: "gauge".to_owned(),
            help: "Cost of the current month so far, in USD.".to_owned(),
            samples: costs
                .iter()
                .map(|(service, cost)| {
                    let own = labels(&[("account", "111111111111"), ("service", service)]);
                    (own, *cost)
                })
                .collect(),
            since_ms: None,
            gone_since_ms: None,
            stamp: None,
        },
        Family {
            name: "aws_cost_exporter_scrapes_total".to_owned(),
            kind: "counter".to_owned(),
            help: "Scrapes of the cost API.".to_owned(),
            samples: vec![(Labels::new(), 0.066_666)],
            since_ms: None,
            gone_since_ms: None,
            stamp: None,
        },
    ]
}

fn kube_state(address: &str) -> Target {
    let mut target = pod("kube-state-metrics", "monitoring", "kube-state-metrics-0");
    target.address = address.to_owned();
    let pods = [
        ("finops", "aws-cost-exporter-7c9f4d6b8-x2kqp"),
        ("monitoring", "prometheus-k8s-0"),
    ];
    target.page = vec![Family {
        name: "kube_pod_info".to_owned(),
        kind: "gauge".to_owned(),
        help: "Information about pod.".to_owned(),
        samples: pods
            .iter()
            .map(|(namespace, pod)| (labels(&[("namespace", namespace), ("pod", pod)]), 1.0))
            .collect(),
        since_ms: None,
        gone_since_ms: None,
        stamp: None,
    }];
    target
}

fn node(address: &str) -> Target {
    let mut target = pod("node-exporter", "monitoring", "node-exporter-4tq7d");
    target.address = address.to_owned();
    target.page = vec![Family {
        name: "node_load1".to_owned(),
        kind: "gauge".to_owned(),
        help: "1m load average.".to_owned(),
        samples: vec![(Labels::new(), 0.42)],
        since_ms: None,
        gone_since_ms: None,
        stamp: None,
    }];
    target
}

/// A Prometheus as a target of its own, so that its counters have a history.
fn itself(address: &str) -> Target {
    let mut target = pod("prometheus-k8s", "monitoring", "prometheus-k8s-0");
    target.address = address.to_owned();
    target.shows = Some(Own::Itself);
    target
}

/// The first replica of Receive as a target.
fn receive(address: &str) -> Target {
    let mut target = pod("thanos-receive", "monitoring", "thanos-receive-0");
    target.address = address.to_owned();
    target.shows = Some(Own::Receive(0));
    target
}

fn cost_rules() -> RuleGroup {
    RuleGroup {
        name: "finops-costs".to_owned(),
        interval_ms: 15_000,
        rules: vec![RecordingRule {
            record: "namespace:aws_cost:sum".to_owned(),
            expr: format!("sum by (namespace) ({COST_METRIC})"),
            labels: Labels::new(),
        }],
        stopped_since_ms: None,
    }
}

fn zone() -> Zone {
    let receive = "thanos-receive.monitoring.svc.cluster.local";
    let public = Data::A(Ipv4Addr::new(203, 0, 113, 10));
    Zone {
        domains: ["cluster.local", "darey.io", "elb.eu-west-2.amazonaws.com"]
            .map(str::to_owned)
            .to_vec(),
        records: Vec::new(),
    }
    .with(receive, Data::A(Ipv4Addr::LOCALHOST))
    .with(
        &format!("_grpc._tcp.{receive}"),
        Data::Srv {
            port: 10901,
            target: receive.to_owned(),
        },
    )
    .with(
        "thanos-query.monitoring.svc.cluster.local",
        Data::A(Ipv4Addr::LOCALHOST),
    )
    .with(
        "prometheus.monitoring.svc.cluster.local",
        Data::A(Ipv4Addr::LOCALHOST),
    )
    .with(
        "prometheus.monitoring.svc.cluster.local",
        Data::Aaaa(Ipv6Addr::LOCALHOST),
    )
    .with(
        "aws-cost-exporter.finops.svc.cluster.local",
        Data::A(Ipv4Addr::LOCALHOST),
    )
    .with("dns-version.cluster.local", Data::Txt("1.1.0".to_owned()))
    .with(LOAD_BALANCER, public)
    .with(
        "thanos-receive.talentos.darey.io",
        Data::Cname(LOAD_BALANCER.to_owned()),
    )
}

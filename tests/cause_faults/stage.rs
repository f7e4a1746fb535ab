//! The incident's pipeline on loopback with a model in it, and what is made of the cost metric of `ops`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gapcheck::ask::{Door, DoorOptions};
use gapcheck::backend::{Backend, NameLookup, World};
use gapcheck::check::Check;
use gapcheck::diagnose::diagnose;
use gapcheck::lab::{CauseFault, Model, ReplicaPorts, RunningLab, SuiteChange, start};
use gapcheck::leaves::{Certainty, Diagnosis, Edge, Exchange, Judged, Labels, Redactor, Timestamp};
use serde_json::{Value, json};

use crate::next_commands::mistakes;

/// The metric of the incident.
pub(crate) const COST: &str = "aws_cost_exporter_current_month_cost";

/// The check of the incident's suite.
fn cost_metric() -> Value {
    json!({
        "metric": COST, "through": ["exporter", "prom", "receive", "query"],
        "labels": { "cluster": "ops", "job": "/aws-cost.*/", "namespace": "finops", "pod": true, "prometheus_replica": false },
        "tenant": "default-tenant", "series": ">= 1", "value": "finite", "fresh": "10m",
    })
}

fn backend(form: Value) -> Arc<Backend> {
    Arc::new(Backend::of(serde_json::from_value(form).expect("a hop")))
}

/// What a suite can name beside the pipeline of the incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The other replicas of Receive are addresses of the one hop, any of which may have a series; else hops of their own.
    pub(crate) one_hop: bool,
    /// The Prometheus of the pipeline has the history of Receive's own metrics.
    pub(crate) meta: bool,
    /// The Prometheus of the other cluster stands beside the way.
    pub(crate) other_sender: bool,
    /// What a fault makes of the suite.
    pub(crate) suite: Option<&'static SuiteChange>,
}

/// The pipeline of cluster `ops`, of these hops.
fn world(lab: &RunningLab, through: &[&str], layout: Layout) -> Arc<World> {
    let at = |address: &std::net::SocketAddr| format!("http://{address}");
    let prom = lab
        .prometheus
        .iter()
        .find(|prom| prom.cluster == "ops")
        .expect("the lab has ops");
    let pipeline = [
        json!({ "name": "exporter", "kind": "exporter", "url": format!("{}/metrics", at(&lab.exporter)) }),
        json!({ "name": "prom", "kind": "prometheus", "url": at(&prom.address) }),
        receive(lab, layout),
        json!({ "name": "query", "kind": "thanos-query", "url": at(&lab.query) }),
        json!({ "name": "front", "kind": "thanos-query-frontend", "url": at(&lab.frontend) }),
    ];
    let of_their_own = match layout.one_hop {
        true => &[],
        false => &lab.replicas[1..],
    };
    let others = of_their_own.iter().enumerate().map(|(n, ports)| {
        json!({ "name": format!("receive-{}", n + 1), "kind": "thanos-receive", "write": at(&ports.write),
            "http": at(&ports.http), "grpc": ports.grpc })
    });
    let twins = lab.prometheus.iter().filter(|prom| prom.twin_of.is_some());
    let twins = twins
        .map(|prom| json!({ "name": "prom-twin", "kind": "prometheus", "url": at(&prom.address) }));
    let other_sender = lab
        .prometheus
        .iter()
        .filter(|prom| layout.other_sender && prom.cluster != "ops")
        .map(
            |prom| json!({ "name": "prom-other", "kind": "prometheus", "url": at(&prom.address) }),
        );
    let beside = others.chain(twins).chain(other_sender);
    Arc::new(World {
        suite: "finops-cost".into(),
        cluster: Some("ops".into()),
        beside: beside.map(backend).collect(),
        pipeline: pipeline
            .into_iter()
            .filter(|hop| {
                hop["name"]
                    .as_str()
                    .is_some_and(|name| through.contains(&name))
            })
            .map(backend)
            .collect(),
        ..World::default()
    })
}

/// The same world with what the suite of a fault says of it.
fn suited(world: Arc<World>, lab: &RunningLab, suite: Option<&SuiteChange>) -> Arc<World> {
    let Some(suite) = suite else { return world };
    let suffixes = [
        "monitoring.svc.cluster.local",
        "svc.cluster.local",
        "cluster.local",
    ];
    let own = NameLookup {
        resolver: Some(lab.dns.to_string()),
        search: Some(suffixes.map(str::to_owned).to_vec()),
        ndots: Some(5),
    };
    Arc::new(World {
        identity: match suite.without {
            [] => None,
            _ => Some(Labels::from([("cluster", "ops")])),
        },
        names: match suite.own_names {
            true => own,
            false => NameLookup::default(),
        },
        ..World::clone(&world)
    })
}

/// What becomes of the check, and why, where the suite is that of a fault.
pub(crate) fn diagnosed_by(
    model: Model,
    suite: Option<&'static SuiteChange>,
) -> (Judged, Option<Diagnosis>) {
    let Some(suite) = suite else {
        return diagnosed(model);
    };
    let mut check = cost_metric();
    let fields = check.as_object_mut().expect("a map");
    for (key, value) in suite.check {
        match serde_json::from_str(value).expect("JSON") {
            Value::Null => fields.remove(*key),
            value => fields.insert((*key).to_owned(), value),
        };
    }
    let mut through = vec!["exporter", "prom", "receive", "query"];
    through.retain(|hop| !suite.without.contains(hop));
    let layout = Layout {
        suite: Some(suite),
        ..Layout::default()
    };
    told_below(model, check, &through, layout)
}

/// Receive, as a hop of one address or of all.
fn receive(lab: &RunningLab, layout: Layout) -> Value {
    let of = |port: fn(&ReplicaPorts) -> String| -> Value {
        match layout.one_hop && lab.replicas.len() > 1 {
            true => lab.replicas.iter().map(port).collect(),
            false => port(&lab.replicas[0]).into(),
        }
    };
    let mut hop = json!({ "name": "receive", "kind": "thanos-receive",
        "write": of(|ports| format!("http://{}", ports.write)),
        "http": of(|ports| format!("http://{}", ports.http)),
        "grpc": of(|ports| ports.grpc.to_string()) });
    if layout.one_hop && lab.replicas.len() > 1 {
        hop["replicas"] = "any".into();
    }
    if layout.meta {
        hop["meta"] = "prom".into();
    }
    hop
}

/// What becomes of the check while the lab is so, and why.
pub(crate) fn diagnosed(model: Model) -> (Judged, Option<Diagnosis>) {
    diagnosed_asking(model, &[])
}

/// The same of the check with these keys and values, in JSON, in place of its own.
pub(crate) fn diagnosed_asking(model: Model, asks: &[(&str, &str)]) -> (Judged, Option<Diagnosis>) {
    let mut check = cost_metric();
    for (key, value) in asks {
        check[key] = serde_json::from_str(value).expect("JSON");
    }
    diagnosed_through(model, check, &["exporter", "prom", "receive", "query"])
}

/// The hops of the pipeline with a Query Frontend at its end.
pub(crate) const TO_THE_FRONTEND: [&str; 5] = ["exporter", "prom", "receive", "query", "front"];

/// The check of the incident, of the metric up to a Query Frontend.
pub(crate) fn diagnosed_at_the_frontend(model: Model) -> (Judged, Option<Diagnosis>) {
    let mut check = cost_metric();
    check["through"] = json!(TO_THE_FRONTEND);
    diagnosed_through(model, check, &TO_THE_FRONTEND)
}

/// The same of another check and a pipeline of fewer hops.
pub(crate) fn diagnosed_through(
    model: Model,
    check: Value,
    through: &[&str],
) -> (Judged, Option<Diagnosis>) {
    told_below(model, check, through, Layout::default())
}

fn told_below(
    model: Model,
    check: Value,
    through: &[&str],
    layout: Layout,
) -> (Judged, Option<Diagnosis>) {
    let told = told(model, check, through, layout);
    assert!(
        told.asked.len() < MOST_REQUESTS,
        "a diagnosis costs {} requests:\n{}",
        told.asked.len(),
        told.asked.join("\n")
    );
    (told.judged, told.diagnosis)
}

/// Requests that a diagnosis of one gap must stay below.
pub(crate) const MOST_REQUESTS: usize = 30;

/// What becomes of a check, why, and what the diagnosis asked beyond what the check had asked.
pub(crate) struct ToldAll {
    pub(crate) judged: Judged,
    pub(crate) diagnosis: Option<Diagnosis>,
    pub(crate) asked: Vec<String>,
}

/// The check of the incident in a suite that names other systems too.
pub(crate) fn told_in(model: Model, layout: Layout) -> ToldAll {
    let through = ["exporter", "prom", "receive", "query"];
    told(model, cost_metric(), &through, layout)
}

fn told(model: Model, check: Value, through: &[&str], layout: Layout) -> ToldAll {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let lab = start(model, Arc::new(|| Timestamp::now().0)).await.unwrap();
        let world = suited(world(&lab, through, layout), &lab, layout.suite);
        let door = Door::live(DoorOptions {
            backends: world
                .pipeline
                .iter()
                .chain(&world.beside)
                .cloned()
                .collect(),
            parallel: None,
            batching: true,
            deadline: Some(Duration::from_secs(60)),
            record: false,
            vantage: "test".to_owned(),
            redactor: Redactor::default(),
        });
        let check = Check::read("metric", check).unwrap();
        let ask = door.ask(
            "finops-cost[ops]/cost-metric",
            &world,
            Duration::from_secs(10),
        );
        let judged = check.judge(&ask).await;
        let before: BTreeSet<u32> = ask.evidence().iter().map(|exchange| exchange.n).collect();
        let diagnosis = diagnose(&check, &ask, &judged).await;
        let evidence = ask.evidence();
        if let Some(control) = diagnosis
            .iter()
            .find_map(|diagnosis| diagnosis.control.as_ref())
        {
            is_of_the_control(&control.evidence, &evidence);
        }
        if let Some(diagnosis) = &diagnosis {
            let mistakes = mistakes(diagnosis).await;
            assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
        }
        let asked = evidence
            .iter()
            .filter(|exchange| !before.contains(&exchange.n))
            .map(|exchange| format!("{} {}", exchange.backend, exchange.request))
            .collect();
        ToldAll {
            judged,
            diagnosis,
            asked,
        }
    })
}

/// While causes are looked into at the same time, what shows the control series is about nothing else.
fn is_of_the_control(numbers: &[u32], evidence: &[Exchange]) {
    for exchange in evidence.iter().filter(|each| numbers.contains(&each.n)) {
        let request = exchange.single.as_ref().unwrap_or(&exchange.request);
        assert!(
            !request.contains(COST),
            "the control is shown by exchange {}: {request}",
            exchange.n
        );
    }
}

/// Whether this fault, in that model, is found as its row says.
pub(crate) fn must_be_found(fault: &CauseFault, model: Model) {
    let edge = fault.edge_on(model.query.version);
    let (judged, diagnosis) = diagnosed_by(model, fault.suite());
    let Some(diagnosis) = diagnosis else {
        panic!("{}: no diagnosis: {judged:#?}", fault.cause)
    };
    let gap = &diagnosis.gap;
    assert_eq!(
        (
            gap.from.as_deref(),
            gap.to.as_str(),
            gap.edge == Edge::Exact
        ),
        (edge.from, edge.to, edge.exact),
        "{}: {diagnosis:#?}",
        fault.cause
    );
    let found = diagnosis
        .findings
        .iter()
        .find(|finding| finding.cause == fault.cause);
    assert_eq!(
        found.map(|finding| finding.certainty.word()),
        Some(fault.certainty),
        "{}: {diagnosis:#?}",
        fault.cause
    );
    let others: Vec<&str> = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.certainty == Certainty::Proven && finding.cause != fault.cause)
        .map(|finding| finding.cause.as_str())
        .filter(|cause| !fault.beside().contains(cause))
        .collect();
    assert_eq!(
        others,
        Vec::<&str>::new(),
        "{}: {diagnosis:#?}",
        fault.cause
    );
}

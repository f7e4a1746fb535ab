//! What is really so: whether each hop has the metric, asked of the lab itself, whatever the suite may see.

use gapcheck::lab::{Model, Request, Station, StoreState, answer, incident};
use serde_json::Value;

use crate::pipeline::Pipeline;

/// Whether a hop lacks the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// It has it, at every replica.
    Everywhere,
    /// Some of its replicas have it.
    Somewhere,
    /// It has not.
    Nowhere,
}

/// Whether that hop of the pipeline has the metric of its cluster at that moment; under the tenant that the check names, if `tenant`.
pub(crate) fn holds(of: &Pipeline, hop: &Value, now_ms: i64, tenant: bool) -> Holds {
    let model = &of.network.model;
    let (own, cluster, metric) = (of.own_label, of.cluster, of.metric);
    let mut shared = format!("{metric}{{{own}=\"{cluster}\"");
    if let Some(tenant) = of.check["tenant"].as_str().filter(|_| tenant) {
        shared.push_str(&format!(",tenant_id=\"{tenant}\""));
    }
    shared.push('}');
    let within = |selector: &str| match of.check["window"].as_str() {
        Some(window) => format!("last_over_time({selector}[{window}])"),
        None => selector.to_owned(),
    };
    let (shared, own_metric) = (within(&shared), within(metric));
    match hop["name"].as_str().expect("hops have names") {
        "exporter" => {
            let page = answer(model, &Station::Exporter, now_ms, &Request::get("/metrics")).body;
            let named = |line: &str| line.split(['{', ' ']).next() == Some(metric);
            // A histogram stands there in its parts.
            let family = format!("# TYPE {metric} histogram");
            whole(page.lines().any(|line| named(line) || line == family))
        }
        "prom" => whole(shows(
            model,
            &Station::Prometheus(cluster.to_owned()),
            &own_metric,
            now_ms,
        )),
        "query" | "front" => whole(shows(model, &Station::Query, &shared, now_ms)),
        _ => {
            let hosts = hop["write"].as_array().expect("a list");
            let all: Vec<bool> = hosts
                .iter()
                .map(|url| replica(url.as_str().expect("a URL")))
                .map(|n| shows(&open(model, n), &Station::Query, &shared, now_ms))
                .collect();
            match all.iter().filter(|holds| **holds).count() {
                0 => Holds::Nowhere,
                some if some == all.len() => Holds::Everywhere,
                _ => Holds::Somewhere,
            }
        }
    }
}

fn whole(holds: bool) -> Holds {
    match holds {
        true => Holds::Everywhere,
        false => Holds::Nowhere,
    }
}

/// The replica at an address; the service's name leads to the first.
fn replica(url: &str) -> usize {
    (0..100)
        .find(|n| url.contains(&format!("//10.0.12.{}:", 31 + n)))
        .unwrap_or(0)
}

/// The same world with a Query that hides nothing and asks that replica alone.
fn open(model: &Model, n: usize) -> Model {
    let mut open = model.clone();
    let query = incident::healthy(open.started_ms).query;
    open.query = query;
    open.closed.clear();
    open.receive.taking.names_learned_ms = None;
    open.query.version = model.query.version;
    let mut store = incident::store(n);
    if let Some(replica) = model.receive.replicas.get(n) {
        store.address.clone_from(&replica.address);
    }
    store.state = StoreState::Healthy;
    open.query.stores = vec![store];
    open
}

fn shows(model: &Model, station: &Station, query: &str, now_ms: i64) -> bool {
    let request = Request::get("/api/v1/query").with("query", query);
    let body = answer(model, station, now_ms, &request).body;
    let told: Value = serde_json::from_str(&body).unwrap_or_default();
    told["data"]["result"]
        .as_array()
        .is_some_and(|all| !all.is_empty())
}

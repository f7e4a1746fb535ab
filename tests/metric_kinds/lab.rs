//! The same kinds through the live door at the lab: each fault is seen for what it is, and at its edge.

use std::sync::Arc;
use std::time::Duration;

use gapcheck::ask::{Door, DoorOptions};
use gapcheck::backend::World;
use gapcheck::check::Check;
use gapcheck::lab::{FAULTS, Fault, RunningLab, incident};
use gapcheck::leaves::{Edge, Judged, Labels, Redactor, RungState, Timestamp, find_gap};
use serde_json::{Value, json};

use crate::scene::of_form;

const COST: &str = "aws_cost_exporter_current_month_cost";

fn world(lab: &RunningLab, cluster: &str, identity: bool) -> Arc<World> {
    let at = |address: &std::net::SocketAddr| format!("http://{address}");
    let prom = lab
        .prometheus
        .iter()
        .find(|p| p.cluster == cluster)
        .unwrap();
    let mut pipeline = vec![
        of_form(json!({ "name": "prom", "kind": "prometheus", "url": at(&prom.address) })),
        of_form(
            json!({ "name": "receive", "kind": "thanos-receive", "write": at(&lab.receive_write), "http": at(&lab.receive_http), "grpc": lab.receive_grpc }),
        ),
        of_form(json!({ "name": "query", "kind": "thanos-query", "url": at(&lab.query) })),
    ];
    if cluster == "ops" {
        let url = format!("{}/metrics", at(&lab.exporter));
        pipeline.insert(
            0,
            of_form(json!({ "name": "exporter", "kind": "exporter", "url": url })),
        );
    }
    Arc::new(World {
        suite: "finops-cost".into(),
        cluster: Some(cluster.into()),
        pipeline,
        identity: identity.then(|| Labels::from([("cluster", cluster)])),
        ..World::default()
    })
}

/// What becomes of the checks of one cluster while this fault is in.
fn judged(fault: &Fault, cluster: &str, identity: bool, checks: &[(&str, Value)]) -> Vec<Judged> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let now = Timestamp::now().0;
        let mut model = incident::healthy(now);
        (fault.plant)(&mut model);
        let clock: gapcheck::lab::Clock = Arc::new(|| Timestamp::now().0);
        let lab = gapcheck::lab::start(model, clock).await.unwrap();
        let world = world(&lab, cluster, identity);
        let door = Door::live(DoorOptions {
            backends: world.pipeline.clone(),
            parallel: None,
            batching: true,
            deadline: Some(Duration::from_secs(30)),
            record: false,
            vantage: "test".to_owned(),
            redactor: Redactor::default(),
        });
        let mut all = Vec::new();
        for (kind, form) in checks {
            let check = Check::read(kind, form.clone()).unwrap();
            assert_eq!(check.review(&world), [], "{form}");
            let ask = door.ask(kind, &world, Duration::from_secs(10));
            all.push(check.judge(&ask).await);
        }
        all
    })
}

fn cost_metric() -> Value {
    json!({
        "metric": COST, "through": ["exporter", "prom", "receive", "query"],
        "labels": { "cluster": "ops", "job": "/aws-cost.*/", "namespace": "finops", "pod": true, "prometheus_replica": false },
        "tenant": "default-tenant", "series": ">= 1", "value": "finite", "fresh": "10m",
    })
}

#[test]
fn every_fault_is_red_where_it_must_be_and_at_its_edge() {
    let checks = [
        (
            "exporter-scraped",
            "scrape",
            json!({ "scrape": "aws-cost-exporter", "exposes": COST, "fresh": "2m" }),
        ),
        ("cost-metric", "metric", cost_metric()),
        (
            "control-up",
            "metric",
            json!({ "metric": "up", "through": ["prom", "receive", "query"], "fresh": "5m" }),
        ),
        (
            "cost-history",
            "promql",
            json!({ "promql": format!("count(last_over_time({COST}[1h]))"), "at": "prom", "expect": ">= 1" }),
        ),
        (
            "cluster-metrics",
            "metrics",
            json!({ "metrics": ["kube_pod_info", "node_load1"], "at": "prom", "fresh": "5m" }),
        ),
    ];
    let forms: Vec<(&str, Value)> = checks
        .iter()
        .map(|(_, kind, form)| (*kind, form.clone()))
        .collect();
    for fault in FAULTS {
        for identity in [true, false] {
            let all = judged(fault, "ops", identity, &forms);
            for ((id, ..), judged) in checks.iter().zip(&all) {
                let red = fault
                    .red
                    .iter()
                    .find(|red| red.check == *id && red.cluster == "ops");
                let wanted = red.map_or("pass", |red| red.verdict);
                assert_eq!(
                    judged.verdict.state(),
                    wanted,
                    "{} {id} {identity}: {judged:#?}",
                    fault.name
                );
            }
            let gap = find_gap(&all[1].ladder);
            // Of a hop that could not be asked the judging makes no gap; the diagnosis does.
            let is_untold = |edge: gapcheck::lab::Edge| {
                let mut rungs = all[1].ladder.iter();
                rungs.any(|rung| rung.hop == edge.to && rung.state == RungState::Unknown)
            };
            assert_eq!(
                gap.is_some(),
                fault.edge.is_some_and(|edge| !is_untold(edge)),
                "{}: {:#?}",
                fault.name,
                all[1]
            );
            if let (Some(gap), Some(edge)) = (gap, fault.edge) {
                assert_eq!(
                    (gap.from.as_deref(), gap.to.as_str()),
                    (edge.from, edge.to),
                    "{}",
                    fault.name
                );
                assert_eq!(gap.edge == Edge::Exact, edge.exact, "{}", fault.name);
            }
        }
    }
}

#[test]
fn the_other_cluster_has_its_own_ladder() {
    let up = json!({ "metric": "up", "through": ["prom", "receive", "query"], "fresh": "5m" });
    for fault in FAULTS {
        let all = judged(fault, "blue", false, &[("metric", up.clone())]);
        let red = fault
            .red
            .iter()
            .find(|red| red.check == "control-up" && red.cluster == "blue");
        assert_eq!(
            all[0].verdict.state(),
            red.map_or("pass", |red| red.verdict),
            "{}: {:#?}",
            fault.name,
            all[0]
        );
    }
}

#[test]
fn the_stations_of_a_healthy_lab_are_well_and_a_wrong_port_is_said() {
    let checks = [
        ("receive", json!({ "receive": "receive" }), "pass"),
        (
            "receive",
            json!({ "receive": "receive", "tenant": "default-tenant", "holds": ["up", COST], "fresh": "5m" }),
            "pass",
        ),
        (
            "receive",
            json!({ "receive": "receive", "holds": "no_such_metric" }),
            "fail",
        ),
        (
            "receive",
            json!({ "receive": "receive", "tenant": "nobody" }),
            "fail",
        ),
        (
            "store",
            json!({ "store": "receive", "labels": { "tenant_id": "default-tenant" }, "covers": "1m" }),
            "pass",
        ),
        (
            "store",
            json!({ "store": "receive", "labels": { "tenant_id": "nobody" } }),
            "fail",
        ),
        ("store", json!({ "store": "prom" }), "fail"),
        ("rules", json!({ "rules": "costs" }), "fail"),
        ("rules", json!({ "rules": "finops-costs" }), "pass"),
        (
            "rules",
            json!({ "rules": "namespace:aws_cost:sum", "fresh": "1m" }),
            "pass",
        ),
        // No sidecar gives Query the rules of a Prometheus.
        (
            "rules",
            json!({ "rules": "finops-costs", "at": "query" }),
            "fail",
        ),
        (
            "receive",
            json!({ "receive": "receive", "tenant": "default-tenant", "accepted": "> 0", "rejected": 0 }),
            "pass",
        ),
        (
            "metric",
            json!({ "metric": "namespace:aws_cost:sum", "through": ["prom", "receive", "query"], "fresh": "2m" }),
            "pass",
        ),
    ];
    let forms: Vec<(&str, Value)> = checks
        .iter()
        .map(|(kind, form, _)| (*kind, form.clone()))
        .collect();
    let healthy = Fault {
        plant: |_| {},
        ..FAULTS[0]
    };
    let all = judged(&healthy, "ops", true, &forms);
    let gathered = Fault {
        plant: |model| model.query.rules_of.push("ops".to_owned()),
        ..FAULTS[0]
    };
    let at_query = json!({ "rules": "finops-costs", "at": "query" });
    let through_a_sidecar = judged(&gathered, "ops", true, &[("rules", at_query)]);
    assert_eq!(through_a_sidecar[0].verdict.state(), "pass");
    let stopped = Fault {
        plant: |model| {
            let at_ms = model.started_ms - 600_000;
            model.prometheus[0].rules[0].stopped_since_ms = Some(at_ms);
        },
        ..FAULTS[0]
    };
    let rules = json!({ "rules": "finops-costs" });
    let old = judged(&stopped, "ops", true, &[("rules", rules)]);
    assert_eq!(old[0].verdict.state(), "fail", "{:#?}", old[0]);
    for ((kind, form, wanted), judged) in checks.iter().zip(&all) {
        assert_eq!(
            judged.verdict.state(),
            *wanted,
            "{kind} {form}: {judged:#?}"
        );
    }
}

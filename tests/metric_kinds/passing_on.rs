//! A Receive that routes and stores nothing, and one whose series took samples minutes ago where fresher ones are wanted.

use serde_json::json;

use crate::scene::{
    Scene, config, count, flags, head, newest, of_form, refused, store, store_info, store_series,
    stores, tsdb,
};

/// A router before the Receive that stores.
fn routed() -> Scene {
    Scene::of(&[
        "prom prometheus",
        "router thanos-receive",
        "receive thanos-receive",
        "query thanos-query",
    ])
    .tell("prom config", config(&[]))
    .tell("prom count cost", count(2))
    .tell("router tsdb", tsdb(&[]))
    .tell("query count cost", count(2))
}

#[test]
fn a_router_before_the_receive_that_has_the_metric_leaves_nothing_open() {
    let form = || json!({ "metric": "cost" });
    let holding = || tsdb(&[head("default-tenant", &[("cost", 2)])]);
    let seen = routed()
        .tell("receive tsdb", holding())
        .judge("metric", form())
        .passes();
    assert!(
        seen.judged.says.contains("passed on by router"),
        "{}",
        seen.judged.says
    );
    // What the other holds is not known: nor is then whether something was written to the first.
    routed()
        .tell("receive tsdb", refused())
        .judge("metric", form())
        .errs("could not be told at router", "Name a Receive");
    routed()
        .tell("receive tsdb", tsdb(&[]))
        .judge("metric", form())
        .errs("could not be told at router", "Name a Receive");
    routed()
        .tell("receive tsdb", holding())
        .judge(
            "metric",
            json!({ "metric": "cost", "through": ["prom", "router", "query"] }),
        )
        .errs("could not be told at router", "Name a Receive");
}

/// Query shows a newest sample of 40 seconds ago, the sender one of a second ago.
fn stopped(at_receive_since: &[&[(&str, &str)]]) -> Scene {
    const COST: [(&str, &str); 2] = [("__name__", "cost"), ("tenant_id", "finops")];
    let of_store = "receive store-series cost{tenant_id=\"finops\"}";
    let mut scene = Scene::of(&["prom prometheus", "query thanos-query"]);
    let receive = json!({
        "name": "receive", "kind": "thanos-receive", "write": "http://receive:19291", "grpc": "receive:10901",
    });
    scene.world.pipeline.insert(1, of_form(receive));
    scene
        .tell("prom config", config(&[]))
        .tell("prom count cost", count(1))
        .tell("prom query max(timestamp(cost))", newest(1_000))
        .tell("receive tsdb", tsdb(&[head("finops", &[("cost", 1)])]))
        .tell("receive info", store_info(&["finops"]))
        .tell(of_store, store_series(&[&COST]))
        .tell(
            &format!("{of_store} of the last 39s"),
            store_series(at_receive_since),
        )
        .tell("query stores", stores(&[store("receive:10901")]))
        .tell("query flags", flags(&[("endpoint", "receive:10901")]))
        .tell("query count cost{tenant_id=\"finops\"}", count(1))
        .tell(
            "query query max(timestamp(cost{tenant_id=\"finops\"}))",
            newest(40_000),
        )
}

#[test]
fn a_series_that_receive_took_before_it_ended_at_query_ended_at_receive() {
    let form = || json!({ "metric": "cost", "tenant": "finops", "fresh": "10s" });
    let ended = stopped(&[]).judge("metric", form());
    assert_eq!(ended.states(), "present stale stale");
    ended.fails("held for tenant `finops`", "lost between prom and receive");
    // A sample that is newer than that of Query: Query lacks it.
    let newer = [("__name__", "cost"), ("tenant_id", "finops")];
    let hidden = stopped(&[&newer]).judge("metric", form());
    assert_eq!(hidden.states(), "present present stale");
    hidden.fails("held for tenant `finops`", "lost between receive and query");
}

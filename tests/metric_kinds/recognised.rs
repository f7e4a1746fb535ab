//! Kinds of hops beside the plain Prometheus and Query: what they answer is judged as theirs, and a server of another kind than the
//! suite says is told by what it answers, with the word to write.

use gapcheck::backend::{Capability, prometheus};
use gapcheck::leaves::Verdict;
use serde_json::json;

use crate::recorded::{Recordings, THANOS};
use crate::scene::{
    Scene, build, config, config_with_rules, count, flags, no_samples, of_form, refusal, store,
    stores, vector, warned,
};

const COST: &str = "aws_cost_exporter_current_month_cost";

#[test]
fn a_frontend_is_judged_as_the_query_behind_it() {
    for version in THANOS {
        let of = |name: &str| format!("thanos-query-frontend-{version}/healthy/{name}");
        let scene = || Scene::of(&["front thanos-query-frontend"]);
        scene()
            .recorded(&format!("front query {COST}"), &of("query-vector"))
            .judge(
                "metric",
                json!({ "metric": COST, "at": "front", "value": "finite", "labels": { "cluster": true } }),
            )
            .passes();
        // Empty, and the store behind it is listed, well, and looked at a moment ago.
        let whole = scene()
            .recorded("front query no_such", &of("query-store-match"))
            .recorded("front stores", &of("stores"))
            .recorded("front flags", &of("status-flags"))
            .judge(
                "promql",
                json!({ "promql": "no_such", "at": "front", "expect": "> 0" }),
            )
            .fails("> 0 at front", "no series");
        let notes = whole.judged.notes.join(" ");
        assert!(notes.contains("one Query behind it"), "{notes}");
        // The same without a word of its stores proves nothing.
        scene()
            .recorded("front query no_such", &of("query-store-match"))
            .recorded("front flags", &of("status-flags"))
            .judge(
                "promql",
                json!({ "promql": "no_such", "at": "front", "expect": { "empty": true } }),
            )
            .errs("the stores of front could not be asked", "/api/v1/stores");
    }
}

#[test]
fn a_frontend_shows_the_stores_of_its_query() {
    for version in THANOS {
        let of = |name: &str| format!("thanos-query-frontend-{version}/healthy/{name}");
        Scene::of(&["receive thanos-receive", "front thanos-query-frontend"])
            .recorded("front stores", &of("stores"))
            .recorded("front flags", &of("status-flags"))
            .judge("store", json!({ "store": "receive" }))
            .passes();
    }
}

/// What `parse_query` leaves out, and the client sees: who passed the answer on.
#[test]
fn only_a_frontend_writes_the_empty_analysis_out() {
    let marked = |name: &str| {
        let path = format!("{}/tests/recorded/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read_to_string(path).unwrap();
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        let body = file["response"]["body"].as_str().unwrap();
        prometheus::parse_query(200, "application/json", body.as_bytes()).unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        body.pointer("/data/analysis/children").is_some()
    };
    for version in THANOS {
        assert!(!marked(&format!(
            "thanos-query-{version}/healthy/query-vector"
        )));
        let front = format!("thanos-query-frontend-{version}/healthy/query-vector");
        assert_eq!(marked(&front), version != "0.31.0");
    }
}

#[test]
fn a_prometheus_or_a_victoriametrics_in_the_place_of_a_query_is_said() {
    for (kind, stands) in [
        ("thanos-query", "query"),
        ("thanos-query-frontend", "front"),
    ] {
        for (told, says, help) in [
            (
                "prometheus-2.42.0/healthy/status-buildinfo",
                "a Prometheus (version 2.42.0+ds)",
                "`kind: prometheus`",
            ),
            (
                "prometheus-3.14.0/healthy/status-buildinfo",
                "a Prometheus (version 3.14.0)",
                "`kind: prometheus`",
            ),
            (
                "victoriametrics-1.79.5/healthy/status-buildinfo",
                "a VictoriaMetrics",
                "`kind: victoriametrics`",
            ),
        ] {
            let hop = format!("{stands} {kind}");
            let scene = || {
                Scene::of(&["receive thanos-receive", &hop])
                    .tell(&format!("{stands} stores"), refusal(404, "page not found"))
                    .recorded(&format!("{stands} build"), told)
            };
            scene()
                .tell(&format!("{stands} count up"), count(0))
                .tell(&format!("{stands} query up[1h]"), no_samples())
                .judge("metric", json!({ "metric": "up", "at": stands }))
                .errs(says, help);
            for expect in [json!("> 0"), json!({ "empty": true })] {
                scene()
                    .tell(&format!("{stands} query up"), vector(&[]))
                    .judge(
                        "promql",
                        json!({ "promql": "up", "at": stands, "expect": expect }),
                    )
                    .errs(says, help);
            }
            scene()
                .judge("store", json!({ "store": "receive", "at": stands }))
                .errs(says, help);
        }
    }
}

#[test]
fn an_agent_answers_for_its_targets_and_is_the_sender_after_which_series_are_its_own() {
    for version in ["2.42.0", "3.14.0"] {
        Scene::of(&["agent prometheus-agent"])
            .recorded(
                "agent targets",
                &format!("prometheus-{version}/agent/targets"),
            )
            .recorded(
                "agent build",
                &format!("prometheus-{version}/agent/status-buildinfo"),
            )
            .judge("scrape", json!({ "scrape": "aws-cost-exporter" }))
            .fails("a target of `aws-cost-exporter`", "it scrapes nothing");
    }
    // What answers with an empty list because it scrapes nothing is no agent.
    Scene::of(&["agent prometheus-agent"])
        .recorded("agent targets", "victoriametrics-1.79.5/healthy/targets")
        .recorded(
            "agent build",
            "victoriametrics-1.79.5/healthy/status-buildinfo",
        )
        .judge("scrape", json!({ "scrape": "aws-cost-exporter" }))
        .errs(
            "not the prometheus-agent that the suite says",
            "`kind: victoriametrics`",
        );
    // Where no hop is named, it is passed over; its external labels tell whose series are asked for after it.
    let seen = Scene::of(&["agent prometheus-agent", "query thanos-query"])
        .tell("agent config", config(&[("cluster", "ops")]))
        .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
        .tell("query count up{cluster=\"ops\"}", count(1))
        .judge("metric", json!({ "metric": "up" }))
        .passes();
    assert_eq!(seen.states(), "present");
    // On the way it is unknown: it stores nothing, so nothing is said of it.
    let seen = Scene::of(&["agent prometheus-agent", "query thanos-query"])
        .tell("agent config", config(&[("cluster", "ops")]))
        .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
        .tell("query count up{cluster=\"ops\"}", count(1))
        .judge(
            "metric",
            json!({ "metric": "up", "through": ["agent", "query"] }),
        );
    assert_eq!(seen.states(), "unknown present");
    seen.errs("", "");
}

#[test]
fn what_an_agent_changes_on_the_way_is_not_foretold_and_absence_not_said() {
    let scene = |present: u64| {
        let rules = json!([{ "regex": "cluster", "action": "labeldrop" }]);
        Scene::of(&[
            "agent prometheus-agent",
            "receive thanos-receive",
            "query thanos-query",
        ])
        .tell(
            "agent config",
            config_with_rules(&[("cluster", "ops")], rules),
        )
        .tell("agent build", build("3.14.0"))
        .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
        .tell("query count up{cluster=\"ops\"}", count(present))
        .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
        .judge("metric", json!({ "metric": "up", "at": "query" }))
    };
    scene(1).passes();
    scene(0).errs("could not be asked", "An agent keeps no series");
}

#[test]
fn a_tenant_that_a_frontend_may_not_pass_on_proves_no_absence() {
    let scene = |tenant: serde_json::Value| {
        let mut scene = Scene::of(&[]);
        let mut form =
            json!({ "name": "front", "kind": "thanos-query-frontend", "url": "http://front:9090" });
        if tenant.is_string() {
            form["tenant"] = tenant;
        }
        scene.world.pipeline.push(of_form(form));
        scene
            .tell(
                "front flags",
                flags(&[
                    ("endpoint", "10.1.2.3:10901"),
                    ("query.enforce-tenancy", "true"),
                ]),
            )
            .tell("front stores", stores(&[store("10.1.2.3:10901")]))
            .tell("front query up", vector(&[]))
            .judge(
                "promql",
                json!({ "promql": "up", "at": "front", "expect": "> 0" }),
            )
    };
    scene(json!("finops")).errs("passes tenant `finops` on is not known", "itself");
    scene(json!(null)).fails("", "no series");
}

#[test]
fn a_sidecar_and_a_store_gateway_are_known_at_their_query_by_their_component() {
    let of = |name: &str| format!("thanos-query-0.42.4/sidecar/{name}");
    let judged = |kind: &str, more: serde_json::Value| {
        let mut scene = Scene::of(&["query thanos-query"]);
        let form = json!({ "name": "s", "kind": kind, "grpc": "127.0.0.1:11901" });
        scene.world.pipeline.insert(0, of_form(form));
        let mut form = json!({ "store": "s" });
        for (key, value) in more.as_object().unwrap() {
            form[key] = value.clone();
        }
        scene
            .recorded("query stores", &of("stores"))
            .tell("query flags", flags(&[("endpoint", "127.0.0.1:11901")]))
            .judge("store", form)
    };
    let seen = judged("thanos-sidecar", json!({ "labels": { "replica": "a" } })).passes();
    assert!(
        seen.judged.says.contains("127.0.0.1:11901"),
        "{}",
        seen.judged.says
    );
    judged("thanos-sidecar", json!({ "labels": { "replica": "c" } })).fails("", "");
    let seen = judged("thanos-store", json!({})).passes();
    assert!(
        seen.judged.says.contains("127.0.0.1:13901"),
        "{}",
        seen.judged.says
    );
    // An empty bucket covers nothing.
    let seen = judged("thanos-store", json!({ "covers": "5m" }));
    assert_ne!(seen.judged.verdict, Verdict::Pass, "{:?}", seen.judged);
}

#[test]
fn an_agent_that_is_called_a_prometheus_is_told_by_its_refusals() {
    let refuse = || refusal(422, "unavailable with Prometheus Agent");
    Scene::of(&["prom prometheus"])
        .tell("prom count up", refuse())
        .judge("metric", json!({ "metric": "up", "at": "prom" }))
        .errs(
            "unavailable with Prometheus Agent",
            "`kind: prometheus-agent`",
        );
}

#[test]
fn a_part_of_a_cluster_proves_nothing() {
    let scene = || {
        Scene::of(&["vm victoriametrics-cluster"]).recorded(
            "vm build",
            "victoriametrics-1.79.5/healthy/status-buildinfo",
        )
    };
    let partial = "the server says that its answer is partial (`isPartial`)";
    scene()
        .tell("vm query up", warned(vector(&[]), partial))
        .judge(
            "promql",
            json!({ "promql": "up", "at": "vm", "expect": { "empty": true } }),
        )
        .errs("partial", "");
    scene()
        .tell("vm query up", vector(&[]))
        .judge(
            "promql",
            json!({ "promql": "up", "at": "vm", "expect": "> 0" }),
        )
        .fails("", "no series");
    Scene::of(&["vm victoriametrics-cluster"])
        .tell("vm build", build("0.42.4"))
        .tell("vm query up", vector(&[]))
        .judge(
            "promql",
            json!({ "promql": "up", "at": "vm", "expect": "> 0" }),
        )
        .errs("a Thanos (version 0.42.4)", "`kind: thanos-query`");
}

#[test]
fn each_kind_is_asked_with_what_makes_its_answer_whole() {
    for (kind, with) in [
        ("prometheus", ""),
        ("victoriametrics", "&nocache=1"),
        (
            "victoriametrics-cluster",
            "&nocache=1&deny_partial_response=1",
        ),
        ("thanos-query", "&dedup=true&partial_response=false"),
        (
            "thanos-query-frontend",
            "&dedup=true&partial_response=false",
        ),
        ("mimir", ""),
    ] {
        let backend = crate::scene::backend(&format!("hop {kind}"));
        let request = prometheus::query_request(&backend, "up");
        assert!(
            request.ends_with(&format!("query?query=up{with}")),
            "{request}"
        );
        assert!(
            backend.kind().answers(Capability::Build).is_some(),
            "{kind}"
        );
    }
}

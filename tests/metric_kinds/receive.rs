//! `receive`: its doors, its heads and its counters, in each version; wrong ports, silence, and answers that prove nothing.

use std::path::Path;
use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{HttpAnswer, Moved, Movement};
use gapcheck::backend::exposition;
use gapcheck::leaves::Labels;
use serde_json::{Value, json};

use crate::recorded::{Recordings, THANOS};
use crate::scene::{
    NOW, Scene, Told, head, of_form, refusal, refused, store_info, store_series, tsdb,
};

const READY: &str = "receive http -/ready";
const WRITE: &str = "receive write api/v1/receive";

fn file(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded")
        .join(name)
        .with_extension("json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A recorded answer as a whole.
fn whole(name: &str) -> Told {
    let file = file(name);
    let response = &file["response"];
    let headers = response["headers"].as_object().unwrap();
    said(
        u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        &headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()))
            .collect::<Vec<_>>(),
        response["body"].as_str().unwrap(),
    )
}

fn said(status: u16, headers: &[(String, String)], body: &str) -> Told {
    Ok(Reply::Http(Arc::new(HttpAnswer {
        status,
        headers: headers.to_vec(),
        body: body.into(),
        tls: None,
    })))
}

fn bare() -> Scene {
    let mut scene = Scene::of(&["prom prometheus"]);
    scene.world.pipeline.push(of_form(json!({
        "name": "receive", "kind": "thanos-receive",
        "write": "http://receive:19291", "http": "http://receive:10902",
    })));
    scene
}

/// A Receive whose doors are as recorded.
fn open(version: &str) -> Scene {
    let of = |name: &str| whole(&format!("thanos-receive-{version}/healthy/{name}"));
    bare()
        .tell(READY, of("ready"))
        .tell(WRITE, of("write-path-get"))
}

fn moved(name: &str, labels: &[(&str, &str)], grew: f64) -> Moved {
    let mut all: Labels = labels.iter().copied().collect();
    all.insert("__name__".into(), name.into());
    Moved {
        labels: all,
        first: Some(0.0),
        last: Some(grew),
        grew,
    }
}

fn witness() -> Moved {
    moved("thanos_receive_replication_factor", &[], 0.0)
}

fn movement(seconds: i64, series: Vec<Moved>) -> Told {
    Ok(Reply::Movement(Arc::new(Movement {
        from: NOW.plus_ms(-seconds * 1000),
        to: NOW,
        read: "the history of prom".into(),
        series,
    })))
}

fn writes(tenant: &str, code: &str, requests: f64, samples: f64) -> Vec<Moved> {
    vec![
        moved(
            "http_requests_total",
            &[("code", code), ("tenant", tenant), ("handler", "receive")],
            requests,
        ),
        moved(
            "thanos_receive_write_samples_sum",
            &[("code", code), ("tenant", tenant)],
            samples,
        ),
        witness(),
    ]
}

/// The counters of a recorded page, as if all had grown from nothing in a minute.
fn recorded_movement(name: &str) -> Told {
    let file = file(name);
    let body = file["response"]["body"].as_str().unwrap();
    let kind = file["response"]["headers"]["Content-Type"]
        .as_str()
        .unwrap();
    let page = exposition::parse_page(200, kind, body.as_bytes()).unwrap();
    let mut series: Vec<Moved> = page
        .samples
        .into_iter()
        .filter_map(|sample| {
            let grew = sample.value.parse().ok()?;
            Some(Moved {
                labels: sample.labels,
                first: Some(0.0),
                last: Some(grew),
                grew,
            })
        })
        .collect();
    series.push(witness());
    movement(60, series)
}

#[test]
fn the_doors_of_each_version_are_known() {
    for version in THANOS {
        let seen = open(version)
            .judge("receive", json!({ "receive": "receive" }))
            .passes();
        assert_eq!(seen.asked, [READY, WRITE]);
    }
}

#[test]
fn a_wrong_port_is_recognised_and_said() {
    for version in THANOS {
        let of = |name: &str| whole(&format!("thanos-receive-{version}/healthy/{name}"));
        open(version)
            .tell(WRITE, of("http-port-receive"))
            .tell("receive write -/ready", of("ready"))
            .judge("receive", json!({ "receive": "receive" }))
            .errs("the `write:` address of receive is its http port", "19291");
        open(version)
            .tell(READY, of("write-port-ready"))
            .tell("receive http api/v1/receive", of("write-path-get"))
            .judge("receive", json!({ "receive": "receive" }))
            .errs(
                "the `http:` address of receive is its remote write port",
                "10902",
            );
    }
}

#[test]
fn a_receive_that_is_not_ready_fails_and_any_other_answer_is_an_error() {
    let form = || json!({ "receive": "receive" });
    open("0.42.4")
        .tell(READY, said(503, &[], "NOT OK\n"))
        .judge("receive", form())
        .fails("`/-/ready` of receive 200", "NOT OK");
    for (status, body) in [
        (503, "no healthy upstream"),
        (200, "<html>Sign in</html>"),
        (200, "Prometheus Server is Ready.\n"),
        (302, ""),
        (401, "Unauthorized"),
    ] {
        open("0.42.4")
            .tell(READY, said(status, &[], body))
            .judge("receive", form())
            .errs(&format!("answered {status}"), "`http:` address");
    }
    let put = ("allow".to_owned(), "PUT".to_owned());
    for told in [
        said(405, &[put], ""),
        said(405, &[], ""),
        said(200, &[], "ok"),
        said(502, &[], "Bad Gateway"),
    ] {
        open("0.42.4")
            .tell(WRITE, told)
            .judge("receive", form())
            .errs("answers 405 and allows POST", "`write:` address");
    }
}

#[test]
fn what_cannot_be_reached_is_an_error_with_help() {
    let full = json!({
        "receive": "receive", "tenant": "finops", "accepted": "> 0", "rejected": 0, "holds": "up", "fresh": "2m",
    });
    bare()
        .tell(READY, refused())
        .tell(WRITE, refused())
        .tell("receive movement", refused())
        .tell("receive tsdb", refused())
        .judge("receive", full.clone())
        .errs("receive: connection to 127.0.0.1:9090 refused", "reachable");
    // Half of it answers.
    open("0.42.4")
        .tell("receive movement", refused())
        .tell("receive tsdb", tsdb(&[head("finops", &[("up", 1)])]))
        .judge("receive", full.clone())
        .errs("the counters of receive", "10902");
    // A Receive before 0.27 has no status of its heads.
    open("0.42.4")
        .tell(
            "receive movement",
            movement(60, writes("finops", "200", 6.0, 60.0)),
        )
        .tell("receive tsdb", refusal(404, "404 page not found"))
        .judge("receive", full)
        .errs("404", "since Thanos 0.27");
}

#[test]
fn the_recorded_heads_are_judged_in_each_version() {
    for version in THANOS {
        let heads = |form: Value| {
            open(version)
                .recorded(
                    "receive tsdb",
                    &format!("thanos-receive-{version}/healthy/tsdb-all"),
                )
                .judge("receive", form)
        };
        let cost = "aws_cost_exporter_current_month_cost";
        heads(json!({ "receive": "receive", "tenant": "finops", "holds": [cost, "up"], "fresh": "1m" })).passes();
        heads(json!({ "receive": "receive", "holds": "no_such_metric" })).fails(
            "`no_such_metric` held at receive",
            "no head of this replica",
        );
        heads(json!({ "receive": "receive", "tenant": "nobody" })).fails(
            "tenant `nobody` held at receive",
            "this replica of receive holds `",
        );
        heads(json!({ "receive": "receive", "fresh": "> 1h" }))
            .fails("the newest sample at receive", "old (");
    }
}

#[test]
fn a_missing_name_is_proven_only_by_a_whole_list() {
    let form = json!({ "receive": "receive", "tenant": "finops", "holds": "cost" });
    open("0.42.4")
        .tell("receive tsdb", tsdb(&[head("finops", &[("up", 1)])]))
        .judge("receive", form.clone())
        .fails(
            "`cost` held at receive for tenant `finops`",
            "does not list it",
        );
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "up"].map(|name| (name, 3));
    let mut cut = head("finops", &names);
    cut.series = 50;
    open("0.31.0")
        .tell("receive tsdb", tsdb(&[cut]))
        .judge("receive", form.clone())
        .errs("cannot be told", "0.32");
    open("0.42.4")
        .tell("receive tsdb", tsdb(&[]))
        .judge("receive", form)
        .errs("lists no tenant", "accepted");
}

#[test]
fn an_empty_head_holds_nothing_and_one_ahead_of_its_clock_proves_nothing() {
    let form = json!({ "receive": "receive", "tenant": "finops", "fresh": "2m" });
    let mut empty = head("finops", &[]);
    empty.max_time = i64::MIN;
    open("0.42.4")
        .tell("receive tsdb", tsdb(&[empty]))
        .judge("receive", form.clone())
        .fails("at most 2m old", "hold no sample at all");
    let mut old = head("finops", &[("up", 1)]);
    old.max_time = NOW.0 - 600_000;
    open("0.42.4")
        .tell("receive tsdb", tsdb(&[old.clone()]))
        .judge("receive", form.clone())
        .fails("at most 2m old", "is 10m old");
    // A tenant that is not asked for may be old.
    open("0.42.4")
        .tell("receive tsdb", tsdb(&[old.clone(), head("other", &[])]))
        .judge("receive", json!({ "receive": "receive", "fresh": "2m" }))
        .passes();
    old.max_time = NOW.0 + 3_600_000;
    open("0.42.4")
        .tell("receive tsdb", tsdb(&[old]))
        .judge("receive", form)
        .errs("1h ahead of its clock", "ahead");
}

#[test]
fn what_it_takes_is_counted_by_tenant_and_code() {
    let form = json!({ "receive": "receive", "accepted": "> 0", "rejected": 0 });
    let seen = open("0.42.4")
        .tell(
            "receive movement",
            movement(60, writes("finops", "200", 6.0, 60.0)),
        )
        .judge("receive", form.clone())
        .passes();
    assert_eq!(seen.judged.tables[0].rows[0], ["finops", "200", "6", "60"]);
    assert!(seen.judged.notes[0].contains("the history of prom"));
    let limit = json!({ "receive": "receive", "accepted": ">= 2" });
    open("0.42.4")
        .tell(
            "receive movement",
            movement(60, writes("finops", "200", 6.0, 60.0)),
        )
        .judge("receive", limit)
        .fails(
            "samples a second accepted at receive",
            "1.000 a second over 1m",
        );
    // 429 is counted as a request alone.
    let mut refused = writes("finops", "200", 6.0, 60.0);
    refused.extend(writes("finops", "429", 3.0, 0.0));
    open("0.42.4")
        .tell("receive movement", movement(60, refused))
        .judge("receive", form)
        .fails(
            "writes a second rejected at receive",
            "0.050 a second: 3 with 429 for tenant `finops`",
        );
}

#[test]
fn the_recorded_counters_are_read_in_each_version() {
    for version in THANOS {
        let at = |scenario: &str, form: Value| {
            open(version)
                .tell(
                    "receive movement",
                    recorded_movement(&format!("thanos-receive-{version}/{scenario}/metrics")),
                )
                .tell(
                    "receive tsdb",
                    tsdb(&[head("default-tenant", &[("up", 1)])]),
                )
                .judge("receive", form)
        };
        // 0.31 counts the default tenant's requests under an empty name.
        let tenant = "default-tenant";
        at(
            "healthy",
            json!({ "receive": "receive", "tenant": tenant, "accepted": "> 0" }),
        )
        .passes();
        at(
            "write-errors",
            json!({ "receive": "receive", "tenant": tenant, "accepted": "> 0", "rejected": 0 }),
        )
        .fails(
            "rejected at receive",
            "with 409 for tenant `default-tenant`",
        );
    }
}

#[test]
fn silence_is_a_failure_only_where_the_head_says_so_too() {
    let form = json!({ "receive": "receive", "accepted": "> 0", "tenant": "finops" });
    let silent = |seconds: i64, heads: Told| {
        open("0.42.4")
            .tell("receive movement", movement(seconds, vec![witness()]))
            .tell("receive tsdb", heads)
            .judge("receive", form.clone())
    };
    let mut old = head("finops", &[("up", 1)]);
    old.max_time = NOW.0 - 600_000;
    silent(15, tsdb(&[old])).fails(
        "samples a second accepted at receive for tenant `finops`",
        "none in 15s; the newest sample is 10m old",
    );
    // It takes samples all the same: forwarded by another Receive, or sent once a minute.
    silent(60, tsdb(&[head("finops", &[("up", 1)])])).errs("over HTTP", "meta:");
    silent(15, refused()).errs("a healthy sender may be silent for", "write:");
    let without_tenant = json!({ "receive": "receive", "accepted": "> 0" });
    open("0.42.4")
        .tell("receive movement", movement(300, vec![witness()]))
        .tell("receive tsdb", tsdb(&[]))
        .judge("receive", without_tenant)
        .fails("accepted at receive", "none in 5m");
}

#[test]
fn counters_that_do_not_count_are_an_error() {
    let form = json!({ "receive": "receive", "accepted": "> 0" });
    let mut blind = writes("finops", "200", 6.0, 0.0);
    blind.remove(1);
    open("0.36.1")
        .tell("receive movement", movement(60, blind))
        .judge("receive", form.clone())
        .errs("counted no sample", "relabel-config");
    open("0.42.4")
        .tell("receive movement", movement(60, Vec::new()))
        .judge("receive", form)
        .errs("not those of a Receive", "10902");
}

#[test]
fn the_review_names_what_cannot_be_asked() {
    let said = |scene: &Scene, form: Value| scene.review("receive", form);
    let whole = bare();
    let full = json!({ "receive": "receive", "accepted": "> 0", "holds": "up", "tenant": "a" });
    assert!(said(&whole, full.clone()).is_empty());
    let complaints = said(&whole, json!({ "receive": "prom" }));
    assert!(complaints[0].message.contains("of kind prometheus"));
    let complaints = said(&whole, json!({ "receive": "receive", "tenant": "" }));
    assert!(complaints[0].message.contains("this is empty"));
    let complaints = said(&Scene::incident(), full);
    assert!(complaints[0].message.contains("its `http:` address"));
    let mut scene = Scene::of(&["prom prometheus"]);
    scene.world.pipeline.push(of_form(json!({
        "name": "receive", "kind": "thanos-receive", "http": "http://receive:10902", "meta": "other",
    })));
    let complaints = said(&scene, json!({ "receive": "receive", "holds": "up" }));
    let all: Vec<&str> = complaints.iter().map(|one| one.message.as_str()).collect();
    assert!(
        all.iter().any(|one| one.contains("no hop `other`")),
        "{all:?}"
    );
    assert!(
        all.iter().any(|one| one.contains("`write:` address")),
        "{all:?}"
    );
}

/// The recorded doors, with a StoreAPI beside them.
fn with_store(version: &str) -> Scene {
    let mut scene = open(version);
    scene.world.pipeline.pop();
    scene.world.pipeline.push(of_form(json!({
        "name": "receive", "kind": "thanos-receive", "write": "http://receive:19291",
        "http": "http://receive:10902", "grpc": "receive:10901",
    })));
    scene.tell("receive info", store_info(&["default-tenant", "finops"]))
}

const COST: [(&str, &str); 3] = [("__name__", "cost"), ("job", "x"), ("tenant_id", "finops")];
const OF_JOB: &str = "receive store-series cost{job=\"x\",tenant_id=\"finops\"}";
const OF_ANY: &str = "receive store-series cost{tenant_id=\"finops\"}";

fn holds(selector: &str) -> Value {
    json!({ "receive": "receive", "tenant": "finops", "holds": selector })
}

#[test]
fn a_whole_selector_is_asked_of_the_storeapi() {
    let listed = || tsdb(&[head("finops", &[("cost", 2)])]);
    let form = || holds("cost{job=\"x\"}");
    let seen = with_store("0.42.4")
        .tell("receive tsdb", listed())
        .tell(OF_JOB, store_series(&[&COST]))
        .judge("receive", form())
        .passes();
    let notes = seen.judged.notes.join("; ");
    assert!(
        notes.contains("the StoreAPI of receive holds 1 series of it"),
        "{notes}"
    );
    // The name is there, and not with this label.
    with_store("0.42.4")
        .tell("receive tsdb", listed())
        .tell(OF_JOB, store_series(&[]))
        .tell(OF_ANY, store_series(&[&COST]))
        .judge("receive", form())
        .fails(
            "`cost{job=\"x\"}` held at receive for tenant `finops`",
            "it holds 1 series of `cost`",
        );
    with_store("0.42.4")
        .tell("receive tsdb", tsdb(&[head("finops", &[("up", 2)])]))
        .tell(OF_JOB, store_series(&[]))
        .judge("receive", form())
        .fails("held at receive", "its status: ");
}

#[test]
fn status_and_storeapi_that_disagree_are_said_to() {
    with_store("0.42.4")
        .tell("receive tsdb", tsdb(&[head("finops", &[("cost", 2)])]))
        .tell(OF_ANY, store_series(&[]))
        .judge("receive", holds("cost"))
        .errs("its status and its StoreAPI disagree", "different replicas");
    let seen = with_store("0.42.4")
        .tell("receive tsdb", tsdb(&[head("finops", &[("up", 2)])]))
        .tell(OF_ANY, store_series(&[&COST]))
        .judge("receive", holds("cost"))
        .passes();
    let notes = seen.judged.notes.join("; ");
    assert!(notes.contains("and its status disagrees"), "{notes}");
}

#[test]
fn a_storeapi_or_a_status_that_does_not_answer_proves_nothing() {
    let listed = || tsdb(&[head("finops", &[("cost", 2)])]);
    // Labels can be asked of the StoreAPI alone.
    for told in [refused(), store_info(&[])] {
        with_store("0.42.4")
            .tell("receive tsdb", listed())
            .tell("receive info", told)
            .tell(OF_JOB, store_series(&[]))
            .judge("receive", holds("cost{job=\"x\"}"))
            .errs(
                "whether receive holds `cost{job=\"x\"}` cannot be told",
                "grpc",
            );
    }
    // A name is told by the status, too.
    let seen = with_store("0.42.4")
        .tell("receive tsdb", listed())
        .tell("receive info", refused())
        .judge("receive", holds("cost"))
        .passes();
    assert!(
        seen.judged
            .notes
            .join("; ")
            .contains("its status was asked alone")
    );
    // And by the StoreAPI alone, which tells no age.
    with_store("0.42.4")
        .tell("receive tsdb", refused())
        .tell(OF_ANY, store_series(&[&COST]))
        .judge("receive", holds("cost"))
        .passes();
    let mut fresh = holds("cost");
    fresh["fresh"] = json!("2m");
    with_store("0.42.4")
        .tell("receive tsdb", refused())
        .tell(OF_ANY, store_series(&[&COST]))
        .judge("receive", fresh)
        .errs("receive: connection", "19291");
    with_store("0.42.4")
        .tell("receive tsdb", refused())
        .tell("receive info", refused())
        .judge("receive", holds("cost"))
        .errs(
            "cannot be told: the StoreAPI of receive: connection",
            "grpc",
        );
    // The tenant's label has another name there.
    with_store("0.42.4")
        .tell("receive tsdb", refused())
        .tell(OF_ANY, store_series(&[]))
        .tell(
            "receive info",
            Ok(Reply::StoreInfo(Arc::new(
                gapcheck::backend::answer::StoreInfo {
                    component: "receive".into(),
                    serving: Some(true),
                    label_sets: vec![Labels::from([("team", "finops")])],
                    min_time: Some(0),
                    max_time: Some(i64::MAX),
                },
            ))),
        )
        .judge("receive", holds("cost"))
        .errs("has `tenant_id`", "--receive.tenant-label-name");
}

#[test]
fn a_label_that_receive_replaces_is_named_where_a_selector_asks_for_the_sender_s() {
    let central = [
        ("__name__", "cost"),
        ("cluster", "central"),
        ("tenant_id", "finops"),
    ];
    let info = gapcheck::backend::answer::StoreInfo {
        component: "receive".into(),
        serving: Some(true),
        label_sets: vec![Labels::from([
            ("cluster", "central"),
            ("tenant_id", "finops"),
        ])],
        min_time: Some(0),
        max_time: Some(i64::MAX),
    };
    with_store("0.42.4")
        .tell("receive tsdb", tsdb(&[head("finops", &[("cost", 1)])]))
        .tell("receive info", Ok(Reply::StoreInfo(Arc::new(info))))
        .tell(
            "receive store-series cost{cluster=\"ops\",tenant_id=\"finops\"}",
            store_series(&[]),
        )
        .tell(OF_ANY, store_series(&[&central]))
        .judge("receive", holds("cost{cluster=\"ops\"}"))
        .fails(
            "held at receive",
            "Receive gives `cluster=\"central\"` to all that it takes",
        );
}

//! Hops with several addresses: each replica is asked and told, and `all` or `any` of them must do.

use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{
    DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, DnsRecord, RecordType, RemoteWrite,
};
use gapcheck::leaves::RungState;
use serde_json::{Value, json};

use crate::scene::{
    Scene, Told, config, config_with_rules, count, flags, head, newest, no_samples, of_form,
    refused, store, stores, tsdb, vector,
};

const A: &str = "prom (a:9090)";
const B: &str = "prom (b:9090)";

fn prom(how: Option<&str>) -> Value {
    let mut form = json!({
        "name": "prom", "kind": "prometheus", "url": ["http://a:9090", "http://b:9090"],
    });
    if let Some(how) = how {
        form["replicas"] = how.into();
    }
    form
}

fn of_hops(hops: &[Value]) -> Scene {
    let mut scene = Scene::of(&[]);
    scene.world.pipeline = hops.iter().cloned().map(of_form).collect();
    scene
}

fn pair(how: Option<&str>) -> Scene {
    of_hops(&[prom(how)])
}

/// A replica that knows nothing of `up`.
fn lacking(scene: Scene, replica: &str) -> Scene {
    scene
        .tell(&format!("{replica} count up"), count(0))
        .tell(&format!("{replica} build"), crate::scene::build("3.14.0"))
        .tell(
            &format!("{replica} query max(timestamp(last_over_time(up[1h])))"),
            vector(&[]),
        )
        .tell(&format!("{replica} query up[1h]"), no_samples())
}

fn up_at_prom() -> Value {
    json!({ "metric": "up", "at": "prom" })
}

#[test]
fn a_metric_must_be_at_every_replica() {
    let seen = pair(None)
        .tell(&format!("{A} count up"), count(5))
        .tell(&format!("{B} count up"), count(3))
        .judge("metric", up_at_prom())
        .passes();
    assert_eq!(seen.judged.says, "3 series at prom");
    let rows: Vec<[&str; 3]> = seen.judged.tables[0]
        .rows
        .iter()
        .map(|row| [row[0].as_str(), row[1].as_str(), row[2].as_str()])
        .collect();
    assert_eq!(
        rows,
        [["a:9090", "present", "5"], ["b:9090", "present", "3"]]
    );
}

#[test]
fn one_replica_that_lacks_it_is_named() {
    let lost = lacking(pair(None).tell(&format!("{A} count up"), count(5)), B);
    let seen = lost.judge("metric", up_at_prom()).fails(
        "present at prom",
        "0 series on 1 of 2 replicas (b:9090) at prom",
    );
    assert_eq!(seen.states(), "absent");
    assert!(
        seen.judged.ladder[0]
            .why
            .as_deref()
            .unwrap()
            .contains("1 of 2 replicas (b:9090)")
    );
}

#[test]
fn one_replica_that_has_it_will_do_where_any_does() {
    lacking(
        pair(Some("any")).tell(&format!("{A} count up"), count(5)),
        B,
    )
    .judge("metric", up_at_prom())
    .passes();
    pair(Some("any"))
        .tell(&format!("{A} count up"), refused())
        .tell(&format!("{B} count up"), count(3))
        .judge("metric", up_at_prom())
        .passes();
    let none = lacking(lacking(pair(Some("any")), A), B);
    none.judge("metric", up_at_prom())
        .fails("present at prom", "0 series on each of 2 replicas at prom");
}

#[test]
fn a_replica_that_could_not_be_asked_is_an_error_unless_it_does_not_matter() {
    let half = |how| {
        pair(how)
            .tell(&format!("{A} count up"), count(5))
            .tell(&format!("{B} count up"), refused())
    };
    half(None)
        .judge("metric", up_at_prom())
        .errs("1 of 2 replicas (b:9090): ", "prom");
    half(Some("any")).judge("metric", up_at_prom()).passes();
    // Whether the other one has it is not known: nobody is accused.
    lacking(
        pair(Some("any")).tell(&format!("{B} count up"), refused()),
        A,
    )
    .judge("metric", up_at_prom())
    .errs("1 of 2 replicas (b:9090): ", "prom");
    // One that lacks it fails whatever the other says.
    lacking(pair(None).tell(&format!("{B} count up"), refused()), A)
        .judge("metric", up_at_prom())
        .fails("present at prom", "(a:9090)");
}

#[test]
fn labels_and_numbers_are_asserted_of_each_replica() {
    let query = |replica: &str| format!("{replica} query up");
    let scene = |how| {
        pair(how)
            .tell(&query(A), vector(&[(&[("job", "api")], "1")]))
            .tell(&query(B), vector(&[(&[("job", "web")], "1")]))
    };
    let check = json!({ "metric": "up", "at": "prom", "labels": { "job": "api" }, "value": 1 });
    let seen = scene(None)
        .judge("metric", check.clone())
        .fails("label `job`", "at prom (b:9090)");
    assert_eq!(seen.states(), "present");
    scene(Some("any")).judge("metric", check.clone()).passes();
    let unsure = pair(Some("any"))
        .tell(&query(A), refused())
        .tell(&query(B), vector(&[(&[("job", "web")], "1")]));
    unsure
        .judge("metric", check)
        .errs("prom (a:9090): ", "whole");
}

#[test]
fn hops_after_a_sender_with_replicas_are_asked_by_one_that_answers() {
    let scene = of_hops(&[
        prom(Some("any")),
        json!({ "name": "query", "kind": "thanos-query", "url": "http://query:9090" }),
    ])
    .tell(&format!("{A} config"), refused())
    .tell(&format!("{A} count up"), refused())
    .tell(&format!("{B} config"), config(&[("cluster", "ops")]))
    .tell(&format!("{B} count up"), count(2))
    .tell("query flags", flags(&[]))
    .tell("query stores", stores(&[store("10.1.2.3:10901")]))
    .tell("query count up{cluster=\"ops\"}", count(2));
    let seen = scene.judge("metric", json!({ "metric": "up" })).passes();
    assert_eq!(seen.states(), "present present");
}

#[test]
fn every_replica_that_must_do_is_compared_with_the_hops_after_it() {
    let newest_at = |replica: &str| format!("{replica} query max(timestamp(up))");
    let judged = |how, a: i64, b: Option<i64>| {
        let mut scene = of_hops(&[
            prom(Some(how)),
            json!({ "name": "query", "kind": "thanos-query", "url": "http://query:9090" }),
        ])
        .tell(&format!("{A} config"), config(&[("cluster", "ops")]))
        .tell(&format!("{A} count up"), count(2))
        .tell(&newest_at(A), newest(a))
        .tell(&format!("{B} config"), config(&[("cluster", "ops")]))
        .tell("query flags", flags(&[]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
        .tell("query count up{cluster=\"ops\"}", count(2))
        .tell(
            "query query max(timestamp(up{cluster=\"ops\"}))",
            newest(300_000),
        );
        scene = match b {
            Some(age) => scene
                .tell(&format!("{B} count up"), count(2))
                .tell(&newest_at(B), newest(age)),
            None => scene.tell(&format!("{B} count up"), refused()),
        };
        scene.judge(
            "metric",
            json!({ "metric": "up", "through": ["prom", "query"], "lag": "2m" }),
        )
    };
    judged("all", 250_000, Some(250_000)).passes();
    judged("all", 250_000, Some(1_000)).fails("at most 2m behind prom", "[prom (b:9090)]");
    judged("any", 1_000, Some(250_000)).passes();
    judged("any", 250_000, None).passes();
    judged("any", 1_000, Some(1_000)).fails("at most 2m behind prom", "[prom (a:9090)]");
    // The one that could not be asked may be the one that is near.
    judged("any", 1_000, None).errs("prom (b:9090): ", "");
}

#[test]
fn the_block_that_leads_to_any_replica_leads_to_the_hop() {
    let receive = json!({
        "name": "receive", "kind": "thanos-receive", "replicas": "any",
        "write": ["http://other:19291", "http://receive:19291"],
    });
    let drop = json!([{ "source_labels": ["__name__"], "regex": "up", "action": "drop" }]);
    let Ok(Reply::Config(config)) = config_with_rules(&[], drop) else {
        panic!("a configuration");
    };
    let mut config = (*config).clone();
    config.remote_write.insert(
        0,
        RemoteWrite {
            url: "http://elsewhere/".into(),
            ..RemoteWrite::default()
        },
    );
    let blocks = Ok(Reply::Config(Arc::new(config)));
    let prom = json!({ "name": "prom", "kind": "prometheus", "url": "http://prom:9090" });
    let empty = |name: &str| {
        (
            format!("receive ({name}:19291) tsdb"),
            tsdb(&[head("default-tenant", &[("other", 1)])]),
        )
    };
    let mut scene = of_hops(&[prom, receive])
        .tell("prom config", blocks)
        .tell("prom build", crate::scene::build("3.14.0"))
        .tell("prom count up", count(1))
        .tell("prom query up", vector(&[(&[("__name__", "up")], "1")]));
    for (question, told) in ["other", "receive"].map(empty) {
        scene = scene.tell(&question, told);
    }
    let seen = scene.judge("metric", json!({ "metric": "up" }));
    assert_eq!(
        seen.judged.ladder[1].state,
        RungState::Absent,
        "{:#?}",
        seen.judged
    );
    let why = seen.judged.ladder[1].why.clone().unwrap();
    assert!(why.contains("drop"), "{why}");
}

#[test]
fn a_check_of_one_hop_is_judged_at_each_replica() {
    let promql = json!({ "promql": "vector(1)", "at": "prom", "expect": 1 });
    let told = |how, a: Told, b: Told| {
        pair(how)
            .tell(&format!("{A} query vector(1)"), a)
            .tell(&format!("{B} query vector(1)"), b)
            .judge("promql", promql.clone())
    };
    let of = |value| vector(&[(&[], value)]);
    let seen = told(None, of("1"), of("1")).passes();
    assert_eq!(seen.judged.tables[0].title, "replicas of prom");
    told(None, of("1"), of("2")).fails("on every replica of prom", "1 of 2 replicas (b:9090): ");
    told(Some("any"), of("1"), of("2")).passes();
    told(None, of("1"), refused()).errs("1 of 2 replicas (b:9090): ", "prom");
    told(Some("any"), of("1"), refused()).passes();
    told(Some("any"), of("2"), refused()).errs("1 of 2 replicas (b:9090): ", "prom");
    told(Some("any"), of("2"), of("2")).fails("on one replica at least", "each of 2 replicas: ");
}

#[test]
fn each_receive_tells_its_own_heads() {
    let receive = |how: &str| {
        of_hops(&[json!({
            "name": "receive", "kind": "thanos-receive", "replicas": how,
            "write": ["http://r0:19291", "http://r1:19291"],
        })])
        .tell(
            "receive (r0:19291) tsdb",
            tsdb(&[head("default-tenant", &[("cost", 7)])]),
        )
        .tell(
            "receive (r1:19291) tsdb",
            tsdb(&[head("default-tenant", &[("other", 7)])]),
        )
    };
    let metric = json!({ "metric": "cost", "at": "receive" });
    receive("any").judge("metric", metric.clone()).passes();
    receive("all")
        .judge("metric", metric)
        .fails("present at receive", "1 of 2 replicas (r1:19291)");
    let open = |scene: Scene| {
        ["r0", "r1"].into_iter().fold(scene, |scene, host| {
            let path = format!("receive ({host}:19291) write api/v1/receive");
            let allow = vec![("allow".to_owned(), "POST".to_owned())];
            scene.tell(
                &path,
                Ok(Reply::Http(Arc::new(
                    gapcheck::backend::answer::HttpAnswer {
                        status: 405,
                        headers: allow,
                        body: "".into(),
                        tls: None,
                    },
                ))),
            )
        })
    };
    let holds = json!({ "receive": "receive", "holds": "cost" });
    let seen = open(receive("any"))
        .judge("receive", holds.clone())
        .passes();
    assert_eq!(seen.judged.tables[1].title, "tenants at receive (r0:19291)");
    open(receive("all"))
        .judge("receive", holds)
        .fails("`cost` held at receive", "1 of 2 replicas (r1:19291): ");
}

#[test]
fn every_kind_that_asks_one_hop_is_judged_at_each_replica_and_errs_where_none_answers() {
    let two = |name: &str, kind: &str, key: &str| json!({ "name": name, "kind": kind, key: ["http://h0:1", "http://h1:1"], "replicas": "any" });
    for (hop, kind, form) in [
        ("prom", "rules", json!({ "rules": "node" })),
        ("prom", "scrape", json!({ "scrape": "api" })),
        (
            "prom",
            "promql",
            json!({ "promql": "up", "at": "prom", "expect": 1 }),
        ),
        (
            "prom",
            "remote_write",
            json!({ "remote_write": "http://receive:19291/" }),
        ),
        ("receive", "receive", json!({ "receive": "receive" })),
        (
            "store",
            "storeapi",
            json!({ "storeapi": "up", "at": "store" }),
        ),
        ("query", "store", json!({ "store": "receive" })),
    ] {
        let scene = of_hops(&[
            two("prom", "prometheus", "url"),
            two("receive", "thanos-receive", "write"),
            two("store", "thanos-receive", "grpc"),
            two("query", "thanos-query", "url"),
        ]);
        let seen = scene.judge(kind, form).errs("(h0:1", "");
        let table = &seen.judged.tables[0];
        assert_eq!(table.title, format!("replicas of {hop}"), "{kind}");
        let verdicts: Vec<&str> = table.rows.iter().map(|row| row[1].as_str()).collect();
        assert_eq!(verdicts, ["error", "error"], "{kind}");
    }
}

fn looked_up(record: RecordType, outcome: DnsOutcome, values: &[&str]) -> Told {
    Ok(Reply::Dns(Arc::new(DnsAnswer {
        attempts: vec![DnsAttempt {
            name: "prom.example.".into(),
            form: DnsForm::Absolute,
            server: "127.0.0.1:53".into(),
            outcome,
            records: values
                .iter()
                .map(|value| DnsRecord {
                    record,
                    value: (*value).to_owned(),
                    port: None,
                    ttl: 5,
                })
                .collect(),
            took_ms: 1,
        }],
        ..DnsAnswer::default()
    })))
}

fn service(a: Told, aaaa: Told) -> Scene {
    of_hops(&[json!({
        "name": "prom", "kind": "prometheus", "url": "http://prom.example:9090", "expand": true,
    })])
    .tell("dns A prom.example", a)
    .tell("dns AAAA prom.example", aaaa)
}

#[test]
fn a_name_is_expanded_to_each_of_its_addresses() {
    let a = || looked_up(RecordType::A, DnsOutcome::Found, &["10.0.0.1", "10.0.0.2"]);
    let aaaa = || looked_up(RecordType::Aaaa, DnsOutcome::Found, &["fd00::3"]);
    let counted = |scene: Scene, last| {
        scene
            .tell("prom (10.0.0.1:9090) count up", count(1))
            .tell("prom (10.0.0.2:9090) count up", count(1))
            .tell("prom ([fd00::3]:9090) count up", last)
            .judge("metric", up_at_prom())
    };
    let seen = counted(service(a(), aaaa()), count(1)).passes();
    assert_eq!(seen.judged.tables[0].rows.len(), 3);
    counted(service(a(), aaaa()), refused()).errs("1 of 3 replicas ([fd00::3]:9090): ", "prom");
    let no_data = looked_up(RecordType::Aaaa, DnsOutcome::NoData, &[]);
    let seen = counted(service(a(), no_data), refused()).passes();
    assert_eq!(seen.judged.tables[0].rows.len(), 2);
}

#[test]
fn a_name_whose_addresses_are_not_all_known_is_an_error() {
    let a = || looked_up(RecordType::A, DnsOutcome::Found, &["10.0.0.1"]);
    let gone = |record| looked_up(record, DnsOutcome::NxDomain, &[]);
    let silent = looked_up(RecordType::Aaaa, DnsOutcome::Timeout, &[]);
    let promql = json!({ "promql": "vector(1)", "at": "prom", "expect": 1 });
    service(gone(RecordType::A), gone(RecordType::Aaaa))
        .judge("metric", up_at_prom())
        .errs("`prom.example` does not resolve", "`dns:`");
    service(gone(RecordType::A), gone(RecordType::Aaaa))
        .judge("promql", promql)
        .errs("`prom.example` does not resolve", "`dns:`");
    service(a(), silent)
        .tell("prom (10.0.0.1:9090) count up", count(1))
        .judge("metric", up_at_prom())
        .errs("(AAAA) could not be looked up at 127.0.0.1:53", "list");
}

#[test]
fn stores_at_any_replica_are_the_hops() {
    let scene = of_hops(&[
        json!({
            "name": "receive", "kind": "thanos-receive",
            "grpc": ["10.1.2.3:10901", "10.1.2.4:10901"],
        }),
        json!({ "name": "query", "kind": "thanos-query", "url": "http://query:9090" }),
    ])
    .tell("query flags", flags(&[]))
    .tell(
        "query stores",
        stores(&[
            store("10.1.2.3:10901"),
            store("10.1.2.4:10901"),
            store("10.9.9.9:10901"),
        ]),
    );
    let seen = scene
        .judge("store", json!({ "store": "receive", "replicas": 2 }))
        .passes();
    assert_eq!(seen.judged.says, "2 stores at query");
}

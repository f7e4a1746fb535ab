//! Causes at the receiver: recorded pages and bodies of Receives, and the queue of the sender before them.

use std::path::Path;
use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{
    ConnectAttempt, HttpAnswer, LoadedConfig, Moved, Movement, RemoteWrite, StoreInfo, StoreSeries,
    StoredSeries, TcpAnswer, TenantHead,
};
use gapcheck::backend::{Failure, FailureClass, exposition, thanos};
use gapcheck::leaves::{Certainty, Diagnosis, Labels};
use serde_json::{Value, json};

use crate::found::{edge, of, only, proven};
use crate::scene::{
    NOW, Scene, Told, build, count, flags, head, no_samples, of_form, refused, store, stores, tsdb,
    vector,
};

const URL: &str = "http://receive:19291/api/v1/receive";
const AT_QUERY: &str = "query count x{cluster=\"ops\"}";

fn file(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded/thanos-receive-0.42.4")
        .join(name)
        .with_extension("json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A recorded page of a Receive as what happened since it began.
fn counted(scene: &str) -> Told {
    let file = file(&format!("{scene}/metrics"));
    let body = file["response"]["body"].as_str().unwrap();
    let page = exposition::parse_page(200, "text/plain", body.as_bytes()).unwrap();
    let series = page.samples.into_iter().map(|sample| {
        let value: f64 = sample.value.parse().unwrap();
        Moved {
            labels: sample.labels,
            first: Some(0.0),
            last: Some(value),
            grew: value,
        }
    });
    moved(series.collect())
}

fn moved(series: Vec<Moved>) -> Told {
    Ok(Reply::Movement(Arc::new(Movement {
        from: NOW.plus_ms(-15_000),
        to: NOW,
        read: "two readings 15s apart".into(),
        series,
    })))
}

fn recorded_heads(scene: &str) -> Told {
    let file = file(&format!("{scene}/tsdb-all"));
    let body = file["response"]["body"].as_str().unwrap();
    let heads = thanos::parse_tsdb_status(200, "application/json", body.as_bytes()).unwrap();
    Ok(Reply::TsdbStatus(Arc::new(heads)))
}

fn said(status: u16, body: &str) -> Told {
    Ok(Reply::Http(Arc::new(HttpAnswer {
        status,
        headers: Vec::new(),
        body: body.into(),
        tls: None,
    })))
}

fn config(tenant: Option<&str>) -> Told {
    let headers = tenant.map(|tenant| ("THANOS-TENANT".to_owned(), tenant.to_owned()));
    Ok(Reply::Config(Arc::new(LoadedConfig {
        external_labels: Labels::from([("cluster", "ops")]),
        remote_write: vec![RemoteWrite {
            url: URL.into(),
            headers: headers.into_iter().collect(),
            ..RemoteWrite::default()
        }],
        ..LoadedConfig::default()
    })))
}

/// The sender's queue in 15 seconds: tried, refused for good, tried again.
fn queue(tried: f64, failed: f64, retried: f64) -> Told {
    let labels = |name: &str| {
        let name = format!("prometheus_remote_storage_{name}");
        Labels::from([
            ("__name__", name.as_str()),
            ("remote_name", "r"),
            ("url", URL),
        ])
    };
    let one = |name: &str, grew: f64| Moved {
        labels: labels(name),
        first: Some(1000.0),
        last: Some(1000.0 + grew),
        grew,
    };
    let at = |name: &str| Moved {
        labels: labels(name),
        first: Some(NOW.seconds() - 16.0),
        last: Some(NOW.seconds() - 1.0),
        grew: 0.0,
    };
    moved(vec![
        one("samples_total", tried),
        one("samples_failed_total", failed),
        one("samples_retried_total", retried),
        one(
            "bytes_total",
            if retried > 0.0 { 0.0 } else { tried * 10.0 },
        ),
        at("queue_highest_sent_timestamp_seconds"),
        at("queue_highest_timestamp_seconds"),
    ])
}

/// A metric that is in Prometheus and, as far as is told, nowhere behind it. Receive has all three addresses.
fn scene() -> Scene {
    let mut scene = Scene::of(&["prom prometheus"]);
    scene.world.cluster = Some("ops".into());
    for form in [
        json!({ "name": "receive", "kind": "thanos-receive", "write": "http://receive:19291",
            "http": "http://receive:10902", "grpc": "receive:10901" }),
        json!({ "name": "query", "kind": "thanos-query", "url": "http://query:9090" }),
    ] {
        scene.world.pipeline.push(of_form(form));
    }
    scene
        .tell("prom count x", count(1))
        .tell(
            "prom query x",
            vector(&[(&[("__name__", "x"), ("job", "a")], "1")]),
        )
        .tell("prom count up", count(1))
        .tell(
            "prom query max(timestamp(x))",
            vector(&[(&[], "1795432293")]),
        )
        .tell("prom config", config(None))
        .tell("prom build", build("3.14.0"))
        .tell("prom movement", queue(100.0, 0.0, 0.0))
        .tell("receive http -/ready", said(200, "OK"))
        .tell("receive movement", counted("healthy"))
        .tell(
            "receive tsdb",
            tsdb(&[head("default-tenant", &[("other", 2)])]),
        )
        .tell(
            "receive info",
            info(1_795_400_000_000, &[("tenant_id", "default-tenant")]),
        )
        .tell("receive store-series x", held(&[]))
        .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
        .tell(AT_QUERY, count(0))
        .tell("query query x{cluster=\"ops\"}[1h]", no_samples())
}

fn info(min_time: i64, labels: &[(&str, &str)]) -> Told {
    Ok(Reply::StoreInfo(Arc::new(StoreInfo {
        component: "receive".into(),
        serving: Some(true),
        label_sets: vec![labels.iter().copied().collect()],
        min_time: Some(min_time),
        max_time: Some(i64::MAX),
    })))
}

fn held(series: &[&[(&str, &str)]]) -> Told {
    Ok(Reply::StoreSeries(Arc::new(StoreSeries {
        series: series
            .iter()
            .map(|labels| StoredSeries {
                labels: labels.iter().copied().collect(),
                newest: None,
            })
            .collect(),
        warnings: Vec::new(),
        cut: false,
    })))
}

fn diagnosed(scene: Scene) -> Diagnosis {
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "x" }));
    diagnosis.expect("a diagnosis")
}

fn certainty(diagnosis: &Diagnosis, cause: &str) -> Certainty {
    of(diagnosis, cause).certainty
}

/// The causes of this family that are proven.
fn proven_here(diagnosis: &Diagnosis) -> Vec<&str> {
    proven(diagnosis)
}

#[test]
fn a_receive_that_takes_all_and_lost_one_metric_is_accused_of_nothing_proven() {
    let diagnosis = diagnosed(scene());
    assert_eq!(edge(&diagnosis), "prom > receive");
    assert_eq!(proven_here(&diagnosis), Vec::<&str>::new());
    for cause in [
        "receive-not-ready",
        "no-hashring-for-tenant",
        "receive-quorum",
        "receive-limits",
        "duplicate-writers",
        "samples-too-old",
        "future-sample-blocks",
        "receive-empty",
        "receive-data-lost",
        "label-overridden-by-receive",
        "tenant-split-by-label",
    ] {
        assert_eq!(certainty(&diagnosis, cause), Certainty::RuledOut, "{cause}");
    }
    let relabel = of(&diagnosis, "dropped-by-receive-relabel");
    assert_eq!(relabel.certainty, Certainty::Likely, "{}", relabel.says);
}

#[test]
fn a_receive_that_is_not_ready_says_so_itself() {
    let scene = scene()
        .tell("receive http -/ready", said(503, "NOT OK\n"))
        .tell("prom movement", queue(100.0, 0.0, 100.0));
    let diagnosis = diagnosed(scene);
    only(&diagnosis, "receive-not-ready", &["503", "NOT OK"]);
}

#[test]
fn a_503_of_a_proxy_is_no_proof_that_receive_is_not_ready() {
    let scene = scene().tell("receive http -/ready", said(503, "<html>upstream</html>"));
    let diagnosis = diagnosed(scene);
    assert_eq!(
        certainty(&diagnosis, "receive-not-ready"),
        Certainty::Likely
    );
    assert_eq!(proven_here(&diagnosis), Vec::<&str>::new());
}

/// Nothing of Receive takes a connection from here, and the sender retries.
fn refusing() -> Scene {
    scene()
        .tell("receive http -/ready", refused())
        .tell("receive info", refused())
        .tell("receive tsdb", refused())
        .tell("receive movement", refused())
        .tell("receive store-series x", refused())
        .tell("prom movement", queue(100.0, 0.0, 100.0))
}

/// What comes of a connection to where the sender writes.
fn connected(class: FailureClass) -> Told {
    Ok(Reply::Tcp(Arc::new(TcpAnswer {
        address: None,
        attempts: vec![ConnectAttempt {
            address: "10.0.0.9:19291".into(),
            failure: Some(Failure::new(class, "no connection")),
            took_ms: 1,
        }],
        tls: None,
    })))
}

#[test]
fn a_receive_is_down_when_all_its_addresses_refuse_and_not_when_one_of_them_does() {
    let down = refusing().tell("tcp receive:19291", connected(FailureClass::Refused));
    let diagnosis = diagnosed(down);
    only(&diagnosis, "receive-not-ready", &["it is down"]);
    let half = scene().tell("receive http -/ready", refused());
    assert_eq!(
        certainty(&diagnosed(half), "receive-not-ready"),
        Certainty::RuledOut
    );
}

#[test]
fn refusals_that_the_sender_may_not_meet_prove_nothing() {
    let other = refusing().tell("tcp receive:19291", connected(FailureClass::Timeout));
    let diagnosis = diagnosed(other);
    assert_eq!(proven_here(&diagnosis), Vec::<&str>::new());
    let finding = of(&diagnosis, "receive-not-ready");
    assert_eq!(finding.certainty, Certainty::Likely, "{}", finding.says);
    // Where nothing is known of the sender, that it is down is only possible.
    let alone = refusing().tell("prom movement", refused());
    let diagnosis = diagnosed(alone);
    let finding = of(&diagnosis, "receive-not-ready");
    assert_eq!(finding.certainty, Certainty::Possible, "{}", finding.says);
}

#[test]
fn an_open_write_port_does_not_say_that_receive_is_ready() {
    let open = scene()
        .tell("receive http -/ready", refused())
        .tell("receive info", refused());
    let diagnosis = diagnosed(open);
    let finding = of(&diagnosis, "receive-not-ready");
    assert_eq!(finding.certainty, Certainty::NotTested, "{}", finding.says);
    assert!(finding.says.contains("write port"), "{}", finding.says);
}

#[test]
fn a_tenant_without_a_hashring_is_named() {
    let refused = || {
        scene()
            .tell("receive movement", counted("no-hashring-for-tenant"))
            .tell("prom config", config(Some("bar")))
    };
    let diagnosis = diagnosed(refused().tell("prom movement", queue(100.0, 0.0, 100.0)));
    only(&diagnosis, "no-hashring-for-tenant", &["`bar`", "`foo`"]);
    // Where the sender delivers, somebody else writes as that tenant.
    let diagnosis = diagnosed(refused());
    assert_eq!(
        certainty(&diagnosis, "no-hashring-for-tenant"),
        Certainty::Likely
    );
    assert_eq!(proven_here(&diagnosis), Vec::<&str>::new());
}

#[test]
fn a_router_that_cannot_reach_its_ingestor_has_no_quorum() {
    let scene = scene()
        .tell("receive movement", counted("router-to-dead-ingestor"))
        .tell("prom movement", queue(100.0, 0.0, 100.0));
    let diagnosis = diagnosed(scene);
    let finding = only(
        &diagnosis,
        "receive-quorum",
        &["503", "forwarded requests failed"],
    );
    assert!(
        finding
            .consequences
            .iter()
            .any(|text| text.starts_with("receive-overloaded")),
        "{:?}",
        finding.consequences
    );
}

#[test]
fn limits_are_proven_where_this_sender_is_refused() {
    let limited = || scene().tell("receive movement", counted("limits"));
    let diagnosis = diagnosed(limited().tell("prom movement", queue(100.0, 100.0, 0.0)));
    only(&diagnosis, "receive-limits", &["413"]);
    assert_eq!(
        certainty(&diagnosed(limited()), "receive-limits"),
        Certainty::Possible
    );
}

#[test]
fn two_writers_of_one_series_are_no_proof_where_the_metric_is_missing_altogether() {
    let refused = || {
        scene()
            .tell("receive movement", counted("write-errors"))
            .tell("prom movement", queue(100.0, 100.0, 0.0))
    };
    let diagnosis = diagnosed(refused());
    assert_eq!(
        certainty(&diagnosis, "duplicate-writers"),
        Certainty::Possible
    );
    assert_eq!(proven_here(&diagnosis), Vec::<&str>::new());
    let with_twin = refused()
        .beside("twin prometheus")
        .tell("twin config", config(None));
    let diagnosis = diagnosed(with_twin);
    assert_eq!(proven_here(&diagnosis), Vec::<&str>::new());
    let found = of(&diagnosis, "duplicate-writers");
    assert_eq!(found.certainty, Certainty::Possible);
    // Receive appends every sample of a write that it can, and commits them.
    for words in ["twin", "same external labels", "keeps what is good"] {
        assert!(found.says.contains(words), "{}", found.says);
    }
}

#[test]
fn a_head_in_the_future_keeps_present_samples_out() {
    let ahead = TenantHead {
        max_time: NOW.0 + 3_600_000,
        ..head("default-tenant", &[("other", 2)])
    };
    let scene = scene()
        .tell("receive tsdb", tsdb(&[ahead]))
        .tell("receive movement", counted("write-errors"))
        .tell("prom movement", queue(100.0, 100.0, 0.0));
    let diagnosis = diagnosed(scene);
    only(
        &diagnosis,
        "future-sample-blocks",
        &["1h", "ahead of its clock"],
    );
}

#[test]
fn present_samples_are_out_of_bounds_where_the_head_is_hours_ahead() {
    let ahead = TenantHead {
        max_time: NOW.0 + 7_200_000,
        ..head("default-tenant", &[("other", 2)])
    };
    let grown = |labels: &[(&str, &str)], grew: f64| Moved {
        labels: Labels::from_iter(labels.iter().copied()),
        first: Some(0.0),
        last: Some(grew),
        grew,
    };
    let counters = vec![
        grown(&[("__name__", "thanos_receive_replication_factor")], 1.0),
        grown(
            &[
                ("__name__", "http_requests_total"),
                ("code", "409"),
                ("handler", "receive"),
                ("tenant", "default-tenant"),
            ],
            30.0,
        ),
        grown(
            &[
                ("__name__", "prometheus_tsdb_out_of_bound_samples_total"),
                ("tenant", "default-tenant"),
                ("type", "float"),
            ],
            15_000.0,
        ),
    ];
    let scene = scene()
        .tell("receive tsdb", tsdb(&[ahead]))
        .tell("receive movement", moved(counters))
        .tell("prom movement", queue(100.0, 100.0, 0.0));
    let diagnosis = diagnosed(scene);
    only(
        &diagnosis,
        "future-sample-blocks",
        &["2h", "ahead of its clock", "too old"],
    );
}

#[test]
fn an_empty_receive_is_no_cause_where_what_is_sent_does_not_come_through() {
    for (failed, retried) in [(100.0, 0.0), (0.0, 100.0)] {
        let scene = scene()
            .tell("receive tsdb", recorded_heads("receive-empty"))
            .tell("receive info", info(i64::MAX, &[]))
            .tell("prom movement", queue(100.0, failed, retried));
        let diagnosis = diagnosed(scene);
        let finding = of(&diagnosis, "receive-empty");
        assert_eq!(finding.certainty, Certainty::Possible, "{}", finding.says);
        assert!(
            finding.says.contains("does not come through"),
            "{}",
            finding.says
        );
    }
}

#[test]
fn an_empty_receive_says_so_twice() {
    let scene = scene()
        .tell("receive tsdb", recorded_heads("receive-empty"))
        .tell("receive info", info(i64::MAX, &[]));
    let diagnosis = diagnosed(scene);
    let finding = of(&diagnosis, "receive-empty");
    assert_eq!(finding.certainty, Certainty::Proven, "{}", finding.says);
}

#[test]
fn a_label_of_receive_s_own_that_wins_is_proven_by_the_same_series() {
    let scene = || {
        scene()
            .tell("receive tsdb", tsdb(&[head("default-tenant", &[("x", 1)])]))
            .tell(
                "receive info",
                info(
                    0,
                    &[("cluster", "central"), ("tenant_id", "default-tenant")],
                ),
            )
    };
    let same: &[(&str, &str)] = &[
        ("__name__", "x"),
        ("job", "a"),
        ("cluster", "central"),
        ("tenant_id", "default-tenant"),
    ];
    let diagnosis = diagnosed(scene().tell("receive store-series x", held(&[same])));
    let finding = of(&diagnosis, "label-overridden-by-receive");
    assert_eq!(finding.certainty, Certainty::Proven, "{}", finding.says);
    assert!(
        finding.says.contains("`cluster=\"ops\"`"),
        "{}",
        finding.says
    );
    // Another series of that name under the label proves nothing of this one.
    let other: &[(&str, &str)] = &[("__name__", "x"), ("job", "b"), ("cluster", "central")];
    let diagnosis = diagnosed(scene().tell("receive store-series x", held(&[other])));
    let found = of(&diagnosis, "label-overridden-by-receive");
    assert_eq!(found.certainty, Certainty::Likely);
    assert!(
        found.says.contains("something else is wrong before"),
        "{}",
        found.says
    );
}

#[test]
fn a_tenant_that_is_the_value_of_a_lost_label_is_a_split() {
    let scene = scene()
        .tell(
            "prom query x",
            vector(&[(&[("__name__", "x"), ("job", "a"), ("team", "finops")], "1")]),
        )
        .tell(
            "receive store-series x",
            held(&[&[
                ("__name__", "x"),
                ("job", "a"),
                ("cluster", "ops"),
                ("tenant_id", "finops"),
            ]]),
        );
    let diagnosis = diagnosed(scene);
    only(&diagnosis, "tenant-split-by-label", &["`finops`", "`team`"]);
}

#[test]
fn counters_that_cannot_be_read_accuse_nobody() {
    let scene = scene()
        .tell("receive movement", refused())
        .tell("prom movement", queue(100.0, 0.0, 100.0));
    let diagnosis = diagnosed(scene);
    assert_eq!(proven_here(&diagnosis), Vec::<&str>::new());
    for cause in ["no-hashring-for-tenant", "receive-quorum", "receive-limits"] {
        assert_eq!(
            certainty(&diagnosis, cause),
            Certainty::NotTested,
            "{cause}"
        );
    }
}

#[test]
fn a_series_on_a_receive_that_query_does_not_reach_is_found_there() {
    let receives = |listed: &[&str]| {
        let mut scene = scene();
        scene.world.pipeline[1] = of_form(json!({
            "name": "receive", "kind": "thanos-receive", "replicas": "any",
            "write": ["http://r0:19291", "http://r1:19291"], "grpc": ["r0:10901", "r1:10901"],
        }));
        let listed: Vec<_> = listed.iter().map(|name| store(name)).collect();
        scene
            .tell(
                "receive (r0:19291) tsdb",
                tsdb(&[head("default-tenant", &[("x", 1)])]),
            )
            .tell(
                "receive (r1:19291) tsdb",
                tsdb(&[head("default-tenant", &[("y", 1)])]),
            )
            .tell("query flags", flags(&[("endpoint", &listed[0].name)]))
            .tell("query stores", stores(&listed))
    };
    // A head lists a name whoever sends it; the store shows whose series it is.
    let heads_only = diagnosed(receives(&["r1:10901"]));
    assert_eq!(edge(&heads_only), "receive > query");
    assert_eq!(
        certainty(&heads_only, "other-receive-replica"),
        Certainty::Likely
    );
    let this: &[(&str, &str)] = &[("__name__", "x"), ("job", "a"), ("cluster", "ops")];
    let shown = receives(&["r1:10901"]).tell(
        "receive (r0:19291) store-series x{cluster=\"ops\"}",
        held(&[this]),
    );
    let diagnosis = diagnosed(shown);
    let finding = of(&diagnosis, "other-receive-replica");
    assert_eq!(finding.certainty, Certainty::Proven, "{}", finding.says);
    assert!(
        finding.says.contains("receive (r0:19291) holds `x`"),
        "{}",
        finding.says
    );
    let both = diagnosed(receives(&["r0:10901", "r1:10901"]));
    assert_eq!(
        certainty(&both, "other-receive-replica"),
        Certainty::RuledOut
    );
}

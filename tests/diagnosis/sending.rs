//! Causes on the sender's side: the block, the queue, the network to the receiver.

use std::path::Path;
use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{
    ConnectAttempt, DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, DnsRecord, HttpAnswer,
    LoadedConfig, Moved, Movement, RecordType, RemoteWrite, Runtime, SampleValue, TcpAnswer,
};
use gapcheck::backend::{Failure, FailureClass, NameLookup, exposition, movement, prometheus};
use gapcheck::leaves::{Certainty, Diagnosis, Labels, Timestamp};
use serde_json::{Value, json};

use crate::found::{edge, of, only, proven};
use crate::scene::{
    NOW, Scene, Told, answer, build, count, flags, head, newest, no_samples, of_form, refused,
    store, stores, tsdb, vector,
};

const URL: &str = "http://127.0.0.1:19291/api/v1/receive";
const VERSIONS: [&str; 2] = ["2.42.0", "3.14.0"];

fn recorded(name: &str) -> (u16, String, Timestamp) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded")
        .join(name)
        .with_extension("json");
    let file = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path:?}: {why}"));
    let file: Value = serde_json::from_str(&file).unwrap();
    let text = |pointer: &str| file.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let status = file["response"]["status"].as_u64().unwrap();
    (
        u16::try_from(status).unwrap(),
        text("/response/body"),
        Timestamp::from_http_date(&text("/response/headers/Date")).unwrap(),
    )
}

/// The two readings of a recorded sender.
fn moved(scene: &str) -> Movement {
    let read = |name: &str| {
        let (status, body, date) = recorded(&format!("{scene}/{name}"));
        let page = exposition::parse_page(status, "text/plain", body.as_bytes()).unwrap();
        (page, date)
    };
    let (first, from) = read("metrics-0");
    let (last, to) = read("metrics-1-after-16s");
    let names = ["prometheus_remote_storage_*".to_owned()];
    movement::between((&first, from), (&last, to), &names)
}

fn told(movement: Movement) -> Told {
    Ok(Reply::Movement(Arc::new(movement)))
}

fn recorded_config(scene: &str) -> Told {
    let (status, body, _) = recorded(&format!("{scene}/status-config"));
    prometheus::parse_config(status, "application/json", body.as_bytes())
        .map(|config| Reply::Config(Arc::new(config)))
}

/// One series of a sender's or receiver's own metrics.
fn one(name: &str, labels: &[(&str, &str)], first: f64, last: f64) -> Moved {
    let mut labels: Labels = labels.iter().copied().collect();
    labels.insert("__name__".into(), name.into());
    Moved {
        labels,
        first: Some(first),
        last: Some(last),
        grew: last - first,
    }
}

fn watched(series: Vec<Moved>) -> Movement {
    Movement {
        from: NOW.plus_ms(-15_000),
        to: NOW,
        read: "two readings 15s apart".into(),
        series,
    }
}

/// What a Receive counts of the writes of its default tenant.
fn counts(codes: &[(&str, f64)]) -> Told {
    told(watched(
        codes
            .iter()
            .map(|(code, grew)| {
                let labels = [
                    ("code", *code),
                    ("handler", "receive"),
                    ("tenant", "default-tenant"),
                ];
                one("http_requests_total", &labels, 0.0, *grew)
            })
            .collect(),
    ))
}

/// A block like the recorded one, changed.
fn block(change: impl FnOnce(&mut RemoteWrite)) -> RemoteWrite {
    let mut block = RemoteWrite {
        name: "thanos".into(),
        url: URL.into(),
        ..RemoteWrite::default()
    };
    change(&mut block);
    block
}

fn config_of(blocks: &[RemoteWrite]) -> Told {
    Ok(Reply::Config(Arc::new(LoadedConfig {
        external_labels: [("cluster", "ops")].into_iter().collect(),
        remote_write: blocks.to_vec(),
        ..LoadedConfig::default()
    })))
}

fn plain() -> Told {
    config_of(&[block(|_| {})])
}

fn get(status: u16, allow: Option<&str>, body: &str) -> Told {
    let allow = allow.map(|allow| ("allow".to_owned(), allow.to_owned()));
    Ok(Reply::Http(Arc::new(HttpAnswer {
        status,
        headers: allow.into_iter().collect(),
        body: body.into(),
        tls: None,
    })))
}

/// A Prometheus of this machine that has `x`, and a Receive that lacks it.
fn lacking() -> Scene {
    lacking_at("http://127.0.0.1:9090")
}

fn lacking_at(prom: &str) -> Scene {
    let mut scene = Scene::of(&[]);
    scene.world.pipeline = vec![
        of_form(json!({"name": "prom", "kind": "prometheus", "url": prom})),
        of_form(json!({
            "name": "receive",
            "kind": "thanos-receive",
            "write": "http://127.0.0.1:19291",
            "http": "http://127.0.0.1:10902",
        })),
    ];
    scene
        .tell("prom count x", count(1))
        .tell(
            "prom query x",
            vector(&[(&[("__name__", "x"), ("job", "j"), ("instance", "i")], "1")]),
        )
        .tell("prom build", build("3.14.0"))
        .tell(
            "receive tsdb",
            tsdb(&[head("default-tenant", &[("up", 1)])]),
        )
}

fn diagnosed(scene: Scene) -> Diagnosis {
    diagnosed_by(scene, json!({ "metric": "x" }))
}

fn diagnosed_by(scene: Scene, form: Value) -> Diagnosis {
    let (_, diagnosis) = scene.diagnose(form);
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(edge(&diagnosis), "prom > receive");
    diagnosis
}

#[track_caller]
fn is(diagnosis: &Diagnosis, cause: &str, certainty: Certainty, words: &str) {
    let finding = of(diagnosis, cause);
    assert_eq!(finding.certainty, certainty, "{finding:#?}");
    assert!(finding.says.contains(words), "{words}: {}", finding.says);
}

/// No cause is called proven.
#[track_caller]
fn none(diagnosis: &Diagnosis) {
    assert!(proven(diagnosis).is_empty(), "{:#?}", diagnosis.findings);
}

#[test]
fn a_configuration_without_remote_write_is_proven_by_configuration_and_counters() {
    for version in VERSIONS {
        let scene = format!("prometheus-{version}/remote-write-none");
        let diagnosis = diagnosed(
            lacking()
                .tell("prom config", recorded_config(&scene))
                .tell("prom movement", told(moved(&scene))),
        );
        let finding = only(
            &diagnosis,
            "no-remote-write",
            &["no `remote_write` block", "receive"],
        );
        assert!(finding.next[0].ends_with("/api/v1/status/config"));
        is(
            &diagnosis,
            "write-url-wrong",
            Certainty::RuledOut,
            "no `remote_write`",
        );
    }
}

#[test]
fn a_missing_block_is_not_proven_where_counters_are_closed_or_speak_against_it() {
    let diagnosis = diagnosed(
        lacking()
            .tell("prom config", config_of(&[]))
            .tell("prom movement", refused()),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "no-remote-write",
        Certainty::Likely,
        "could not be asked",
    );
    let delivering = told(moved("prometheus-3.14.0/remote-write-200"));
    let diagnosis = diagnosed(
        lacking()
            .tell("prom config", config_of(&[]))
            .tell("prom movement", delivering),
    );
    is(
        &diagnosis,
        "no-remote-write",
        Certainty::Likely,
        "counters of a queue",
    );
    let diagnosis = diagnosed(lacking().tell("prom config", refused()));
    none(&diagnosis);
    is(
        &diagnosis,
        "no-remote-write",
        Certainty::NotTested,
        "configuration of prom",
    );
}

#[test]
fn a_block_to_another_name_of_the_receiver_is_no_missing_block() {
    let other = |url: &str| config_of(&[block(|block| block.url = url.into())]);
    for (url, certainty) in [
        ("http://lb.example/api/v1/receive", Certainty::RuledOut),
        ("http://lb.example/api/v1/push", Certainty::Possible),
    ] {
        let diagnosis = diagnosed(lacking().tell("prom config", other(url)));
        none(&diagnosis);
        is(&diagnosis, "no-remote-write", certainty, url);
    }
}

#[test]
fn a_prometheus_that_fetches_by_federation_needs_no_block() {
    let mut scene = Scene::of(&["prom prometheus", "central prometheus"]).identity(&[("c", "o")]);
    let fetching = LoadedConfig {
        yaml: "scrape_configs:\n- job_name: all\n  metrics_path: /federate\n".into(),
        ..LoadedConfig::default()
    };
    scene = scene
        .tell("prom count x", count(1))
        .tell("central count x{c=\"o\"}", count(0))
        .tell("central query x{c=\"o\"}[1h]", crate::scene::no_samples())
        .tell("prom config", config_of(&[]))
        .tell("prom movement", told(watched(Vec::new())))
        .tell("central config", Ok(Reply::Config(Arc::new(fetching))));
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "x" }));
    let diagnosis = diagnosis.expect("a diagnosis");
    none(&diagnosis);
    is(
        &diagnosis,
        "no-remote-write",
        Certainty::RuledOut,
        "`/federate`",
    );
}

#[test]
fn the_recorded_rule_that_drops_everything_is_named_with_what_it_saw() {
    for version in VERSIONS {
        let scene = format!("prometheus-{version}/remote-write-dropped-by-write-relabel");
        let diagnosis = diagnosed(
            lacking()
                .tell("prom build", build(version))
                .tell("prom config", recorded_config(&scene))
                .tell("prom movement", told(moved(&scene))),
        );
        only(
            &diagnosis,
            "dropped-by-write-relabel",
            &[
                "rule 1 (`keep`)",
                "[cluster]",
                "regex `other`",
                "sees \"ops\"",
            ],
        );
        is(
            &diagnosis,
            "write-lagging",
            Certainty::RuledOut,
            "everything dropped",
        );
    }
}

#[test]
fn rules_that_let_a_series_through_prove_nothing() {
    let rules = |regex: &str| {
        let rules = json!([{"source_labels": ["env"], "regex": regex, "action": "drop"}]);
        config_of(&[block(|block| {
            block.write_relabel_configs = serde_json::from_value(rules).unwrap();
        })])
    };
    let series: &[(&[(&str, &str)], &str)] = &[
        (&[("__name__", "x"), ("env", "dev")], "1"),
        (&[("__name__", "x"), ("env", "prod")], "1"),
    ];
    for (regex, certainty, words) in [
        ("dev", Certainty::Possible, "1 of 2 series is not sent"),
        ("qa", Certainty::RuledOut, "let 2 series through"),
    ] {
        let diagnosis = diagnosed(
            lacking()
                .tell("prom query x", vector(series))
                .tell("prom config", rules(regex)),
        );
        none(&diagnosis);
        is(&diagnosis, "dropped-by-write-relabel", certainty, words);
    }
    let diagnosis = diagnosed(
        lacking()
            .tell("prom config", rules("dev"))
            .tell("prom build", refused()),
    );
    is(
        &diagnosis,
        "dropped-by-write-relabel",
        Certainty::NotTested,
        "version of prom",
    );
}

fn failing(status: &str, version: &str) -> Scene {
    let scene = format!("prometheus-{version}/remote-write-{status}");
    lacking()
        .tell("prom config", plain())
        .tell("prom movement", told(moved(&scene)))
}

const GET: &str = "http GET http://127.0.0.1:19291/api/v1/receive";

#[test]
fn a_wrong_url_is_proven_by_counters_and_a_get_of_it() {
    for version in VERSIONS {
        let diagnosis =
            diagnosed(failing("404", version).tell(GET, get(404, None, "404 page not found\n")));
        let finding = only(&diagnosis, "write-url-wrong", &["404 page not found", URL]);
        assert!(finding.fix.as_ref().unwrap().contains("`/api/v1/receive`"));
        assert_eq!(finding.next, [format!("curl -sSi {URL}")]);
        is(&diagnosis, "write-lagging", Certainty::RuledOut, "failing");
    }
}

#[test]
fn a_url_that_takes_writes_or_cannot_be_asked_is_not_called_wrong() {
    let right = get(405, Some("OPTIONS, POST"), "Method Not Allowed\n");
    let diagnosis = diagnosed(failing("404", "3.14.0").tell(GET, right));
    none(&diagnosis);
    is(
        &diagnosis,
        "write-url-wrong",
        Certainty::RuledOut,
        "it takes writes",
    );
    let diagnosis = diagnosed(failing("404", "3.14.0").tell(GET, refused()));
    none(&diagnosis);
    is(
        &diagnosis,
        "write-url-wrong",
        Certainty::NotTested,
        "refused",
    );
    // What stands at 127.0.0.1 of another machine cannot be asked.
    let diagnosis = diagnosed(
        lacking_at("http://prom:9090")
            .tell("prom config", plain())
            .tell(
                "prom movement",
                told(moved("prometheus-3.14.0/remote-write-404")),
            )
            .tell(GET, get(404, None, "")),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "write-url-wrong",
        Certainty::NotTested,
        "the machine of prom",
    );
    // Some writes are taken at that URL.
    let diagnosis = diagnosed(failing("200", "3.14.0").tell(GET, get(404, None, "")));
    none(&diagnosis);
    is(
        &diagnosis,
        "write-url-wrong",
        Certainty::RuledOut,
        "delivering",
    );
}

#[test]
fn a_prometheus_without_its_write_endpoint_is_told_by_its_flags() {
    let url = "http://central:9090/api/v1/write";
    let two = |enabled: &str| {
        let mut all = moved("prometheus-3.14.0/remote-write-404");
        for moved in &mut all.series {
            if moved.labels.contains_key("url") {
                moved.labels.insert("url".into(), url.into());
            }
        }
        Scene::of(&["prom prometheus", "central prometheus"])
            .identity(&[("c", "o")])
            .tell("prom count x", count(1))
            .tell("central count x{c=\"o\"}", count(0))
            .tell("central query x{c=\"o\"}[1h]", crate::scene::no_samples())
            .tell(
                "prom config",
                config_of(&[block(|block| block.url = url.into())]),
            )
            .tell("prom movement", told(all))
            .tell(
                "central flags",
                flags(&[("web.enable-remote-write-receiver", enabled)]),
            )
            .tell(
                &format!("http GET {url}"),
                get(405, Some("OPTIONS, POST"), ""),
            )
            .diagnose(json!({ "metric": "x" }))
            .1
            .expect("a diagnosis")
    };
    only(
        &two("false"),
        "write-url-wrong",
        &["--web.enable-remote-write-receiver"],
    );
    none(&two("true"));
}

#[test]
fn missing_credentials_are_proven_and_existing_ones_only_where_nothing_else_is_refused() {
    let asks = || get(401, None, "Unauthorized\n");
    for version in VERSIONS {
        let diagnosis = diagnosed(failing("401", version).tell(GET, asks()));
        only(
            &diagnosis,
            "write-unauthorized",
            &["401", "the block has none"],
        );
    }
    let with = |counted: Told| {
        let own = config_of(&[block(|block| block.credentials = Some("basic_auth".into()))]);
        diagnosed(
            failing("401", "3.14.0")
                .tell("prom config", own)
                .tell("receive movement", counted)
                .tell(GET, asks()),
        )
    };
    only(
        &with(counts(&[])),
        "write-unauthorized",
        &["`basic_auth`", "before it gets there"],
    );
    let diagnosis = with(counts(&[("409", 9.0)]));
    none(&diagnosis);
    is(
        &diagnosis,
        "write-unauthorized",
        Certainty::Possible,
        "9 with 409",
    );
    let keyed = config_of(&[block(|block| {
        block.headers.insert("X-Key".into(), "<masked>".into());
    })]);
    let diagnosis = diagnosed(
        failing("401", "3.14.0")
            .tell("prom config", keyed)
            .tell(GET, asks()),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "write-unauthorized",
        Certainty::Likely,
        "a header `X-Key`",
    );
    let diagnosis = with(refused());
    none(&diagnosis);
    is(
        &diagnosis,
        "write-unauthorized",
        Certainty::Likely,
        "either that is wrong",
    );
}

fn looked_up(name: &str, outcomes: &[(&str, DnsForm, DnsOutcome)]) -> Told {
    let attempts = outcomes.iter().map(|(suffix, form, outcome)| DnsAttempt {
        name: format!("{name}.{suffix}"),
        form: form.clone(),
        server: "10.0.0.10:53".into(),
        outcome: outcome.clone(),
        records: match outcome {
            DnsOutcome::Found => vec![DnsRecord {
                record: RecordType::A,
                value: "10.1.2.3".into(),
                port: None,
                ttl: 30,
            }],
            _ => Vec::new(),
        },
        took_ms: 1,
    });
    Ok(Reply::Dns(Arc::new(DnsAnswer {
        attempts: attempts.collect(),
        ..DnsAnswer::default()
    })))
}

/// A sender at `prom` that writes to that host, as it was recorded in that scene.
fn to_host(prom: &str, host: &str, scene: &str) -> Scene {
    let url = format!("http://{host}:19291/api/v1/receive");
    let mut all = moved(scene);
    for moved in &mut all.series {
        if moved.labels.contains_key("url") {
            moved.labels.insert("url".into(), url.clone());
        }
    }
    lacking_at(prom)
        .tell("prom config", config_of(&[block(|block| block.url = url)]))
        .tell("prom movement", told(all))
}

fn nowhere(host: &str) -> Told {
    let search = DnsForm::Search("mon.example".into());
    looked_up(
        host,
        &[
            ("", DnsForm::Absolute, DnsOutcome::NxDomain),
            ("mon.example.", search, DnsOutcome::NoData),
        ],
    )
}

#[test]
fn a_name_under_invalid_and_one_that_is_nowhere_in_the_senders_domain_are_proven() {
    for version in VERSIONS {
        let scene = format!("prometheus-{version}/remote-write-nxdomain");
        let diagnosis = diagnosed(
            lacking()
                .tell("prom config", recorded_config(&scene))
                .tell("prom movement", told(moved(&scene))),
        );
        only(
            &diagnosis,
            "write-name-unresolved",
            &["`nowhere.invalid`", "retrying"],
        );
    }
    let scene = "prometheus-3.14.0/remote-write-nxdomain";
    let host = "receive.mon.example";
    let lookups = |prom: &str| {
        diagnosed(
            to_host(prom, host, scene)
                .tell(&format!("dns A {host}"), nowhere(host))
                .tell(&format!("dns AAAA {host}"), nowhere(host)),
        )
    };
    let diagnosis = lookups("http://prom.mon.example:9090");
    let finding = only(&diagnosis, "write-name-unresolved", &["NXDOMAIN", "NODATA"]);
    assert_eq!(finding.next, [format!("dig +search {host} A")]);
    // With the name server and the search list that the suite has for it.
    let mut scene_of = to_host("http://prom.mon.example:9090", host, scene)
        .tell(&format!("dns A {host}"), nowhere(host))
        .tell(&format!("dns AAAA {host}"), nowhere(host));
    scene_of.world.names = NameLookup {
        resolver: Some("10.96.0.10:5353".into()),
        search: Some(vec!["svc.cluster.local".into()]),
        ndots: Some(5),
    };
    let diagnosis = diagnosed(scene_of);
    let finding = of(&diagnosis, "write-name-unresolved");
    let dig = format!("dig @10.96.0.10 -p 5353 {host} A {host}.svc.cluster.local A");
    assert_eq!(finding.next, [dig]);
    // From elsewhere, the same answer is no proof.
    let diagnosis = lookups("http://10.9.8.7:9090");
    none(&diagnosis);
    is(
        &diagnosis,
        "write-name-unresolved",
        Certainty::Likely,
        "from here",
    );
}

#[test]
fn a_name_that_resolves_or_whose_queue_delivers_is_not_accused() {
    let host = "receive.mon.example";
    let found = [("", DnsForm::Absolute, DnsOutcome::Found)];
    let prom = "http://prom.mon.example:9090";
    let diagnosis = diagnosed(
        to_host(prom, host, "prometheus-3.14.0/remote-write-500")
            .tell(&format!("dns A {host}"), looked_up(host, &found)),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "write-name-unresolved",
        Certainty::RuledOut,
        "10.1.2.3",
    );
    let diagnosis = diagnosed(
        to_host(prom, host, "prometheus-3.14.0/remote-write-200")
            .tell(&format!("dns A {host}"), nowhere(host))
            .tell(&format!("dns AAAA {host}"), nowhere(host)),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "write-name-unresolved",
        Certainty::RuledOut,
        "prom delivers to `receive.mon.example`",
    );
    let silent = [("", DnsForm::Absolute, DnsOutcome::Timeout)];
    let diagnosis = diagnosed(
        to_host(prom, host, "prometheus-3.14.0/remote-write-nxdomain")
            .tell(&format!("dns A {host}"), looked_up(host, &silent))
            .tell(&format!("dns AAAA {host}"), looked_up(host, &silent)),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "write-name-unresolved",
        Certainty::Possible,
        "no reply in time",
    );
}

fn connecting(address: &str, failure: Option<(FailureClass, &str)>, tls: Option<&str>) -> Told {
    let failed = failure.map(|(class, what)| Failure::new(class, what));
    Ok(Reply::Tcp(Arc::new(TcpAnswer {
        address: failed.is_none().then(|| address.to_owned()),
        attempts: vec![ConnectAttempt {
            address: address.into(),
            failure: failed,
            took_ms: 1,
        }],
        tls: tls.map(|what| Err(Failure::new(FailureClass::Tls, what))),
    })))
}

#[test]
fn a_refused_connection_and_tls_on_a_plain_port_are_proven() {
    for version in VERSIONS {
        let scene = format!("prometheus-{version}/remote-write-refused");
        let shut = "127.0.0.1:1 refused the connection";
        let diagnosis = diagnosed(
            lacking()
                .tell("prom config", recorded_config(&scene))
                .tell("prom movement", told(moved(&scene)))
                .tell(
                    "tcp 127.0.0.1:1",
                    connecting("127.0.0.1:1", Some((FailureClass::Refused, shut)), None),
                )
                .tell("http GET http://127.0.0.1:1/api/v1/receive", refused()),
        );
        only(&diagnosis, "write-connection-failed", &[shut, "retrying"]);
        is(
            &diagnosis,
            "receiver-errors",
            Certainty::NotTested,
            "cannot be reached",
        );
        let scene = format!("prometheus-{version}/remote-write-tls-to-plain");
        let plain = "127.0.0.1:19291 does not speak TLS: received corrupt message";
        let tls = Failure::new(FailureClass::Tls, plain);
        let diagnosis = diagnosed(
            lacking()
                .tell("prom config", recorded_config(&scene))
                .tell("prom movement", told(moved(&scene)))
                .tell(
                    "tcp 127.0.0.1:19291",
                    connecting("127.0.0.1:19291", None, Some(plain)),
                )
                .tell("http GET https://127.0.0.1:19291/api/v1/receive", Err(tls)),
        );
        let finding = only(
            &diagnosis,
            "write-connection-failed",
            &["does not speak TLS"],
        );
        assert!(finding.fix.as_ref().unwrap().contains("plain port"));
    }
}

#[test]
fn silence_seen_from_elsewhere_and_a_client_certificate_that_we_lack_prove_no_connection() {
    let host = "receive.other.example";
    let scene = "prometheus-3.14.0/remote-write-refused";
    let silence = Some((FailureClass::Timeout, "no answer within 2s"));
    let diagnosis = diagnosed(to_host("http://prom.mon.example:9090", host, scene).tell(
        &format!("tcp {host}:19291"),
        connecting("10.1.2.3:19291", silence, None),
    ));
    none(&diagnosis);
    is(
        &diagnosis,
        "write-connection-failed",
        Certainty::Likely,
        "may be another",
    );
    let wants =
        "the TLS handshake with 127.0.0.1:19291 failed: the server wants a client certificate";
    let scene = "prometheus-3.14.0/remote-write-tls-to-plain";
    let own = block(|block| {
        block.url = URL.replace("http:", "https:");
        block.own_tls = true;
    });
    let diagnosis = diagnosed(
        lacking()
            .tell("prom config", config_of(&[own]))
            .tell("prom movement", told(moved(scene)))
            .tell(
                "tcp 127.0.0.1:19291",
                connecting("127.0.0.1:19291", None, Some(wants)),
            ),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "write-connection-failed",
        Certainty::Likely,
        "client certificate",
    );
    let diagnosis = diagnosed(failing("refused", "3.14.0").tell(
        "prom movement",
        told(moved("prometheus-3.14.0/remote-write-200")),
    ));
    is(
        &diagnosis,
        "write-connection-failed",
        Certainty::RuledOut,
        "delivering",
    );
}

#[test]
fn errors_of_the_receiver_are_proven_by_its_counters_or_by_a_get() {
    let takes = || get(405, Some("OPTIONS, POST"), "Method Not Allowed\n");
    let open = || connecting("127.0.0.1:19291", None, None);
    for version in VERSIONS {
        for status in ["500", "503"] {
            let diagnosis = diagnosed(
                failing(status, version)
                    .tell(GET, takes())
                    .tell("tcp 127.0.0.1:19291", open())
                    .tell("receive movement", counts(&[(status, 30.0)])),
            );
            only(
                &diagnosis,
                "receiver-errors",
                &[&format!("30 with {status}"), "retrying"],
            );
            is(
                &diagnosis,
                "write-connection-failed",
                Certainty::RuledOut,
                "takes connections",
            );
            let diagnosis = diagnosed(
                failing(status, version)
                    .tell(GET, get(503, None, "no healthy upstream"))
                    .tell("receive movement", refused())
                    .tell("tcp 127.0.0.1:19291", open()),
            );
            only(
                &diagnosis,
                "receiver-errors",
                &["even a GET", "no healthy upstream"],
            );
        }
    }
    // Writes of another tenant fail there.
    let labels = [("code", "500"), ("handler", "receive"), ("tenant", "other")];
    let others = told(watched(vec![one("http_requests_total", &labels, 0.0, 9.0)]));
    let diagnosis = diagnosed(
        failing("500", "3.14.0")
            .tell(GET, takes())
            .tell("receive movement", others),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "receiver-errors",
        Certainty::Possible,
        "no refused write",
    );
    // It takes the connection, and nothing comes back.
    for (door, certainty, words) in [
        (open(), Certainty::Likely, "no answer"),
        (refused(), Certainty::NotTested, "cannot be reached"),
    ] {
        let silent = Failure::new(FailureClass::Timeout, "no answer within 5s");
        let diagnosis = diagnosed(
            failing("500", "3.14.0")
                .tell(GET, Err(silent))
                .tell("receive movement", refused())
                .tell("tcp 127.0.0.1:19291", door),
        );
        none(&diagnosis);
        is(&diagnosis, "receiver-errors", certainty, words);
    }
    let diagnosis =
        diagnosed(failing("500", "3.14.0").tell("receive movement", counts(&[("500", 9.0)])));
    none(&diagnosis);
    is(
        &diagnosis,
        "receiver-errors",
        Certainty::Likely,
        "could not be asked from here",
    );
}

#[test]
fn limits_are_proven_where_all_is_refused_for_them_alone() {
    let takes = || get(405, Some("OPTIONS, POST"), "");
    for version in VERSIONS {
        let limited = failing("429", version)
            .tell(GET, takes())
            .tell("receive movement", counts(&[("200", 5.0), ("429", 20.0)]));
        only(&diagnosed(limited), "write-rate-limited", &["20 with 429"]);
        let mixed = failing("429", version)
            .tell(GET, takes())
            .tell("receive movement", counts(&[("409", 5.0), ("429", 20.0)]));
        let diagnosis = diagnosed(mixed);
        none(&diagnosis);
        is(
            &diagnosis,
            "write-rate-limited",
            Certainty::Likely,
            "other refusals",
        );
        let conflict = failing("409", version)
            .tell(GET, takes())
            .tell("receive movement", counts(&[("409", 20.0)]));
        let diagnosis = diagnosed(conflict);
        is(
            &diagnosis,
            "write-rate-limited",
            Certainty::RuledOut,
            "20 with 409",
        );
        assert!(!proven(&diagnosis).contains(&"write-url-wrong"));
    }
    let diagnosis = diagnosed(failing("429", "3.14.0"));
    none(&diagnosis);
    is(
        &diagnosis,
        "write-rate-limited",
        Certainty::NotTested,
        "could not be asked",
    );
}

/// A queue that delivers, whose lag goes from one to the other, and in which so many wait.
fn lagging(lag: (f64, f64), pending: f64) -> Told {
    let (from, to) = (NOW.seconds() - 15.0, NOW.seconds());
    let queue = [("remote_name", "thanos"), ("url", URL)];
    let of = |name: &str, first: f64, last: f64| {
        one(
            &format!("prometheus_remote_storage_{name}"),
            &queue,
            first,
            last,
        )
    };
    told(watched(vec![
        of("samples_total", 0.0, 150.0),
        of("samples_failed_total", 0.0, 0.0),
        of("samples_retried_total", 0.0, 0.0),
        of("bytes_total", 0.0, 900.0),
        of("samples_pending", pending / 2.0, pending),
        of("shards_desired", 3.0, 3.0),
        of("shards_max", 1.0, 1.0),
        of(
            "queue_highest_sent_timestamp_seconds",
            from - lag.0,
            to - lag.1,
        ),
        of("queue_highest_timestamp_seconds", from, to),
    ]))
}

#[test]
fn a_queue_that_falls_behind_is_proven_where_that_explains_the_loss() {
    let with = |moved: Told| {
        diagnosed(
            lacking()
                .tell("prom config", plain())
                .tell("prom movement", moved),
        )
    };
    let diagnosis = with(lagging((590.0, 600.0), 9_000.0));
    let finding = only(
        &diagnosis,
        "write-lagging",
        &["10m", "the lag grows", "9000 samples wait"],
    );
    assert!(
        finding
            .fix
            .as_ref()
            .unwrap()
            .contains("wants more than the 1 that it may have")
    );
    // A queue that wants more shards than it may have is full with however few.
    only(
        &with(lagging((590.0, 600.0), 90.0)),
        "write-lagging",
        &["90 samples wait"],
    );
    let diagnosis = with(lagging((610.0, 600.0), 9_000.0));
    none(&diagnosis);
    is(&diagnosis, "write-lagging", Certainty::Likely, "10m");
    // Three minutes do not hide a metric from a query that looks back five.
    let diagnosis = with(lagging((170.0, 180.0), 9_000.0));
    none(&diagnosis);
    is(
        &diagnosis,
        "write-lagging",
        Certainty::Possible,
        "less than the 5m",
    );
    let diagnosis = with(told(moved("prometheus-3.14.0/remote-write-200")));
    is(
        &diagnosis,
        "write-lagging",
        Certainty::RuledOut,
        "delivering",
    );
}

fn delivering() -> Told {
    told(moved("prometheus-3.14.0/remote-write-200"))
}

/// The tenants of `x` at Receive, with the block's header; the check asks for `finops`.
fn of_tenant(holder: &str, header: Option<&str>) -> Diagnosis {
    let config = config_of(&[block(|block| {
        if let Some(value) = header {
            block.headers.insert("THANOS-TENANT".into(), value.into());
        }
    })]);
    let scene = lacking()
        .tell("prom config", config)
        .tell("prom movement", delivering())
        .tell(
            "receive tsdb",
            tsdb(&[head("finops", &[("up", 1)]), head(holder, &[("x", 1)])]),
        );
    diagnosed_by(scene, json!({ "metric": "x", "tenant": "finops" }))
}

#[test]
fn a_series_of_another_tenant_is_traced_to_the_header_that_says_so() {
    only(
        &of_tenant("default-tenant", None),
        "tenant-mismatch",
        &[
            "tenant `default-tenant`, not for `finops`",
            "no tenant header",
        ],
    );
    let diagnosis = of_tenant("other", Some("other"));
    only(&diagnosis, "tenant-mismatch", &["`THANOS-TENANT: other`"]);
    is(
        &diagnosis,
        "tenant-header-lost",
        Certainty::RuledOut,
        "arrives",
    );
    only(
        &of_tenant("default-tenant", Some("finops")),
        "tenant-header-lost",
        &["`THANOS-TENANT: finops`", "3.14.0", "does not arrive"],
    );
    // A tenant that neither header nor default explains.
    let diagnosis = of_tenant("ops", Some("finops"));
    none(&diagnosis);
    let diagnosis = of_tenant("ops", None);
    none(&diagnosis);
    is(
        &diagnosis,
        "tenant-mismatch",
        Certainty::Possible,
        "does not explain",
    );
}

#[test]
fn a_header_is_not_acquitted_by_a_metric_that_is_held_for_no_tenant() {
    let of_writes = |tenants: &[&str]| {
        let config = config_of(&[block(|block| {
            block
                .headers
                .insert("THANOS-TENANT".into(), "finops".into());
        })]);
        let factor = one("thanos_receive_replication_factor", &[], 1.0, 1.0);
        let writes = tenants.iter().map(|tenant| {
            let labels = [("code", "200"), ("handler", "receive"), ("tenant", *tenant)];
            one("http_requests_total", &labels, 0.0, 9.0)
        });
        let scene = lacking()
            .tell("prom config", config)
            .tell("prom movement", delivering())
            .tell(
                "receive tsdb",
                tsdb(&[head("default-tenant", &[("up", 1)])]),
            )
            .tell(
                "receive movement",
                told(watched(writes.chain([factor]).collect())),
            );
        diagnosed_by(scene, json!({ "metric": "x", "tenant": "finops" }))
    };
    for (tenants, certainty, says) in [
        (
            &["default-tenant"][..],
            Certainty::Possible,
            "counts writes of tenant `default-tenant` and none of `finops`",
        ),
        (
            &["default-tenant", "finops"],
            Certainty::RuledOut,
            "counts writes of tenant `finops`",
        ),
        (&[], Certainty::NotTested, "counts writes of none of them"),
    ] {
        let diagnosis = of_writes(tenants);
        none(&diagnosis);
        is(&diagnosis, "tenant-header-lost", certainty, says);
    }
}

#[test]
fn what_another_sender_has_under_the_wanted_tenant_does_not_move_the_loss_behind_receive() {
    let config = config_of(&[block(|block| {
        block.headers.insert("THANOS-TENANT".into(), "other".into());
    })]);
    let mut scene = lacking()
        .tell("prom config", config)
        .tell("prom movement", delivering())
        .tell(
            "receive tsdb",
            tsdb(&[head("finops", &[("x", 1)]), head("other", &[("x", 1)])]),
        )
        .tell(
            "query count x{cluster=\"ops\",tenant_id=\"finops\"}",
            count(0),
        )
        .tell(
            "query query x{cluster=\"ops\",tenant_id=\"finops\"}[1h]",
            no_samples(),
        )
        .tell(
            "query query count by (tenant_id) (x{cluster=\"ops\"})",
            vector(&[(&[("tenant_id", "other")], "1")]),
        )
        .tell("query stores", stores(&[store("127.0.0.1:10901")]))
        .tell("query flags", flags(&[("endpoint", "127.0.0.1:10901")]));
    let query = json!({"name": "query", "kind": "thanos-query", "url": "http://127.0.0.1:10904"});
    scene.world.pipeline.push(of_form(query));
    let (seen, diagnosis) = scene.diagnose(json!({ "metric": "x", "tenant": "finops" }));
    assert_eq!(
        seen.states(),
        "present present absent",
        "{:#?}",
        seen.judged
    );
    let diagnosis = diagnosis.expect("a diagnosis");
    only(&diagnosis, "tenant-mismatch", &["`THANOS-TENANT: other`"]);
    assert_eq!(edge(&diagnosis), "prom > receive");
}

#[test]
fn a_head_that_several_clusters_share_makes_the_tenant_likely_at_most() {
    let mut scene = lacking();
    scene.world.cluster = Some("ops".into());
    let scene = scene
        .tell("prom config", plain())
        .tell("prom movement", delivering())
        .tell("receive tsdb", tsdb(&[head("default-tenant", &[("x", 1)])]));
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "x", "tenant": "finops" }));
    let diagnosis = diagnosis.expect("a diagnosis");
    none(&diagnosis);
    is(
        &diagnosis,
        "tenant-mismatch",
        Certainty::Likely,
        "cannot be told",
    );
    let diagnosis = diagnosed(lacking().tell("prom config", plain()));
    is(
        &diagnosis,
        "tenant-mismatch",
        Certainty::RuledOut,
        "no tenant is asked for",
    );
}

fn runtime(started_ago_ms: i64, loaded_ago_ms: i64) -> Told {
    Ok(Reply::Runtime(Arc::new(Runtime {
        started: Some(NOW.plus_ms(-started_ago_ms)),
        last_config: Some(NOW.plus_ms(-loaded_ago_ms)),
        reload_ok: Some(true),
    })))
}

/// A metric whose newest sample is so old, and whose target was scraped so long ago.
fn aged(newest_ms: i64, scraped_ms: i64, process: Told) -> Scene {
    lacking()
        .tell("prom config", plain())
        .tell("prom movement", delivering())
        .tell("prom runtime", process)
        .tell("prom query max(timestamp(x))", newest(newest_ms))
        .tell(
            "prom query max(timestamp(up{job=\"j\",instance=\"i\"}))",
            newest(scraped_ms),
        )
}

#[test]
fn samples_older_than_the_process_are_proven_to_be_never_sent() {
    let diagnosis = diagnosed(aged(120_000, 5_000, runtime(60_000, 59_000)));
    let finding = only(
        &diagnosis,
        "older-than-queue",
        &["before its process began", "the queue is well"],
    );
    assert!(finding.next[0].contains("timestamp"));
    is(
        &diagnosis,
        "backlog-lost",
        Certainty::Possible,
        "was restarted after that",
    );
}

#[test]
fn older_samples_are_no_proof_where_the_target_was_not_scraped_since_or_the_queue_is_not_well() {
    let diagnosis = diagnosed(aged(120_000, 119_000, runtime(60_000, 59_000)));
    none(&diagnosis);
    is(
        &diagnosis,
        "older-than-queue",
        Certainty::Likely,
        "before its process began",
    );
    let failing = told(moved("prometheus-3.14.0/remote-write-409"));
    let diagnosis =
        diagnosed(aged(120_000, 5_000, runtime(60_000, 59_000)).tell("prom movement", failing));
    none(&diagnosis);
    is(
        &diagnosis,
        "older-than-queue",
        Certainty::Possible,
        "not well",
    );
    let diagnosis = diagnosed(aged(5_000, 5_000, runtime(60_000, 59_000)));
    none(&diagnosis);
    is(
        &diagnosis,
        "older-than-queue",
        Certainty::RuledOut,
        "after its process began",
    );
    is(
        &diagnosis,
        "backlog-lost",
        Certainty::RuledOut,
        "newer samples",
    );
    // A reload moves the queue's start only where it changed the block.
    let diagnosis = diagnosed(aged(120_000, 5_000, runtime(600_000, 60_000)));
    none(&diagnosis);
    is(
        &diagnosis,
        "older-than-queue",
        Certainty::Likely,
        "loaded its configuration",
    );
    is(
        &diagnosis,
        "remote-write-recent",
        Certainty::Possible,
        "could not be told",
    );
    let diagnosis = diagnosed(aged(120_000, 5_000, refused()));
    is(
        &diagnosis,
        "older-than-queue",
        Certainty::NotTested,
        "was started could not be asked",
    );
}

#[test]
fn a_new_block_is_proven_where_the_data_downstream_begins_with_it() {
    let url = "http://central:9090/api/v1/write";
    let at = |first_ms: i64| {
        let asked = "central query min(min_over_time(timestamp(up{c=\"o\"})[2h:1m]))";
        Scene::of(&["prom prometheus", "central prometheus"])
            .identity(&[("c", "o")])
            .tell("prom count x", count(1))
            .tell("prom query x", vector(&[(&[("__name__", "x")], "1")]))
            .tell("central count x{c=\"o\"}", count(0))
            .tell("central query x{c=\"o\"}[1h]", crate::scene::no_samples())
            .tell(
                "prom config",
                config_of(&[block(|block| block.url = url.into())]),
            )
            .tell("prom runtime", runtime(7_200_000, 60_000))
            .tell("prom query max(timestamp(x))", newest(120_000))
            .tell(asked, newest(first_ms))
            .diagnose(json!({ "metric": "x" }))
            .1
            .expect("a diagnosis")
    };
    only(
        &at(45_000),
        "remote-write-recent",
        &["central", "history is never sent"],
    );
    let diagnosis = at(3_600_000);
    none(&diagnosis);
    is(
        &diagnosis,
        "remote-write-recent",
        Certainty::RuledOut,
        "begins at",
    );
}

#[test]
fn native_histograms_are_proven_not_to_be_sent_by_their_kind_and_the_block() {
    let histogram = |native: bool| {
        let value = match native {
            true => SampleValue::Histogram {
                count: "5".into(),
                sum: "1.5".into(),
            },
            false => SampleValue::Float("1".into()),
        };
        answer(gapcheck::backend::answer::QueryResult::Vector(vec![
            gapcheck::backend::answer::Sample {
                labels: [("__name__", "x")].into_iter().collect(),
                value,
            },
        ]))
    };
    let with = |sends: bool, message: &str, native: bool| {
        let config = config_of(&[block(|block| {
            block.send_native_histograms = sends;
            block.protobuf_message = message.into();
        })]);
        diagnosed(
            lacking()
                .tell("prom query x", histogram(native))
                .tell("prom config", config)
                .tell("prom movement", delivering()),
        )
    };
    only(
        &with(false, "prometheus.WriteRequest", true),
        "native-histograms-not-sent",
        &["send_native_histograms: false"],
    );
    none(&with(true, "", true));
    none(&with(false, "io.prometheus.write.v2.Request", true));
    let diagnosis = with(false, "", false);
    is(
        &diagnosis,
        "native-histograms-not-sent",
        Certainty::RuledOut,
        "no native histogram",
    );
}

#[test]
fn the_grpc_port_of_receive_takes_no_writes() {
    let mut scene = failing("500", "3.14.0");
    for hop in &mut scene.world.pipeline {
        if hop.name() == "receive" {
            *hop = of_form(json!({
                "name": "receive",
                "kind": "thanos-receive",
                "write": "http://127.0.0.1:19292",
                "grpc": "127.0.0.1:19291",
            }));
        }
    }
    only(
        &diagnosed(scene.tell("receive store-info", refused())),
        "write-url-wrong",
        &["is the gRPC port of receive"],
    );
}

#[test]
fn remote_write_2_to_an_old_thanos_is_proven_as_recorded() {
    let scene = "prometheus-3.14.0/rw2-to-thanos";
    let with = |version: Option<&str>| {
        let page = match version {
            Some(version) => get(
                200,
                None,
                &format!("thanos_build_info{{version=\"{version}\"}} 1\n"),
            ),
            None => refused(),
        };
        diagnosed(
            lacking()
                .tell("prom config", recorded_config(scene))
                .tell("prom movement", told(moved(scene)))
                .tell(GET, get(405, Some("OPTIONS, POST"), ""))
                .tell("receive http metrics", page),
        )
    };
    only(
        &with(Some("0.42.4")),
        "remote-write-v2-unsupported",
        &["Thanos 0.42.4"],
    );
    let diagnosis = with(Some("0.43.0"));
    none(&diagnosis);
    is(
        &diagnosis,
        "remote-write-v2-unsupported",
        Certainty::RuledOut,
        "knows remote write 2.0",
    );
    let diagnosis = with(None);
    none(&diagnosis);
    is(
        &diagnosis,
        "remote-write-v2-unsupported",
        Certainty::Likely,
        "could not be asked",
    );
}

#[test]
fn samples_dropped_for_their_age_are_proven_where_this_metric_is_so_old() {
    let with = |dropped: f64, newest_ms: i64| {
        let mut all = moved("prometheus-3.14.0/remote-write-200");
        all.series.push(one(
            "prometheus_remote_storage_samples_dropped_total",
            &[
                ("remote_name", "thanos"),
                ("url", URL),
                ("reason", "too_old"),
            ],
            0.0,
            dropped,
        ));
        let config = config_of(&[block(|block| block.sample_age_limit = "2m".into())]);
        diagnosed(
            lacking()
                .tell("prom config", config)
                .tell("prom movement", told(all))
                .tell("prom runtime", runtime(86_400_000, 86_399_000))
                .tell("prom query max(timestamp(x))", newest(newest_ms)),
        )
    };
    only(
        &with(40.0, 180_000),
        "sample-age-limit",
        &["40 samples older than 2m", "3m"],
    );
    let diagnosis = with(40.0, 30_000);
    none(&diagnosis);
    is(
        &diagnosis,
        "sample-age-limit",
        Certainty::Possible,
        "not so old",
    );
    for (newest_ms, certainty, says) in [
        (30_000, Certainty::RuledOut, "dropped no sample"),
        (180_000, Certainty::Possible, "may have been dropped before"),
    ] {
        let diagnosis = with(0.0, newest_ms);
        none(&diagnosis);
        is(&diagnosis, "sample-age-limit", certainty, says);
    }
}

#[test]
fn what_goes_through_a_proxy_is_not_judged_by_what_is_seen_from_here() {
    let scene = "prometheus-3.14.0/remote-write-refused";
    let url = "http://127.0.0.1:1/api/v1/receive";
    let config = config_of(&[block(|block| {
        block.url = url.into();
        block.through_proxy = true;
    })]);
    let shut = Some((FailureClass::Refused, "refused"));
    let diagnosis = diagnosed(
        lacking()
            .tell("prom config", config)
            .tell("prom movement", told(moved(scene)))
            .tell("tcp 127.0.0.1:1", connecting("127.0.0.1:1", shut, None)),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "write-connection-failed",
        Certainty::NotTested,
        "through a proxy",
    );
}

#[test]
fn a_queue_that_fails_in_part_makes_its_cause_likely_and_does_not_rule_it_out() {
    let half = |scene: &str, metric: &str| {
        let mut all = moved(scene);
        let name = format!("prometheus_remote_storage_{metric}");
        for moved in &mut all.series {
            if moved.labels.metric() == Some(&name) {
                moved.grew /= 2.0;
            }
            if moved.labels.metric() == Some("prometheus_remote_storage_bytes_total") {
                moved.grew = 100.0;
            }
        }
        lacking()
            .tell("prom config", plain())
            .tell("prom movement", told(all))
    };
    let wrong = get(404, None, "404 page not found");
    let diagnosis = diagnosed(
        half("prometheus-3.14.0/remote-write-404", "samples_failed_total").tell(GET, wrong),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "write-url-wrong",
        Certainty::Likely,
        "some that prom sends",
    );
    let broken = get(503, None, "");
    let diagnosis = diagnosed(
        half(
            "prometheus-3.14.0/remote-write-503",
            "samples_retried_total",
        )
        .tell(GET, broken),
    );
    none(&diagnosis);
    is(
        &diagnosis,
        "receiver-errors",
        Certainty::Likely,
        "not all of prom",
    );
}

#[test]
fn a_mimir_is_asked_once_more_as_the_tenant_that_the_sender_names() {
    let with = |header: &str, series: u64| {
        let url = "http://mimir:9009/api/v1/push";
        let config = config_of(&[block(|block| {
            block.url = url.into();
            block.headers.insert("X-Scope-OrgID".into(), header.into());
        })]);
        let mut scene = Scene::of(&["prom prometheus"]).identity(&[("c", "o")]);
        scene.world.pipeline.push(of_form(json!({
            "name": "mimir", "kind": "mimir", "url": "http://mimir:9009", "tenant": "finops",
        })));
        let (_, diagnosis) = scene
            .tell("prom count x", count(1))
            .tell("prom config", config)
            .tell("mimir count x{c=\"o\"}", count(0))
            .tell("mimir query x{c=\"o\"}[1h]", crate::scene::no_samples())
            // A backend that is met on the way has no name in the scene.
            .tell(" count x{c=\"o\"}", count(series))
            .diagnose(json!({ "metric": "x" }));
        diagnosis.expect("a diagnosis")
    };
    only(
        &with("ops", 1),
        "tenant-mismatch",
        &["mimir holds it for tenant `ops`", "`X-Scope-OrgID: ops`"],
    );
    none(&with("ops", 0));
    none(&with("finops", 1));
}

#[test]
fn a_name_that_may_lead_us_to_another_server_proves_no_wrong_url() {
    let host = "receive.corp.example";
    let url = format!("http GET http://{host}:19291/api/v1/receive");
    let with = |prom: &str| {
        let not_found = get(404, None, "404 page not found");
        diagnosed(to_host(prom, host, "prometheus-3.14.0/remote-write-404").tell(&url, not_found))
    };
    only(
        &with("http://prom.corp.example:9090"),
        "write-url-wrong",
        &["404 page not found"],
    );
    // A forwarded port, perhaps.
    let diagnosis = with("http://127.0.0.1:9090");
    none(&diagnosis);
    is(
        &diagnosis,
        "write-url-wrong",
        Certainty::Likely,
        "another server",
    );
}

#[test]
fn all_looks_together_ask_little() {
    for status in ["200", "404", "500", "refused", "429"] {
        let (seen, _) = failing(status, "3.14.0")
            .tell(GET, get(405, Some("OPTIONS, POST"), ""))
            .tell(
                "tcp 127.0.0.1:19291",
                connecting("127.0.0.1:19291", None, None),
            )
            .tell("receive movement", counts(&[]))
            .tell("prom runtime", runtime(86_400_000, 86_399_000))
            .tell("prom query max(timestamp(x))", newest(5_000))
            .diagnose(json!({ "metric": "x" }));
        let asked: std::collections::BTreeSet<&String> = seen.asked.iter().collect();
        assert!(asked.len() <= 14, "{status}: {asked:#?}");
    }
}

#[test]
fn a_sender_that_delivers_is_accused_of_nothing() {
    for version in VERSIONS {
        let diagnosis = diagnosed(
            failing("200", version)
                .tell(GET, get(405, Some("OPTIONS, POST"), ""))
                .tell("receive movement", counts(&[("200", 20.0)]))
                .tell("prom runtime", runtime(86_400_000, 86_399_000))
                .tell("prom query max(timestamp(x))", newest(5_000)),
        );
        none(&diagnosis);
        let accused: Vec<&str> = diagnosis
            .findings
            .iter()
            .filter(|finding| finding.certainty < Certainty::RuledOut)
            .map(|finding| finding.cause.as_str())
            .collect();
        assert!(accused.is_empty(), "{:#?}", diagnosis.findings);
    }
}

#[test]
fn a_query_over_sidecars_needs_no_block() {
    let scene = Scene::of(&["prom prometheus", "query thanos-query"])
        .identity(&[("cluster", "ops")])
        .tell("prom count x", count(1))
        .tell("prom config", config_of(&[]))
        .tell("prom movement", told(watched(Vec::new())))
        .tell("query count x{cluster=\"ops\"}", count(0))
        .tell(
            "query query x{cluster=\"ops\"}[1h]",
            crate::scene::no_samples(),
        )
        .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
        .tell(
            "query stores",
            crate::scene::stores(&[crate::scene::store("10.1.2.3:10901")]),
        );
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "x" }));
    let diagnosis = diagnosis.expect("a diagnosis");
    none(&diagnosis);
    assert!(
        diagnosis
            .findings
            .iter()
            .all(|finding| finding.cause != "no-remote-write")
    );
}

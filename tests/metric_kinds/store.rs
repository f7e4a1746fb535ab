//! `store`: listed, well, with its labels and its range; dead, empty, never reached; and answers that prove nothing.

use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{
    DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, DnsRecord, RecordType, Store,
};
use gapcheck::leaves::Labels;
use serde_json::json;

use crate::recorded::{Recordings, THANOS};
use crate::scene::{NOW, Scene, Told, flags, refusal, refused, store, stores};

fn resolves(record: RecordType, name: &str, values: &[(&str, Option<u16>)]) -> Told {
    Ok(Reply::Dns(Arc::new(DnsAnswer {
        attempts: vec![DnsAttempt {
            name: format!("{name}."),
            form: DnsForm::Absolute,
            server: "127.0.0.1:53".into(),
            outcome: DnsOutcome::Found,
            records: values
                .iter()
                .map(|(value, port)| DnsRecord {
                    record,
                    value: (*value).to_owned(),
                    port: *port,
                    ttl: 5,
                })
                .collect(),
            took_ms: 1,
        }],
        ..DnsAnswer::default()
    })))
}

fn at_receive(addresses: &[&str]) -> Told {
    let addresses: Vec<_> = addresses.iter().map(|ip| (*ip, None)).collect();
    resolves(RecordType::A, "receive", &addresses)
}

fn scene(listed: &[Store]) -> Scene {
    Scene::incident().tell("query stores", stores(listed))
}

fn dead(name: &str) -> Store {
    Store {
        last_error: Some("DeadlineExceeded: latest balancer error".into()),
        ..store(name)
    }
}

#[test]
fn a_store_at_the_address_of_the_hop_is_known_by_it() {
    let others = [store("10.9.9.9:10901"), store("10.1.2.3:10901")];
    let seen = scene(&others)
        .tell("dns A receive", at_receive(&["10.1.2.3"]))
        .judge("store", json!({ "store": "receive" }))
        .passes();
    assert_eq!(seen.judged.says, "10.1.2.3:10901 at query");
    let row = &seen.judged.tables[0].rows[0];
    assert_eq!(row[0], "10.1.2.3:10901");
    assert_eq!((row[2].as_str(), row[6].as_str()), ("3s ago", "not said"));
    assert!(seen.judged.notes.is_empty(), "{:?}", seen.judged.notes);
    // A store that is dead elsewhere accuses nobody here.
    scene(&[dead("10.9.9.9:10901"), store("10.1.2.3:10901")])
        .tell("dns A receive", at_receive(&["10.1.2.3"]))
        .judge("store", json!({ "store": "receive" }))
        .passes();
}

#[test]
fn else_it_is_known_by_kind_and_labels_and_that_is_said() {
    let form = json!({ "store": "receive", "labels": { "tenant_id": "default-tenant" } });
    let seen = scene(&[store("10.1.2.3:10901")])
        .judge("store", form)
        .passes();
    let note = &seen.judged.notes[0];
    assert!(note.contains("known by kind and labels"), "{note}");
    let seen = scene(&[store("10.1.2.3:10901")])
        .judge("store", json!({ "store": "receive" }))
        .passes();
    let note = &seen.judged.notes[0];
    assert!(note.contains("known by its kind alone"), "{note}");
}

#[test]
fn a_dead_store_fails_and_one_that_may_be_anothers_is_an_error() {
    let form = json!({ "store": "receive" });
    scene(&[dead("10.1.2.3:10901")])
        .judge("store", form.clone())
        .fails("every store of `receive` well at query", "balancer error");
    let both = [dead("10.9.9.9:10901"), store("10.1.2.3:10901")];
    scene(&both)
        .judge("store", form.clone())
        .errs("cannot be told", "labels:");
    // Two stores on the host of the hop.
    let neighbours = [dead("10.1.2.3:10911"), store("10.1.2.3:10901")];
    scene(&neighbours)
        .tell("dns A receive", at_receive(&["10.1.2.3"]))
        .judge("store", form)
        .errs("cannot be told", "labels:");
    scene(&[dead("10.1.2.3:10901")])
        .judge("store", json!({ "store": "receive", "healthy": false }))
        .passes();
}

#[test]
fn a_store_that_is_not_checked_any_more_is_dead_and_one_never_checked_is_open() {
    let form = json!({ "store": "receive" });
    let mut still = store("10.1.2.3:10901");
    still.last_check = Some(NOW.plus_ms(-10_000));
    // The clock of the server; the latest of the scene's clocks is ours.
    let at = |store: &Store| {
        Scene::incident()
            .tell_at(NOW, "query stores", stores(std::slice::from_ref(store)))
            .tell_at(NOW.plus_ms(60_000), "nobody asks", refused())
    };
    at(&still).judge("store", form.clone()).passes();
    still.last_check = Some(NOW.plus_ms(-11_000));
    at(&still)
        .judge("store", form.clone())
        .fails("well at query", "was last checked 11s ago");
    // The same without a `Date`: by our own clock nothing is proven.
    scene(&[still.clone()])
        .judge("store", form.clone())
        .errs("by our clock", "Date");
    still.last_check = None;
    at(&still)
        .judge("store", form)
        .errs("was not checked yet", "within:");
}

#[test]
fn a_store_that_is_not_listed_fails_with_what_is_configured() {
    let sidecar = Store {
        component: "sidecar".into(),
        ..store("10.1.2.4:10901")
    };
    let all = flags(&[("endpoint", "10.1.2.3:10901,10.1.2.4:10901")]);
    scene(&[sidecar])
        .tell("query flags", all)
        .judge("store", json!({ "store": "receive" }))
        .fails(
            "the receive store of `receive` listed at query",
            "query lists 10.1.2.4:10901 (sidecar); it is configured with 10.1.2.3:10901, which it never reached, or not of late",
        );
    scene(&[])
        .tell("query flags", refused())
        .judge("store", json!({ "store": "receive" }))
        .fails("", "query lists no store at all");
}

#[test]
fn old_and_new_flags_and_discovered_names_are_compared_with_the_list() {
    let form = json!({ "store": "receive" });
    for flag in [
        "endpoint",
        "endpoint-strict",
        "endpoint-group",
        "store",
        "store-strict",
    ] {
        let value = "10.1.2.3:10901,10.7.7.7:10901";
        let seen = scene(&[store("10.1.2.3:10901")])
            .tell("query flags", flags(&[(flag, value)]))
            .judge("store", form.clone())
            .passes();
        let notes = seen.judged.notes.join("; ");
        assert!(
            notes.contains("configured with 10.7.7.7:10901, and does not list it"),
            "{flag}: {notes}"
        );
    }
    let seen = scene(&[store("10.1.2.3:10901")])
        .tell(
            "query flags",
            flags(&[
                ("endpoint", "dns+peers:10901,dnssrv+_grpc._tcp.rings"),
                ("store.sd-files", "/etc/stores.yml"),
            ]),
        )
        .tell(
            "dns A peers",
            resolves(
                RecordType::A,
                "peers",
                &[("10.1.2.3", None), ("10.1.2.5", None)],
            ),
        )
        .tell(
            "dns SRV _grpc._tcp.rings",
            resolves(
                RecordType::Srv,
                "_grpc._tcp.rings",
                &[("ring-0.rings.", Some(10901))],
            ),
        )
        .tell(
            "dns A ring-0.rings",
            resolves(RecordType::A, "ring-0.rings", &[("10.1.2.6", None)]),
        )
        .judge("store", form.clone())
        .passes();
    let notes = seen.judged.notes.join("; ");
    for said in [
        "10.1.2.5:10901 (by `dns+peers:10901`)",
        "10.1.2.6:10901 (by `dnssrv+_grpc._tcp.rings`)",
        "--store.sd-files=/etc/stores.yml",
    ] {
        assert!(notes.contains(said), "{said}: {notes}");
    }
    let seen = scene(&[store("10.1.2.3:10901")])
        .tell("query flags", flags(&[("store", "dns+peers:10901")]))
        .judge("store", form)
        .passes();
    let notes = seen.judged.notes.join("; ");
    assert!(
        notes.contains("could not be looked up from here"),
        "{notes}"
    );
}

#[test]
fn labels_are_looked_for_in_every_set() {
    let mut both = store("10.1.2.3:10901");
    both.label_sets
        .push(Labels::from([("tenant_id", "finops")]));
    for tenant in ["default-tenant", "finops"] {
        scene(&[both.clone()])
            .judge(
                "store",
                json!({ "store": "receive", "labels": { "tenant_id": tenant } }),
            )
            .passes();
    }
    let form = json!({ "store": "receive", "labels": { "tenant_id": "other" } });
    scene(&[both.clone()]).judge("store", form.clone()).fails(
        "a receive store with label `tenant_id` \"other\" listed at query",
        "{tenant_id=\"finops\"}",
    );
    scene(&[both])
        .tell("dns A receive", at_receive(&["10.1.2.3"]))
        .judge("store", form)
        .fails("a label set with label `tenant_id`", "10.1.2.3:10901 has");
}

#[test]
fn replicas_are_counted() {
    let two = [store("10.1.2.3:10901"), store("10.1.2.4:10901")];
    scene(&two)
        .judge("store", json!({ "store": "receive", "replicas": 2 }))
        .passes();
    scene(&two)
        .judge("store", json!({ "store": "receive", "replicas": ">= 3" }))
        .fails("stores of `receive` listed at query", "2 stores listed");
}

#[test]
fn what_cannot_be_asked_is_an_error_with_help() {
    for failure in [
        refused(),
        refusal(404, "404 page not found"),
        refusal(503, "not ready"),
    ] {
        Scene::incident()
            .tell("query stores", failure)
            .judge("store", json!({ "store": "receive" }))
            .errs("query: ", "`/api/v1/stores` of hop `query`");
    }
    // A Receive too old to say what it is.
    let unknown = Store {
        component: "unknown-store-api".into(),
        ..store("10.1.2.3:10901")
    };
    scene(&[unknown])
        .judge("store", json!({ "store": "receive", "replicas": 1 }))
        .errs("does not know what 10.1.2.3:10901 is", "version");
}

#[test]
fn the_recorded_stores_are_judged_in_each_version() {
    let at = |version: &str, scenario: &str, form: serde_json::Value| {
        let of = |name: &str| format!("thanos-query-{version}/{name}");
        Scene::of(&["receive thanos-receive", "query thanos-query"])
            .recorded("query stores", &of(scenario))
            .recorded("query flags", &of("healthy/status-flags"))
            // Our own clock is another than the server's.
            .tell_at(NOW.plus_ms(86_400_000), "nobody asks", refused())
            .judge("store", form)
    };
    for version in THANOS {
        let plain = json!({ "store": "receive" });
        let finops = json!({ "store": "receive", "labels": { "tenant_id": "finops" } });
        at(version, "healthy/stores", finops).passes();
        at(
            version,
            "healthy/stores",
            json!({ "store": "receive", "covers": "1s" }),
        )
        .passes();
        at(
            version,
            "healthy/stores",
            json!({ "store": "receive", "covers": "7d" }),
        )
        .fails(
            "the last 7d within the time range",
            "the oldest data of 127.0.0.1:10901",
        );
        at(version, "store-down/stores-0", plain.clone()).passes();
        at(version, "store-none/stores", plain).fails("listed at query", "which it never reached");
        at(
            version,
            "receive-empty/stores",
            json!({ "store": "receive", "covers": "5m" }),
        )
        .fails("time range", "advertises no data at all");
    }
}

#[test]
fn the_review_names_what_cannot_be_asked() {
    let said = |form| Scene::incident().review("store", form);
    assert!(said(json!({ "store": "receive" })).is_empty());
    assert!(said(json!({ "store": "prom" })).is_empty());
    for (form, says) in [
        (json!({ "store": "nobody" }), "no hop `nobody`"),
        (
            json!({ "store": "exporter" }),
            "is no store of a Thanos Query",
        ),
        (json!({ "store": "query" }), "sees itself"),
        (
            json!({ "store": "receive", "at": "prom" }),
            "cannot be asked of hop `prom`",
        ),
    ] {
        let complaints = said(form);
        assert!(
            complaints.iter().any(|one| one.message.contains(says)),
            "{says}: {complaints:?}"
        );
    }
    let none =
        Scene::of(&["receive thanos-receive"]).review("store", json!({ "store": "receive" }));
    assert!(none[0].message.contains("no thanos-query hop"), "{none:?}");
}

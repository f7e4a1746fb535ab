//! Which kind of check may be asked of which kind of hop: the whole table, and what is said of each pair that is refused.

use std::sync::Arc;

use gapcheck::backend::{AddressKey, BACKEND_KINDS, Backend, KindRow, World};
use gapcheck::check::{Check, KINDS};
use serde_json::{Value, json};

/// A hop of that kind with all the addresses that it takes.
fn hop(row: &KindRow) -> Arc<Backend> {
    let mut form = json!({ "name": "hop", "kind": row.word });
    for (nth, key) in row.addresses.iter().enumerate() {
        form[key.word()] = format!("http://127.0.0.1:{}/base", nth + 1).into();
    }
    Arc::new(Backend::of(serde_json::from_value(form).unwrap()))
}

/// The same without this address.
fn without(row: &KindRow, key: AddressKey) -> Arc<Backend> {
    let mut backend = Arc::into_inner(hop(row)).unwrap();
    let addresses = &mut backend.hop;
    match key {
        AddressKey::Url => addresses.url = None,
        AddressKey::Write => addresses.write = None,
        AddressKey::Http => addresses.http = None,
        AddressKey::Grpc => addresses.grpc = None,
    }
    Arc::new(Backend::of(backend.hop))
}

/// Kinds of checks that name their own target, and are asked of no hop.
const OF_NO_HOP: [&str; 3] = ["dns", "tcp", "http"];

/// A check of that kind at the hop; `store` is asked about a Receive beside it.
fn at_hop(kind: &str) -> Vec<Value> {
    let write = "http://receive:19291/api/v1/receive";
    match kind {
        "metric" => vec![json!({ "metric": "node_load1", "at": "hop" })],
        "metrics" => vec![json!({ "metrics": ["node_load1"], "at": "hop" })],
        "promql" => vec![json!({ "promql": "node_load1", "at": "hop", "expect": "> 0" })],
        "scrape" => vec![json!({ "scrape": "job", "at": "hop" })],
        "remote_write" => vec![
            json!({ "remote_write": write, "at": "hop" }),
            json!({ "remote_write": write, "at": "hop", "keeps": "node_load1" }),
        ],
        "rules" => vec![json!({ "rules": "group", "at": "hop" })],
        "receive" => vec![json!({ "receive": "hop", "holds": "node_load1", "accepted": "> 0" })],
        "store" => vec![
            json!({ "store": "beside", "at": "hop" }),
            json!({ "store": "hop", "at": "query" }),
        ],
        "storeapi" => vec![json!({ "storeapi": "node_load1", "at": "hop" })],
        other => panic!("`{other}` has no row in the table of what may be asked"),
    }
}

/// Kinds of hops that take each of those forms.
const TAKEN_BY: [(&str, &[&str]); 11] = [
    ("metric", PRESENT),
    ("metrics", PRESENT),
    ("promql", PROMQL),
    ("scrape", SENDERS),
    ("remote_write", SENDERS),
    ("remote_write", &["prometheus"]),
    ("rules", &["prometheus", "thanos-query"]),
    ("receive", &["thanos-receive"]),
    ("store", &["thanos-query", "thanos-query-frontend"]),
    (
        "store",
        &[
            "prometheus",
            "thanos-receive",
            "thanos-query",
            "thanos-sidecar",
            "thanos-store",
        ],
    ),
    (
        "storeapi",
        &[
            "thanos-receive",
            "thanos-query",
            "thanos-sidecar",
            "thanos-store",
        ],
    ),
];

const SENDERS: &[&str] = &["prometheus", "prometheus-agent"];

const PROMQL: &[&str] = &[
    "prometheus",
    "victoriametrics",
    "victoriametrics-cluster",
    "thanos-query",
    "thanos-query-frontend",
    "mimir",
    "cortex",
];

const PRESENT: &[&str] = &[
    "exporter",
    "prometheus",
    "victoriametrics",
    "victoriametrics-cluster",
    "thanos-receive",
    "thanos-query",
    "thanos-query-frontend",
    "mimir",
    "cortex",
];

/// What is wrong with a check in a pipeline of this hop, with a Receive and a Query beside it.
fn complaints(kind: &str, form: &Value, hop: Arc<Backend>) -> Vec<String> {
    let row = |word: &str| BACKEND_KINDS.iter().find(|row| row.word == word).unwrap();
    let named = |word: &str, name: &str| {
        let mut backend = Arc::into_inner(self::hop(row(word))).unwrap();
        backend.hop.name = name.to_owned();
        Arc::new(Backend::of(backend.hop))
    };
    let world = World {
        pipeline: vec![hop],
        beside: vec![
            named("thanos-receive", "beside"),
            named("thanos-query", "query"),
        ],
        ..World::default()
    };
    let check = Check::read(kind, form.clone()).unwrap();
    check
        .review(&world)
        .into_iter()
        .map(|said| format!("{} {}", said.message, said.help.unwrap_or_default()))
        .collect()
}

#[test]
fn each_kind_of_check_is_taken_by_the_hops_that_can_answer_and_refused_at_all_others() {
    let forms: Vec<(&str, Value)> = KINDS
        .iter()
        .filter(|kind| !OF_NO_HOP.contains(&kind.word))
        .flat_map(|kind| at_hop(kind.word).into_iter().map(|form| (kind.word, form)))
        .collect();
    assert_eq!(forms.len(), TAKEN_BY.len());
    let mut pairs = 0;
    for ((kind, form), (expected, takers)) in forms.iter().zip(TAKEN_BY) {
        assert_eq!(*kind, expected, "the rows of the two tables go together");
        for row in BACKEND_KINDS {
            pairs += 1;
            let told = complaints(kind, form, hop(row));
            if takers.contains(&row.word) {
                assert!(told.is_empty(), "{form} at {}: {told:?}", row.word);
                continue;
            }
            let [refused] = told.as_slice() else {
                panic!("{form} at {}: {told:?}", row.word);
            };
            assert!(
                refused.contains("`hop`") && refused.contains(row.word),
                "the hop and its kind are named: {refused}"
            );
            // The kinds that can are named; of `keeps` there is another way to know.
            let other_way = refused.contains("Leave `keeps` out");
            assert!(
                other_way || takers.iter().all(|taker| refused.contains(taker)),
                "{form} at {}: {refused}",
                row.word
            );
        }
    }
    assert_eq!(pairs, TAKEN_BY.len() * BACKEND_KINDS.len());
}

#[test]
fn an_address_that_is_missing_is_asked_for_by_its_key() {
    for ((kind, takers), form) in TAKEN_BY.iter().zip(
        KINDS
            .iter()
            .filter(|kind| !OF_NO_HOP.contains(&kind.word))
            .flat_map(|kind| at_hop(kind.word)),
    ) {
        // The address of a hop that is looked for, and not asked, is a help to find it and no more.
        if form["store"] == "hop" {
            continue;
        }
        for row in BACKEND_KINDS
            .iter()
            .filter(|row| takers.contains(&row.word))
        {
            for key in row.addresses {
                for said in complaints(kind, &form, without(row, *key)) {
                    assert!(
                        said.contains(&format!("its `{}:` address", key.word())),
                        "{form} at {}: {said}",
                        row.word
                    );
                }
            }
            let all_missing = row
                .addresses
                .iter()
                .any(|key| !complaints(kind, &form, without(row, *key)).is_empty());
            assert!(all_missing, "{form} at {} needs no address", row.word);
        }
    }
}

#[test]
fn checks_that_name_their_own_target_ask_no_hop() {
    let forms = [
        ("dns", json!({ "dns": "a.example" })),
        ("tcp", json!({ "tcp": "a.example:1" })),
        ("http", json!({ "http": "http://a.example/" })),
    ];
    for (kind, form) in forms {
        assert!(OF_NO_HOP.contains(&kind));
        for row in BACKEND_KINDS {
            let told = complaints(kind, &form, hop(row));
            assert!(told.is_empty(), "{form}: {told:?}");
        }
    }
}

#[test]
fn where_no_hop_is_named_the_first_that_can_answer_is_asked() {
    for (kind, form, takers) in [
        ("scrape", json!({ "scrape": "job" }), SENDERS),
        (
            "remote_write",
            json!({ "remote_write": "http://receive:19291/api/v1/receive" }),
            SENDERS,
        ),
        ("rules", json!({ "rules": "group" }), &["prometheus"][..]),
        (
            "store",
            json!({ "store": "beside" }),
            &["thanos-query", "thanos-query-frontend"][..],
        ),
        (
            "storeapi",
            json!({ "storeapi": "node_load1" }),
            &[
                "thanos-receive",
                "thanos-query",
                "thanos-sidecar",
                "thanos-store",
            ][..],
        ),
        ("metric", json!({ "metric": "node_load1" }), PRESENT),
    ] {
        for row in BACKEND_KINDS {
            let told = complaints(kind, &form, hop(row));
            assert_eq!(
                told.is_empty(),
                takers.contains(&row.word),
                "{form} in a pipeline of a {}: {told:?}",
                row.word
            );
        }
    }
}

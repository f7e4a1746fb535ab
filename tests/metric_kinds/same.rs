//! `same`: the sender's series are at each hop after it, with their values and the labels that are foretold there.

use serde_json::{Value, json};

use crate::scene::{
    NOW, Scene, Seen, Told, build, config_with_rules, count, refused, vector, warned,
};

const UP: [(&str, &str); 2] = [("__name__", "up"), ("job", "api")];
const ARRIVED: [(&str, &str); 3] = [("__name__", "up"), ("env", "ops"), ("job", "api")];

fn form(same: Value) -> Value {
    json!({ "metric": "up", "through": ["prom", "central"], "same": same })
}

fn compared(prom: Told, central: Told, same: Value) -> Seen {
    let rules = json!([
        { "source_labels": ["cluster"], "separator": ";", "regex": "(.*)", "target_label": "env", "replacement": "$1", "action": "replace" },
        { "separator": ";", "regex": "cluster", "replacement": "$1", "action": "labeldrop" },
    ]);
    let at = NOW.plus_ms(-30_000);
    Scene::of(&["prom prometheus", "central prometheus"])
        .tell(
            "prom config",
            config_with_rules(&[("cluster", "ops")], rules),
        )
        .tell("prom build", build("3.14.0"))
        .tell("prom count up", count(1))
        .tell("prom query up", vector(&[(&UP, "1")]))
        .tell("prom query time()", vector(&[]))
        .tell("central count up{env=\"ops\"}", count(1))
        .tell(&format!("prom query up @ {at}"), prom)
        .tell(&format!("central query up{{env=\"ops\"}} @ {at}"), central)
        .judge("metric", form(same))
}

#[test]
fn labels_that_were_foretold_are_no_difference() {
    compared(
        vector(&[(&UP, "1")]),
        vector(&[(&ARRIVED, "1")]),
        json!(true),
    )
    .passes();
}

#[test]
fn another_value_a_missing_series_and_another_label_are_told() {
    let two = || vector(&[(&UP, "1"), (&[("__name__", "up"), ("job", "db")], "1")]);
    compared(two(), vector(&[(&ARRIVED, "2")]), json!(true)).fails(
        "the same 2 series at central",
        "1 series has other values, such as up{env=\"ops\",job=\"api\"}: 1 and then 2; 1 series not found",
    );
    let pod = [
        ("__name__", "up"),
        ("env", "ops"),
        ("job", "api"),
        ("pod", "a"),
    ];
    let found = || vector(&[(&pod, "1")]);
    compared(vector(&[(&UP, "1")]), found(), json!(true))
        .fails("", "1 series differs only in `pod`");
    compared(vector(&[(&UP, "1")]), found(), json!({ "ignore": ["pod"] })).passes();
}

#[test]
fn what_could_not_be_asked_or_is_half_is_an_error() {
    let one = || vector(&[(&UP, "1")]);
    compared(refused(), vector(&[(&ARRIVED, "1")]), json!(true)).errs("what prom showed", "");
    compared(one(), refused(), json!(true)).errs("whether central shows the same", "");
    compared(vector(&[]), vector(&[]), json!(true)).errs("no series at", "");
    let half = warned(vector(&[]), "store 10.1.2.3:10901 is down");
    compared(one(), half, json!(true)).errs("not whole", "");
}

#[test]
fn what_cannot_be_compared_is_said_before_anything_is_sent() {
    let review = |form: Value| Scene::incident().review("metric", form);
    assert!(
        review(json!({ "metric": "up", "through": ["prom", "query"], "same": true })).is_empty()
    );
    for hops in [json!(["prom", "receive"]), json!(["query"])] {
        let complaints = review(json!({ "metric": "up", "through": hops, "same": true }));
        assert!(
            complaints[0].message.contains("first Prometheus"),
            "{complaints:?}"
        );
    }
    for same in [
        json!(false),
        json!({ "tol": 2 }),
        json!({ "tolerance": 0 }),
        json!("yes"),
    ] {
        assert!(
            gapcheck::check::Check::read("metric", form(same.clone())).is_err(),
            "{same}"
        );
    }
}

//! What a hop shows is held against what is foretold there: rules, external labels and Receive's labels are no loss.

use gapcheck::backend::answer::Store;
use gapcheck::leaves::Labels;
use serde_json::{Value, json};

use crate::scene::{
    Scene, build, config_with_rules, count, flags, head, no_samples, store, stores, tsdb, vector,
};

const OPS: [(&str, &str); 1] = [("cluster", "ops")];

/// prom > query, with these rules in between.
fn sent(rules: Value) -> Scene {
    let mut scene = Scene::of(&[
        "prom prometheus",
        "receive thanos-receive",
        "query thanos-query",
    ]);
    scene.world.cluster = Some("ops".into());
    scene
        .tell("prom config", config_with_rules(&OPS, rules))
        .tell("prom build", build("2.42.0+ds"))
        .tell("prom count up", count(1))
        .tell(
            "prom query up",
            vector(&[(&[("__name__", "up"), ("job", "api")], "1")]),
        )
        .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
}

fn through() -> Value {
    json!({ "metric": "up", "through": ["prom", "query"] })
}

fn rename() -> Value {
    json!([
        { "source_labels": ["cluster"], "separator": ";", "regex": "(.*)", "target_label": "env", "replacement": "$1", "action": "replace" },
        { "separator": ";", "regex": "cluster", "replacement": "$1", "action": "labeldrop" },
    ])
}

#[test]
fn a_label_that_rules_rename_is_asked_for_under_its_new_name() {
    let seen = sent(rename())
        .tell("query count up{env=\"ops\"}", count(1))
        .judge("metric", through())
        .passes();
    assert_eq!(seen.states(), "present present");
    assert!(
        !seen
            .asked
            .contains(&"query count up{cluster=\"ops\"}".to_owned())
    );
}

#[test]
fn what_is_absent_under_its_new_name_is_lost() {
    sent(rename())
        .tell("query count up{env=\"ops\"}", count(0))
        .tell("query query up{env=\"ops\"}[1h]", no_samples())
        .judge("metric", through())
        .fails("present at prom and query", "lost between prom and query");
}

#[test]
fn rules_that_cannot_be_followed_make_an_error_of_absence_and_leave_presence() {
    let unknown_version = |series| {
        sent(rename())
            .tell("prom build", build(""))
            .tell("query count up{cluster=\"ops\"}", count(series))
            .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
            .judge("metric", through())
    };
    unknown_version(1).passes();
    unknown_version(0).errs(
        "the `write_relabel_configs` of prom could not be followed",
        "api/v1/status/config",
    );
}

#[test]
fn series_that_cannot_be_foretold_make_an_error_of_absence() {
    let failure =
        gapcheck::backend::Failure::new(gapcheck::backend::FailureClass::Malformed, "cut short");
    sent(rename())
        .tell("prom query up", Err(failure))
        .tell("query count up{cluster=\"ops\"}", count(0))
        .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
        .judge("metric", through())
        .errs("could not be asked: cut short", "reachable");
}

#[test]
fn the_rule_that_drops_it_is_named() {
    let rules = json!([{ "source_labels": ["job"], "separator": ";", "regex": "api", "replacement": "$1", "action": "drop" }]);
    let seen = sent(rules)
        .tell("query count up{cluster=\"ops\"}", count(0))
        .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
        .judge("metric", through())
        .fails("", "lost between prom and query");
    let why = seen.judged.ladder[1].why.clone().unwrap();
    assert!(
        why.starts_with(
            "rule 1 (`drop`) of the `write_relabel_configs` of prom drops it, which sees \"api\""
        ),
        "{why}"
    );
}

#[test]
fn a_series_with_its_own_cluster_is_not_lost() {
    let own = [("__name__", "up"), ("cluster", "dev")];
    let seen = sent(json!([]))
        .tell("prom query up", vector(&[(&own, "1")]))
        .tell("query count up{cluster=\"ops\"}", count(0))
        .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
        .tell("query count up{cluster=\"dev\"}", count(1))
        .judge("metric", through())
        .passes();
    let why = seen.judged.ladder[1].why.clone().unwrap();
    assert!(why.contains("has a `cluster` of its own"), "{why}");
}

fn central() -> Store {
    Store {
        label_sets: vec![Labels::from([
            ("cluster", "central"),
            ("tenant_id", "default-tenant"),
        ])],
        ..store("10.1.2.3:10901")
    }
}

#[test]
fn where_receive_gives_all_senders_one_label_nothing_passes_by_it() {
    let scene = || {
        sent(json!([]))
            .tell("query stores", stores(&[central()]))
            .tell("query count up{cluster=\"ops\"}", count(0))
            .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
    };
    scene()
        .tell("query count up{cluster=\"central\"}", count(2))
        .judge("metric", through())
        .errs(
            "`cluster=\"ops\"` does not reach query, because Receive gives `cluster` to all",
            "`identity:`",
        );
    // It is not there at all: lost, whoever's it could be.
    scene()
        .tell("query count up{cluster=\"central\"}", count(0))
        .tell("query query up{cluster=\"central\"}[1h]", no_samples())
        .judge("metric", through())
        .fails("", "lost between prom and query");
    // Another label of the sender tells it apart.
    scene()
        .identity(&[("region", "eu")])
        .tell("query count up{region=\"eu\"}", count(2))
        .judge("metric", through())
        .passes();
}

#[test]
fn a_wrong_label_says_what_was_foretold() {
    let found = [("__name__", "up"), ("cluster", "central")];
    let mut form = through();
    form["labels"] = json!({ "cluster": "ops" });
    sent(json!([]))
        .tell("query stores", stores(&[central()]))
        .tell("query query up{cluster=\"ops\"}", vector(&[]))
        .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
        .tell("query query up{cluster=\"central\"}", vector(&[(&found, "1")]))
        .judge("metric", form)
        .fails(
            "label `cluster` \"ops\"",
            "`cluster` is foretold to be \"central\": a `--label` of Receive, which wins over \"ops\"",
        );
}

#[test]
fn an_identity_that_the_suite_declares_stands() {
    let seen = sent(json!([]))
        .identity(&OPS)
        .tell("query stores", stores(&[central()]))
        .tell("query count up{cluster=\"ops\"}", count(0))
        .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
        .judge("metric", through())
        .fails("", "lost between prom and query");
    let why = seen.judged.ladder[1].why.clone().unwrap();
    assert!(
        why.contains("a `--label` of Receive, which wins over \"ops\""),
        "{why}"
    );
}

#[test]
fn a_metric_that_rules_rename_is_looked_for_at_receive_under_its_new_name() {
    let rules = json!([{ "source_labels": ["__name__"], "separator": ";", "regex": "up", "target_label": "__name__", "replacement": "ops_up", "action": "replace" }]);
    let scene = || {
        sent(rules.clone())
            .tell("query count ops_up{cluster=\"ops\"}", count(1))
            .tell("query query ops_up{cluster=\"ops\"}[1h]", no_samples())
    };
    let form = || json!({ "metric": "up", "through": ["prom", "receive", "query"] });
    let seen = scene()
        .tell(
            "receive tsdb",
            tsdb(&[head("default-tenant", &[("ops_up", 1)])]),
        )
        .judge("metric", form())
        .passes();
    assert_eq!(seen.states(), "present present present");
    scene()
        .tell(
            "receive tsdb",
            tsdb(&[head("default-tenant", &[("other", 1)])]),
        )
        .judge("metric", form())
        .fails("", "lost between prom and receive");
}

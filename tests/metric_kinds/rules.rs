//! `rules`: rules that are well, broken, old, waiting and missing; and answers that prove nothing.

use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{Rule, RuleGroup, RuleGroups};
use serde_json::json;

use crate::scene::{NOW, Scene, Told, flags, refusal, refused, store, stores};

const RULE: &str = "namespace:aws_cost:sum";

fn rule(name: &str, health: &str, error: &str, age_ms: i64) -> Rule {
    Rule {
        name: name.into(),
        kind: "recording".into(),
        query: "sum(aws_cost)".into(),
        health: health.into(),
        last_error: error.into(),
        last_evaluation: (health != "unknown").then(|| NOW.plus_ms(-age_ms)),
    }
}

fn group(rules: &[Rule]) -> RuleGroup {
    RuleGroup {
        name: "finops".into(),
        file: "/etc/rules.yml".into(),
        interval_ms: 60_000,
        last_evaluation: rules.iter().filter_map(|rule| rule.last_evaluation).max(),
        rules: rules.to_vec(),
    }
}

fn told(groups: &[RuleGroup], warnings: &[&str]) -> Told {
    Ok(Reply::Rules(Arc::new(RuleGroups {
        groups: groups.to_vec(),
        warnings: warnings.iter().map(|w| (*w).to_owned()).collect(),
    })))
}

fn scene(rules: &[Rule]) -> Scene {
    Scene::incident().tell("prom rules", told(&[group(rules)], &[]))
}

fn well(age_ms: i64) -> Rule {
    rule(RULE, "ok", "", age_ms)
}

#[test]
fn a_rule_or_its_whole_group_is_well() {
    for name in [RULE, "finops"] {
        let seen = scene(&[well(30_000)])
            .judge("rules", json!({ "rules": name }))
            .passes();
        assert_eq!(seen.asked, ["prom rules"]);
        assert_eq!(seen.judged.says, "1 of 1 rule healthy at prom");
        let row = &seen.judged.tables[0].rows[0];
        assert_eq!((row[0].as_str(), row[1].as_str()), ("finops", RULE));
        assert!(row[3].contains("(30s ago)"), "{row:?}");
    }
}

#[test]
fn a_rule_that_fails_is_shown_with_its_error() {
    let broken = rule("other:rule", "err", "vector cannot contain metrics", 1_000);
    let both = [well(1_000), broken];
    let seen = scene(&both)
        .judge("rules", json!({ "rules": "finops" }))
        .fails(
            "every evaluation of `finops` without an error at prom",
            "1 of 2 rules failed: `other:rule` of group `finops`: vector cannot contain metrics",
        );
    assert_eq!(seen.judged.tables[0].rows[0][1], "other:rule");
    // The rule that is asked for is well, whatever its neighbour.
    scene(&both)
        .judge("rules", json!({ "rules": RULE }))
        .passes();
    scene(&[rule(RULE, "ok", "left behind", 0)])
        .judge("rules", json!({ "rules": RULE }))
        .fails("without an error", "left behind");
}

#[test]
fn the_last_evaluation_is_young_by_twice_the_interval_or_by_what_is_written() {
    let form = json!({ "rules": RULE });
    scene(&[well(120_000)])
        .judge("rules", form.clone())
        .passes();
    scene(&[well(121_000)]).judge("rules", form.clone()).fails(
        "the last evaluation of `namespace:aws_cost:sum` at most 2m old at prom",
        "was last evaluated 2m1s ago (2026-11-23T11:09:33Z)",
    );
    scene(&[well(121_000)])
        .judge("rules", json!({ "rules": RULE, "fresh": "3m" }))
        .passes();
    let mut no_interval = group(&[well(1_000)]);
    no_interval.interval_ms = 0;
    Scene::incident()
        .tell("prom rules", told(&[no_interval], &[]))
        .judge("rules", form)
        .errs("does not say at which interval", "fresh:");
}

#[test]
fn a_rule_that_was_not_evaluated_yet_is_an_error() {
    scene(&[rule(RULE, "unknown", "", 0)])
        .judge("rules", json!({ "rules": RULE }))
        .errs("was not evaluated yet by prom", "within:");
    // An old server that says nothing of the moment of evaluation (Prometheus before 2.17).
    let mut silent = well(0);
    silent.last_evaluation = None;
    scene(&[silent])
        .judge("rules", json!({ "rules": RULE }))
        .errs("does not say when", "within:");
}

#[test]
fn no_rule_of_the_name_is_a_failure_that_names_the_nearest() {
    scene(&[well(0)])
        .judge("rules", json!({ "rules": "namespace:aws_costs:sum" }))
        .fails(
            "a rule or a group `namespace:aws_costs:sum` at prom",
            "the nearest name is `namespace:aws_cost:sum`",
        );
    scene(&[])
        .judge("rules", json!({ "rules": "finops" }))
        .fails("a rule in group `finops` at prom", "the group has no rule");
    let nothing = || Scene::incident().tell("prom rules", told(&[], &[]));
    nothing()
        .tell(
            "prom flags",
            flags(&[("config.file", "/etc/prometheus.yml")]),
        )
        .judge("rules", json!({ "rules": RULE }))
        .fails("", "it has no rules at all");
}

#[test]
fn a_server_that_only_looks_like_a_prometheus_is_an_error() {
    let nothing = || Scene::incident().tell("prom rules", told(&[], &[]));
    // VictoriaMetrics answers with no groups, and its flags are a page of text.
    nothing()
        .tell("prom flags", refusal(400, "unsupported path"))
        .judge("rules", json!({ "rules": RULE }))
        .errs("that it is a Prometheus could not be told", "status/flags");
    nothing()
        .tell("prom flags", flags(&[("endpoint", "a:10901")]))
        .judge("rules", json!({ "rules": RULE }))
        .errs("not those of a Prometheus", "address");
}

#[test]
fn a_server_that_cannot_be_asked_is_an_error() {
    for failure in [refused(), refusal(422, "unavailable with Prometheus Agent")] {
        Scene::incident()
            .tell("prom rules", failure)
            .judge("rules", json!({ "rules": RULE }))
            .errs("prom: ", "`/api/v1/rules` of hop `prom`");
    }
}

#[test]
fn at_query_absence_is_proven_only_where_every_store_is_well() {
    let form = json!({ "rules": RULE, "at": "query" });
    let empty = || Scene::incident().tell("query rules", told(&[], &[]));
    empty()
        .judge("rules", form.clone())
        .fails("at query", "it has no rules at all");
    let mut dead = store("10.1.2.3:10901");
    dead.last_error = Some("connection refused".into());
    empty()
        .tell("query stores", stores(&[dead]))
        .judge("rules", form.clone())
        .errs("its answer is not whole", "10.1.2.3:10901");
    empty()
        .tell(
            "query flags",
            flags(&[("endpoint", "10.1.2.3:10901"), ("rule", "10.1.2.9:10901")]),
        )
        .judge("rules", form.clone())
        .errs(
            "does not list 10.1.2.9:10901, which it is configured with",
            "gRPC",
        );
    empty()
        .tell("query flags", refused())
        .judge("rules", form)
        .errs("could not be asked", "endpoints:");
}

#[test]
fn at_query_a_warning_allows_no_pass_and_no_absence() {
    let form = json!({ "rules": RULE, "at": "query" });
    let warns = ["fetching rules from rules client: unavailable"];
    let of = |rules: &[Rule]| Scene::incident().tell("query rules", told(&[group(rules)], &warns));
    of(&[well(0)])
        .judge("rules", form.clone())
        .errs("incomplete: fetching rules", "warns of");
    of(&[rule("other", "ok", "", 0)])
        .judge("rules", form.clone())
        .errs("its answer is incomplete", "warns of");
    // What is broken is broken, whatever else is missing.
    of(&[rule(RULE, "err", "no", 0)])
        .judge("rules", form)
        .fails("", "no");
}

#[test]
fn the_review_names_what_cannot_be_asked() {
    let scene = Scene::of(&["vm victoriametrics"]);
    let said = scene.review("rules", json!({ "rules": RULE }));
    assert!(said[0].message.contains("no prometheus hop"), "{said:?}");
    let said = scene.review("rules", json!({ "rules": RULE, "at": "vm" }));
    assert!(
        said[0].message.contains("cannot be asked of hop `vm`"),
        "{said:?}"
    );
    for form in [
        json!({ "rules": RULE }),
        json!({ "rules": RULE, "at": "query" }),
    ] {
        assert!(Scene::incident().review("rules", form).is_empty());
    }
}

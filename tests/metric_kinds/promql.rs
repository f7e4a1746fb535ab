//! `promql`: comparisons, counts, empties, and what is no result.

use gapcheck::backend::answer::{QueryResult, SampleValue};
use serde_json::{Value, json};

use crate::scene::{
    NOW, Scene, Told, answer, flags, no_samples, refusal, refused, store, stores, vector, warned,
};

fn judged(told: Told, expect: Value) -> crate::scene::Seen {
    Scene::incident().tell("prom query x", told).judge(
        "promql",
        json!({ "promql": "x", "at": "prom", "expect": expect }),
    )
}

fn two() -> Told {
    vector(&[(&[("job", "a")], "1"), (&[("job", "b")], "5")])
}

#[test]
fn every_any_count_and_empty_are_compared() {
    judged(two(), json!("> 0")).passes();
    judged(two(), json!("> 1")).fails(
        "every result > 1 at prom",
        "1 on {job=\"a\"}, one of 1 of 2 series",
    );
    judged(two(), json!({ "any": "> 4" })).passes();
    judged(two(), json!({ "any": "> 5" })).fails("at least one result > 5", "one of 2 of 2 series");
    judged(two(), json!({ "count": 2 })).passes();
    judged(two(), json!({ "count": "> 2" }))
        .fails("> 2 series at prom", "2 series, such as {job=\"a\"} 1");
    judged(two(), json!({ "empty": true })).fails("no series at prom", "2 series");
    let seen = judged(vector(&[(&[], "12.5")]), json!("1..20")).passes();
    assert_eq!(seen.judged.says, "12.5 at prom");
}

#[test]
fn p03_a_comparison_on_nothing_is_no_series_and_only_empty_and_count_may_pass() {
    let nothing = || vector(&[]);
    for expect in [
        json!("< 5"),
        json!({ "any": "< 5" }),
        json!({ "every": "< 5", "count": 0 }),
        json!({ "count": ">= 1" }),
    ] {
        judged(nothing(), expect).fails("", "no series at prom");
    }
    judged(nothing(), json!({ "empty": true })).passes();
    judged(nothing(), json!({ "count": 0 })).passes();
}

#[test]
fn p03_a_scalar_is_one_number() {
    let scalar = |text: &str| answer(QueryResult::Scalar(SampleValue::Float(text.into())));
    judged(scalar("0"), json!({ "scalar": 0 })).passes();
    judged(scalar("0"), json!("> 0")).fails("every result > 0", "0");
    judged(scalar("0"), json!({ "empty": true })).errs("one number came from prom", "`scalar`");
    judged(two(), json!({ "scalar": 1 })).errs("2 series came from prom", "`every`");
}

#[test]
fn p04_nan_and_infinities_are_no_passes() {
    for (text, expect) in [
        ("NaN", "finite"),
        ("NaN", "!= 0"),
        ("+Inf", "finite"),
        ("-Inf", "> 0"),
    ] {
        judged(vector(&[(&[], text)]), json!(expect)).fails("", text);
    }
    judged(vector(&[(&[], "+Inf")]), json!("> 5")).passes();
}

#[test]
fn p01_a_warning_is_an_error_whatever_came_with_it() {
    for told in [two(), vector(&[])] {
        judged(warned(told, "store 10.1.2.3:10901 is down"), json!("> 0"))
            .errs("incomplete: store 10.1.2.3:10901 is down", "warns");
    }
    let infos = "PromQL info: metric might not be a counter, name does not end in _total";
    let seen = judged(warned(two(), infos), json!("> 0")).passes();
    assert_eq!(seen.judged.notes, [infos]);
}

#[test]
fn p02_texts_and_raw_samples_are_no_results() {
    judged(no_samples(), json!("> 0")).errs("raw samples", "last_over_time");
    judged(answer(QueryResult::String("a".into())), json!("> 0")).errs("a text", "numbers");
}

#[test]
fn p08_equality_of_floats_is_exact_and_both_numbers_are_shown() {
    let sum = || vector(&[(&[], "0.30000000000000004")]);
    judged(sum(), json!(0.3)).fails("every result 0.3", "0.30000000000000004");
    judged(sum(), json!({ "every": { "approx": 0.3, "tol": 1e-9 } })).passes();
}

#[test]
fn what_cannot_be_asked_is_an_error_with_help() {
    judged(refused(), json!("> 0")).errs("prom: connection to 127.0.0.1:9090 refused", "reachable");
    judged(
        refusal(400, "bad_data: parse error"),
        json!({ "empty": true }),
    )
    .errs("parse error", "Try the expression");
    judged(
        refusal(422, "unavailable with Prometheus Agent"),
        json!({ "empty": true }),
    )
    .errs("Agent", "");
}

#[test]
fn at_query_nothing_is_believed_only_when_the_stores_vouch_for_it() {
    let scene = |told: Told| Scene::incident().tell("query query x", told);
    let form = |expect: Value| json!({ "promql": "x", "at": "query", "expect": expect });
    scene(vector(&[]))
        .judge("promql", form(json!({ "empty": true })))
        .passes();
    scene(vector(&[]))
        .judge("promql", form(json!("> 0")))
        .fails("", "no series at query");
    let sick = gapcheck::backend::answer::Store {
        last_check: Some(NOW.plus_ms(-60_000)),
        ..store("10.1.2.3:10901")
    };
    for (told, expect) in [
        (vector(&[]), json!({ "empty": true })),
        (vector(&[]), json!("> 0")),
        (vector(&[(&[], "3")]), json!("> 5")),
    ] {
        scene(told)
            .tell("query stores", stores(std::slice::from_ref(&sick)))
            .judge("promql", form(expect))
            .errs("last checked 1m ago", "10.1.2.3:10901");
    }
    scene(refusal(422, "No StoreAPIs available"))
        .tell("query flags", flags(&[("endpoint", "")]))
        .judge("promql", form(json!({ "empty": true })))
        .passes();
}

#[test]
fn the_results_of_several_series_are_shown() {
    let seen = judged(two(), json!("> 0")).passes();
    assert_eq!(seen.judged.tables[0].rows[1], ["{job=\"b\"}", "5"]);
}

#[test]
fn the_review_names_hops_and_types() {
    let says = |form: Value| -> Vec<String> {
        Scene::incident()
            .review("promql", form)
            .into_iter()
            .map(|c| {
                format!(
                    "{}{}: {} | {}",
                    if c.warning { "warning " } else { "" },
                    c.key.join("."),
                    c.message,
                    c.help.unwrap_or_default()
                )
            })
            .collect()
    };
    let form = |promql: &str, at: &str, expect: Value| json!({ "promql": promql, "at": at, "expect": expect });
    for (form, expected) in [
        (form("sum(up)", "query", json!("> 0")), ""),
        (
            form("sum(up)", "prometheus", json!("> 0")),
            "at: no hop `prometheus`",
        ),
        (
            form("sum(up)", "receive", json!("> 0")),
            "at: PromQL cannot be asked of hop `receive`, which is of kind thanos-receive | Name a hop that answers it: prometheus, victoriametrics, victoriametrics-cluster, thanos-query, thanos-query-frontend, mimir and cortex.",
        ),
        (
            form("sum(up", "query", json!("> 0")),
            "warning promql: this may be no PromQL",
        ),
        (
            form("  ", "query", json!("> 0")),
            "promql: an empty expression",
        ),
        (
            form("up[5m]", "query", json!("> 0")),
            "promql: a range selector gives raw samples",
        ),
        (
            form("up", "query", json!({ "scalar": 1 })),
            "expect.scalar: `scalar` expects one number",
        ),
        (
            form("scalar(up)", "query", json!({ "count": 1 })),
            "expect: the expression gives one number",
        ),
    ] {
        let said = says(form.clone());
        if expected.is_empty() {
            assert!(said.is_empty(), "{form}: {said:?}");
        } else {
            assert!(
                said.iter().any(|s| s.contains(expected)),
                "{form}: {said:?}"
            );
        }
    }
    let deep = format!("{}1{}", "(".repeat(60_000), ")".repeat(60_000));
    let said = says(form(&deep, "query", json!("> 0")));
    assert!(said[0].contains("it is sent unread"), "{said:?}");
    assert!(
        gapcheck::check::Check::read("promql", json!({ "promql": "up", "at": "query" })).is_err()
    );
}

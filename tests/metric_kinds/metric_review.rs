//! What `metric` and `metrics` complain about before anything is sent.

use gapcheck::backend::answer::Count;
use gapcheck::check::Check;
use serde_json::{Value, json};

use crate::scene::{Scene, count, of_form};

fn says(form: Value) -> Vec<String> {
    let mut scene = Scene::incident().beside("meta prometheus");
    scene.world.pipeline.remove(0);
    scene.world.elsewhere = vec![("exporter".into(), vec!["ops".into()])];
    scene
        .review("metric", form)
        .into_iter()
        .map(|c| {
            format!(
                "{}: {} | {}",
                c.key.join("."),
                c.message,
                c.help.unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn first_mistakes_are_told_with_their_place() {
    for (form, expected) in [
        (json!({ "metric": "up" }), ""),
        (json!({ "metric": "up", "at": "meta" }), ""),
        (
            json!({ "metric": "up", "through": ["prometheus"] }),
            "through.0: no hop `prometheus`; the pipeline has prom, receive, query",
        ),
        (json!({ "metric": "up", "at": "qeury" }), "Write `query`."),
        (
            json!({ "metric": "up", "at": "exporter" }),
            "at: hop `exporter` exists only in ops: add `clusters: ops`",
        ),
        (
            json!({ "metric": "up", "at": "prom", "through": ["prom"] }),
            "`at` and `through` in one check",
        ),
        (
            json!({ "metric": "up", "through": ["query", "prom"] }),
            "through.1: `prom` comes before `query`",
        ),
        (
            json!({ "metric": "up", "through": ["prom", "prom"] }),
            "through.1: `prom` twice",
        ),
        (
            json!({ "metric": "up", "through": ["meta"] }),
            "stands beside the pipeline",
        ),
        (
            json!({ "metric": "up", "at": "receive", "labels": { "a": "b" } }),
            "labels: `labels` cannot be read at `receive`",
        ),
        (
            json!({ "metric": "up", "at": "receive", "value": "> 0" }),
            "value: `value` cannot be read",
        ),
        (
            json!({ "metric": "up", "at": "receive", "fresh": "5m" }),
            "fresh: `fresh` cannot be read",
        ),
        (
            json!({ "metric": "up", "at": "prom", "tenant": "t" }),
            "tenant: no tenant is known at prom",
        ),
        (
            json!({ "metric": "up", "at": "prom", "labels_at": { "query": { "a": "b" } } }),
            "labels_at.query: `query` is not asked by this check",
        ),
        (
            json!({ "metric": "up", "at": "prom", "labels_at": { "nope": { "a": "b" } } }),
            "labels_at.nope: no hop `nope`",
        ),
        (
            json!({ "metric": "{job=\"a\"}", "at": "prom" }),
            "names no metric",
        ),
        (json!({ "metric": "up", "at": "prom", "fresh": "26h" }), ""),
        (
            json!({ "metric": "up", "at": "prom", "window": "0s" }),
            "window: a window of 0s holds no sample",
        ),
        (
            json!({ "metric": "up", "at": "query", "tenant": "" }),
            "tenant: an empty tenant",
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
}

#[test]
fn what_prometheus_makes_itself_is_on_no_page() {
    let scene = Scene::incident();
    for form in [
        json!({ "metric": "up", "at": "exporter" }),
        json!({ "metric": "up", "through": ["exporter", "prom"] }),
    ] {
        let said = scene.review("metric", form);
        assert!(
            said[0]
                .message
                .contains("`up` is made by Prometheus itself"),
            "{said:?}"
        );
    }
    assert!(scene.review("metric", json!({ "metric": "up" })).is_empty());
}

#[test]
fn receive_without_its_write_address_is_refused_at_and_warned_of_through() {
    let mut scene = Scene::incident();
    scene.world.pipeline[2] = of_form(
        json!({ "name": "receive", "kind": "thanos-receive", "http": "http://receive:10902" }),
    );
    let at = scene.review("metric", json!({ "metric": "up", "at": "receive" }));
    assert!(
        at[0]
            .message
            .contains("give hop `receive` its `write:` address (port 19291)"),
        "{at:?}"
    );
    assert!(!at[0].warning);
    let through = scene.review(
        "metric",
        json!({ "metric": "up", "through": ["prom", "receive"] }),
    );
    assert!(through[0].warning, "{through:?}");
    let all = scene.review("metric", json!({ "metric": "up" }));
    assert!(all.is_empty(), "{all:?}");
}

#[test]
fn what_asserts_nothing_is_refused_when_read() {
    for form in [
        json!({ "metric": "up", "through": [] }),
        json!({ "metric": "up", "labels": {} }),
        json!({ "metric": "up", "labels_at": {} }),
        json!({ "metric": "up", "labels_at": { "prom": {} } }),
        json!({ "metric": "up", "series": null }),
        json!({ "metric": "up", "at": null }),
        json!({ "metric": "up", "fresh": null }),
        json!({ "metric": "" }),
        json!({ "metric": "up", "throught": ["prom"] }),
    ] {
        assert!(Check::read("metric", form.clone()).is_err(), "{form}");
    }
    for form in [json!({ "metrics": [] }), json!({ "metrics": "up" })] {
        assert!(Check::read("metrics", form.clone()).is_err(), "{form}");
    }
}

#[test]
fn metrics_are_one_check_a_name() {
    let Check::Metrics(metrics) = Check::read(
        "metrics",
        json!({ "metrics": ["up", "node_load1"], "at": "prom", "fresh": "5m" }),
    )
    .unwrap() else {
        panic!("metrics");
    };
    let each = metrics.each();
    assert_eq!(each.len(), 2);
    assert_eq!(each[1].metric.to_string(), "node_load1");
    assert_eq!(each[1].at.as_deref(), Some("prom"));
    assert!(each[0].fresh.is_some());
}

#[test]
fn metrics_judged_together_fail_when_one_does() {
    let form = json!({ "metrics": ["up", "node_load1"], "at": "prom", "series": 1 });
    Scene::incident()
        .tell("prom count up", count(1))
        .tell("prom count node_load1", count(2))
        .judge("metrics", form.clone())
        .fails("1 series at prom", "2 series at prom");
    let twice =
        Scene::incident().review("metrics", json!({ "metrics": ["up", "up"], "at": "prom" }));
    assert_eq!(twice[0].key, ["metrics", "1"]);
    let _ = Count::default();
}

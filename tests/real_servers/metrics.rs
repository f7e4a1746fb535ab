//! Kinds `metric`, `metrics`, `promql` and `scrape` against Debian's Prometheus and VictoriaMetrics.

use crate::pipeline::{PIPELINE, head};
use crate::servers::{check, free_port, run, series, until, verdicts};

/// Every verdict that a list of checks (id, YAML, expected) gives.
fn judge(checks: &[(&str, &str, &str)], exit: i32) -> serde_json::Value {
    let suite = checks.iter().fold(head(), |suite, (id, yaml, _)| {
        suite + &format!("  - {{ id: {id}, {yaml} }}\n")
    });
    let (code, report) = run(&suite, &[]);
    let expected: Vec<(String, String)> = checks
        .iter()
        .map(|(id, _, verdict)| ((*id).to_owned(), (*verdict).to_owned()))
        .collect();
    assert_eq!(verdicts(&report), expected, "{report:#}");
    assert_eq!(code, exit, "{report:#}");
    report
}

#[test]
fn a_metric_is_judged_at_one_hop() {
    let cost = "metric: aws_cost_exporter_current_month_cost, at: prom";
    judge(
        &[
            ("plain", cost, "pass"),
            ("absent", "metric: no_such_metric, at: prom", "fail"),
            (
                "label",
                &format!("{cost}, labels: {{ namespace: finops, job: /aws-.*/, pod: false }}"),
                "pass",
            ),
            (
                "wrong-label",
                &format!("{cost}, labels: {{ namespace: other }}"),
                "fail",
            ),
            ("series", &format!("{cost}, series: 2"), "pass"),
            ("too-few", &format!("{cost}, series: '> 2'"), "fail"),
            ("finite", &format!("{cost}, value: finite"), "pass"),
            ("positive", &format!("{cost}, value: '> 0'"), "fail"),
            ("nan", "metric: nan_metric, at: prom, value: finite", "fail"),
            ("fresh", &format!("{cost}, fresh: 1m"), "pass"),
            (
                "selector",
                "metric: 'aws_cost_exporter_current_month_cost{service=\"AWSLambda\"}', at: prom, series: 1",
                "pass",
            ),
            (
                "vm",
                "metric: aws_cost_exporter_current_month_cost, at: vm, series: 2, labels: { cluster: ops }",
                "pass",
            ),
            ("vm-absent", "metric: no_such_metric, at: vm", "fail"),
        ],
        1,
    );
}

#[test]
fn the_ladder_names_the_edge_that_loses_the_metric() {
    let report = judge(
        &[
            (
                "whole",
                "metric: aws_cost_exporter_current_month_cost, through: [exporter, prom, central], labels: { cluster: ops }",
                "pass",
            ),
            (
                "lost",
                "metric: secret_metric, through: [exporter, prom, central]",
                "fail",
            ),
            (
                "never",
                "metric: no_such_metric, through: [exporter, prom, central]",
                "fail",
            ),
        ],
        1,
    );
    let states = |id: &str| -> Vec<String> {
        check(&report, id)["ladder"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rung| {
                format!(
                    "{}={}",
                    rung["hop"].as_str().unwrap(),
                    rung["state"].as_str().unwrap()
                )
            })
            .collect()
    };
    assert_eq!(
        states("whole"),
        ["exporter=present", "prom=present", "central=present"]
    );
    assert_eq!(
        states("lost"),
        ["exporter=present", "prom=present", "central=absent"]
    );
    assert_eq!(
        states("never"),
        ["exporter=absent", "prom=absent", "central=absent"]
    );
    let gaps = report["gaps"].as_array().unwrap();
    let edges: Vec<_> = gaps
        .iter()
        .map(|gap| {
            (
                gap["from"].as_str(),
                gap["to"].as_str(),
                gap["edge"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        edges,
        [
            (Some("prom"), Some("central"), Some("exact")),
            (None, Some("exporter"), Some("exact"))
        ]
    );
}

#[test]
fn another_clusters_series_does_not_count() {
    // `central` holds the metric with cluster=ops only: asked for blue's, it is absent there, however many ops has.
    let suite = head().replace("checks:", "identity: { cluster: blue }\nchecks:")
        + "  - { id: theirs, metric: kept_metric, through: [prom, central] }\n";
    let (code, report) = run(&suite, &[]);
    assert_eq!(
        (code, check(&report, "theirs")["verdict"].as_str()),
        (1, Some("fail")),
        "{report:#}"
    );
    assert_eq!(report["gaps"][0]["from"], "prom");
}

#[test]
fn a_metric_that_ended_is_stale_and_says_when() {
    let p = &*PIPELINE;
    let gone = "# TYPE ending_metric gauge\nending_metric 1\n";
    p.exporter.page.lock().unwrap().push_str(gone);
    until("ending_metric at ops", || {
        series(p.ops.port, "ending_metric") == 1
    });
    {
        let mut page = p.exporter.page.lock().unwrap();
        *page = page.replace(gone, "");
    }
    until("ending_metric to end", || {
        series(p.ops.port, "ending_metric") == 0
    });
    let report = judge(
        &[
            (
                "ended",
                "metric: ending_metric, through: [exporter, prom]",
                "fail",
            ),
            (
                "windowed",
                "metric: ending_metric, at: prom, window: 15m",
                "pass",
            ),
        ],
        1,
    );
    let rung = &check(&report, "ended")["ladder"][1];
    assert_eq!(rung["state"], "stale", "{report:#}");
    assert!(
        rung["newest_sample"].as_str().unwrap().ends_with('Z'),
        "{rung}"
    );
}

#[test]
fn metrics_become_a_check_each() {
    let (code, report) = run(
        &(head() + "  - { metrics: [kept_metric, no_such_metric], at: prom }\n"),
        &[],
    );
    assert_eq!(code, 1);
    assert_eq!(report["counts"]["pass"], 1);
    assert_eq!(report["counts"]["fail"], 1);
}

#[test]
fn expressions_are_judged() {
    judge(
        &[
            (
                "above",
                "promql: 'count(kept_metric)', at: prom, expect: '> 0'",
                "pass",
            ),
            (
                "below",
                "promql: 'kept_metric', at: prom, expect: '> 1'",
                "fail",
            ),
            (
                "nothing",
                "promql: 'no_such_metric', at: prom, expect: '< 5'",
                "fail",
            ),
            (
                "empty",
                "promql: 'no_such_metric', at: prom, expect: { empty: true }",
                "pass",
            ),
            (
                "count",
                "promql: 'aws_cost_exporter_current_month_cost', at: prom, expect: { count: 2 }",
                "pass",
            ),
            (
                "any",
                "promql: 'aws_cost_exporter_current_month_cost', at: prom, expect: { any: '> 10' }",
                "pass",
            ),
            (
                "every",
                "promql: 'aws_cost_exporter_current_month_cost', at: prom, expect: { every: '> 10' }",
                "fail",
            ),
            (
                "scalar",
                "promql: '2 + 2', at: prom, expect: { scalar: 4 }",
                "pass",
            ),
            (
                "nan",
                "promql: 'nan_metric', at: prom, expect: '!= 3'",
                "fail",
            ),
            ("syntax", "promql: 'sum(', at: prom, expect: '> 0'", "error"),
        ],
        1,
    );
}

#[test]
fn targets_are_judged_and_their_errors_quoted() {
    let report = judge(
        &[
            (
                "up",
                "scrape: aws-cost-exporter, exposes: aws_cost_exporter_current_month_cost, labels: { namespace: finops }, fresh: 1m",
                "pass",
            ),
            (
                "lacks",
                "scrape: aws-cost-exporter, exposes: no_such_metric",
                "fail",
            ),
            ("down", "scrape: closed", "fail"),
            ("unknown", "scrape: aws-cost-exportr", "fail"),
        ],
        1,
    );
    assert!(
        check(&report, "down")["actual"]
            .as_str()
            .unwrap()
            .contains("connection refused"),
        "{report:#}"
    );
    assert!(
        check(&report, "unknown")
            .to_string()
            .contains("aws-cost-exporter"),
        "the nearest job is named: {report:#}"
    );
}

#[test]
fn a_server_that_is_not_there_is_an_error_and_never_a_failure() {
    let closed = free_port();
    let suite = format!(
        "version: 1\nsuite: dead\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"http://127.0.0.1:{closed}\" }}\n  - {{ name: vm, kind: victoriametrics, url: \"http://127.0.0.1:{closed}\" }}\n\
         checks:\n  - {{ id: metric, metric: up, at: prom }}\n  - {{ id: promql, promql: up, at: prom, expect: {{ empty: true }} }}\n  - {{ id: scrape, scrape: node, at: prom }}\n  - {{ id: vm, metric: up, at: vm }}\n"
    );
    let (code, report) = run(&suite, &[]);
    assert_eq!(code, 3, "{report:#}");
    for (id, verdict) in verdicts(&report) {
        assert_eq!(verdict, "error", "{id}: {report:#}");
        assert!(
            check(&report, &id)["help"].is_string(),
            "{id} has no help: {report:#}"
        );
    }
}

#[test]
fn a_fresh_sample_at_victoriametrics_is_seen_at_once() {
    // Without `nocache=1` an instant query there is shifted back 30 s and this metric would be reported missing.
    let p = &*PIPELINE;
    p.exporter
        .page
        .lock()
        .unwrap()
        .push_str("# TYPE young_metric gauge\nyoung_metric 1\n");
    until("young_metric at victoria", || {
        series(p.victoria.port, "young_metric") == 1
    });
    judge(&[("young", "metric: young_metric, at: vm", "pass")], 0);
}

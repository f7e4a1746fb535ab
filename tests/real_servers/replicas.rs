//! Replicas: two Prometheus servers behind one hop, with one that lacks a metric, and with one that is down.

use std::sync::LazyLock;

use crate::servers::{
    Exporter, Server, check, free_port, prometheus, run, series, until, verdicts,
};

struct Pair {
    a: Server,
    b: Server,
}

/// Both scrape themselves; only the first one scrapes the exporter.
static PAIR: LazyLock<Pair> = LazyLock::new(|| {
    let exporter = Exporter::start("only_here 1\n");
    let own = "- job_name: own\n  static_configs: [ { targets: [\"127.0.0.1:1\"] } ]\n";
    let global = "global: { scrape_interval: 1s }\nscrape_configs:\n";
    let a = prometheus(
        &format!(
            "{global}{own}- job_name: exporter\n  static_configs: [ {{ targets: [\"127.0.0.1:{}\"] }} ]\n",
            exporter.port
        ),
        &[],
    );
    let b = prometheus(&format!("{global}{own}"), &[]);
    until("both to have `up`", || {
        series(a.port, "only_here") == 1 && series(b.port, "up") == 1
    });
    Pair { a, b }
});

const CHECKS: &str = r#"
  - { id: up, metric: 'up{job="own"}', at: prom, series: 1, value: 0 }
  - { id: only, metric: only_here, at: prom }
  - { id: query, promql: 'vector(1)', at: prom, expect: 1 }
  - { id: scrape, scrape: own, at: prom, up: any }
  - { id: exporter, scrape: exporter, at: prom }
"#;

fn judged(urls: &[String], how: &str) -> (i32, serde_json::Value) {
    let suite = format!(
        "version: 1\nsuite: pair\npipeline:\n  - {{ name: prom, kind: prometheus, url: {urls:?}, replicas: {how} }}\nchecks:{CHECKS}"
    );
    run(&suite, &[])
}

fn states(report: &serde_json::Value) -> String {
    let all = verdicts(report)
        .into_iter()
        .map(|(id, state)| format!("{id} {state}"));
    all.collect::<Vec<_>>().join(", ")
}

#[test]
fn all_or_any_of_two_servers_must_do() {
    let urls = [PAIR.a.url(), PAIR.b.url()];
    let (code, report) = judged(&urls, "all");
    assert_eq!(
        states(&report),
        "up pass, only fail, query pass, scrape fail, exporter fail",
        "{report:#}"
    );
    assert_eq!(code, 1);
    let only = check(&report, "only");
    let label = PAIR.b.url().replace("http://", "");
    assert!(
        only["actual"]
            .as_str()
            .unwrap()
            .contains(&format!("1 of 2 replicas ({label})")),
        "{only:#}"
    );
    let backends: Vec<&str> = only["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exchange| exchange["backend"].as_str().unwrap())
        .collect();
    assert!(
        backends.contains(&format!("prom ({label})").as_str()),
        "{backends:?}"
    );
    let (code, report) = judged(&urls, "any");
    assert_eq!(
        states(&report),
        "up pass, only pass, query pass, scrape fail, exporter pass",
        "{report:#}"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_server_that_is_down_is_an_error_unless_another_will_do() {
    let urls = [PAIR.a.url(), format!("http://127.0.0.1:{}", free_port())];
    let (code, report) = judged(&urls, "all");
    assert_eq!(
        states(&report),
        "up error, only error, query error, scrape fail, exporter error",
        "{report:#}"
    );
    assert_eq!(code, 1);
    let (_, report) = judged(&urls, "any");
    assert_eq!(
        states(&report),
        "up pass, only pass, query pass, scrape error, exporter pass",
        "{report:#}"
    );
    // The one that answers lacks it: the other one may have it.
    let urls = [PAIR.b.url(), urls[1].clone()];
    let (_, report) = judged(&urls, "any");
    assert!(states(&report).contains("only error"), "{report:#}");
}

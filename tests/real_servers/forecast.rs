//! Labels that change between two real Prometheus servers: what was foretold is found there.

use crate::servers::{Server, check, prometheus, run, series, until, verdicts};

/// A Prometheus that scrapes itself and writes to another with these rules.
fn sending(central: &Server, rules: &str) -> Server {
    let config = format!(
        r#"
global:
  scrape_interval: 1s
  external_labels: {{ cluster: ops }}
scrape_configs:
- job_name: self
  static_configs: [ {{ targets: ["127.0.0.1:1"] }} ]
- job_name: own
  static_configs: [ {{ targets: ["127.0.0.1:1"], labels: {{ cluster: dev }} }} ]
remote_write:
- url: {}/api/v1/write
  queue_config: {{ batch_send_deadline: 1s }}
  write_relabel_configs: [ {rules} ]
"#,
        central.url()
    );
    prometheus(&config, &[])
}

fn suite(prom: &Server, central: &Server, checks: &str) -> String {
    format!(
        r#"version: 1
suite: real
pipeline:
  - {{ name: prom, kind: prometheus, url: "{}" }}
  - {{ name: central, kind: prometheus, url: "{}" }}
checks:
{checks}"#,
        prom.url(),
        central.url()
    )
}

#[test]
fn renamed_labels_and_series_with_their_own_are_found_and_dropped_ones_are_explained() {
    let central = prometheus("global: { scrape_interval: 1s }\n", &[]);
    let prom = sending(
        &central,
        r#"{ source_labels: [cluster], target_label: env }, { regex: cluster, action: labeldrop },
           { source_labels: [__name__], regex: scrape_(duration)_seconds, target_label: __name__, replacement: 'took_$1' },
           { source_labels: [__name__], regex: scrape_samples_.*, action: drop }"#,
    );
    until("`up` of two jobs at central", || {
        series(central.port, "up{env!=\"\"}") == 2
    });
    until("the renamed metric", || {
        series(central.port, "took_duration") == 2
    });
    let checks = r#"
  - { id: renamed-label, metric: 'up{job="self"}', through: [prom, central], labels: { env: ops, cluster: false } }
  - { id: own-label, metric: 'up{job="own"}', through: [prom, central], labels: { env: dev }, series: 1 }
  - { id: renamed-metric, metric: scrape_duration_seconds, through: [prom, central], series: 2 }
  - { id: lag, metric: 'up{job="self"}', through: [prom, central], lag: 30s }
  - { id: same, metric: up, through: [prom, central], same: { settle: 5s }, within: 20s }
  - { id: dropped, metric: scrape_samples_scraped, through: [prom, central] }
  - { id: wrong-label, metric: 'up{job="self"}', through: [prom, central], labels: { env: dev } }
"#;
    let (code, report) = run(&suite(&prom, &central, checks), &[]);
    let verdict = |id: &str, verdict: &str| (id.to_owned(), verdict.to_owned());
    assert_eq!(
        verdicts(&report),
        [
            verdict("renamed-label", "pass"),
            verdict("own-label", "pass"),
            verdict("renamed-metric", "pass"),
            verdict("lag", "pass"),
            verdict("same", "pass"),
            verdict("dropped", "fail"),
            verdict("wrong-label", "fail"),
        ],
        "{report:#}"
    );
    assert_eq!(code, 1);
    let dropped = check(&report, "dropped").to_string();
    assert!(
        dropped.contains("rule 4 (`drop`) of the `write_relabel_configs` of prom"),
        "{dropped}"
    );
    let wrong = check(&report, "wrong-label").to_string();
    assert!(wrong.contains("foretold to be"), "{wrong}");
}

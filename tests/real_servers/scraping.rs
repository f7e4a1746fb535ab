//! Why a metric is missing in Debian's Prometheus: each fault between an exporter and its storage, planted in a real server.

use std::time::{Duration, SystemTime};

use crate::servers::{Exporter, check, free_port, get, prometheus, run, series, until};

/// The causes that a gap of this check has, as `id certainty`, ruled out and not tested left out.
fn causes(report: &serde_json::Value, id: &str) -> Vec<String> {
    let full = check(report, id)["id"].as_str().unwrap();
    let gaps = report["gaps"].as_array().unwrap();
    let gap = gaps
        .iter()
        .find(|gap| gap["check"] == full)
        .unwrap_or_else(|| panic!("no gap of `{id}`: {report:#}"));
    assert_eq!(gap["to"], "prom", "{gap:#}");
    gap["causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cause| {
            format!(
                "{} {}",
                cause["id"].as_str().unwrap(),
                cause["certainty"].as_str().unwrap()
            )
        })
        .filter(|cause| !cause.ends_with("ruled-out") && !cause.ends_with("not-tested"))
        .collect()
}

fn milliseconds_ago(ago: Duration) -> u128 {
    (SystemTime::now() - ago)
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis()
}

#[test]
fn each_fault_between_an_exporter_and_its_prometheus_is_proven_and_no_other() {
    let page = "# TYPE cost_usd gauge\ncost_usd{service=\"EC2\"} 1\nmore 1\n";
    let whole = Exporter::start(page);
    let renamed = Exporter::start("# TYPE cost_usd_total counter\ncost_usd_total 1\n");
    let broken = Exporter::start("cost_usd 1\nthis is no line\n");
    let old = Exporter::start(&format!(
        "# TYPE cost_usd gauge\ncost_usd 1 {}\n",
        milliseconds_ago(Duration::from_secs(3 * 3600))
    ));
    let ending = Exporter::start("# TYPE cost_usd gauge\ncost_usd 1\n");
    let rules = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        rules.path(),
        "groups:\n- name: costs\n  interval: 1s\n  rules:\n  - record: cost:ratio\n    expr: more * on() more\n",
    )
    .unwrap();
    let prom = prometheus(
        &format!(
            r#"
global: {{ scrape_interval: 1s }}
rule_files: [ "{rules}" ]
scrape_configs:
- job_name: down
  static_configs: [ {{ targets: ["127.0.0.1:1"] }} ]
- job_name: renamed
  static_configs: [ {{ targets: ["127.0.0.1:{renamed}"] }} ]
- job_name: broken
  static_configs: [ {{ targets: ["127.0.0.1:{broken}"] }} ]
- job_name: unwanted
  static_configs: [ {{ targets: ["127.0.0.1:{whole}"], labels: {{ team: finops }} }} ]
  relabel_configs:
  - {{ source_labels: [__address__], regex: ".*:1", action: drop }}
  - {{ source_labels: [team], regex: finops, action: drop }}
- job_name: after
  static_configs: [ {{ targets: ["127.0.0.1:{whole}"] }} ]
  metric_relabel_configs:
  - {{ source_labels: [__name__, service], regex: "cost_.*;EC2", action: drop }}
- job_name: limited
  sample_limit: 1
  static_configs: [ {{ targets: ["127.0.0.1:{whole}"] }} ]
- job_name: old
  static_configs: [ {{ targets: ["127.0.0.1:{old}"] }} ]
- job_name: ending
  static_configs: [ {{ targets: ["127.0.0.1:{ending}"] }} ]
- job_name: more
  static_configs: [ {{ targets: ["127.0.0.1:{whole}"] }} ]
  metric_relabel_configs:
  - {{ source_labels: [__name__], regex: cost_usd, action: drop }}
- job_name: rare
  scrape_interval: 14s
  static_configs: [ {{ targets: ["127.0.0.1:{whole}"] }} ]
"#,
            rules = rules.path().display(),
            renamed = renamed.port,
            broken = broken.port,
            whole = whole.port,
            old = old.port,
            ending = ending.port,
        ),
        &["--query.lookback-delta=5s"],
    );
    until("the metric that will end", || {
        series(prom.port, "cost_usd{job=\"ending\"}") == 1
    });
    *ending.page.lock().unwrap() = "other 1\n".to_owned();
    until("the end of it", || {
        series(prom.port, "cost_usd{job=\"ending\"}") == 0
    });
    until(
        "a second sample of the job that is scraped rarely, gone again",
        || {
            series(
                prom.port,
                "count_over_time(cost_usd{job=\"rare\"}[10m]) >= 2",
            ) == 1
                && series(prom.port, "cost_usd{job=\"rare\"}") == 0
        },
    );
    let jobs = [
        ("down", vec!["exporter-down proven"]),
        (
            "renamed",
            vec![
                "metric-not-exposed proven",
                "renamed-metric likely",
                "name-translated likely",
            ],
        ),
        ("broken", vec!["exporter-error proven"]),
        ("unwanted", vec!["target-dropped-by-relabel proven"]),
        ("after", vec!["dropped-by-metric-relabel proven"]),
        ("limited", vec!["scrape-limit proven"]),
        ("old", vec!["timestamp-refused proven"]),
        ("ending", vec!["metric-not-exposed proven"]),
        ("rare", vec!["slow-scrape proven"]),
        // Series of that job could be written to this Prometheus.
        ("nowhere", vec!["target-not-discovered likely"]),
    ];
    let mut suite = format!(
        "version: 1\nsuite: real\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"{}\" }}\nchecks:\n",
        prom.url()
    );
    for (job, _) in &jobs {
        suite += &format!("  - {{ id: {job}, metric: 'cost_usd{{job=\"{job}\"}}' }}\n");
    }
    suite += "  - { id: rule, metric: 'cost:ratio' }\n";
    let (code, report) = run(&suite, &[]);
    assert_eq!(code, 1, "{report:#}");
    let mut wrong = Vec::new();
    for (job, expected) in jobs
        .into_iter()
        .chain([("rule", vec!["rule-failing proven"])])
    {
        let found = causes(&report, job);
        wrong.extend((found != expected).then(|| format!("{job}: {found:#?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_reload_that_failed_is_why_a_new_job_is_missing() {
    let config = |job: &str| {
        format!(
            "global: {{ scrape_interval: 1s }}\nscrape_configs:\n- job_name: {job}\n  static_configs: [ {{ targets: [\"127.0.0.1:{}\"] }} ]\n",
            free_port()
        )
    };
    let prom = prometheus(&config("old"), &["--web.enable-lifecycle"]);
    std::fs::write(
        prom.dir.path().join("prometheus.yml"),
        config("new") + "mistake: 1\n",
    )
    .unwrap();
    reload(prom.port);
    until("the failed reload", || {
        get(prom.port, "/api/v1/status/runtimeinfo")
            .is_some_and(|(_, body)| body.contains("\"reloadConfigSuccess\":false"))
    });
    let suite = format!(
        "version: 1\nsuite: real\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"{}\" }}\nchecks:\n  - {{ id: new, metric: 'cost_usd{{job=\"new\"}}' }}\n",
        prom.url()
    );
    let (_, report) = run(&suite, &[]);
    let found = causes(&report, "new");
    assert_eq!(found[0], "config-not-loaded proven", "{:#}", report["gaps"]);
    assert!(
        found[1..].iter().all(|cause| !cause.ends_with("proven")),
        "{found:?}"
    );
}

fn reload(port: u16) {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "POST /-/reload HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
}

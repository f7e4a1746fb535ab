//! Debian's Prometheus in agent mode: as `prometheus-agent` it answers what it can, as `prometheus` it is recognised, and what PromQL would
//! find in it is refused before anything is sent.

use serde_json::Value;
use tempfile::TempDir;

use crate::servers::{
    Exporter, Server, agent, check, gapcheck, prometheus, run, series, until, verdicts,
};

/// An agent that scrapes an exporter and writes to a Prometheus, which then has what it sends.
struct Rig {
    agent: Server,
    receiver: Server,
    _exporter: Exporter,
}

fn rig() -> Rig {
    let exporter = Exporter::start("kept_metric 1\n");
    let receiver = prometheus("global: { scrape_interval: 1s }\n", &[]);
    let agent = agent(&format!(
        r#"
global:
  scrape_interval: 1s
  external_labels: {{ cluster: ops }}
scrape_configs:
- job_name: cost
  static_configs: [ {{ targets: ["127.0.0.1:{}"] }} ]
remote_write:
- url: {}/api/v1/write
  queue_config: {{ batch_send_deadline: 1s }}
"#,
        exporter.port,
        receiver.url()
    ));
    until("the metric at the receiver", || {
        series(receiver.port, "kept_metric{cluster=\"ops\"}") == 1
    });
    Rig {
        agent,
        receiver,
        _exporter: exporter,
    }
}

fn suite(rig: &Rig, kind: &str, checks: &str) -> String {
    format!(
        "version: 1\nsuite: agent\npipeline:\n  - {{ name: agent, kind: {kind}, url: \"{}\" }}\n  - {{ name: central, kind: prometheus, url: \"{}\" }}\nchecks:\n{}",
        rig.agent.url(),
        rig.receiver.url(),
        checks.replace("WRITES_TO", &format!("{}/api/v1/write", rig.receiver.url()))
    )
}

const ANSWERED: &str = r#"  - { id: scrape, scrape: cost, exposes: kept_metric, at: agent }
  - { id: first, scrape: cost }
  - { id: no-job, scrape: no-such-job, at: agent }
  - { id: sends, remote_write: "WRITES_TO", at: agent, failed: 0 }
  - { id: nowhere, remote_write: "http://elsewhere.example/api/v1/receive", at: agent }
  - { id: arrived, metric: kept_metric, at: central, labels: { cluster: ops }, fresh: 1m }
  - { id: not-there, metric: no_such_metric, at: central }
"#;

const REFUSED: &str = r#"  - { id: metric, metric: kept_metric, at: agent }
  - { id: absent, metric: no_such_metric, at: agent }
  - { id: promql, promql: kept_metric, at: agent, expect: "> 0" }
  - { id: empty, promql: no_such_metric, at: agent, expect: { empty: true } }
  - { id: rules, rules: group, at: agent }
  - { id: keeps, remote_write: "WRITES_TO", at: agent, keeps: kept_metric }
"#;

#[test]
fn an_agent_answers_what_it_can_and_is_recognised_where_it_cannot() {
    let rig = rig();
    for kind in ["prometheus-agent", "prometheus"] {
        let (code, report) = run(&suite(&rig, kind, ANSWERED), &[]);
        assert_eq!(code, 1);
        let expected = [
            ("scrape", "pass"),
            ("first", "pass"),
            ("no-job", "fail"),
            ("sends", "pass"),
            ("nowhere", "fail"),
            ("arrived", "pass"),
            ("not-there", "fail"),
        ];
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(id, verdict)| ((*id).to_owned(), (*verdict).to_owned()))
            .collect();
        assert_eq!(verdicts(&report), expected, "{kind}: {report:#}");
    }
    // Called a Prometheus, its refusals are errors that say what it is.
    let (code, report) = run(&suite(&rig, "prometheus", REFUSED), &[]);
    assert_eq!(code, 3, "{report:#}");
    for (id, verdict) in verdicts(&report) {
        let check = check(&report, &id);
        assert_eq!(verdict, "error", "{check:#}");
        let help = check["help"].as_str().unwrap();
        assert!(help.contains("`kind: prometheus-agent`"), "{id}: {help}");
    }
    // Called an agent, it is not asked at all.
    let dir = TempDir::new().unwrap();
    let written = suite(&rig, "prometheus-agent", REFUSED);
    std::fs::write(dir.path().join("suite.yaml"), written).unwrap();
    let ran = gapcheck(dir.path(), &["validate", "suite.yaml"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let said = ran.stderr.matches("prometheus-agent").count();
    assert!(said >= REFUSED.lines().count(), "{}", ran.stderr);
}

#[test]
fn on_the_way_an_agent_is_unknown_and_the_gap_an_interval() {
    let rig = rig();
    for kind in ["prometheus-agent", "prometheus"] {
        let checks = "  - { id: way, metric: no_such_metric, through: [agent, central] }\n";
        let (code, report) = run(&suite(&rig, kind, checks), &[]);
        let way = check(&report, "way");
        assert_eq!(
            (code, &way["verdict"]),
            (1, &Value::from("fail")),
            "{way:#}"
        );
        let states: Vec<&str> = way["ladder"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rung| rung["state"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["unknown", "absent"], "{way:#}");
    }
}

//! The door on real servers: batches say what single questions say; a recording replays to the same bytes, and an altered one to another verdict.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::pipeline::{PIPELINE, head};
use crate::servers::{check, dnsmasq, gapcheck, run, verdicts};

#[test]
fn batches_and_single_questions_agree() {
    let mut suite = head();
    for at in 0..600 {
        let metric = match at % 3 {
            0 => format!(
                "'kept_metric{{job=\"aws-cost-exporter\",x{}=\"\"}}'",
                at / 3 % 5
            ),
            1 => format!(
                "'aws_cost_exporter_current_month_cost{{service=\"AWSLambda\",n{at}!=\"a\"}}'"
            ),
            _ => format!("absent_{at}"),
        };
        suite += &format!("  - {{ id: c{at}, metric: {metric}, at: prom }}\n");
    }
    let (code, together) = run(&suite, &[]);
    let (single_code, singly) = run(&suite, &["--no-batch"]);
    assert_eq!((code, single_code), (1, 1));
    assert_eq!(verdicts(&together), verdicts(&singly));
    assert_eq!(together["counts"]["pass"], 400);
    assert_eq!(together["counts"]["fail"], 200);
    let sent = |report: &Value| {
        let mut requests: Vec<String> = report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["evidence"][0]["request"].as_str().unwrap().to_owned())
            .collect();
        requests.sort();
        requests.dedup();
        requests.len()
    };
    assert!(
        sent(&together) < sent(&singly),
        "{} < {}",
        sent(&together),
        sent(&singly)
    );
    assert!(
        check(&together, "c2")["evidence"][0]["single"]
            .as_str()
            .unwrap()
            .contains("/api/v1/query?query=")
    );
    let texts = |report: &Value| -> Vec<String> {
        report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| format!("{} {} {}", c["message"], c["expected"], c["actual"]))
            .collect()
    };
    assert_eq!(
        texts(&together),
        texts(&singly),
        "texts are the same either way"
    );
}

#[test]
fn checks_that_ask_the_same_share_one_request() {
    let suite = (0..20).fold(head(), |suite, at| {
        suite
            + &format!(
                "  - {{ id: c{at}, promql: 'count(kept_metric) + {}', at: prom, expect: '> 0' }}\n",
                at % 2
            )
    });
    let (code, report) = run(&suite, &[]);
    assert_eq!(code, 0);
    let mut times: Vec<String> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{}{}", c["evidence"][0]["request"], c["evidence"][0]["at"]))
        .collect();
    times.sort();
    times.dedup();
    assert_eq!(times.len(), 2, "{times:?}");
}

/// The formats of reports.
pub(crate) const FORMATS: [&str; 4] = ["json", "junit", "md", "text"];

/// Runs `suite.yaml` of this folder: its exit code, and its report in each format.
pub(crate) fn reports(dir: &Path, name: &str, more: &[&str]) -> (i32, Vec<String>) {
    let paths: Vec<String> = FORMATS
        .iter()
        .map(|format| format!("{format}={name}.{format}"))
        .collect();
    let mut args = vec!["run", "suite.yaml"];
    args.extend(paths.iter().flat_map(|path| ["--report", path.as_str()]));
    args.extend(more);
    let ran = gapcheck(dir, &args);
    assert_ne!(ran.code, 2, "{}", ran.stderr);
    (
        ran.code,
        FORMATS
            .iter()
            .map(|format| std::fs::read_to_string(dir.join(format!("{name}.{format}"))).unwrap())
            .collect(),
    )
}

#[test]
fn a_recording_replays_to_the_same_bytes_and_an_altered_one_to_another_verdict() {
    let dir = TempDir::new().unwrap();
    let dns = dnsmasq(&["--host-record=a.example.test,127.0.0.1"]);
    let prom = PIPELINE.ops.url();
    let suite = head()
        + &format!(
            r#"  - {{ id: metric, metric: kept_metric, at: prom }}
  - {{ id: ladder, metric: aws_cost_exporter_current_month_cost, through: [exporter, prom, central], series: 2, value: finite, fresh: 10m, labels: {{ cluster: ops }} }}
  - {{ metrics: [kept_metric], id: metrics, at: prom }}
  - {{ id: promql, promql: "sum(kept_metric)", at: prom, expect: "> 0" }}
  - {{ id: scrape, scrape: aws-cost-exporter, exposes: kept_metric }}
  - {{ id: dns, dns: a.example.test, resolver: "127.0.0.1:{}" }}
  - {{ id: tcp, tcp: "127.0.0.1:{}" }}
  - {{ id: http, http: "{prom}/-/ready" }}
  - {{ id: absent, metric: no_such_metric, through: [exporter, prom, central], within: 2s }}
"#,
            dns.port, PIPELINE.ops.port
        );
    std::fs::write(dir.path().join("suite.yaml"), suite).unwrap();
    let (code, live) = reports(dir.path(), "live", &["--record", "tape.jsonl"]);
    assert_eq!(code, 1, "{}", live[0]);
    drop(dns);
    let (code, again) = reports(dir.path(), "again", &["--replay", "tape.jsonl"]);
    assert_eq!(code, 1);
    for (format, (live, again)) in FORMATS.iter().zip(live.iter().zip(&again)) {
        assert_eq!(live, again, "{format} differs");
    }

    let tape = std::fs::read_to_string(dir.path().join("tape.jsonl")).unwrap();
    let passed = [
        "metric", "ladder", "metrics", "promql", "scrape", "dns", "tcp", "http",
    ];
    for (of, alter) in alterations() {
        std::fs::write(dir.path().join("altered.jsonl"), altered(&tape, of, alter)).unwrap();
        let (_, altered) = reports(dir.path(), "altered", &["--replay", "altered.jsonl"]);
        let report: Value = serde_json::from_str(&altered[0]).unwrap();
        let changed: Vec<&str> = passed
            .iter()
            .copied()
            .filter(|id| check(&report, id)["verdict"] != "pass")
            .collect();
        let expected: &[&str] = match of {
            "count" => &["metric", "metrics"],
            "query" => &["ladder", "promql"],
            "targets" | "page" => &["scrape"],
            other => &[other],
        };
        for id in expected {
            assert!(
                changed.contains(id),
                "{of} altered, yet `{id}` still passes: {changed:?}"
            );
        }
    }
}

/// A change of an answer.
pub(crate) type Alteration = fn(&mut Value);

/// The recording with every answer of that type changed.
pub(crate) fn altered(tape: &str, of: &str, alter: Alteration) -> String {
    let lines: Vec<String> = tape
        .lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if let Some(reply) = line
                .pointer_mut("/flight/reply")
                .filter(|reply| reply["is"] == of)
            {
                alter(&mut reply["value"]);
            }
            line.to_string()
        })
        .collect();
    let altered = lines.join("\n");
    assert_ne!(altered, tape.trim_end(), "nothing was altered for {of}");
    altered
}

/// For each type of answer that the suite's checks rest on, a change that must change a verdict.
fn alterations() -> [(&'static str, Alteration); 7] {
    [
        ("count", |count| count["series"] = json!(0)),
        ("query", |query| query["result"]["result"] = json!([])),
        ("targets", |targets| {
            targets["active"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|target| target["health"] = json!("down"))
        }),
        ("page", |page| page["samples"] = json!([])),
        ("dns", |dns| {
            dns["attempts"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|attempt| {
                    attempt["outcome"] = json!("nxdomain");
                    attempt["records"] = json!([]);
                });
        }),
        ("tcp", |tcp| {
            tcp["address"] = Value::Null;
            tcp["attempts"][0]["failure"] =
                json!({ "class": "refused", "what": "connection refused" });
        }),
        ("http", |http| http["status"] = json!(503)),
    ]
}

#[test]
fn a_question_that_was_not_recorded_is_an_error_that_names_it() {
    let dir = TempDir::new().unwrap();
    let suite = |metric: &str| head() + &format!("  - {{ id: one, metric: {metric}, at: prom }}\n");
    std::fs::write(dir.path().join("suite.yaml"), suite("kept_metric")).unwrap();
    reports(dir.path(), "live", &["--record", "tape.jsonl"]);
    std::fs::write(dir.path().join("suite.yaml"), suite("other_metric")).unwrap();
    let (code, again) = reports(dir.path(), "again", &["--replay", "tape.jsonl"]);
    assert_eq!(code, 3);
    assert!(
        again[0].contains("other_metric") && again[0].contains("the recording holds no answer"),
        "{}",
        again[0]
    );
}

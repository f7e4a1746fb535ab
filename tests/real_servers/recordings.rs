//! The kinds of the stations behind Prometheus, recorded at the lab's servers and a real Prometheus: a replay gives the same bytes, and
//! for each type of answer that a kind rests on, an altered one gives another verdict.

use std::sync::{Arc, mpsc};
use std::thread;

use gapcheck::lab::{incident, start};
use gapcheck::leaves::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::doors::{Alteration, FORMATS, altered, reports};
use crate::servers::{Server, check, get, prometheus, until, verdicts};

/// The pipeline of a suite that leads to a lab of its own, and the remote_write URL of its Prometheus.
fn lab() -> (String, String) {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let model = incident::healthy(Timestamp::now().0);
            let lab = start(model, Arc::new(|| Timestamp::now().0)).await.unwrap();
            let sender = &lab.prometheus[0];
            let pipeline = format!(
                r#"  - {{ name: prom, kind: prometheus, url: "http://{}" }}
  - {{ name: receive, kind: thanos-receive, write: "http://{}", http: "http://{}", grpc: "{}" }}
  - {{ name: query, kind: thanos-query, url: "http://{}" }}
backends:
  - {{ name: heads, kind: thanos-receive, write: "http://{}", http: "http://{}" }}
"#,
                sender.address,
                lab.receive_write,
                lab.receive_http,
                lab.receive_grpc,
                lab.query,
                lab.receive_write,
                lab.receive_http
            );
            tell.send((pipeline, sender.writes_to.clone())).unwrap();
            // Its servers run as long as the test.
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

/// A real Prometheus that has evaluated a rule.
fn ruler(dir: &TempDir) -> Server {
    let file = dir.path().join("rules.yml");
    let rules = "groups:\n- name: costs\n  interval: 1s\n  rules:\n  - { record: \"job:cost:sum\", expr: \"vector(1)\" }\n";
    std::fs::write(&file, rules).unwrap();
    let server = prometheus(&format!("rule_files: [ {} ]\n", file.display()), &[]);
    until("the rule to be evaluated", || {
        get(server.port, "/api/v1/rules")
            .is_some_and(|(_, body)| body.contains("\"health\":\"ok\""))
    });
    server
}

const CHECKS: &str = r#"
  - { id: sends, remote_write: "WRITES_TO", at: prom }
  - { id: keeps, remote_write: "WRITES_TO", at: prom, keeps: up, failed: 0, lag: 5m }
  - { id: rules, rules: "job:cost:sum", at: ruler, fresh: 1h }
  - { id: held, receive: heads, holds: up, tenant: default-tenant, fresh: 5m }
  - { id: taken, receive: receive, rejected: 0 }
  - { id: store, store: receive, at: query, labels: { tenant_id: default-tenant } }
  - { id: series, storeapi: aws_cost_exporter_current_month_cost, at: receive, tenant: default-tenant, fresh: 5m }
  - { id: serving, storeapi: aws_cost_exporter_current_month_cost, at: receive, serving: true }
"#;

/// An alteration of all answers of a type, and what it must make of the checks that rest on them.
type Row = (
    &'static str,
    Alteration,
    &'static [(&'static str, &'static str)],
);

fn each(list: &mut Value, alter: impl Fn(&mut Value)) {
    list.as_array_mut().unwrap().iter_mut().for_each(alter);
}

fn rows() -> Vec<Row> {
    vec![
        (
            "config",
            |config| config["remote_write"] = json!([]),
            &[("sends", "fail"), ("keeps", "fail")],
        ),
        (
            "movement",
            |movement| {
                each(&mut movement["series"], |moved| {
                    let name = moved["labels"]["__name__"].as_str().unwrap().to_owned();
                    if name.ends_with("samples_failed_total") {
                        moved["grew"] = json!(1000.0);
                    }
                    if moved["labels"]["handler"] == "receive" {
                        moved["labels"]["code"] = json!("500");
                        moved["grew"] = json!(10.0);
                    }
                });
            },
            &[("sends", "fail"), ("keeps", "fail"), ("taken", "fail")],
        ),
        (
            "movement",
            |movement| movement["series"] = json!([]),
            &[("sends", "error"), ("keeps", "error"), ("taken", "error")],
        ),
        (
            "query",
            |query| query["result"]["result"] = json!([]),
            &[("keeps", "error")],
        ),
        (
            "build",
            |build| build["version"] = json!("unheard-of"),
            &[("keeps", "error")],
        ),
        (
            "rules",
            |told| {
                each(&mut told["groups"], |group| {
                    each(&mut group["rules"], |rule| {
                        rule["health"] = json!("err");
                        rule["last_error"] = json!("found duplicate series");
                    });
                });
            },
            &[("rules", "fail")],
        ),
        (
            "tsdb-status",
            |heads| each(heads, |head| head["metrics"] = json!([["other", 1]])),
            &[("held", "fail")],
        ),
        (
            "tsdb-status",
            |heads| *heads = json!([]),
            &[("held", "error")],
        ),
        (
            "http",
            |http| {
                http["status"] = json!(503);
                http["body"] = json!("NOT OK");
            },
            &[("held", "fail"), ("taken", "fail")],
        ),
        (
            "stores",
            |stores| {
                each(stores, |store| {
                    store["last_error"] = json!("DeadlineExceeded")
                })
            },
            &[("store", "fail")],
        ),
        (
            "store-info",
            |info| info["serving"] = json!(false),
            &[("serving", "fail")],
        ),
        (
            "store-info",
            |info| info["component"] = json!("query"),
            &[("serving", "error"), ("series", "error")],
        ),
        (
            "store-series",
            |told| told["series"] = json!([]),
            &[("serving", "fail"), ("series", "fail")],
        ),
    ]
}

#[test]
fn the_stations_replay_to_the_same_bytes_and_altered_answers_to_other_verdicts() {
    let dir = TempDir::new().unwrap();
    let ruler = ruler(&dir);
    let (pipeline, writes_to) = lab();
    let suite = format!(
        "version: 1\nsuite: stations\nidentity: {{ cluster: ops }}\npipeline:\n{pipeline}  - {{ name: ruler, kind: prometheus, url: \"{}\" }}\nchecks:{}",
        ruler.url(),
        CHECKS.replace("WRITES_TO", &writes_to)
    );
    std::fs::write(dir.path().join("suite.yaml"), suite).unwrap();
    let (code, live) = reports(dir.path(), "live", &["--record", "tape.jsonl"]);
    assert_eq!(code, 0, "{}", live[0]);
    drop(ruler);
    let (code, again) = reports(dir.path(), "again", &["--replay", "tape.jsonl"]);
    assert_eq!(code, 0, "{}", again[0]);
    for (format, (live, again)) in FORMATS.iter().zip(live.iter().zip(&again)) {
        assert_eq!(live, again, "{format} differs");
    }
    let tape = std::fs::read_to_string(dir.path().join("tape.jsonl")).unwrap();
    let mut changed: Vec<String> = Vec::new();
    for (of, alter, wanted) in rows() {
        std::fs::write(dir.path().join("altered.jsonl"), altered(&tape, of, alter)).unwrap();
        let (_, told) = reports(dir.path(), "altered", &["--replay", "altered.jsonl"]);
        let report: Value = serde_json::from_str(&told[0]).unwrap();
        for (id, verdict) in wanted {
            let check = check(&report, id);
            assert_eq!(check["verdict"], *verdict, "{of} altered: {id}: {check:#}");
            changed.push((*id).to_owned());
        }
        // What does not rest on it stays as it was.
        for (id, verdict) in verdicts(&report) {
            let is_meant = wanted.iter().any(|(wanted, _)| *wanted == id);
            assert!(
                is_meant || verdict == "pass",
                "{of} altered: {id} {verdict}"
            );
        }
    }
    for (id, _) in verdicts(&serde_json::from_str(&live[0]).unwrap()) {
        assert!(changed.contains(&id), "no alteration changes `{id}`");
    }
}

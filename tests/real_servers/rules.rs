//! Kind `rules` against Debian's Prometheus.

use tempfile::TempDir;

use crate::servers::{check, get, prometheus, run, until, verdicts};

const RULES: &str = r#"groups:
- name: costs
  interval: 1s
  rules:
  - { record: "job:cost:sum", expr: "vector(1)" }
- name: broken
  interval: 1s
  rules:
  - { record: "job:good", expr: "vector(1)" }
  - { record: "job:bad", expr: "label_replace(vector(1) or label_replace(vector(1), 'a', 'b', '', ''), 'a', '', '', '')" }
- name: slow
  interval: 1h
  rules:
  - { record: "job:slow", expr: "vector(1)" }
"#;

#[test]
fn rules_are_judged_by_their_errors_and_their_last_evaluation() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("rules.yml");
    std::fs::write(&file, RULES).unwrap();
    let server = prometheus(&format!("rule_files: [ {} ]\n", file.display()), &[]);
    until("the rules to be evaluated", || {
        get(server.port, "/api/v1/rules").is_some_and(|(_, body)| {
            body.matches("\"health\":\"ok\"").count() == 2 && body.contains("\"health\":\"err\"")
        })
    });
    let suite = format!(
        r#"version: 1
suite: real
pipeline:
  - {{ name: prom, kind: prometheus, url: "{}" }}
  - {{ name: gone, kind: prometheus, url: "http://127.0.0.1:1" }}
checks:
  - {{ id: well, rules: "job:cost:sum" }}
  - {{ id: group, rules: costs, at: prom, fresh: 1m }}
  - {{ id: neighbour, rules: "job:good" }}
  - {{ id: bad, rules: "job:bad" }}
  - {{ id: group-bad, rules: broken }}
  - {{ id: absent, rules: "job:cost:sums" }}
  - {{ id: slow, rules: slow }}
  - {{ id: gone, rules: costs, at: gone }}
"#,
        server.url()
    );
    let (code, report) = run(&suite, &[]);
    let expected = [
        ("well", "pass"),
        ("group", "pass"),
        ("neighbour", "pass"),
        ("bad", "fail"),
        ("group-bad", "fail"),
        ("absent", "fail"),
        ("slow", "error"),
        ("gone", "error"),
    ];
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(id, verdict)| ((*id).to_owned(), (*verdict).to_owned()))
        .collect();
    assert_eq!(verdicts(&report), expected, "{report:#}");
    assert_ne!(code, 0);
    let bad = check(&report, "bad").to_string();
    assert!(bad.contains("same labelset"), "{bad}");
    let absent = check(&report, "absent").to_string();
    assert!(
        absent.contains("the nearest name is `job:cost:sum`"),
        "{absent}"
    );
}

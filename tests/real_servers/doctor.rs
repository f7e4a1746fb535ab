//! The doctor before real servers: a Prometheus, one in agent mode, a VictoriaMetrics, and what they are mistaken for.

use serde_json::Value;
use tempfile::TempDir;

use crate::servers::{Server, free_port, gapcheck, get, prometheus, until, victoria_metrics};

const CONFIG: &str = "global:\n  external_labels: { cluster: ops }\n";

fn agent() -> Server {
    let (port, dir) = (free_port(), TempDir::new().unwrap());
    let file = dir.path().join("prometheus.yml");
    std::fs::write(&file, CONFIG).unwrap();
    let args = [
        "--enable-feature=agent".to_owned(),
        format!("--config.file={}", file.display()),
        format!("--storage.agent.path={}", dir.path().join("data").display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    let server = Server::start("prometheus", port, dir, &args);
    until("the agent is ready", || {
        get(port, "/-/ready").is_some_and(|(status, _)| status == 200)
    });
    server
}

fn doctor(hops: &[(&str, &str, String)]) -> (i32, Vec<Value>) {
    let mut suite = "version: 1\nsuite: s\npipeline:\n".to_owned();
    for (name, kind, url) in hops {
        suite += &format!("  - {{ name: {name}, kind: {kind}, url: \"{url}\" }}\n");
    }
    suite += "checks:\n  - { dns: localhost }\n";
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("suite.yaml"), suite).unwrap();
    let ran = gapcheck(dir.path(), &["doctor", "suite.yaml", "-o", "json"]);
    let told: Value = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|_| panic!("exit {}: {}{}", ran.code, ran.stdout, ran.stderr));
    (ran.code, told[0]["hops"].as_array().unwrap().clone())
}

#[test]
fn real_servers_are_what_they_are() {
    let (prometheus, agent, victoria) = (prometheus(CONFIG, &[]), agent(), victoria_metrics());
    let (code, hops) = doctor(&[
        ("prom", "prometheus", prometheus.url()),
        ("agent", "prometheus", agent.url()),
        ("vm", "victoriametrics", victoria.url()),
        ("page", "exporter", prometheus.url()),
    ]);
    assert_eq!(code, 0, "{hops:#?}");
    for hop in &hops {
        assert_eq!(hop["grade"], "ok", "{hop:#}");
        assert_eq!(hop["addresses"][0]["reached"], "yes", "{hop:#}");
    }
    for hop in &hops[..3] {
        assert_eq!(hop["ready"], true, "{hop:#}");
    }
    // Debian's VictoriaMetrics tells no version.
    for hop in &hops[..2] {
        let version = hop["version"].as_str().unwrap_or_default();
        assert!(version.contains('.'), "{hop:#}");
    }
    assert_eq!(hops[0]["remarks"], serde_json::json!([]));
    assert_eq!(hops[0]["clock"]["ahead_ms"], 0);
    assert!(
        hops[1]["remarks"].to_string().contains("agent mode"),
        "{:#}",
        hops[1]
    );
    let (code, hops) = doctor(&[
        ("prom", "prometheus", victoria.url()),
        ("query", "thanos-query", prometheus.url()),
        ("vm", "thanos-query", victoria.url()),
    ]);
    assert_eq!(code, 1);
    for hop in &hops {
        assert_eq!(hop["grade"], "wrong", "{hop:#}");
    }
    drop(prometheus);
    let port = free_port();
    let (code, hops) = doctor(&[("gone", "prometheus", format!("http://127.0.0.1:{port}"))]);
    assert_eq!(
        (code, &hops[0]["grade"]),
        (3, &serde_json::json!("not-asked"))
    );
}

//! `gapcheck doctor` before what real servers answered, of every recorded version: no server is accused of being what it is not.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Asked, Gapcheck, Server, Told};

/// The recorded exchanges that answer each path, the first that is there.
const RECORDED: &[(&str, &[&str])] = &[
    ("/-/ready", &["ready"]),
    ("/metrics", &["metrics"]),
    ("/api/v1/receive", &["receive-path"]),
    ("/api/v1/targets", &["targets"]),
    ("/api/v1/status/config", &["status-config"]),
    ("/api/v1/status/flags", &["status-flags"]),
    ("/api/v1/status/buildinfo", &["status-buildinfo"]),
    ("/api/v1/status/tsdb", &["tsdb-all", "status-tsdb"]),
    ("/api/v1/stores", &["stores"]),
    ("/api/v1/rules", &["rules"]),
];

fn folder(server: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded")
        .join(server)
}

fn told(file: &Path) -> Option<Told> {
    let recorded: Value = serde_json::from_slice(&fs::read(file).ok()?).unwrap();
    let response = &recorded["response"];
    let header = |name: &str| Some(format!("{name}: {}", response["headers"][name].as_str()?));
    Some(Told {
        status: response["status"].as_u64().unwrap().try_into().unwrap(),
        headers: ["Content-Type", "Allow"]
            .into_iter()
            .filter_map(header)
            .collect(),
        body: response["body"].as_str().unwrap().to_owned(),
        hang: false,
    })
}

/// A server that answers as recorded; every query has one sample, unless queries were refused.
fn replayed(server: &str) -> Server {
    let folder = folder(server);
    Server::start(move |asked: &Asked| {
        let path = asked.target.split('?').next().unwrap_or_default();
        if path == "/api/v1/query" {
            let refused = told(&folder.join("query.json")).filter(|told| told.status != 200);
            return refused.unwrap_or_else(|| Told::vector("{}", "1"));
        }
        let names = RECORDED.iter().find(|(known, _)| *known == path);
        let mut files = names.iter().flat_map(|(_, names)| names.iter());
        files
            .find_map(|name| told(&folder.join(format!("{name}.json"))))
            .unwrap_or_else(|| Told {
                status: 404,
                headers: vec!["Content-Type: text/plain".to_owned()],
                body: "404 page not found\n".to_owned(),
                hang: false,
            })
    })
}

fn examined(hop: &str, code: i32) -> Value {
    let suite = format!(
        "version: 1\nsuite: s\npipeline:\n  - {{ name: hop, {hop} }}\nchecks:\n  - {{ dns: localhost }}\n"
    );
    let ran = Gapcheck::new("doctor s.yaml -o json")
        .file("s.yaml", &suite)
        .run();
    let told: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    assert_eq!(ran.code, code, "{hop}: {:#}", told[0]["hops"][0]);
    told[0]["hops"][0].clone()
}

#[test]
fn every_recorded_server_is_what_it_is() {
    for (server, kind, version) in [
        ("prometheus-2.42.0/healthy", "prometheus", "2.42.0+ds"),
        ("prometheus-3.14.0/healthy", "prometheus", "3.14.0"),
        ("prometheus-3.14.0/healthy", "victoriametrics", "3.14.0"),
        ("thanos-query-0.31.0/healthy", "thanos-query", "0.31.0"),
        ("thanos-query-0.36.1/healthy", "thanos-query", "0.36.1"),
        ("thanos-query-0.42.4/healthy", "thanos-query", "0.42.4"),
        ("victoriametrics-1.79.5/healthy", "victoriametrics", ""),
    ] {
        let running = replayed(server);
        let hop = examined(&format!("kind: {kind}, url: \"{}\"", running.url()), 0);
        assert_eq!(
            hop["version"].as_str().unwrap_or_default(),
            version,
            "{server}"
        );
        assert_eq!(hop["ready"], true, "{server}");
    }
}

#[test]
fn every_recorded_receive_is_one() {
    for version in ["0.31.0", "0.36.1", "0.42.4"] {
        let folder = format!("thanos-receive-{version}/healthy");
        let http = replayed(&folder);
        let write = Server::start(move |asked| {
            let name = match asked.target.split('?').next() {
                Some("/api/v1/receive") => "write-path-get",
                Some("/api/v1/status/tsdb") => "tsdb-all",
                _ => "write-port-ready",
            };
            told(&self::folder(&folder).join(format!("{name}.json"))).unwrap()
        });
        let addresses = |write: &Server, http: &Server| {
            format!(
                "kind: thanos-receive, write: \"{}\", http: \"{}\"",
                write.url(),
                http.url()
            )
        };
        let hop = examined(&addresses(&write, &http), 0);
        assert_eq!(hop["version"], version);
        assert_eq!(hop["remarks"], serde_json::json!([]));
        examined(&addresses(&http, &write), 1);
    }
}

#[test]
fn servers_under_another_kind_are_recognised() {
    for (server, kind, what) in [
        (
            "thanos-query-0.31.0/healthy",
            "prometheus",
            "a Thanos (version 0.31.0)",
        ),
        (
            "thanos-query-0.42.4/healthy",
            "victoriametrics",
            "a Thanos (version 0.42.4)",
        ),
        (
            "victoriametrics-1.79.5/healthy",
            "prometheus",
            "a VictoriaMetrics",
        ),
        (
            "victoriametrics-1.79.5/healthy",
            "thanos-query",
            "a VictoriaMetrics",
        ),
        (
            "prometheus-2.42.0/healthy",
            "thanos-query",
            "a Prometheus (version 2.42.0+ds)",
        ),
    ] {
        let running = replayed(server);
        let hop = examined(&format!("kind: {kind}, url: \"{}\"", running.url()), 1);
        let first = hop["remarks"][0]["what"].as_str().unwrap();
        assert!(first.contains(what), "{server} as {kind}: {first}");
    }
}

#[test]
fn a_recorded_agent_is_told_as_one() {
    for version in ["2.42.0", "3.14.0"] {
        let running = replayed(&format!("prometheus-{version}/agent"));
        let hop = examined(&format!("kind: prometheus, url: \"{}\"", running.url()), 0);
        assert!(hop["remarks"].to_string().contains("agent mode"), "{hop:#}");
    }
}

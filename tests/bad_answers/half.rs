//! Half-answering servers: the lab's pipeline behind proxies that let everything through but one path. Whatever a kind needs and does
//! not get is an error with help, never a failure and never a pass; what it does not need changes nothing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use gapcheck::lab::{incident, start};
use gapcheck::leaves::Timestamp;
use serde_json::Value;

use crate::scripted::{Say, Scripted, reply};
use crate::stage::judge;
use crate::support::closed_port;

/// The lab's addresses; it runs until the test's process ends.
struct Lab {
    prom: SocketAddr,
    write: SocketAddr,
    http: SocketAddr,
    query: SocketAddr,
    exporter: SocketAddr,
    writes_to: String,
}

fn lab() -> Lab {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let model = incident::healthy(Timestamp::now().0);
            let lab = start(model, Arc::new(|| Timestamp::now().0)).await.unwrap();
            tell.send(Lab {
                prom: lab.prometheus[0].address,
                write: lab.receive_write,
                http: lab.receive_http,
                query: lab.query,
                exporter: lab.exporter,
                writes_to: lab.prometheus[0].writes_to.clone(),
            })
            .unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

/// The whole answer to a request, by the server at this address.
fn passed_on(to: SocketAddr, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).unwrap();
    let closing = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    stream.write_all(closing.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// How a path answers that is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// As a server that is too old to have it.
    TooOld,
    /// As a server that is starting, or overloaded.
    NotNow,
    /// As a proxy that wants a login.
    Login,
    /// With the first half of the true answer.
    Half,
}

impl Manner {
    const ALL: [Self; 4] = [Self::TooOld, Self::NotNow, Self::Login, Self::Half];

    fn say(self, well: &[u8]) -> Say {
        match self {
            Self::TooOld => Say::Send(reply("404 Not Found", "404 page not found\n")),
            Self::NotNow => Say::Send(reply("503 Service Unavailable", "not now")),
            Self::Login => {
                let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
                Say::Send(reply("200 OK\r\nContent-Type: text/html", page))
            }
            Self::Half => Say::Close(well[..well.len() - 5].to_vec()),
        }
    }
}

/// What is not well: station, path, manner.
type Fault = Option<(&'static str, &'static str, Manner)>;

const RULES: &str = r#"{"status":"success","data":{"groups":[{"name":"costs","file":"a.yml","interval":3600,"rules":[{"type":"recording","name":"job:cost:sum","query":"up","health":"ok","evaluationTime":0.001,"lastEvaluation":"NOW"}]}]}}"#;

/// A proxy before one of the lab's servers.
fn proxy(station: &'static str, to: SocketAddr, fault: Fault) -> Scripted {
    Scripted::start(move |_, request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let well = match path {
            // The lab evaluates no rules.
            "/api/v1/rules" => {
                let now = Timestamp::now().to_string();
                let head = "200 OK\r\nContent-Type: application/json\r\nConnection: close";
                reply(head, &RULES.replace("NOW", &now))
            }
            _ => passed_on(to, request),
        };
        match fault {
            Some((at, faulty, manner)) if at == station && faulty == path => manner.say(&well),
            _ => Say::Close(well),
        }
    })
}

/// Judges these checks with such a fault: verdict and help of each.
fn judged(lab: &Lab, checks: &str, fault: Fault) -> Vec<Value> {
    let at = |station, to| proxy(station, to, fault).url();
    let suite = format!(
        r#"version: 1
suite: s
identity: {{ cluster: ops }}
pipeline:
  - {{ name: exporter, kind: exporter, url: "{}/metrics" }}
  - {{ name: prom, kind: prometheus, url: "{prom}" }}
  - {{ name: receive, kind: thanos-receive, write: "{}", http: "{}" }}
  - {{ name: query, kind: thanos-query, url: "{query}" }}
  - {{ name: front, kind: thanos-query-frontend, url: "{query}" }}
backends:
  - {{ name: agent, kind: prometheus-agent, url: "{prom}" }}
checks:
{}"#,
        at("exporter", lab.exporter),
        at("write", lab.write),
        at("http", lab.http),
        checks.replace("WRITES_TO", &lab.writes_to),
        prom = at("prom", lab.prom),
        query = at("query", lab.query),
    );
    judge(&suite, "--timeout 5s").checks
}

/// A check's id, its verdict in the healthy pipeline, and what it needs: station and path.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const API: &str = "/api/v1/query";
const STORES: &str = "/api/v1/stores";
const FLAGS: &str = "/api/v1/status/flags";
const CONFIG: &str = "/api/v1/status/config";
const TSDB: &str = "/api/v1/status/tsdb";
const TARGETS: &str = "/api/v1/targets";
const RULES_AT: &str = "/api/v1/rules";
const METRICS: &str = "/metrics";
const READY: &str = "/-/ready";
const WRITE: &str = "/api/v1/receive";
const BUILD: &str = "/api/v1/status/buildinfo";

const CHECKS: &str = r#"
  - { id: page, metric: aws_cost_exporter_current_month_cost, at: exporter }
  - { id: no-page, metric: no_such, at: exporter }
  - { id: prom, metric: aws_cost_exporter_current_month_cost, at: prom, fresh: 5m }
  - { id: no-prom, metric: no_such, at: prom }
  - { id: receive, metric: aws_cost_exporter_current_month_cost, at: receive, tenant: default-tenant }
  - { id: no-receive, metric: no_such, at: receive, tenant: default-tenant }
  - { id: query, metric: aws_cost_exporter_current_month_cost, at: query, value: finite }
  - { id: no-query, metric: no_such, at: query }
  - { id: no-front, metric: no_such, at: front }
  - { id: metrics-up, metrics: [up], at: prom }
  - { id: promql, promql: "count(up)", at: query, expect: "> 0" }
  - { id: no-promql, promql: no_such, at: query, expect: { empty: true } }
  - { id: front-promql, promql: no_such, at: front, expect: { count: 0 } }
  - { id: scrape, scrape: aws-cost-exporter, fresh: 5m }
  - { id: no-scrape, scrape: no-such-job }
  - { id: agent-scrape, scrape: aws-cost-exporter, at: agent }
  - { id: rules, rules: costs, at: prom }
  - { id: no-rules, rules: no_such, at: prom }
  - { id: held, receive: receive, holds: up, tenant: default-tenant, fresh: 5m }
  - { id: not-held, receive: receive, holds: no_such }
  - { id: store, store: receive, at: query }
  - { id: store-front, store: receive, at: front, covers: 1m }
  - { id: no-store, store: prom, at: query }
"#;

const ROWS: &[Row] = &[
    ("page", "pass", &[("exporter", METRICS)]),
    ("no-page", "fail", &[("exporter", METRICS)]),
    ("prom", "pass", &[("prom", API)]),
    ("no-prom", "fail", &[("prom", API)]),
    ("receive", "pass", &[("write", TSDB)]),
    ("no-receive", "fail", &[("write", TSDB)]),
    ("query", "pass", &[("query", API)]),
    (
        "no-query",
        "fail",
        &[("query", API), ("query", STORES), ("query", FLAGS)],
    ),
    (
        "no-front",
        "fail",
        &[("query", API), ("query", STORES), ("query", FLAGS)],
    ),
    ("metrics-up", "pass", &[("prom", API)]),
    ("promql", "pass", &[("query", API)]),
    (
        "no-promql",
        "pass",
        &[("query", API), ("query", STORES), ("query", FLAGS)],
    ),
    (
        "front-promql",
        "pass",
        &[("query", API), ("query", STORES), ("query", FLAGS)],
    ),
    ("scrape", "pass", &[("prom", TARGETS)]),
    ("no-scrape", "fail", &[("prom", TARGETS)]),
    ("agent-scrape", "pass", &[("prom", TARGETS)]),
    ("rules", "pass", &[("prom", RULES_AT)]),
    ("no-rules", "fail", &[("prom", RULES_AT)]),
    (
        "held",
        "pass",
        &[("write", TSDB), ("write", WRITE), ("http", READY)],
    ),
    // What is missing is told; a door that is not well besides takes nothing from it.
    ("not-held", "fail", &[("write", TSDB)]),
    ("store", "pass", &[("query", STORES)]),
    ("store-front", "pass", &[("query", STORES)]),
    ("no-store", "fail", &[("query", STORES)]),
];

fn by_id<'a>(checks: &'a [Value], id: &str) -> &'a Value {
    checks
        .iter()
        .find(|check| check["check_id"] == id)
        .unwrap_or_else(|| panic!("no check `{id}` in {:?}", ids(checks)))
}

fn ids(checks: &[Value]) -> Vec<&str> {
    checks
        .iter()
        .filter_map(|check| check["check_id"].as_str())
        .collect()
}

#[track_caller]
fn is_error_with_help(check: &Value, when: &str) {
    assert_eq!(check["verdict"], "error", "{when}: {check}");
    let help = check["help"].as_str().unwrap_or_default();
    assert!(!help.is_empty(), "{when}: {check}");
}

/// Judges each fault on some threads: every fault is a run of its own.
fn each_fault(
    lab: &Lab,
    checks: &str,
    faults: &[(&'static str, &'static str)],
    rows: &[Row],
    threads: usize,
) {
    let waiting: Mutex<Vec<_>> = Mutex::new(
        faults
            .iter()
            .flat_map(|&(station, path)| Manner::ALL.map(|manner| (station, path, manner)))
            .collect(),
    );
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(fault) = waiting.lock().unwrap().pop() else {
                        return;
                    };
                    let (station, path, _) = fault;
                    let told = judged(lab, checks, Some(fault));
                    for (id, healthy, needs) in rows {
                        let (check, when) = (by_id(&told, id), format!("{id} with {fault:?}"));
                        if needs.contains(&(station, path)) {
                            is_error_with_help(check, &when);
                        } else {
                            assert_eq!(check["verdict"], *healthy, "{when}: {check}");
                        }
                    }
                }
            });
        }
    });
}

/// All that some check needs, once each.
fn needed(rows: &[Row]) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> = rows.iter().flat_map(|row| row.2.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn every_kind_errs_where_what_it_needs_is_half_answered_or_too_old() {
    let lab = lab();
    let told = judged(&lab, CHECKS, None);
    for (id, healthy, _) in ROWS {
        let check = by_id(&told, id);
        assert_eq!(check["verdict"], *healthy, "{id}: {check}");
    }
    assert_eq!(told.len(), ROWS.len());
    let mut faults = needed(ROWS);
    // What only helps to tell who answers may fail.
    faults.extend([("prom", BUILD), ("prom", METRICS), ("query", METRICS)]);
    each_fault(&lab, CHECKS, &faults, ROWS, 8);
}

/// Kinds that watch counters over time, which takes its time.
const MOVING: &str = r#"
  - { id: sends, remote_write: "WRITES_TO", at: prom }
  - { id: keeps, remote_write: "WRITES_TO", at: prom, keeps: up }
  - { id: sends-nowhere, remote_write: "http://elsewhere.example/api/v1/receive", at: prom }
  - { id: taken, receive: receive, rejected: 0 }
"#;

const MOVING_ROWS: &[Row] = &[
    ("sends", "pass", &[("prom", CONFIG), ("prom", METRICS)]),
    (
        "keeps",
        "pass",
        &[
            ("prom", CONFIG),
            ("prom", METRICS),
            ("prom", API),
            ("prom", BUILD),
        ],
    ),
    ("sends-nowhere", "fail", &[("prom", CONFIG)]),
    (
        "taken",
        "pass",
        &[("http", METRICS), ("http", READY), ("write", WRITE)],
    ),
];

#[test]
fn kinds_that_watch_counters_err_where_they_are_half_answered_or_too_old() {
    let lab = lab();
    let told = judged(&lab, MOVING, None);
    for (id, healthy, _) in MOVING_ROWS {
        let check = by_id(&told, id);
        assert_eq!(check["verdict"], *healthy, "{id}: {check}");
    }
    // Each run waits for a second reading, so they wait together.
    each_fault(&lab, MOVING, &needed(MOVING_ROWS), MOVING_ROWS, 32);
}

#[test]
fn every_kind_errs_where_nobody_is_there() {
    let nobody = || SocketAddr::from(([127, 0, 0, 1], closed_port()));
    let url = || format!("http://{}", nobody());
    let suite = format!(
        r#"version: 1
suite: s
identity: {{ cluster: ops }}
pipeline:
  - {{ name: exporter, kind: exporter, url: "{}/metrics" }}
  - {{ name: prom, kind: prometheus, url: "{}" }}
  - {{ name: receive, kind: thanos-receive, write: "{}", http: "{}" }}
  - {{ name: query, kind: thanos-query, url: "{}" }}
  - {{ name: front, kind: thanos-query-frontend, url: "{}" }}
backends:
  - {{ name: agent, kind: prometheus-agent, url: "{}" }}
checks:
{CHECKS}{}"#,
        url(),
        url(),
        url(),
        url(),
        url(),
        url(),
        url(),
        MOVING.replace("WRITES_TO", "http://receive.example/api/v1/receive"),
    );
    let told = judge(&suite, "").errs();
    assert_eq!(told.checks.len(), ROWS.len() + MOVING_ROWS.len());
}

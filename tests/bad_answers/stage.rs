//! A pipeline of which every hop is one and the same server, and a check of each kind that asks it.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Gapcheck;

/// What a busy machine may add to a bound: these are guards against hanging, not measurements.
const BUSY: Duration = Duration::from_secs(4);

/// Every hop at one address, and checks that would pass on nothing beside checks that would fail on nothing.
const CHECKS: &str = r#"
checks:
  - { id: exporter, metric: cost, at: exporter }
  - { id: metric, metric: cost, at: prom }
  - { id: through, metric: cost, through: [exporter, prom, receive, query] }
  - { id: receive, metric: cost, at: receive, tenant: a }
  - { id: query, metric: cost, at: query }
  - { id: nothing, promql: cost, at: prom, expect: { empty: true } }
  - { id: something, promql: cost, at: query, expect: "> 0" }
  - { id: scrape, scrape: job, at: prom }
  - { id: remote_write, remote_write: "http://receive.example/api/v1/receive", at: prom, keeps: cost, failed: 0 }
  - { id: rules, rules: group, at: prom }
  - { id: rules-query, rules: group, at: query }
  - { id: held, receive: receive, holds: cost, tenant: a, fresh: 5m }
  - { id: taken, receive: receive, accepted: "> 0", rejected: 0 }
  - { id: store, store: receive, at: query }
  - { id: agent-scrape, scrape: job, at: agent }
  - { id: agent-writes, remote_write: "http://receive.example/api/v1/receive", at: agent, idle: true }
  - { id: front, promql: cost, at: front, expect: { empty: true } }
  - { id: front-metric, metric: cost, at: front }
  - { id: front-store, store: receive, at: front, healthy: false }
  - { id: cluster, promql: cost, at: cluster, expect: { count: 0 } }
  - { id: mimir, metric: cost, at: mimir }
"#;

/// What a run came to.
pub(crate) struct Judged {
    pub(crate) checks: Vec<Value>,
    pub(crate) code: i32,
    pub(crate) took: Duration,
    pub(crate) text: String,
}

/// Asks a server at this address (`http://127.0.0.1:1234`) by every kind that stands on an HTTP API.
pub(crate) fn every_kind(url: &str) -> Judged {
    every_kind_with(url, "", "")
}

/// The same with a key of every hop (`tls: {..}`) and further flags.
pub(crate) fn every_kind_with(url: &str, key: &str, flags: &str) -> Judged {
    let hop = |name: &str, kind: &str, address: &str| {
        let key = if key.is_empty() {
            String::new()
        } else {
            format!(", {key}")
        };
        format!("  - {{ name: {name}, kind: {kind}, {address}{key} }}\n")
    };
    let at = |base: &str| format!("url: \"{url}{base}\"");
    let suite = format!(
        "version: 1\nsuite: s\npipeline:\n{}{}{}{}{}{}{}backends:\n{}{CHECKS}",
        hop("exporter", "exporter", &at("/metrics")),
        hop("prom", "prometheus", &at("")),
        hop(
            "receive",
            "thanos-receive",
            &format!("write: \"{url}\", http: \"{url}\"")
        ),
        hop("query", "thanos-query", &at("")),
        hop("front", "thanos-query-frontend", &at("")),
        hop("mimir", "mimir", &at("")),
        hop(
            "cluster",
            "victoriametrics-cluster",
            &at("/select/0/prometheus")
        ),
        hop("agent", "prometheus-agent", &at("")),
    );
    judge(&suite, flags)
}

/// One check at a Prometheus of this address, written as a suite has it.
pub(crate) fn at_prometheus(url: &str, check: &str, flags: &str) -> Judged {
    judge(&crate::support::suite(url, &[check]), flags)
}

/// One check at a Thanos Query of this address.
pub(crate) fn at_query(url: &str, check: &str) -> Judged {
    judge(
        &format!(
            "version: 1\nsuite: s\npipeline:\n  - {{ name: query, kind: thanos-query, url: \"{url}\" }}\nchecks:\n  - {check}\n"
        ),
        "",
    )
}

/// One check that names its own target.
pub(crate) fn alone(check: &str, flags: &str) -> Judged {
    judge(
        &format!("version: 1\nsuite: s\nchecks:\n  - {check}\n"),
        flags,
    )
}

/// Runs a suite.
pub(crate) fn judge(suite: &str, flags: &str) -> Judged {
    run(&Gapcheck::new(&format!(
        "run s.yaml --report json=r.json --report text=r.txt -q {flags}"
    ))
    .file("s.yaml", suite))
}

/// Runs a prepared command, which writes `r.json` and `r.txt`.
pub(crate) fn run(gapcheck: &Gapcheck) -> Judged {
    let begun = Instant::now();
    let ran = gapcheck.run();
    let took = begun.elapsed();
    assert!(ran.code != 2, "{}{}", ran.stderr, ran.stdout);
    let report: Value = serde_json::from_str(&gapcheck.read("r.json")).unwrap();
    Judged {
        checks: report["checks"].as_array().unwrap().clone(),
        code: ran.code,
        took,
        text: gapcheck.read("r.txt"),
    }
}

impl Judged {
    /// Every check is an error with something to do about it, and none passes or accuses anybody.
    #[track_caller]
    pub(crate) fn errs(self) -> Self {
        assert_eq!(self.code, 3, "{}", self.text);
        for check in &self.checks {
            assert_eq!(check["verdict"], "error", "{}: {}", check["id"], self.text);
            assert!(
                check["help"].as_str().is_some_and(|help| !help.is_empty()),
                "{} is an error without help: {}",
                check["id"],
                check["message"]
            );
        }
        self
    }

    /// And each says this.
    #[track_caller]
    pub(crate) fn saying(self, says: &str) -> Self {
        for check in &self.checks {
            let message = check["message"].as_str().unwrap();
            assert!(message.contains(says), "{}: {message}", check["id"]);
        }
        self
    }

    /// The one check is a failure that found this.
    #[track_caller]
    pub(crate) fn fails(self, says: &str) -> Self {
        assert_eq!(self.code, 1, "{}", self.text);
        assert_eq!(self.checks[0]["verdict"], "fail", "{}", self.text);
        self.saying(says)
    }

    /// The one check passes.
    #[track_caller]
    pub(crate) fn passes(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.text);
        self
    }

    /// It ended within this time.
    #[track_caller]
    pub(crate) fn within(self, most: Duration) -> Self {
        assert!(self.took < most + BUSY, "{:?}: {}", self.took, self.text);
        self
    }
}

//! What the real servers answered, through the checks: each version, healthy and broken.

use std::path::Path;
use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{Count, QueryResult};
use gapcheck::backend::{exposition, prometheus, thanos};
use gapcheck::leaves::Timestamp;
use serde_json::{Value, json};

use crate::scene::{Scene, Seen, Told, flags, no_samples};

const COST: &str = "aws_cost_exporter_current_month_cost";
/// The recorded versions of Thanos.
pub(crate) const THANOS: [&str; 3] = ["0.31.0", "0.36.1", "0.42.4"];

/// A recorded answer, read by the parser of its endpoint, and the server's clock.
fn recorded(name: &str) -> (Timestamp, Told) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded")
        .join(name)
        .with_extension("json");
    let file = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path:?}: {why}"));
    let file: Value = serde_json::from_str(&file).unwrap();
    let text = |pointer: &str| {
        file.pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let status = u16::try_from(file["response"]["status"].as_u64().unwrap()).unwrap();
    let (kind, body) = (
        text("/response/headers/Content-Type"),
        text("/response/body").as_bytes(),
    );
    let date = Timestamp::from_http_date(text("/response/headers/Date")).unwrap();
    let told = match text("/request/path") {
        "/api/v1/query" => {
            prometheus::parse_query(status, kind, body).map(|a| Reply::Query(Arc::new(a)))
        }
        "/api/v1/stores" => {
            thanos::parse_stores(status, kind, body).map(|a| Reply::Stores(Arc::new(a)))
        }
        "/api/v1/status/flags" => {
            prometheus::parse_flags(status, kind, body).map(|a| Reply::Flags(Arc::new(a)))
        }
        "/api/v1/status/config" => {
            prometheus::parse_config(status, kind, body).map(|a| Reply::Config(Arc::new(a)))
        }
        "/api/v1/status/buildinfo" => {
            prometheus::parse_build(status, kind, body).map(|a| Reply::Build(Arc::new(a)))
        }
        "/api/v1/status/tsdb" => {
            thanos::parse_tsdb_status(status, kind, body).map(|a| Reply::TsdbStatus(Arc::new(a)))
        }
        "/api/v1/targets" => {
            prometheus::parse_targets(status, kind, body).map(|a| Reply::Targets(Arc::new(a)))
        }
        "/metrics" => exposition::parse_page(status, kind, body).map(|a| Reply::Page(Arc::new(a))),
        other => panic!("no reader of {other}"),
    };
    (date, told)
}

/// The answer to a selector as the door tells it of a count.
fn counted((date, told): (Timestamp, Told)) -> (Timestamp, Told) {
    let told = told.map(|reply| {
        let Reply::Query(answer) = reply else {
            panic!("a query's answer")
        };
        let QueryResult::Vector(samples) = &answer.result else {
            panic!("a vector")
        };
        Reply::Count(Arc::new(Count {
            series: samples.len() as u64,
            warnings: answer.warnings.clone(),
        }))
    });
    (date, told)
}

/// Recorded answers in a scene.
pub(crate) trait Recordings {
    fn recorded(self, question: &str, name: &str) -> Self;
    fn counted(self, question: &str, name: &str) -> Self;
}

impl Recordings for Scene {
    fn recorded(self, question: &str, name: &str) -> Self {
        let (date, told) = recorded(name);
        self.tell_at(date, question, told)
    }

    fn counted(self, question: &str, name: &str) -> Self {
        let (date, told) = counted(recorded(name));
        self.tell_at(date, question, told)
    }
}

/// A Query as it stood in a scenario, asked for a metric.
fn at_query(version: &str, metric: &str, count: &str, stores: &str, flags: &str) -> Seen {
    let of = |name: &str| format!("thanos-query-{version}/{name}");
    let (date, _) = recorded(&of(count));
    Scene::of(&["query thanos-query"])
        .counted(&format!("query count {metric}"), &of(count))
        .recorded("query stores", &of(stores))
        .recorded("query flags", &of(flags))
        .tell_at(date, &format!("query query {metric}[1h]"), no_samples())
        .judge("metric", json!({ "metric": metric, "at": "query" }))
}

const FLAGS: &str = "healthy/status-flags";

#[test]
fn a_healthy_query_tells_present_from_absent_in_each_version() {
    for version in THANOS {
        let seen = at_query(
            version,
            COST,
            "healthy/query-vector",
            "healthy/stores",
            FLAGS,
        )
        .passes();
        assert_eq!(seen.judged.ladder[0].series, Some(4), "{version}");
        at_query(
            version,
            "no_such_metric",
            "healthy/query-empty",
            "healthy/stores",
            FLAGS,
        )
        .fails("present at query", "0 series at query");
    }
}

#[test]
fn a_store_that_died_is_an_error_in_each_version_and_at_each_moment() {
    for version in THANOS {
        for moment in ["0", "1"] {
            at_query(
                version,
                COST,
                &format!("store-down/query-partial-false-{moment}"),
                &format!("store-down/stores-{moment}"),
                FLAGS,
            )
            .errs("connection refused", "/api/v1/stores");
        }
        let (query, stores) = (
            "store-unreachable/query-partial-false",
            "store-unreachable/stores",
        );
        at_query(
            version,
            COST,
            query,
            stores,
            "store-unreachable/status-flags",
        )
        .errs("connection refused", "");
    }
}

#[test]
fn a_strict_store_that_died_leaves_an_error_or_half_an_answer() {
    for version in THANOS {
        let query = "store-strict-down/query-partial-false-1";
        let seen = at_query(version, COST, query, "store-strict-down/stores-1", FLAGS);
        // 0.42 refuses; 0.31 and 0.36 show what the other store has, with a warning.
        match version {
            "0.42.4" => seen.errs("connection refused", "/api/v1/stores"),
            _ => {
                let seen = seen.passes();
                assert!(seen.judged.notes[0].contains("there may be more series"));
                seen
            }
        };
    }
}

#[test]
fn no_store_at_all_is_absent_in_each_version() {
    for version in THANOS {
        let of = |name: &str| format!("thanos-query-{version}/{name}");
        let (date, _) = recorded(&of("store-none/stores"));
        Scene::of(&["query thanos-query"])
            .counted(
                &format!("query count {COST}"),
                &of("store-none/query-partial-false"),
            )
            .recorded("query stores", &of("store-none/stores"))
            .tell_at(
                date,
                "query flags",
                flags(&[("endpoint", ""), ("endpoint-strict", "")]),
            )
            .tell_at(date, &format!("query query {COST}[1h]"), no_samples())
            .judge("metric", json!({ "metric": COST, "at": "query" }))
            .fails("present at query", "0 series at query");
    }
}

#[test]
fn an_empty_receive_holds_nothing_and_that_is_known() {
    for version in THANOS {
        at_query(
            version,
            COST,
            "receive-empty/query",
            "receive-empty/stores",
            FLAGS,
        )
        .fails("present at query", "0 series at query");
    }
}

#[test]
fn a_store_without_stores_is_not_taken_for_a_query_without_any() {
    let scenario = "thanos-query-0.42.0/over-router";
    let (date, told) = recorded(&format!("{scenario}/query"));
    Scene::of(&["query thanos-query"])
        .tell_at(date, &format!("query count {COST}"), told)
        .recorded("query stores", &format!("{scenario}/stores"))
        .recorded("query flags", "thanos-query-0.42.4/healthy/status-flags")
        .judge("metric", json!({ "metric": COST, "at": "query" }))
        .errs("receive series from Addr", "only routes");
}

#[test]
fn enforced_tenancy_shows_one_tenant_and_says_so() {
    for version in ["0.36.1", "0.42.4"] {
        let seen = at_query(
            version,
            COST,
            "tenancy-enforced/query-header-none",
            "tenancy-enforced/stores",
            "tenancy-enforced/status-flags",
        )
        .fails("", "0 series at query");
        let says = "only series of tenant `default-tenant` were looked at";
        assert!(
            seen.judged.notes.iter().any(|note| note.contains(says)),
            "{:?}",
            seen.judged.notes
        );
        Scene::of(&["query thanos-query"])
            .recorded(
                "query flags",
                &format!("thanos-query-{version}/tenancy-enforced/status-flags"),
            )
            .judge(
                "metric",
                json!({ "metric": COST, "at": "query", "tenant": "finops" }),
            )
            .errs("shows only tenant `default-tenant`", "`tenant: finops`");
    }
}

#[test]
fn a_receive_tells_names_and_tenants_in_each_version() {
    let at = |version: &str, scenario: &str, form: Value| {
        Scene::of(&["receive thanos-receive"])
            .recorded(
                "receive tsdb",
                &format!("thanos-receive-{version}/{scenario}/tsdb-all"),
            )
            .judge("metric", form)
    };
    for version in THANOS {
        let seen = at(
            version,
            "healthy",
            json!({ "metric": COST, "at": "receive" }),
        )
        .passes();
        assert_eq!(seen.judged.ladder[0].series, Some(4), "{version}");
        let finops = json!({ "metric": COST, "at": "receive", "tenant": "finops", "series": 2 });
        at(version, "healthy", finops).passes();
        at(
            version,
            "healthy",
            json!({ "metric": "no_such_metric", "at": "receive" }),
        )
        .fails("present at receive", "0 series at receive");
        let empty = at(
            version,
            "receive-empty",
            json!({ "metric": COST, "at": "receive" }),
        );
        // Before its first write an older Receive lists no tenant, as a router does.
        match version {
            "0.42.4" => empty.fails("", "0 series"),
            _ => empty.errs(
                "nothing was ever written to it, or it only routes",
                "Receive",
            ),
        };
        at(
            version,
            "one-tenant-empty",
            json!({ "metric": COST, "at": "receive", "tenant": "default-tenant" }),
        )
        .fails(
            "held for tenant `default-tenant`",
            "held by tenant `finops`, not by `default-tenant` at receive",
        );
    }
}

#[test]
fn prometheus_of_both_generations_is_read() {
    for version in ["2.42.0", "3.14.0"] {
        let of = |name: &str| format!("prometheus-{version}/{name}");
        // What the user wrote selects nothing locally: external labels come with sending. Asked without it, it is there.
        Scene::of(&["prom prometheus"])
            .recorded("prom config", &of("healthy/status-config"))
            .recorded(&format!("prom query {COST}"), &of("healthy/query-vector"))
            .judge(
                "metric",
                json!({ "metric": format!("{COST}{{cluster=~\".+\"}}"), "at": "prom", "series": 2, "value": "finite",
                    "labels": { "job": "/aws-.*/", "cluster": false } }),
            )
            .passes();
        let seen = Scene::of(&["prom prometheus"])
            .counted(&format!("prom count {COST}"), &of("healthy/query-empty"))
            .recorded(
                &format!("prom query {COST}[1h]"),
                &of("healthy/query-range-selector"),
            )
            .judge("metric", json!({ "metric": COST, "at": "prom" }))
            .fails("", "the newest sample is");
        assert_eq!(seen.states(), "stale");
        assert!(seen.judged.ladder[0].newest_sample.is_some());
    }
}

#[test]
fn an_agent_answers_no_query_and_is_no_absence() {
    Scene::of(&["prom prometheus"])
        .counted("prom count up", "prometheus-2.42.0/agent/query")
        .judge("metric", json!({ "metric": "up", "at": "prom" }))
        .errs("unavailable with Prometheus Agent", "`scrape`");
    // This agent had no targets, and says so: that is an answer.
    Scene::of(&["prom prometheus"])
        .recorded("prom targets", "prometheus-2.42.0/agent/targets")
        .judge("scrape", json!({ "scrape": "aws-cost-exporter" }))
        .fails(
            "a target of `aws-cost-exporter`",
            "it scrapes nothing at all",
        );
}

#[test]
fn another_server_under_the_name_of_a_prometheus_accuses_nobody_and_vouches_for_nothing() {
    for (build, says, help) in [
        (
            "victoriametrics-1.79.5/healthy/status-buildinfo",
            "a VictoriaMetrics",
            "`kind: victoriametrics`",
        ),
        (
            "thanos-query-0.31.0/healthy/status-buildinfo",
            "a Thanos (version 0.31.0)",
            "`kind: thanos-query`",
        ),
        (
            "thanos-query-frontend-0.42.4/healthy/status-buildinfo",
            "a Thanos (version 0.42.4)",
            "`kind: thanos-query`",
        ),
    ] {
        let scene = || Scene::of(&["prom prometheus"]).recorded("prom build", build);
        let empty = "victoriametrics-1.79.5/healthy/query-empty";
        let (date, _) = recorded(empty);
        scene()
            .recorded("prom targets", "victoriametrics-1.79.5/healthy/targets")
            .judge("scrape", json!({ "scrape": "aws-cost-exporter" }))
            .errs(says, help);
        scene()
            .counted("prom count no_such", empty)
            .tell_at(date, "prom query no_such[1h]", no_samples())
            .judge("metric", json!({ "metric": "no_such", "at": "prom" }))
            .errs(says, help);
        for expect in [json!({ "empty": true }), json!("> 0")] {
            scene()
                .recorded("prom query no_such", empty)
                .judge(
                    "promql",
                    json!({ "promql": "no_such", "at": "prom", "expect": expect }),
                )
                .errs(says, help);
        }
    }
    // The build of a Prometheus, or none at all, takes nothing from the answer.
    Scene::of(&["prom prometheus"])
        .recorded("prom build", "prometheus-2.42.0/healthy/status-buildinfo")
        .recorded("prom targets", "prometheus-2.42.0/agent/targets")
        .judge("scrape", json!({ "scrape": "aws-cost-exporter" }))
        .fails("a target of `aws-cost-exporter`", "nothing at all");
}

#[test]
fn victoriametrics_is_read() {
    let of = |name: &str| format!("victoriametrics-1.79.5/healthy/{name}");
    let scene = || Scene::of(&["vm victoriametrics"]);
    scene()
        .recorded(&format!("vm query {COST}"), &of("query-nocache"))
        .judge("metric", json!({ "metric": COST, "at": "vm", "labels": { "cluster": "ops" }, "value": "finite" }))
        .passes();
    let (date, _) = recorded(&of("query-empty"));
    scene()
        .counted("vm count no_such", &of("query-empty"))
        .tell_at(date, "vm query no_such[1h]", no_samples())
        .judge("metric", json!({ "metric": "no_such", "at": "vm" }))
        .fails("present at vm", "0 series at vm");
    scene()
        .recorded("vm query up{", &of("query-bad"))
        .judge(
            "promql",
            json!({ "promql": "up{", "at": "vm", "expect": "> 0" }),
        )
        .errs("unexpected token", "");
}

#[test]
fn each_way_of_breaking_a_scrape_is_quoted() {
    for version in ["2.42.0", "3.14.0"] {
        let name = format!("prometheus-{version}/scrape-faults/targets");
        let judge = |job: &str| {
            Scene::of(&["prom prometheus"])
                .recorded("prom targets", &name)
                .judge("scrape", json!({ "scrape": job }))
        };
        for (job, error) in [
            ("refused", "connection refused"),
            ("gone", "server returned HTTP status 404 Not Found"),
            ("limited", "sample limit exceeded"),
            ("nxdomain", "no such host"),
            ("slow", "context deadline exceeded"),
        ] {
            judge(job).fails(&format!("every target of `{job}` up"), error);
        }
        for job in ["ok", "old", "lagging", "duplicate"] {
            judge(job).passes();
        }
    }
}

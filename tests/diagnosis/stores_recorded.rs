//! Causes at Query by what real servers answered: stores that died, that were never reached, tenants that are enforced.

use std::path::Path;
use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{Count, HttpAnswer, QueryResult};
use gapcheck::backend::{prometheus, thanos};
use gapcheck::leaves::{Certainty, Timestamp};
use serde_json::{Value, json};

use crate::found::{of, only, proven};
use crate::joining::{at_receive, info, lost_at_query};
use crate::scene::{Scene, Told, build, count, flags, no_samples, refused};

const COST: &str = "aws_cost_exporter_current_month_cost";
/// The recorded versions of Thanos.
const THANOS: [&str; 3] = ["0.31.0", "0.36.1", "0.42.4"];
const NOBODY: &[&str] = &[];

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
        "/metrics" => Ok(Reply::Http(Arc::new(HttpAnswer {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: text("/response/body").to_owned(),
            tls: None,
        }))),
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

trait Recorded {
    fn recorded(self, question: &str, told: (Timestamp, Told)) -> Self;
}

impl Recorded for Scene {
    fn recorded(self, question: &str, (date, told): (Timestamp, Told)) -> Self {
        self.tell_at(date, question, told)
    }
}

/// A Query alone, of this version, as it stands in that recording.
fn query(version: &str, flags: &str) -> Scene {
    Scene::of(&["query thanos-query"])
        .recorded(
            "query flags",
            recorded(&format!("thanos-query-{version}/{flags}/status-flags")),
        )
        .tell("query build", build(version))
        .tell(&format!("query query {COST}[1h]"), no_samples())
}

#[test]
fn a_store_that_has_just_died_is_named_by_the_answer_itself() {
    for version in THANOS {
        let of_query = format!("thanos-query-{version}/store-down");
        let (seen, diagnosis) = query(version, "healthy")
            .recorded(
                &format!("query count {COST}"),
                counted(recorded(&format!("{of_query}/query-partial-false-0"))),
            )
            .recorded("query stores", recorded(&format!("{of_query}/stores-0")))
            .diagnose(json!({ "metric": COST }));
        assert_eq!(seen.states(), "unknown", "{version}");
        let diagnosis = diagnosis.expect("a diagnosis");
        only(&diagnosis, "partial-response", &["127.0.0.1:10901"]);
    }
}

#[test]
fn an_endpoint_that_never_answered_is_found_in_the_flags() {
    for version in THANOS {
        let of_query = format!("thanos-query-{version}/store-unreachable");
        let scene = || {
            query(version, "store-unreachable")
                .recorded(
                    &format!("query count {COST}"),
                    counted(recorded(&format!("{of_query}/query-partial-false"))),
                )
                .recorded("query stores", recorded(&format!("{of_query}/stores")))
                .tell(" info", refused())
        };
        let (seen, diagnosis) = scene().diagnose(json!({ "metric": COST }));
        assert_eq!(seen.states(), "unknown", "{version}");
        let diagnosis = diagnosis.expect("a diagnosis");
        let found = of(&diagnosis, "store-never-reached");
        assert_eq!(found.certainty, Certainty::Proven, "{version}: {found:#?}");
        assert!(found.says.contains("127.0.0.1:"), "{}", found.says);
        // Two of its names give no address by its own count: another fault beside the first, and not under it.
        let (_, diagnosis) = scene()
            .recorded(
                "query url /metrics",
                recorded(&format!("{of_query}/metrics")),
            )
            .diagnose(json!({ "metric": COST }));
        let diagnosis = diagnosis.expect("a diagnosis");
        let found = of(&diagnosis, "store-discovery-empty");
        assert_eq!(found.certainty, Certainty::Proven, "{version}: {found:#?}");
        assert!(found.says.contains("nowhere.invalid"), "{}", found.says);
    }
}

#[test]
fn a_query_that_enforces_tenancy_shows_the_series_to_its_tenant() {
    for version in ["0.36.1", "0.42.4"] {
        let of_query = format!("thanos-query-{version}/tenancy-enforced");
        let answer = |name: &str| counted(recorded(&format!("{of_query}/{name}")));
        let scene = |as_finops| {
            Scene::of(&["query thanos-query"])
                .identity(&[("cluster", "ops")])
                .recorded("query flags", recorded(&format!("{of_query}/status-flags")))
                .recorded("query stores", recorded(&format!("{of_query}/stores")))
                .recorded(
                    &format!("query count {COST}{{cluster=\"ops\"}}"),
                    answer("query-header-none"),
                )
                .tell(
                    &format!("query query {COST}{{cluster=\"ops\"}}[1h]"),
                    no_samples(),
                )
                .recorded(&format!(" count {COST}{{cluster=\"ops\"}}"), as_finops)
                .diagnose(json!({ "metric": COST }))
        };
        let (seen, diagnosis) = scene(answer("query-header-finops"));
        assert_eq!(
            seen.states(),
            "absent",
            "{version}: {:?}",
            seen.judged.ladder
        );
        let diagnosis = diagnosis.expect("a diagnosis");
        only(
            &diagnosis,
            "tenant-enforced",
            &["`default-tenant`", "`finops`"],
        );
        let (_, diagnosis) = scene(answer("query-header-nobody"));
        assert_eq!(proven(&diagnosis.expect("a diagnosis")), NOBODY);
    }
}

#[test]
fn two_sidecars_that_nothing_tells_apart_lose_nothing() {
    let of_query = "thanos-query-0.42.4/sidecars-same-labels";
    let (date, stores) = recorded(&format!("{of_query}/stores"));
    let (_, diagnosis) = query("0.42.4", "healthy")
        .tell_at(date, &format!("query count {COST}"), count(0))
        .tell_at(date, "query stores", stores)
        .diagnose(json!({ "metric": COST }));
    let diagnosis = diagnosis.expect("a diagnosis");
    let found = of(&diagnosis, "store-labels-duplicate");
    assert_eq!(found.certainty, Certainty::RuledOut, "{found:#?}");
    assert!(found.says.contains("127.0.0.1:12901"), "{}", found.says);
    assert!(!proven(&diagnosis).contains(&"store-labels-duplicate"));
}

#[test]
fn an_empty_receive_is_no_matter_of_its_time_range() {
    for version in THANOS {
        let of_query = format!("thanos-query-{version}/receive-empty");
        let (_, diagnosis) = query(version, "healthy")
            .recorded(
                &format!("query count {COST}"),
                counted(recorded(&format!("{of_query}/query"))),
            )
            .recorded("query stores", recorded(&format!("{of_query}/stores")))
            .diagnose(json!({ "metric": COST }));
        let diagnosis = diagnosis.expect("a diagnosis");
        assert_eq!(proven(&diagnosis), NOBODY, "{version}");
        let found = of(&diagnosis, "store-excluded-by-time");
        assert_eq!(
            found.certainty,
            Certainty::RuledOut,
            "{version}: {found:#?}"
        );
    }
}

#[test]
fn what_rules_in_a_file_leave_out_is_told_by_each_version_in_its_way() {
    let diagnosed = |version: &str| {
        let of_query = format!("thanos-query-{version}/hidden-by-selector");
        let mut scene = lost_at_query();
        at_receive(&mut scene, "127.0.0.1:10901");
        let (_, diagnosis) = scene
            .tell(
                "query flags",
                flags(&[
                    ("endpoint", "127.0.0.1:10901,127.0.0.2:10901"),
                    ("selector.relabel-config-file", "/etc/rules.yaml"),
                ]),
            )
            .tell("query build", build(version))
            .tell(
                "receive info",
                info(&[&[("receive_replica", "0"), ("tenant_id", "default-tenant")]]),
            )
            .recorded("query stores", recorded(&format!("{of_query}/stores")))
            .recorded(
                "query url /metrics",
                recorded(&format!("{of_query}/metrics")),
            )
            .diagnose(json!({ "metric": "cost" }));
        diagnosis.expect("a diagnosis")
    };
    // It lists the store like any other.
    let older = diagnosed("0.36.1");
    let found = of(&older, "store-hidden-by-selector");
    assert_eq!(found.certainty, Certainty::Likely, "{found:#?}");
    assert_eq!(proven(&older), NOBODY);
    // It does not list it, and counts the connection to it.
    only(
        &diagnosed("0.42.0"),
        "store-hidden-by-selector",
        &["connected", "--selector.relabel-config-file"],
    );
}

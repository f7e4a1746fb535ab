//! The demo is its own proof: for every fault, what was found is what was planted.

use crate::support::{Gapcheck, Ran, signal};

fn faults() -> Vec<String> {
    let ran = Gapcheck::new("demo --list-faults").run().ends_with(0);
    ran.stdout
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn every_fault_is_found_and_nothing_else(version: &str) {
    let faults = faults();
    assert!(faults.len() >= 9, "{faults:?}");
    for fault in faults {
        let ran = Gapcheck::new(&format!("demo --fault {fault} --thanos-version {version}")).run();
        let last = ran.stdout.lines().last().unwrap_or_default().to_owned();
        assert_eq!(
            last,
            format!("planted: {fault}; found: {fault}"),
            "{ran:#?}"
        );
        ran.ends_with(0);
    }
}

#[test]
fn every_fault_is_found_on_thanos_0_31() {
    every_fault_is_found_and_nothing_else("0.31");
}

#[test]
fn every_fault_is_found_on_thanos_0_36() {
    every_fault_is_found_and_nothing_else("0.36");
}

#[test]
fn every_fault_is_found_on_thanos_0_42() {
    every_fault_is_found_and_nothing_else("0.42");
}

#[test]
fn a_cause_can_be_planted_and_the_diagnosis_must_lead_to_it() {
    for (cause, found) in [
        ("target-not-discovered", "proven, between exporter and prom"),
        (
            "renamed-metric",
            "likely and metric-not-exposed, proven, before or at exporter",
        ),
        ("write-unauthorized", "proven, between prom and receive"),
        ("store-behind-vip", "proven, between receive and query"),
        ("store-excluded-by-time", "proven, between prom and query"),
        ("store-excluded-by-label", "proven, between prom and query"),
        ("store-labels-duplicate", "likely, between prom and query"),
        ("downsampling", "proven, between prom and query"),
        ("only-external-labels", "proven, before or at query"),
        ("matcher-excludes", "proven, between exporter and prom"),
    ] {
        let ran = Gapcheck::new(&format!("demo --fault {cause}")).run();
        assert_eq!(
            ran.stdout.lines().last().unwrap_or_default(),
            format!("planted: {cause}; found: {cause}, {found}"),
            "{ran:#?}"
        );
        ran.ends_with(0);
    }
}

#[test]
fn a_write_port_that_is_closed_is_found_where_the_sender_itself_finds_it() {
    let gapcheck = Gapcheck::new("demo --fault write-port-closed");
    gapcheck.run().ends_with(0);
    let report: serde_json::Value =
        serde_json::from_str(&gapcheck.read("gapcheck-demo/report.json")).unwrap();
    let gaps = report["gaps"].as_array().unwrap();
    for gap in gaps {
        let first = &gap["causes"][0];
        assert_eq!(first["id"], "write-connection-failed", "{gap:#}");
        assert_eq!(first["certainty"], "proven", "{gap:#}");
    }
    assert!(!gaps.is_empty());
}

#[test]
fn faults_by_cause_are_listed_after_the_others_and_each_name_once() {
    let ran = Gapcheck::new("demo --list-faults").run().ends_with(0);
    let names: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len());
    assert!(names.contains(&"no-remote-write"), "{names:?}");
}

#[test]
fn a_cause_that_the_pipeline_cannot_have_is_refused() {
    let ran = Gapcheck::new("demo --fault wrong-datasource")
        .run()
        .ends_with(2);
    assert!(ran.stderr.contains("cannot have"), "{}", ran.stderr);
}

#[test]
fn the_healthy_demo_uses_every_kind_and_waits_for_nothing() {
    let gapcheck = Gapcheck::new("demo --fault none");
    let began = std::time::Instant::now();
    gapcheck.run().ends_with(0);
    // Two readings of a page of counters would be 15 seconds apart.
    assert!(began.elapsed().as_secs() < 15);
    let report: serde_json::Value =
        serde_json::from_str(&gapcheck.read("gapcheck-demo/report.json")).unwrap();
    let kinds: std::collections::BTreeSet<&str> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|check| check["kind"].as_str())
        .collect();
    // `metrics` is one check of kind `metric` a name.
    assert!(
        gapcheck
            .read("gapcheck-demo/finops-cost.yaml")
            .contains("    metrics: [")
    );
    let all = [
        "dns",
        "http",
        "metric",
        "promql",
        "receive",
        "remote_write",
        "rules",
        "scrape",
        "store",
        "storeapi",
        "tcp",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn an_unknown_version_of_thanos_is_refused() {
    let ran = Gapcheck::new("demo --thanos-version 0.30")
        .run()
        .ends_with(2);
    assert!(ran.stderr.contains("0.31"), "{}", ran.stderr);
}

#[test]
fn the_demo_writes_its_reports_and_names_their_place() {
    let gapcheck = Gapcheck::new("demo");
    let ran = gapcheck.run().ends_with(0);
    assert_eq!(
        ran.stdout.lines().last(),
        Some("planted: metric-missing-at-query; found: metric-missing-at-query")
    );
    for name in [
        "junit.xml",
        "report.md",
        "report.json",
        "finops-cost.yaml",
        "clusters.yaml",
    ] {
        assert!(
            gapcheck.path("gapcheck-demo").join(name).is_file(),
            "{name}"
        );
    }
    assert!(
        ran.stdout.contains("gapcheck-demo/report.md"),
        "{}",
        ran.stdout
    );
    let report: serde_json::Value =
        serde_json::from_str(&gapcheck.read("gapcheck-demo/report.json")).unwrap();
    assert_eq!(report["gaps"][0]["from"], "receive");
    assert_eq!(report["gaps"][0]["to"], "query");
    gapcheck.again("validate gapcheck-demo").run().ends_with(0);
}

#[test]
fn gate_gives_the_code_of_the_run() {
    Gapcheck::new("demo --gate").run().ends_with(1);
    Gapcheck::new("demo --gate --fault none").run().ends_with(0);
    Gapcheck::new("demo --gate --fault query-store-unhealthy").run();
}

#[test]
fn an_unknown_fault_is_refused_with_the_nearest() {
    let ran = Gapcheck::new("demo --fault exporter-dwon")
        .run()
        .ends_with(2);
    assert!(ran.stderr.contains("`exporter-down`"), "{}", ran.stderr);
}

#[test]
fn keep_leaves_the_pipeline_up_for_suites_of_ones_own() {
    use std::io::{BufRead, BufReader};
    let gapcheck = Gapcheck::new("demo --keep --progress none");
    let mut child = gapcheck.start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| {
        line.unwrap()
            .contains("gapcheck run gapcheck-demo/finops-cost.yaml")
    }));
    let gapcheck = gapcheck.again("run gapcheck-demo --id *control-up --progress none");
    gapcheck.run().ends_with(0);
    signal(&child, "INT");
    Ran::of(child).ends_with(0);
}

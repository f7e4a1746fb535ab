//! Two Markdown reports of one gap, some seconds apart, tell the same of why: what was measured stands in the line of the verdict, in
//! ladders and in appendices only.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gapcheck::lab::{RunningLab, cause_fault, incident, start};
use gapcheck::leaves::Timestamp;

use crate::support::Gapcheck;

/// Faults whose findings tell ages, rates and counts.
const FAULTS: [&str; 9] = [
    "series-ended",
    "rule-failing",
    "timestamp-refused",
    "write-unauthorized",
    "older-than-queue",
    "sample-age-limit",
    "samples-too-old",
    "future-sample-blocks",
    "clock-skew",
];

/// The incident's suite, of which only what the metric itself comes to is compared.
const SUITE: &str = include_str!("../../suites/finops-cost.yaml");

async fn lab(fault: &str) -> RunningLab {
    let mut model = incident::healthy(Timestamp::now().0);
    (cause_fault(fault).expect("a fault").plant)(&mut model);
    start(model, Arc::new(|| Timestamp::now().0))
        .await
        .expect("ports")
}

/// The gap's section without what was measured, which stands in the line of the verdict and in the ladder.
fn why(report: &str, fault: &str) -> Vec<String> {
    let section = report
        .split("\n### ")
        .find(|section| section.starts_with("`finops-cost[ops]/cost-metric`"))
        .unwrap_or_else(|| panic!("{fault}: no section of the gap:\n{report}"));
    let section = section.split("<details>").next().unwrap_or_default();
    let is_ladder = |line: &&str| {
        let hops = ["exporter", "prom", "receive", "query"];
        hops.iter()
            .any(|hop| line.starts_with(&format!("| `{hop}` |")))
    };
    section
        .lines()
        .filter(|line| !is_ladder(line) && !line.starts_with("**Fail**"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn two_reports_of_one_gap_say_the_same_of_why() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let labs: Vec<(&str, RunningLab)> = FAULTS
        .map(|fault| (fault, runtime.block_on(lab(fault))))
        .into();
    let run = |lab: &RunningLab| {
        let gapcheck = Gapcheck::new("run finops-cost.yaml --report md=report.md")
            .file("finops-cost.yaml", SUITE)
            .file("clusters.yaml", &lab.clusters_yaml());
        let ran = gapcheck.run();
        assert!([1, 3].contains(&ran.code), "{ran:#?}");
        gapcheck.read("report.md")
    };
    let first: Vec<String> = labs.iter().map(|(_, lab)| run(lab)).collect();
    thread::sleep(Duration::from_secs(2));
    for ((fault, lab), before) in labs.iter().zip(first) {
        let after = run(lab);
        assert_ne!(before, after, "{fault}: some time passed");
        assert_eq!(why(&before, fault), why(&after, fault), "{fault}");
    }
}

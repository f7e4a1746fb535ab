//! Causes at Query and above.

use serde_json::json;

use crate::found::{edge, only};
use crate::scene::{Scene, count, no_samples};

#[test]
fn the_one_matcher_that_keeps_a_metric_away_is_named() {
    let selector = r#"up{job="apii",instance="a"}"#;
    let (seen, diagnosis) = Scene::of(&["prom prometheus"])
        .tell(&format!("prom count {selector}"), count(0))
        .tell(&format!("prom query {selector}[1h]"), no_samples())
        .tell(r#"prom count up{instance="a"}"#, count(2))
        .tell(r#"prom count up{job="apii"}"#, count(0))
        .tell("prom count up", count(7))
        .diagnose(json!({ "metric": selector, "at": "prom" }));
    seen.fails("present at prom", "0 series at prom");
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(edge(&diagnosis), "- > prom");
    let finding = only(
        &diagnosis,
        "matcher-excludes",
        &["`job=\"apii\"`", "selects 2"],
    );
    assert_eq!(finding.evidence.len(), 2);
    assert!(finding.next[0].starts_with("curl -sS 'http://prom:9090/api/v1/query?query="));
    let told = diagnosis.why_empty.join("\n");
    assert!(
        told.contains("7 series named `up` are at prom under other labels"),
        "{told}"
    );
}

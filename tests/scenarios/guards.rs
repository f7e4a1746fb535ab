//! Checks that are red for reasons that are no fault of the way, and faults that explain only a part or another series: nobody is
//! accused beyond what was seen.

use crate::judging::{Hop, Judged, one};
use crate::rigs::{self, GOOD, SINK};
use crate::servers::{series, until};

fn hops() -> [Hop; 3] {
    rigs::start();
    [
        ("exporter", "exporter", GOOD.exporter.url()),
        ("prom", "prometheus", GOOD.prom.url()),
        ("central", "prometheus", SINK.url()),
    ]
}

/// A check over the pipeline that is well, which fails.
fn failed(check: &str) -> Judged {
    one("good", &hops(), check).is("fail")
}

#[test]
fn what_arrives_with_another_value_or_label_than_demanded_has_no_gap() {
    for demand in ["value: '> 100'", "labels: { service: other }", "series: 2"] {
        let judged = failed(&format!("metric: cost_dollars, {demand}"));
        let none = serde_json::json!([]);
        assert_eq!(judged.report["gaps"], none, "{demand}");
    }
}

#[test]
fn a_name_that_is_spelt_wrong_is_on_no_page_and_the_right_one_is_told() {
    for through in ["", ", through: [exporter, prom, central]"] {
        failed(&format!("metric: cost_dolars{through}"))
            .proves(&["metric-not-exposed"])
            .saying("renamed-metric", &["`cost_dollars`", "1 letter away"]);
    }
}

#[test]
fn a_value_that_no_series_has_is_likely_wrong_and_the_near_one_is_told() {
    let judged = failed("metric: 'cost_dollars{service=\"AmazonEC3\"}'")
        .at("- > prom")
        .suspects("likely", "matcher-excludes");
    let told = judged.gap()["why_empty"].to_string();
    assert!(told.contains("AmazonEC2"), "{told}");
}

#[test]
fn a_rule_that_drops_one_series_of_two_explains_that_one() {
    failed("metric: partial_cost, series: 2")
        .at("prom > central")
        .suspects("likely", "dropped-by-write-relabel")
        .saying("dropped-by-write-relabel", &["1 of 2 series"]);
    failed("metric: 'partial_cost{part=\"second\"}'")
        .at("prom > central")
        .proves(&["dropped-by-write-relabel"]);
}

#[test]
fn another_cluster_than_the_senders_accuses_nobody() {
    let judged = one("goood", &hops(), "metric: cost_dollars")
        .is("fail")
        .at("prom > central")
        .proves(&[]);
    let told = judged.gap()["why_empty"].to_string();
    assert!(told.contains("\\\"good\\\" (the nearest value)"), "{told}");
}

#[test]
fn a_series_that_its_exporter_ended_is_told_at_whatever_hop_it_is_looked_for() {
    let hops = hops();
    {
        let mut page = GOOD.exporter.page.lock().unwrap();
        *page = page.replace("ended_cost 1\n", "");
    }
    for server in [&GOOD.prom, &*SINK] {
        until("the end of the series", || {
            series(server.port, "ended_cost{job=\"good\"}") == 0
        });
    }
    for (looked_for, edge) in [
        ("", "- > prom"),
        (", at: central", "- > prom"),
        (", through: [exporter, prom, central]", "- > exporter"),
    ] {
        one("good", &hops, &format!("metric: ended_cost{looked_for}"))
            .is("fail")
            .at(edge)
            .proves(&["metric-not-exposed"]);
    }
}

//! Scenarios between the exporter and its Prometheus.

use std::time::Duration;

use crate::judging::{Judged, one};
use crate::rigs::{self, SCRAPES, SELDOM, Scrapes};
use crate::servers::{get, series, until};

fn hops(exporter: u16) -> Vec<(&'static str, &'static str, String)> {
    vec![
        (
            "exporter",
            "exporter",
            format!("http://127.0.0.1:{exporter}/metrics"),
        ),
        ("prom", "prometheus", SCRAPES.prom.url()),
    ]
}

fn scraped(exporter: impl Fn(&Scrapes) -> u16, check: &str) -> Judged {
    rigs::start();
    one("", &hops(exporter(&SCRAPES)), check)
}

#[test]
fn s1_an_exporter_that_is_stopped_is_down() {
    scraped(|s| s.closed, "metric: 'closed_cost{job=\"closed\"}'")
        .is("fail")
        .at("- .. prom")
        .proves(&["exporter-down"])
        .saying("exporter-down", &["connection refused"]);
}

#[test]
fn s2_a_page_with_another_name_lacks_the_metric_and_the_near_name_is_told() {
    let judged = scraped(
        |s| s.renamed.port,
        "metric: renamed_cost, through: [exporter, prom]",
    )
    .is("fail")
    .at("- > exporter")
    .proves(&["metric-not-exposed"])
    .saying("renamed-metric", &["renamed_cost_total"]);
    assert_eq!(judged.cause("renamed-metric")["certainty"], "likely");
}

#[test]
fn s3_a_target_that_relabelling_drops_is_told_with_its_rule() {
    scraped(|s| s.dropped.port, "metric: dropped_target_cost")
        .is("fail")
        .at("exporter > prom")
        .proves(&["target-dropped-by-relabel"])
        .saying("target-dropped-by-relabel", &["rule 2", "relabel_configs"]);
}

#[test]
fn s4_a_metric_that_is_dropped_after_the_scrape_is_told_with_its_rule() {
    scraped(|s| s.metric_dropped.port, "metric: dropped_metric_cost")
        .is("fail")
        .at("exporter > prom")
        .proves(&["dropped-by-metric-relabel"])
        .saying(
            "dropped-by-metric-relabel",
            &["rule 2", "metric_relabel_configs"],
        );
}

#[test]
fn s5_a_scrape_above_its_limit_is_told_with_the_servers_words() {
    scraped(|s| s.limited.port, "metric: limited_cost")
        .is("fail")
        .at("exporter > prom")
        .proves(&["scrape-limit"])
        .saying("scrape-limit", &["sample limit"]);
}

#[test]
fn s6_a_timestamp_of_three_hours_ago_is_refused_while_the_target_is_up() {
    scraped(|s| s.old.port, "metric: old_cost")
        .is("fail")
        .at("exporter > prom")
        .proves(&["timestamp-refused"]);
}

#[test]
fn s8_scrapes_farther_apart_than_queries_look_back_are_slow() {
    rigs::start();
    let (prom, exporter) = &*SELDOM;
    let hops = [
        ("exporter", "exporter", exporter.url()),
        ("prom", "prometheus", prom.url()),
    ];
    // It is seen for three seconds after each scrape, and then not for twelve.
    until("a scrape", || series(prom.port, "seldom_cost") == 1);
    until("the end of its lookback", || {
        series(prom.port, "seldom_cost") == 0 && get(prom.port, "/-/ready").is_some()
    });
    std::thread::sleep(Duration::from_millis(200));
    one("", &hops, "metric: seldom_cost")
        .is("fail")
        .at("exporter > prom")
        .proves(&["slow-scrape"]);
}

#[test]
fn a_metric_of_a_target_that_is_well_is_found_beside_all_these_faults() {
    scraped(|s| s.plain.port, "metric: 'cost_dollars{job=\"plain\"}'").is_well();
}

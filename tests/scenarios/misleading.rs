//! Settings under which a page, a label, a name or a time is not what it seems: nobody is accused of what only looks so.

use std::sync::LazyLock;

use crate::judging::{Hop, Judged, one};
use crate::pages::Pages;
use crate::rigs::{self, PAGE, SINK, SLOW, ago, page};
use crate::senders::Sender;
use crate::servers::{Server, free_port, series, until};

/// A Prometheus of which each job is odd in its way, and what it scrapes.
struct Odd {
    prom: Server,
    pages: Pages,
    /// Seen from here it is another exporter than through the proxy.
    proxied: Pages,
}

const RULES: &str = r#"write_relabel_configs:
- { source_labels: [__name__], regex: sent_as_old, target_label: __name__, replacement: sent_as_new }
- { source_labels: [__name__], regex: nameless_cost, target_label: cluster, replacement: "" }"#;

const WINDOW: &str = "storage: { tsdb: { out_of_order_time_window: 6h } }\n";

static ODD: LazyLock<Odd> = LazyLock::new(|| {
    let pages = Pages::start(|path| {
        Some(match path {
            "/metrics" => page("first_page 1"),
            "/metrics/second" => page("second_page 1"),
            "/metrics/third" => page("third_page 1"),
            "/old" => page(&format!("old_cost 1 {}", ago(3 * 3600))),
            "/future" => page(&format!("future_cost 1 {}", ago(0) + 3_600_000)),
            "/parts" => format!(
                "{PAGE}# TYPE parted_seconds histogram\nparted_seconds_bucket{{le=\"+Inf\"}} 1\nparted_seconds_sum 1\nparted_seconds_count 1\n"
            ),
            "/sent" => format!("{PAGE}# TYPE sent_as_old gauge\nsent_as_old 1\nnameless_cost 1\n"),
            "/login" => "<html>please log in</html>".to_owned(),
            _ => return None,
        })
    });
    let proxied = Pages::start(|_| Some("foreign 1\n".to_owned()));
    let proxy = Pages::start(|_| Some(page("behind_proxy 1") + "bare_behind_proxy 1\n"));
    let at = |path: &str| format!("metrics_path: {path}");
    let prom = Sender::of("odd")
        .with(WINDOW)
        .scraping("first", pages.port, "")
        .scraping("second", pages.port, "metrics_path: /metrics/second\nrelabel_configs:\n- { source_labels: [job], regex: second, action: drop }")
        .scraping("old", pages.port, &at("/old"))
        .scraping("future", pages.port, &at("/future"))
        .scraping("parts", pages.port, &at("/parts"))
        .scraping("sent", pages.port, &at("/sent"))
        .scraping("login", pages.port, &at("/login"))
        .scraping("down", free_port(), "")
        .scraping(
            "proxied",
            proxied.port,
            &format!("proxy_url: http://127.0.0.1:{}\nmetric_relabel_configs:\n- {{ source_labels: [__name__], regex: .*behind_proxy, action: drop }}", proxy.port),
        )
        .writing(&format!("{}/api/v1/write", SINK.url()), RULES)
        .with_history();
    until("the oddly named at the sink", || {
        series(SINK.port, "sent_as_new{cluster=\"odd\"}") == 1
    });
    Odd {
        prom,
        pages,
        proxied,
    }
});

fn hops(exporter: String) -> [Hop; 3] {
    rigs::start();
    [
        ("exporter", "exporter", exporter),
        ("prom", "prometheus", ODD.prom.url()),
        ("central", "prometheus", SINK.url()),
    ]
}

/// A check of what a path of the exporter shows.
fn odd(path: &str, check: &str) -> Judged {
    one("odd", &hops(ODD.pages.url(path)), check)
}

#[test]
fn a_page_that_is_scraped_through_a_proxy_is_not_judged_by_what_stands_here() {
    let hops = hops(ODD.proxied.url("/metrics"));
    for hops in [&hops[..], &hops[1..]] {
        let missing = |name: &str| {
            let check = format!("metric: '{name}{{job=\"proxied\"}}'");
            one("odd", hops, &check).is("fail")
        };
        // Prometheus remembers a name with a type, and no other.
        missing("behind_proxy").proves(&["dropped-by-metric-relabel"]);
        missing("bare_behind_proxy").proves(&[]);
    }
    one("odd", &hops[1..], "scrape: proxied, exposes: behind_proxy").is("error");
}

#[test]
fn a_page_beside_the_one_that_is_scraped_has_its_own_target() {
    odd(
        "/metrics/second",
        "metric: second_page, through: [exporter, prom, central]",
    )
    .is("fail")
    .at("exporter > prom")
    .proves(&["target-dropped-by-relabel"])
    .saying("target-dropped-by-relabel", &["rule 1", "`second`"]);
    odd(
        "/metrics/third",
        "metric: third_page, through: [exporter, prom, central]",
    )
    .is("fail")
    .at("exporter > prom")
    .suspects("likely", "target-not-discovered")
    .saying("target-not-discovered", &["`/metrics`"]);
}

#[test]
fn a_sample_within_the_window_for_old_ones_is_not_refused() {
    until("the old sample to be stored", || {
        series(ODD.prom.port, "count_over_time(old_cost[4h])") == 1
    });
    odd("/old", "metric: old_cost")
        .is("fail")
        .at("exporter > prom")
        .proves(&[]);
    odd("/future", "metric: future_cost")
        .is("fail")
        .at("exporter > prom")
        .proves(&["timestamp-refused"]);
}

#[test]
fn a_histogram_that_is_kept_in_parts_is_told_by_the_names_of_its_parts() {
    odd("/parts", "metric: parted_seconds")
        .is("fail")
        .at("exporter > prom")
        .suspects("likely", "renamed-metric")
        .saying("renamed-metric", &["`parted_seconds_bucket`"]);
    odd("/parts", "metric: parted_seconds_count").passes();
}

#[test]
fn a_name_or_label_that_is_given_when_it_is_sent_is_told_by_its_rule() {
    odd("/sent", "metric: sent_as_new")
        .is("fail")
        .at("- > prom")
        .proves(&[]);
    odd("/sent", "metric: sent_as_old").passes();
    odd("/sent", "metric: nameless_cost")
        .is("fail")
        .at("prom > central")
        .suspects("likely", "dropped-by-write-relabel")
        .saying("dropped-by-write-relabel", &["no `cluster`", "rule 2"]);
}

#[test]
fn a_recorded_name_that_no_rule_records_is_no_fault_of_the_exporter() {
    odd("/metrics", "metric: 'job:first_page:sum'")
        .is("fail")
        .at("- > prom")
        .suspects("likely", "rule-failing");
}

#[test]
fn the_only_target_that_is_down_is_no_suspect_of_another_job() {
    let judged = odd("/metrics", "metric: 'first_page{job=\"other\"}'").is("fail");
    let causes = judged.gap()["causes"].as_array().unwrap();
    let down = causes.iter().find(|cause| cause["id"] == "exporter-down");
    assert!(
        down.is_none_or(|cause| cause["certainty"] != "likely"),
        "{causes:#?}"
    );
}

#[test]
fn a_page_that_is_no_exposition_is_told_with_the_words_of_the_parser() {
    odd("/login", "metric: 'cost_dollars{job=\"login\"}'")
        .is("fail")
        .proves(&["exporter-error"])
        .saying("exporter-error", &["is not a valid start token"]);
}

#[test]
fn a_prometheus_that_has_just_started_may_not_have_discovered_its_targets_yet() {
    rigs::start();
    let young = Sender::of("young").start();
    let missing = |prom: &Server| {
        let hops = [("prom", "prometheus", prom.url())];
        one("", &hops, "metric: 'first_page{job=\"first\"}'")
            .is("fail")
            .at("- > prom")
    };
    missing(&young).suspects("likely", "target-not-discovered");
    missing(&SLOW.0).proves(&["target-not-discovered"]);
}

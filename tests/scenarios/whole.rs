//! Healthy pipelines: nothing is found, and little is asked.

use crate::judging::{one, suite};
use crate::rigs::{self, GOOD, PAGE, SINK, VICTORIA};
use crate::senders::Sender;
use crate::servers::{Exporter, run, series, until};

#[test]
fn s45_a_healthy_pipeline_has_no_finding() {
    rigs::start();
    for (name, kind, url) in [
        ("central", "prometheus", SINK.url()),
        ("vm", "victoriametrics", VICTORIA.url()),
    ] {
        let hops = [
            ("exporter", "exporter", GOOD.exporter.url()),
            ("prom", "prometheus", GOOD.prom.url()),
            (name, kind, url),
        ];
        one(
            "good",
            &hops,
            "metric: cost_dollars, labels: { service: AmazonEC2 }, series: 1, value: 12.5, fresh: 1m, lag: 1m",
        )
        .is_well();
        let checks = [
            "metric: up, through: [prom]",
            "metric: cost_dollars",
            "metric: joined_cost",
        ];
        let (code, report) = run(&suite("good", &hops, &checks), &[]);
        assert_eq!(
            (code, &report["gaps"]),
            (0, &serde_json::json!([])),
            "{report:#}"
        );
    }
}

#[test]
fn s45_a_pipeline_that_does_not_scrape_itself_is_well_too_and_its_faults_are_told_by_two_readings()
{
    let exporter = Exporter::start(PAGE);
    let sink = Sender::of("sink")
        .flag("--web.enable-remote-write-receiver")
        .start();
    let sender = Sender::of("silent")
        .without_itself()
        .scraping("cost", exporter.port, "")
        .writing(&format!("{}/api/v1/write", sink.url()), "")
        .writing(&format!("{}/api/v1/nowhere", SINK.url()), "")
        .start();
    until("the cost at its sink", || {
        series(sink.port, "cost_dollars{cluster=\"silent\"}") == 1
    });
    let hops = |url: String| {
        [
            ("exporter", "exporter", exporter.url()),
            ("prom", "prometheus", sender.url()),
            ("central", "prometheus", url),
        ]
    };
    one("silent", &hops(sink.url()), "metric: cost_dollars").is_well();
    one("silent", &hops(SINK.url()), "metric: cost_dollars")
        .is("fail")
        .at("prom > central")
        .proves(&["write-url-wrong"]);
}

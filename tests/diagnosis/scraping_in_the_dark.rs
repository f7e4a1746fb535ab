//! Every fault between an exporter and Prometheus, while any of the questions that would tell cannot be asked: the planted cause is
//! never ruled out, and no other is proven.

use std::collections::BTreeMap;

use gapcheck::backend::answer::{DroppedTarget, Rule, RuleGroup, ScrapeJob, Targets};
use gapcheck::leaves::{Certainty, Labels};
use serde_json::json;

use crate::found::{of, proven};
use crate::scene::{NOW, Scene, page, refused};
use crate::scraping::{
    JOB, LABELS, elsewhere, exposures, history, job, jobs, metric_relabel, movement, page_at,
    rules, runtime, scene, target, targets, told_targets,
};

const REFUSED: &str = "Get \"http://exporter:9099/metrics\": dial tcp: connect: connection refused";

/// Plants a fault in a pipeline where all else is well.
fn planted(cause: &str, selector: &str, remembers: bool) -> Scene {
    let up = target("aws", "up", "");
    let well = scene(selector)
        .tell("exporter page", page_at("cost", None))
        .tell("prom movement", movement(0.0))
        .tell(
            "page http://other:80/metrics",
            page(&[&[("__name__", "else")]]),
        )
        .tell("prom exposures cost", exposures(&[&up]));
    let down = |error: &str| {
        let down = target("aws", "down", error);
        let known: &[_] = if remembers { &[&down] } else { &[] };
        scene(selector)
            .tell("exporter page", page_at("cost", None))
            .tell("prom exposures cost", exposures(known))
            .tell(
                "prom targets",
                targets(vec![elsewhere("b", "up", ""), down.clone()]),
            )
    };
    let nowhere = || {
        scene(selector)
            .tell("exporter page", page_at("cost", None))
            .tell("prom targets", targets(vec![elsewhere("b", "up", "")]))
            .tell("prom config", jobs(vec![job("b")]))
    };
    match cause {
        "exporter-down" => down(REFUSED).tell("exporter page", refused()),
        "exporter-error" => down("server returned HTTP status 500 Internal Server Error"),
        "scrape-limit" => down("sample limit exceeded"),
        "scrape-content-type" => down(
            "received unsupported Content-Type \"text/html\" and no fallback_scrape_protocol specified for target",
        ),
        "metric-not-exposed" => well
            .tell("exporter page", page(&[&[("__name__", "other")]]))
            .tell("prom exposures cost", exposures(&[])),
        "target-not-discovered" => nowhere(),
        "config-not-loaded" => nowhere().tell("prom runtime", runtime(false)),
        "target-dropped-by-relabel" => nowhere()
            .tell(
                "prom targets",
                told_targets(Targets {
                    active: vec![elsewhere("b", "up", "")],
                    dropped: vec![DroppedTarget {
                        discovered: Labels::from([
                            ("__address__", "exporter:9099"),
                            ("job", "aws"),
                        ]),
                        pool: String::new(),
                    }],
                    dropped_counts: BTreeMap::from([("aws".to_owned(), 1)]),
                }),
            )
            .tell(
                "prom config",
                jobs(vec![ScrapeJob {
                    relabel_configs: serde_json::from_value(
                        json!([{"source_labels": ["team"], "regex": "a", "action": "keep"}]),
                    )
                    .unwrap(),
                    ..job("aws")
                }]),
            ),
        "dropped-by-metric-relabel" => {
            let drop = json!([{"source_labels": ["__name__"], "regex": "cost", "action": "drop"}]);
            well.tell("prom config", jobs(vec![metric_relabel("aws", drop)]))
        }
        "timestamp-refused" => well
            .tell(
                "exporter page",
                page_at("cost", Some(NOW.plus_ms(-10_800_000))),
            )
            .tell("prom movement", movement(5.0)),
        "slow-scrape" => well.tell(
            &format!("prom query {selector}[1h]"),
            history(LABELS, &[2_400_000, 1_500_000, 600_000]),
        ),
        "series-ended" => well
            .tell("exporter page", refused())
            .tell("prom targets", targets(vec![elsewhere("aws", "up", "")]))
            .tell("prom exposures cost", exposures(&[]))
            .tell(
                &format!("prom query {selector}[1h]"),
                history(LABELS, &[630_000, 615_000, 600_000]),
            ),
        "rule-failing" => well
            .tell("exporter page", page(&[&[("__name__", "other")]]))
            .tell("prom exposures cost", exposures(&[]))
            .tell(
                "prom rules",
                rules(vec![RuleGroup {
                    name: "costs".into(),
                    file: "/rules.yml".into(),
                    interval_ms: 30_000,
                    last_evaluation: Some(NOW.plus_ms(-9_000)),
                    rules: vec![Rule {
                        name: "cost".into(),
                        kind: "recording".into(),
                        query: "sum(raw)".into(),
                        health: "err".into(),
                        last_error: "no".into(),
                        last_evaluation: Some(NOW.plus_ms(-9_000)),
                    }],
                }]),
            ),
        other => panic!("{other}"),
    }
}

/// Questions that may not be open.
const DARK: [&str; 8] = [
    "exporter page",
    "prom targets",
    "prom config",
    "prom build",
    "prom flags",
    "prom runtime",
    "prom exposures cost",
    "prom movement",
];

/// So many of them at the same time.
const AT_ONCE: usize = 2;

#[test]
fn whatever_cannot_be_asked_nobody_is_accused_and_the_cause_is_never_ruled_out() {
    let mut seen_proven = BTreeMap::new();
    for cause in [
        "config-not-loaded",
        "target-not-discovered",
        "target-dropped-by-relabel",
        "exporter-down",
        "exporter-error",
        "scrape-content-type",
        "scrape-limit",
        "metric-not-exposed",
        "dropped-by-metric-relabel",
        "timestamp-refused",
        "rule-failing",
        "slow-scrape",
        "series-ended",
    ] {
        for case in 0..(1u32 << DARK.len()) * 8 {
            let dark = |at: usize| case >> at & 1 == 1;
            if (0..DARK.len()).filter(|at| dark(*at)).count() > AT_ONCE {
                continue;
            }
            let selector = if dark(8) { "cost" } else { JOB };
            let mut scene = planted(cause, selector, dark(9));
            if dark(10) {
                // The suite does not know the exporter; its target's page is fetched by its address.
                let page = scene.told("exporter page");
                scene.world.pipeline.remove(0);
                scene = scene.tell("page http://exporter:9099/metrics", page);
            }
            for (at, question) in DARK.iter().enumerate() {
                if dark(at) {
                    scene = scene.tell(question, refused());
                    if at == 0 {
                        scene = scene.tell("page http://exporter:9099/metrics", refused());
                    }
                }
            }
            let (_, diagnosis) = scene.diagnose(json!({ "metric": selector }));
            let diagnosis = diagnosis.expect("a diagnosis");
            let accused = proven(&diagnosis);
            assert!(
                accused.is_empty() || accused == [cause],
                "{cause} {case:b}: {:#?}",
                diagnosis.findings
            );
            if accused.is_empty() {
                let finding = of(&diagnosis, cause);
                assert_ne!(
                    finding.certainty,
                    Certainty::RuledOut,
                    "{case:b}: {finding:#?} {:#?}",
                    diagnosis.findings
                );
            } else {
                *seen_proven.entry(cause).or_insert(0) += 1;
            }
        }
    }
    assert_eq!(seen_proven.len(), 13, "{seen_proven:#?}");
}

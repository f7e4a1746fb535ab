//! `scrape`: targets up, down, waiting and missing; and what their pages expose.

use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{LoadedConfig, ScrapeJob, Target, Targets};
use gapcheck::leaves::Labels;
use serde_json::json;

use crate::scene::{NOW, Scene, Told, page, refused, vector};

const JOB: &str = "aws-cost-exporter";
const URL: &str = "http://10.1.2.3:8080/metrics";

fn target(url: &str, health: &str, error: &str) -> Target {
    Target {
        discovered: Labels::default(),
        labels: Labels::from([
            ("job", JOB),
            ("instance", "10.1.2.3:8080"),
            ("namespace", "finops"),
        ]),
        pool: JOB.into(),
        url: url.into(),
        health: health.into(),
        last_error: error.into(),
        last_scrape: (health != "unknown").then(|| NOW.plus_ms(-12_000)),
        interval: "15s".into(),
    }
}

fn targets(active: &[Target]) -> Told {
    Ok(Reply::Targets(Arc::new(Targets {
        active: active.to_vec(),
        ..Targets::default()
    })))
}

fn scene(active: &[Target]) -> Scene {
    Scene::incident().tell("prom targets", targets(active))
}

fn up() -> Target {
    target(URL, "up", "")
}

fn down() -> Target {
    target(
        "http://10.1.2.4:8080/metrics",
        "down",
        "dial tcp 10.1.2.4:8080: connect: connection refused",
    )
}

fn waiting() -> Target {
    target("http://10.1.2.5:8080/metrics", "unknown", "")
}

#[test]
fn all_targets_are_up_and_shown() {
    let seen = scene(&[up()])
        .judge("scrape", json!({ "scrape": JOB }))
        .passes();
    assert_eq!(seen.asked, ["prom targets"]);
    assert_eq!(seen.judged.says, "1 of 1 target up at prom");
    let row = &seen.judged.tables[0].rows[0];
    assert_eq!((row[0].as_str(), row[2].as_str()), (URL, "up"));
    assert!(row[3].contains("(12s ago)"), "{row:?}");
}

#[test]
fn a_target_that_is_down_fails_with_its_error_and_its_address() {
    let form = json!({ "scrape": JOB });
    let seen = scene(&[up(), down()]).judge("scrape", form).fails(
        "every target of `aws-cost-exporter` up at prom",
        "1 of 2 targets down: http://10.1.2.4:8080/metrics: dial tcp 10.1.2.4:8080: connect: connection refused",
    );
    assert_eq!(seen.judged.tables[0].rows[0][2], "down");
    scene(&[up(), down()])
        .judge("scrape", json!({ "scrape": JOB, "up": "any" }))
        .passes();
    scene(&[down()])
        .judge("scrape", json!({ "scrape": JOB, "up": "any" }))
        .fails("a target of `aws-cost-exporter` up", "1 of 1 target down");
}

#[test]
fn a_target_that_was_not_scraped_yet_is_an_error() {
    for form in [
        json!({ "scrape": JOB }),
        json!({ "scrape": JOB, "up": "any" }),
    ] {
        scene(&[waiting()])
            .judge("scrape", form)
            .errs("not scraped yet", "within:");
    }
    scene(&[waiting(), down()])
        .judge("scrape", json!({ "scrape": JOB }))
        .fails("", "1 of 2 targets down");
    scene(&[waiting(), down()])
        .judge("scrape", json!({ "scrape": JOB, "up": "any" }))
        .errs("not scraped yet", "within:");
    scene(&[waiting(), up()])
        .judge("scrape", json!({ "scrape": JOB, "up": "any" }))
        .passes();
}

#[test]
fn no_target_is_a_failure_that_names_the_nearest_job() {
    scene(&[up()])
        .judge("scrape", json!({ "scrape": "aws-cost-exportr" }))
        .fails(
            "a target of `aws-cost-exportr` at prom",
            "the nearest job is `aws-cost-exporter`",
        );
    scene(&[])
        .judge("scrape", json!({ "scrape": JOB }))
        .fails("", "scrapes nothing at all");
}

#[test]
fn targets_that_cannot_be_asked_are_an_error() {
    Scene::incident()
        .tell("prom targets", refused())
        .judge("scrape", json!({ "scrape": JOB }))
        .errs("prom: connection to 127.0.0.1:9090 refused", "reachable");
}

#[test]
fn labels_and_the_age_of_the_last_scrape_are_asserted() {
    let form = json!({ "scrape": "{job=\"aws-cost-exporter\"}", "labels": { "namespace": "finops" }, "fresh": "1m" });
    scene(&[up()]).judge("scrape", form).passes();
    scene(&[up()])
        .judge(
            "scrape",
            json!({ "scrape": JOB, "labels": { "namespace": "monitoring" } }),
        )
        .fails(
            "label `namespace` \"monitoring\"",
            "`namespace` is \"finops\" on 1 of 1 target",
        );
    scene(&[up()])
        .judge("scrape", json!({ "scrape": JOB, "fresh": "10s" }))
        .fails(
            "the last scrape at most 10s old",
            "was last scraped 12s ago (2026-11-23T11:11:22Z)",
        );
    scene(&[waiting(), up()])
        .judge(
            "scrape",
            json!({ "scrape": JOB, "up": "any", "fresh": "1m" }),
        )
        .passes();
}

#[test]
fn the_targets_own_page_must_expose_the_metric() {
    let form = json!({ "scrape": JOB, "exposes": ["cost{job=\"aws-cost-exporter\"}"] });
    let at = format!("page {URL}");
    let cost = || page(&[&[("__name__", "cost"), ("service", "AmazonEC2")]]);
    scene(&[up()])
        .tell(&at, cost())
        .judge("scrape", form.clone())
        .passes();
    scene(&[up()])
        .tell(&at, page(&[&[("__name__", "cost_total")]]))
        .judge("scrape", form.clone())
        .fails(
            "exposed by `aws-cost-exporter`",
            "the nearest name on the page is `cost_total`",
        );
    scene(&[up()])
        .tell(&at, refused())
        .judge("scrape", form.clone())
        .errs(
            "the page could not be read: http://10.1.2.3:8080/metrics",
            "from where gapcheck runs",
        );
    // The page of a target that is down is not asked.
    let seen = scene(&[down()])
        .judge("scrape", form)
        .fails("up at prom", "down");
    assert_eq!(seen.asked, ["prom targets"]);
}

#[test]
fn a_page_that_may_not_be_the_one_that_is_scraped_fails_nothing() {
    let form = || json!({ "scrape": JOB, "exposes": "cost" });
    // What stands on the loopback of this machine is not what Prometheus scrapes on its own: neither lack nor presence counts.
    for sample in ["cost", "other"] {
        let seen = scene(&[target("http://127.0.0.1:8080/metrics", "up", "")])
            .tell(
                "page http://127.0.0.1:8080/metrics",
                page(&[&[("__name__", sample)]]),
            )
            .judge("scrape", form())
            .errs(
                "an address of the machine of prom",
                "from where gapcheck runs",
            );
        assert_eq!(seen.asked, ["prom targets"]);
    }
    let lacking = || {
        scene(&[up()]).tell(
            &format!("page {URL}"),
            page(&[&[("__name__", "other")], &[("__name__", "another")]]),
        )
    };
    let job = ScrapeJob {
        name: JOB.into(),
        through_proxy: true,
        ..ScrapeJob::default()
    };
    let config = LoadedConfig {
        scrape_jobs: vec![job],
        ..LoadedConfig::default()
    };
    lacking()
        .tell("prom config", Ok(Reply::Config(Arc::new(config))))
        .judge("scrape", form())
        .errs("prom scrapes it through a proxy", "");
    let counted =
        "prom query scrape_samples_scraped{job=\"aws-cost-exporter\",instance=\"10.1.2.3:8080\"}";
    lacking()
        .tell(counted, vector(&[(&[], "500")]))
        .judge("scrape", form())
        .errs("shows 2 samples, and prom scraped 500", "");
    lacking()
        .tell(counted, vector(&[(&[], "2")]))
        .judge("scrape", form())
        .fails("exposed by", "no `cost` on");
}

#[test]
fn a_target_that_is_the_exporter_hop_is_asked_as_that_hop() {
    let seen = scene(&[target("http://exporter:9099/metrics", "up", "")])
        .tell("exporter page", page(&[&[("__name__", "cost")]]))
        .judge("scrape", json!({ "scrape": JOB, "exposes": "cost" }))
        .passes();
    assert_eq!(seen.asked, ["prom targets", "exporter page"]);
}

#[test]
fn any_target_may_expose_it_but_an_unread_page_leaves_it_open() {
    let other = target("http://10.1.2.9:8080/metrics", "up", "");
    let form = json!({ "scrape": JOB, "up": "any", "exposes": "cost" });
    let lacks = || page(&[&[("__name__", "other")]]);
    let at = format!("page {URL}");
    scene(&[up(), other.clone()])
        .tell(&at, lacks())
        .tell(
            "page http://10.1.2.9:8080/metrics",
            page(&[&[("__name__", "cost")]]),
        )
        .judge("scrape", form.clone())
        .passes();
    scene(&[up(), other.clone()])
        .tell(&at, lacks())
        .tell("page http://10.1.2.9:8080/metrics", refused())
        .judge("scrape", form.clone())
        .errs("could not be read", "");
    scene(&[up(), other])
        .tell(&at, lacks())
        .tell("page http://10.1.2.9:8080/metrics", lacks())
        .judge("scrape", form)
        .fails("", "no `cost` on http://10.1.2.3:8080/metrics");
}

#[test]
fn the_review_names_what_cannot_be_asked() {
    let scene = Scene::of(&["vm victoriametrics"]);
    let said = scene.review("scrape", json!({ "scrape": JOB }));
    assert!(
        said[0].message.contains("no prometheus hop to ask"),
        "{said:?}"
    );
    let said = scene.review("scrape", json!({ "scrape": JOB, "at": "vm" }));
    assert!(
        said[0].message.contains("cannot be asked of hop `vm`"),
        "{said:?}"
    );
    assert!(
        Scene::incident()
            .review("scrape", json!({ "scrape": JOB }))
            .is_empty()
    );
}

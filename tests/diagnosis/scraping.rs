//! Causes from the exporter into Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{
    DroppedTarget, Exposure, Exposures, LabelValues, LoadedConfig, Moved, Movement, Page,
    PageSample, QueryResult, Rule, RuleGroup, RuleGroups, Runtime, SampleValue, ScrapeJob, Series,
    Target, Targets,
};
use gapcheck::backend::{prometheus, server_facts};
use gapcheck::leaves::{Certainty, Diagnosis, Labels, Timestamp};
use serde_json::{Value, json};

use crate::found::{edge, of, only, proven};
use crate::scene::{
    NOW, Scene, Told, build, count, flags, no_samples, page, refusal, refused, vector,
};

const URL: &str = "http://exporter:9099/metrics";

pub(crate) fn target(job: &str, health: &str, error: &str) -> Target {
    Target {
        discovered: Labels::from([("__address__", "exporter:9099"), ("job", job)]),
        labels: Labels::from([("instance", "exporter:9099"), ("job", job)]),
        pool: job.into(),
        url: URL.into(),
        health: health.into(),
        last_error: error.into(),
        last_scrape: Some(NOW.plus_ms(-5_000)),
        interval: "15s".into(),
    }
}

pub(crate) fn elsewhere(job: &str, health: &str, error: &str) -> Target {
    let mut target = target(job, health, error);
    target.labels.insert("instance".into(), "other:80".into());
    target.url = "http://other:80/metrics".into();
    target
}

pub(crate) fn targets(active: Vec<Target>) -> Told {
    told_targets(Targets {
        active,
        ..Targets::default()
    })
}

pub(crate) fn told_targets(targets: Targets) -> Told {
    Ok(Reply::Targets(Arc::new(targets)))
}

pub(crate) fn rules(groups: Vec<RuleGroup>) -> Told {
    Ok(Reply::Rules(Arc::new(RuleGroups {
        groups,
        warnings: Vec::new(),
    })))
}

pub(crate) fn runtime(reload_ok: bool) -> Told {
    Ok(Reply::Runtime(Arc::new(Runtime {
        started: Some(NOW.plus_ms(-86_400_000)),
        last_config: Some(NOW.plus_ms(-7_200_000)),
        reload_ok: Some(reload_ok),
    })))
}

pub(crate) fn exposures(targets: &[&Target]) -> Told {
    Ok(Reply::Exposures(Arc::new(Exposures(
        targets
            .iter()
            .map(|target| Exposure {
                target: target.labels.clone(),
                kind: "gauge".into(),
            })
            .collect(),
    ))))
}

fn names(names: &[&str]) -> Told {
    Ok(Reply::LabelValues(Arc::new(LabelValues {
        values: names.iter().map(|name| (*name).to_owned()).collect(),
        warnings: Vec::new(),
    })))
}

pub(crate) fn job(name: &str) -> ScrapeJob {
    ScrapeJob {
        name: name.into(),
        interval: "15s".into(),
        honor_timestamps: true,
        ..ScrapeJob::default()
    }
}

pub(crate) fn jobs(scrape_jobs: Vec<ScrapeJob>) -> Told {
    Ok(Reply::Config(Arc::new(LoadedConfig {
        scrape_jobs,
        ..LoadedConfig::default()
    })))
}

pub(crate) fn metric_relabel(job_name: &str, rules: Value) -> ScrapeJob {
    ScrapeJob {
        metric_relabel_configs: serde_json::from_value(rules).unwrap(),
        ..job(job_name)
    }
}

pub(crate) fn page_at(name: &str, timestamp: Option<Timestamp>) -> Told {
    Ok(Reply::Page(Arc::new(Page {
        content_type: "text/plain".into(),
        samples: vec![PageSample {
            labels: Labels::from([("__name__", name), ("service", "AmazonEC2")]),
            value: "1".into(),
            timestamp,
        }],
    })))
}

pub(crate) fn movement(out_of_bounds: f64) -> Told {
    let named = |name: &str, grew| Moved {
        labels: Labels::from([("__name__", name)]),
        first: Some(0.0),
        last: Some(grew),
        grew,
    };
    Ok(Reply::Movement(Arc::new(Movement {
        from: NOW.plus_ms(-60_000),
        to: NOW,
        read: "the history of prom over 1m".into(),
        series: vec![
            named(
                "prometheus_target_scrapes_sample_out_of_bounds_total",
                out_of_bounds,
            ),
            named("prometheus_target_scrapes_sample_out_of_order_total", 0.0),
        ],
    })))
}

/// One series whose samples are so old, oldest first.
pub(crate) fn history(labels: &[(&str, &str)], ages_ms: &[i64]) -> Told {
    let samples = ages_ms
        .iter()
        .map(|age| (NOW.plus_ms(-age), SampleValue::Float("1".into())))
        .collect();
    crate::scene::answer(QueryResult::Matrix(vec![Series {
        labels: labels.iter().copied().collect(),
        samples,
    }]))
}

/// An exporter and the Prometheus that scrapes it as job `aws`; everything is well but that `cost` is nowhere.
pub(crate) fn scene(selector: &str) -> Scene {
    Scene::of(&["exporter exporter", "prom prometheus"])
        .tell("exporter page", page(&[&[("__name__", "other")]]))
        .tell(&format!("prom count {selector}"), count(0))
        .tell("prom count cost", count(0))
        .tell(&format!("prom query {selector}[1h]"), no_samples())
        .tell(
            &format!("prom query max(max_over_time(timestamp({selector})[2d:5m]))"),
            vector(&[]),
        )
        .tell("prom query count(last_over_time(cost[1h]))", vector(&[]))
        .tell("prom targets", targets(vec![target("aws", "up", "")]))
        .tell("prom exposures cost", exposures(&[]))
        .tell("prom rules", rules(Vec::new()))
        .tell("prom runtime", runtime(true))
        .tell("prom config", jobs(vec![job("aws")]))
        .tell("prom build", build("3.14.0"))
        .tell(
            "prom flags",
            flags(&[("config.file", "/p.yml"), ("query.lookback-delta", "5m")]),
        )
        .tell(
            "prom values __name__ {job=\"aws\"}",
            names(&["up", "other"]),
        )
        .tell("prom values __name__", names(&["up", "other"]))
}

fn diagnosed(scene: Scene, selector: &str) -> Diagnosis {
    let (seen, diagnosis) = scene.diagnose(json!({ "metric": selector }));
    let asked: BTreeSet<&String> = seen.asked.iter().collect();
    assert!(asked.len() < 30, "{asked:#?}");
    diagnosis.expect("a diagnosis")
}

#[track_caller]
fn is(diagnosis: &Diagnosis, cause: &str, certainty: Certainty) {
    let finding = of(diagnosis, cause);
    assert_eq!(finding.certainty, certainty, "{finding:#?}");
}

pub(crate) const JOB: &str = r#"cost{job="aws"}"#;

fn recorded(name: &str) -> (u16, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded")
        .join(name)
        .with_extension("json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let status = u16::try_from(file["response"]["status"].as_u64().unwrap()).unwrap();
    let body = file["response"]["body"].as_str().unwrap().to_owned();
    (status, body)
}

#[test]
fn the_recorded_scrape_errors_are_each_their_cause_and_no_other() {
    for (version, job, cause, quoted) in [
        ("2.42.0", "refused", "exporter-down", "connection refused"),
        ("2.42.0", "nxdomain", "exporter-down", "no such host"),
        ("2.42.0", "slow", "exporter-down", "context deadline"),
        ("2.42.0", "gone", "exporter-error", "404 Not Found"),
        ("2.42.0", "broken", "exporter-error", "strconv.ParseFloat"),
        ("2.42.0", "limited", "scrape-limit", "sample limit exceeded"),
        (
            "2.42.0",
            "labellimit",
            "scrape-limit",
            "label_limit exceeded",
        ),
        ("3.14.0", "refused", "exporter-down", "connection refused"),
        ("3.14.0", "nxdomain", "exporter-down", "no such host"),
        ("3.14.0", "slow", "exporter-down", "context deadline"),
        ("3.14.0", "gone", "exporter-error", "404 Not Found"),
        ("3.14.0", "broken", "exporter-error", "while parsing"),
        ("3.14.0", "limited", "scrape-limit", "sample limit exceeded"),
        (
            "3.14.0",
            "labellimit",
            "scrape-limit",
            "label_limit exceeded",
        ),
        ("3.14.0", "html", "scrape-content-type", "text/html"),
        (
            "3.14.0",
            "notype",
            "scrape-content-type",
            "blank Content-Type",
        ),
    ] {
        let folder = format!("prometheus-{version}/scrape-faults");
        let (status, body) = recorded(&format!("{folder}/targets"));
        let all = prometheus::parse_targets(status, "application/json", body.as_bytes()).unwrap();
        let (status, body) = recorded(&format!("{folder}/targets-metadata"));
        let exposing =
            server_facts::parse_exposures(status, "application/json", body.as_bytes()).unwrap();
        let selector = format!("cost{{job=\"{job}\"}}");
        let scene = scene(&selector)
            .tell("prom targets", told_targets(all))
            .tell(
                "prom exposures cost",
                Ok(Reply::Exposures(Arc::new(exposing))),
            )
            .tell("prom build", build(version));
        let diagnosis = diagnosed(scene, &selector);
        assert_eq!(edge(&diagnosis), "- > prom");
        let finding = only(&diagnosis, cause, &[quoted]);
        assert!(
            finding.next[0].starts_with("curl -sSi http"),
            "{finding:#?}"
        );
    }
}

#[test]
fn a_target_that_is_down_is_only_a_guess_where_nothing_says_that_it_is_the_one() {
    let scene = Scene::of(&["prom prometheus"])
        .tell("prom count cost", count(0))
        .tell("prom query cost[1h]", no_samples())
        .tell("prom rules", rules(Vec::new()))
        .tell("prom exposures cost", exposures(&[]))
        .tell(
            "prom targets",
            targets(vec![
                target("a", "up", ""),
                elsewhere(
                    "b",
                    "down",
                    "Get \"x\": dial tcp: connect: connection refused",
                ),
            ]),
        );
    let diagnosis = diagnosed(scene, "cost");
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "exporter-down", Certainty::Likely);
    is(&diagnosis, "metric-not-exposed", Certainty::NotTested);
    is(&diagnosis, "target-not-discovered", Certainty::NotTested);
    is(&diagnosis, "prometheus-agent", Certainty::RuledOut);
}

#[test]
fn one_target_of_several_that_is_down_explains_nothing() {
    let scene = scene(JOB).tell(
        "prom targets",
        targets(vec![
            elsewhere("aws", "up", ""),
            elsewhere(
                "aws",
                "down",
                "Get \"x\": dial tcp: connect: connection refused",
            ),
        ]),
    );
    let diagnosis = diagnosed(scene, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "exporter-down", Certainty::Possible);
}

#[test]
fn what_prometheus_remembers_of_a_target_tells_which_one_it_is() {
    let down = elsewhere(
        "b",
        "down",
        "Get \"x\": dial tcp: connect: connection refused",
    );
    let scene = Scene::of(&["prom prometheus"])
        .tell("prom count cost", count(0))
        .tell("prom query cost[1h]", no_samples())
        .tell("prom rules", rules(Vec::new()))
        .tell("prom exposures cost", exposures(&[&down]))
        .tell("prom targets", targets(vec![target("a", "up", ""), down]));
    let diagnosis = diagnosed(scene, "cost");
    only(&diagnosis, "exporter-down", &["connection refused"]);
}

#[test]
fn targets_that_cannot_be_asked_are_not_tested() {
    let scene = scene(JOB)
        .tell("prom targets", refusal(403, "forbidden"))
        .tell("prom runtime", refused())
        .tell("prom rules", refused());
    let diagnosis = diagnosed(scene, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    for cause in [
        "exporter-down",
        "exporter-error",
        "scrape-limit",
        "scrape-content-type",
        "metric-not-exposed",
        "target-not-discovered",
        "target-dropped-by-relabel",
        "dropped-by-metric-relabel",
        "timestamp-refused",
        "slow-scrape",
        "series-ended",
        "renamed-metric",
        "config-not-loaded",
        "rule-failing",
    ] {
        is(&diagnosis, cause, Certainty::NotTested);
    }
}

#[test]
fn a_page_without_the_metric_is_shown_and_a_near_name_stands_beside_it() {
    let scene = scene(JOB).tell("exporter page", page(&[&[("__name__", "costs")]]));
    let diagnosis = diagnosed(scene, JOB);
    assert_eq!(edge(&diagnosis), "- > prom");
    let finding = only(&diagnosis, "metric-not-exposed", &["has no `cost`", URL]);
    assert!(finding.next[0].contains("grep -wF cost"), "{finding:#?}");
    // `cost` is too short a name to be near to others.
    is(&diagnosis, "renamed-metric", Certainty::RuledOut);

    let selector = r#"cost_month{job="aws"}"#;
    let renamed = self::scene(selector)
        .tell("prom count cost_month", count(0))
        .tell("prom exposures cost_month", exposures(&[]))
        .tell(
            "exporter page",
            page(&[&[("__name__", "cost_month_total")]]),
        );
    let diagnosis = diagnosed(renamed, selector);
    only(&diagnosis, "metric-not-exposed", &["cost_month"]);
    is(&diagnosis, "renamed-metric", Certainty::Likely);
    let says = &of(&diagnosis, "renamed-metric").says;
    assert!(
        says.contains("`cost_month_total`, 6 letters away"),
        "{says}"
    );
}

#[test]
fn an_exporter_that_the_check_names_is_where_the_metric_is_lost() {
    let (_, diagnosis) = scene(JOB).diagnose(json!({
        "metric": JOB, "through": ["exporter", "prom"]
    }));
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(edge(&diagnosis), "- > exporter");
    only(&diagnosis, "metric-not-exposed", &["has no `cost`"]);
}

#[test]
fn a_page_that_cannot_be_fetched_proves_nothing() {
    let scene = scene(JOB).tell("exporter page", refused());
    let diagnosis = diagnosed(scene, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "metric-not-exposed", Certainty::Likely);
    is(&diagnosis, "timestamp-refused", Certainty::NotTested);
}

#[test]
fn rules_that_change_names_leave_it_open_whether_the_page_lacks_it() {
    let rename =
        json!([{"source_labels": ["__name__"], "regex": "(.*)_usd", "target_label": "__name__"}]);
    let scene = scene(JOB).tell("prom config", jobs(vec![metric_relabel("aws", rename)]));
    let diagnosis = diagnosed(scene, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "metric-not-exposed", Certainty::Likely);
}

#[test]
fn a_rule_after_the_scrape_is_named_with_what_it_saw() {
    let drop = json!([
        {"source_labels": ["service"], "regex": "S3", "action": "drop"},
        {"source_labels": ["__name__", "job"], "separator": "/", "regex": "cost/aws", "action": "drop"},
    ]);
    let up = target("aws", "up", "");
    let dropping = || {
        scene(JOB)
            .tell("exporter page", page_at("cost", None))
            .tell("prom exposures cost", exposures(&[&up]))
            .tell(
                "prom config",
                jobs(vec![metric_relabel("aws", drop.clone())]),
            )
    };
    let diagnosis = diagnosed(dropping(), JOB);
    assert_eq!(edge(&diagnosis), "exporter > prom");
    only(
        &diagnosis,
        "dropped-by-metric-relabel",
        &[
            "rule 2 of 2",
            "`metric_relabel_configs` of job `aws`",
            "\"cost/aws\"",
        ],
    );
    // The version decides how rules are read: without it, it is not proven.
    let unversioned = dropping().tell("prom build", refused());
    let diagnosis = diagnosed(unversioned, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "dropped-by-metric-relabel", Certainty::Likely);
    // Without the page, the first rule looks at a label that is not known.
    let pageless = dropping().tell("exporter page", refused());
    let diagnosis = diagnosed(pageless, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "dropped-by-metric-relabel", Certainty::Likely);
    // A rule that keeps it is no reason.
    let kept = json!([{"source_labels": ["service"], "regex": "S3", "action": "drop"}]);
    let keeping = dropping().tell("prom config", jobs(vec![metric_relabel("aws", kept)]));
    let diagnosis = diagnosed(keeping, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "dropped-by-metric-relabel", Certainty::RuledOut);
    let secret = dropping().tell("prom config", refusal(403, "forbidden"));
    let diagnosis = diagnosed(secret, JOB);
    is(
        &diagnosis,
        "dropped-by-metric-relabel",
        Certainty::NotTested,
    );
}

#[test]
fn metadata_alone_prove_a_rule_that_looks_at_known_labels() {
    let drop = json!([{"source_labels": ["__name__"], "regex": "co.*", "action": "drop"}]);
    let up = target("aws", "up", "");
    let scene = Scene::of(&["prom prometheus"])
        .tell("prom count cost", count(0))
        .tell("prom query cost[1h]", no_samples())
        .tell("prom rules", rules(Vec::new()))
        .tell("prom build", build("2.42.0+ds"))
        .tell(
            "prom targets",
            targets(vec![up.clone(), elsewhere("b", "up", "")]),
        )
        .tell("prom exposures cost", exposures(&[&up]))
        .tell("prom config", jobs(vec![metric_relabel("aws", drop)]));
    let diagnosis = diagnosed(scene, "cost");
    only(
        &diagnosis,
        "dropped-by-metric-relabel",
        &["rule 1 of 1", "\"cost\""],
    );
}

#[test]
fn a_job_that_nobody_discovers_is_named_with_what_there_is() {
    let selector = r#"cost{job="awz"}"#;
    let lost = || {
        scene(selector)
            .tell(
                "prom targets",
                told_targets(Targets {
                    active: vec![elsewhere("aws", "up", "")],
                    dropped: Vec::new(),
                    dropped_counts: BTreeMap::from([("aws".to_owned(), 0)]),
                }),
            )
            .tell("exporter page", page_at("cost", None))
    };
    let diagnosis = diagnosed(lost(), selector);
    assert_eq!(edge(&diagnosis), "exporter > prom");
    only(
        &diagnosis,
        "target-not-discovered",
        &["no target of job `awz`", "the nearest is `aws`"],
    );
    for (question, told) in [
        (
            "prom config",
            jobs(vec![ScrapeJob {
                honor_labels: true,
                ..job("federate")
            }]),
        ),
        ("prom config", refused()),
        (
            "prom flags",
            flags(&[("web.enable-remote-write-receiver", "true")]),
        ),
    ] {
        let diagnosis = diagnosed(lost().tell(question, told), selector);
        assert_eq!(proven(&diagnosis), Vec::<&str>::new(), "{question}");
        is(&diagnosis, "target-not-discovered", Certainty::Likely);
    }
    // The count tells of targets that the list leaves out.
    let cut = lost().tell(
        "prom targets",
        told_targets(Targets {
            active: vec![elsewhere("aws", "up", "")],
            dropped: Vec::new(),
            dropped_counts: BTreeMap::from([("awz".to_owned(), 3)]),
        }),
    );
    let diagnosis = diagnosed(cut, selector);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "target-not-discovered", Certainty::RuledOut);
    is(&diagnosis, "target-dropped-by-relabel", Certainty::Possible);
}

#[test]
fn a_failed_reload_is_the_cause_where_what_runs_lacks_the_job() {
    let selector = r#"cost{job="new"}"#;
    let scene = scene(selector)
        .tell("prom targets", targets(vec![elsewhere("aws", "up", "")]))
        .tell("prom runtime", runtime(false));
    let diagnosis = diagnosed(scene, selector);
    only(
        &diagnosis,
        "config-not-loaded",
        &["the last reload of prom failed", "2h ago", "no job `new`"],
    );
    is(&diagnosis, "target-not-discovered", Certainty::Likely);
    // Beside another fault it is not proven: the job is there, and its exporter is down.
    let down = self::scene(JOB)
        .tell(
            "prom targets",
            targets(vec![target(
                "aws",
                "down",
                "Get \"x\": dial tcp: connection refused",
            )]),
        )
        .tell("prom runtime", runtime(false));
    let diagnosis = diagnosed(down, JOB);
    only(&diagnosis, "exporter-down", &["connection refused"]);
    is(&diagnosis, "config-not-loaded", Certainty::Likely);
}

#[test]
fn the_rule_that_drops_a_target_is_found_by_replaying_it() {
    let rules = json!([
        {"source_labels": ["__meta_service"], "target_label": "job"},
        {"source_labels": ["__meta_scrape"], "regex": "true", "action": "keep"},
    ]);
    let services = |rules: &Value| ScrapeJob {
        relabel_configs: serde_json::from_value(rules.clone()).unwrap(),
        ..job("services")
    };
    let dropped = |service: &str| DroppedTarget {
        discovered: Labels::from([
            ("__address__", "10.0.0.1:80"),
            ("__meta_service", service),
            ("__meta_scrape", "yes"),
            ("job", "services"),
        ]),
        pool: String::new(),
    };
    let told = |service: &str, shown: u64| {
        told_targets(Targets {
            active: vec![elsewhere("b", "up", "")],
            dropped: vec![dropped(service)],
            dropped_counts: BTreeMap::from([("services".to_owned(), shown)]),
        })
    };
    let scene = || {
        scene(JOB)
            .tell("prom targets", told("aws", 1))
            .tell("prom config", jobs(vec![services(&rules)]))
    };
    let diagnosis = diagnosed(scene(), JOB);
    only(
        &diagnosis,
        "target-dropped-by-relabel",
        &[
            "10.0.0.1:80",
            "rule 2 of 2",
            "`keep`",
            "\"yes\"",
            "`__meta_scrape`",
        ],
    );
    // Another service that is dropped is not it; that more may be dropped than are listed is said.
    let other = scene().tell("prom targets", told("web", 1));
    let diagnosis = diagnosed(other, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "target-dropped-by-relabel", Certainty::RuledOut);
    let more = scene().tell("prom targets", told("web", 900));
    let diagnosis = diagnosed(more, JOB);
    is(&diagnosis, "target-dropped-by-relabel", Certainty::Possible);
    let secret = scene().tell("prom config", refused());
    let diagnosis = diagnosed(secret, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(
        &diagnosis,
        "target-dropped-by-relabel",
        Certainty::NotTested,
    );
    // A target of the same address that is scraped by another job is not lost.
    let twice = scene().tell(
        "prom targets",
        told_targets(Targets {
            active: vec![target("aws", "up", "")],
            dropped: vec![dropped("aws")],
            dropped_counts: BTreeMap::new(),
        }),
    );
    let diagnosis = diagnosed(twice, JOB);
    is(&diagnosis, "target-dropped-by-relabel", Certainty::RuledOut);
}

#[test]
fn an_old_timestamp_is_refused_where_the_counter_says_so() {
    let up = target("aws", "up", "");
    let old = Some(NOW.plus_ms(-3 * 3_600_000));
    let stamped = |at, grown| {
        scene(JOB)
            .tell("exporter page", page_at("cost", at))
            .tell("prom exposures cost", exposures(&[&up]))
            .tell("prom movement", movement(grown))
    };
    let diagnosis = diagnosed(stamped(old, 4.0), JOB);
    assert_eq!(edge(&diagnosis), "exporter > prom");
    only(
        &diagnosis,
        "timestamp-refused",
        &["3h old", "refused 4 samples"],
    );
    for (scene, certainty) in [
        (stamped(old, 0.0), Certainty::Possible),
        (stamped(None, 4.0), Certainty::RuledOut),
        (
            stamped(Some(NOW.plus_ms(-60_000)), 4.0),
            Certainty::RuledOut,
        ),
        (
            stamped(old, 0.0).tell("prom movement", refused()),
            Certainty::Likely,
        ),
        (
            stamped(old, 4.0).tell(
                "prom config",
                jobs(vec![ScrapeJob {
                    honor_timestamps: false,
                    ..job("aws")
                }]),
            ),
            Certainty::RuledOut,
        ),
    ] {
        let diagnosis = diagnosed(scene, JOB);
        assert_eq!(proven(&diagnosis), Vec::<&str>::new());
        is(&diagnosis, "timestamp-refused", certainty);
    }
}

pub(crate) const LABELS: &[(&str, &str)] = &[
    ("__name__", "cost"),
    ("job", "aws"),
    ("instance", "exporter:9099"),
];

#[test]
fn samples_that_are_further_apart_than_the_lookback_blink() {
    let up = target("aws", "up", "");
    let minutes = |ages: &[i64]| -> Vec<i64> { ages.iter().map(|age| age * 60_000).collect() };
    let rare = |ages: &[i64]| {
        scene(JOB)
            .tell("exporter page", page_at("cost", None))
            .tell("prom exposures cost", exposures(&[&up]))
            .tell(
                &format!("prom query {JOB}[1h]"),
                history(LABELS, &minutes(ages)),
            )
    };
    let diagnosis = diagnosed(rare(&[55, 40, 25, 10]), JOB);
    only(&diagnosis, "slow-scrape", &["every 15m", "looks back 5m"]);
    // The next one is overdue by far, or they came often enough: it ended.
    for ages in [&[55, 40][..], &[9, 8, 7, 6]] {
        let diagnosis = diagnosed(rare(ages), JOB);
        assert_eq!(proven(&diagnosis), Vec::<&str>::new());
        is(&diagnosis, "slow-scrape", Certainty::RuledOut);
    }
    let secret = rare(&[40, 25, 10]).tell("prom flags", refused());
    let diagnosis = diagnosed(secret, JOB);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "slow-scrape", Certainty::Likely);
}

#[test]
fn a_target_that_is_scraped_every_two_hours_is_looked_for_further_back() {
    let mut rare = target("aws", "up", "");
    rare.interval = "2h".into();
    let scene = scene(JOB)
        .tell("exporter page", page_at("cost", None))
        .tell("prom exposures cost", exposures(&[&rare]))
        .tell("prom targets", targets(vec![rare]))
        .tell(
            &format!("prom query {JOB}[4h]"),
            history(LABELS, &[190 * 60_000, 70 * 60_000]),
        );
    let diagnosis = diagnosed(scene, JOB);
    only(&diagnosis, "slow-scrape", &["every 2h"]);
}

#[test]
fn a_series_that_ended_says_when_and_yields_to_what_explains_it() {
    let ended = |active: Vec<Target>| {
        scene("cost")
            .tell(
                "prom query cost[1h]",
                history(LABELS, &[660_000, 630_000, 600_000]),
            )
            .tell("prom targets", targets(active))
    };
    // Its own instance is gone, the job is not.
    let diagnosis = diagnosed(ended(vec![elsewhere("aws", "up", "")]), "cost");
    only(
        &diagnosis,
        "series-ended",
        &[
            "2026-11-23T",
            "10m ago",
            "no target `exporter:9099` of job `aws`",
        ],
    );
    // The whole job is gone: that is the cause, and the end a consequence.
    let diagnosis = diagnosed(ended(vec![elsewhere("b", "up", "")]), "cost");
    let finding = only(&diagnosis, "target-not-discovered", &["job `aws`"]);
    assert!(
        finding
            .consequences
            .iter()
            .any(|text| text.contains("series-ended")),
        "{finding:#?}"
    );
    // The page has lost it.
    let diagnosis = diagnosed(ended(vec![target("aws", "up", "")]), "cost");
    let finding = only(&diagnosis, "metric-not-exposed", &["has no `cost`"]);
    assert!(
        finding.consequences[0].contains("samples end at"),
        "{finding:#?}"
    );
    // The target is down: its labels tell that it is the one.
    let down = target("aws", "down", "Get \"x\": dial tcp: connection refused");
    let diagnosis = diagnosed(ended(vec![down]), "cost");
    only(&diagnosis, "exporter-down", &["connection refused"]);
}

#[test]
fn a_recording_rule_that_fails_is_the_cause_and_no_target_is_blamed() {
    let group = |health: &str, error: &str, age_ms: i64| RuleGroup {
        name: "costs".into(),
        file: "/rules.yml".into(),
        interval_ms: 30_000,
        last_evaluation: Some(NOW.plus_ms(-age_ms)),
        rules: vec![Rule {
            name: "cost".into(),
            kind: "recording".into(),
            query: "sum(raw)".into(),
            health: health.into(),
            last_error: error.into(),
            last_evaluation: Some(NOW.plus_ms(-age_ms)),
        }],
    };
    let recorded = |group| scene("cost").tell("prom rules", rules(vec![group]));
    let many = "found duplicate series for the match group";
    let diagnosis = diagnosed(recorded(group("err", many, 10_000)), "cost");
    let finding = only(&diagnosis, "rule-failing", &[many]);
    assert!(finding.next[1].contains("sum%28raw%29"), "{finding:#?}");
    is(&diagnosis, "metric-not-exposed", Certainty::RuledOut);
    let diagnosis = diagnosed(recorded(group("ok", "", 600_000)), "cost");
    only(&diagnosis, "rule-failing", &["10m ago", "every 30s"]);
    for (group, certainty) in [
        (group("ok", "", 20_000), Certainty::Possible),
        (
            RuleGroup {
                last_evaluation: None,
                rules: vec![Rule {
                    last_evaluation: None,
                    ..group("unknown", "", 0).rules.remove(0)
                }],
                ..group("unknown", "", 0)
            },
            Certainty::Likely,
        ),
    ] {
        let diagnosis = diagnosed(recorded(group), "cost");
        assert_eq!(proven(&diagnosis), Vec::<&str>::new());
        is(&diagnosis, "rule-failing", certainty);
    }
}

#[test]
fn an_agent_is_known_by_its_answers_and_its_targets_can_be_asked() {
    for version in ["2.42.0", "3.14.0"] {
        let (status, body) = recorded(&format!("prometheus-{version}/agent/query"));
        let failure =
            prometheus::parse_query(status, "application/json", body.as_bytes()).unwrap_err();
        let (status, body) = recorded(&format!("prometheus-{version}/agent/status-flags"));
        let told_flags =
            prometheus::parse_flags(status, "application/json", body.as_bytes()).unwrap();
        let agent = |central: u64| {
            Scene::of(&["exporter exporter", "prom prometheus", "central prometheus"])
                .tell("exporter page", page_at("cost", None))
                .tell(&format!("prom count {JOB}"), Err(failure.clone()))
                .tell("prom flags", Ok(Reply::Flags(Arc::new(told_flags.clone()))))
                .tell(
                    "prom rules",
                    refusal(422, "unavailable with Prometheus Agent"),
                )
                .tell("prom runtime", runtime(true))
                .tell("prom config", jobs(vec![job("aws")]))
                .tell("prom build", build(version))
                .tell(
                    "prom exposures cost",
                    exposures(&[&target("aws", "up", "")]),
                )
                .tell(&format!("central count {JOB}"), count(central))
                .tell(&format!("central query {JOB}[1h]"), no_samples())
                .tell("central build", build(version))
        };
        let well = agent(1).tell("prom targets", targets(vec![target("aws", "up", "")]));
        let diagnosis = diagnosed(well, JOB);
        assert_eq!(edge(&diagnosis), "exporter > prom");
        only(&diagnosis, "prometheus-agent", &["prom runs as an agent"]);
        let down = target("aws", "down", "Get \"x\": dial tcp: connection refused");
        let lost = agent(0).tell("prom targets", targets(vec![down]));
        let diagnosis = diagnosed(lost, JOB);
        assert_eq!(edge(&diagnosis), "exporter > central");
        let finding = only(&diagnosis, "exporter-down", &["connection refused"]);
        let under = &finding.consequences[0];
        assert!(
            under.starts_with("prometheus-agent (else possible): "),
            "{under}"
        );
        // Lost behind it, the agent is no cause, and the place is known less exactly.
        let lost = agent(0).tell("prom targets", targets(vec![target("aws", "up", "")]));
        let diagnosis = diagnosed(lost, JOB);
        assert_eq!(proven(&diagnosis), Vec::<&str>::new());
        is(&diagnosis, "prometheus-agent", Certainty::Possible);
    }
}

#[test]
fn up_itself_is_on_no_page_and_lost_with_its_target_only() {
    let selector = r#"up{job="aws"}"#;
    let scene = scene(selector)
        .tell("prom count up", count(1))
        .tell("prom values job up", names(&["b"]))
        .tell("prom targets", targets(vec![elsewhere("b", "up", "")]));
    let diagnosis = diagnosed(scene, selector);
    is(&diagnosis, "metric-not-exposed", Certainty::RuledOut);
    is(&diagnosis, "exporter-down", Certainty::RuledOut);
    // Others have an `up`: it may as well be the job's name that is wrong.
    is(&diagnosis, "target-not-discovered", Certainty::Likely);
}

#[test]
fn a_prometheus_without_any_target_has_discovered_none() {
    let lost = || {
        scene("cost")
            .tell("exporter page", page_at("cost", None))
            .tell("prom targets", targets(Vec::new()))
    };
    let diagnosis = diagnosed(lost(), "cost");
    only(&diagnosis, "target-not-discovered", &["no target at all"]);
    let writable = flags(&[("web.enable-remote-write-receiver", "true")]);
    let diagnosis = diagnosed(lost().tell("prom flags", writable), "cost");
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    // Another server answers with an empty list, too.
    let diagnosis = diagnosed(lost().tell("prom build", build("0.42.4")), "cost");
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "target-not-discovered", Certainty::NotTested);
}

#[test]
fn an_exporter_that_is_scraped_under_another_job_is_discovered() {
    let selector = r#"cost{job="awz"}"#;
    let up = target("aws", "up", "");
    for exposing in [exposures(&[&up]), exposures(&[]), refused()] {
        let scene = scene(selector)
            .tell("exporter page", page_at("cost", None))
            .tell("prom exposures cost", exposing)
            .tell("prom count cost", count(2))
            .tell("prom query cost{job=\"awz\"}", vector(&[]))
            .tell("prom values job cost", names(&["aws"]));
        let diagnosis = diagnosed(scene, selector);
        assert_eq!(proven(&diagnosis), Vec::<&str>::new());
        is(&diagnosis, "matcher-excludes", Certainty::Likely);
        is(&diagnosis, "target-not-discovered", Certainty::Possible);
    }
}

#[test]
fn a_scrape_interval_longer_than_the_freshness_asked_is_likely_why_it_is_stale() {
    let mut rare = target("aws", "up", "");
    rare.interval = "4m".into();
    let scene = scene(JOB)
        .tell("exporter page", page_at("cost", None))
        .tell("prom exposures cost", exposures(&[&rare]))
        .tell("prom targets", targets(vec![rare]))
        .tell(&format!("prom count {JOB}"), count(2))
        .tell(
            &format!("prom query max(timestamp({JOB}))"),
            crate::scene::newest(200_000),
        );
    let (_, diagnosis) = scene.diagnose(json!({ "metric": JOB, "fresh": "2m" }));
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    is(&diagnosis, "slow-scrape", Certainty::Likely);
    is(&diagnosis, "series-ended", Certainty::RuledOut);
}

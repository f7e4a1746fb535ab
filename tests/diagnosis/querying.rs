//! Causes at Query and above.

use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{QueryResult, SampleValue, Series, Target, Targets};
use gapcheck::leaves::{Certainty, Diagnosis, Labels};
use serde_json::json;

use crate::found::{edge, of, only, proven};
use crate::joining::lost_at_query;
use crate::scene::{
    NOW, Scene, Told, answer, build, config, count, flags, head, no_samples, page, refusal,
    refused, samples, store, stores, tsdb, vector,
};

const COST: &str = r#"cost{cluster="ops"}"#;

fn diagnosed(scene: Scene) -> Diagnosis {
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "cost" }));
    diagnosis.expect("a diagnosis")
}

fn certainty(diagnosis: &Diagnosis, cause: &str) -> Certainty {
    of(diagnosis, cause).certainty
}

const NOBODY: &[&str] = &[];

/// A Prometheus that has no series of this selector, and has some without the job.
fn without_job() -> Scene {
    let selector = r#"up{job="apii",instance="a"}"#;
    Scene::of(&["prom prometheus"])
        .tell(&format!("prom count {selector}"), count(0))
        .tell(&format!("prom query {selector}[1h]"), no_samples())
        .tell(r#"prom count up{instance="a"}"#, count(2))
        .tell(r#"prom count up{job="apii"}"#, count(0))
        .tell("prom count up", count(7))
}

#[test]
fn series_without_a_matcher_may_be_those_of_others() {
    let selector = r#"up{job="apii",instance="a"}"#;
    let (seen, diagnosis) = without_job().diagnose(json!({ "metric": selector, "at": "prom" }));
    seen.fails("present at prom", "0 series at prom");
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(edge(&diagnosis), "- > prom");
    assert_eq!(proven(&diagnosis), NOBODY);
    let finding = of(&diagnosis, "matcher-excludes");
    assert_eq!(finding.certainty, Certainty::Likely);
    assert!(finding.says.contains("`job=\"apii\"`") && finding.says.contains("selects 2"));
    assert_eq!(finding.evidence.len(), 2);
    assert!(finding.next[0].starts_with("curl -sS 'http://prom:9090/api/v1/query?query="));
    let told = diagnosis.why_empty.join("\n");
    assert!(
        told.contains("7 series named `up` are at prom under other labels"),
        "{told}"
    );
}

#[test]
fn the_matcher_is_proven_by_the_target_that_is_the_exporter() {
    let selector = r#"cost{job="apii"}"#;
    let target = |job: &str, url: &str| {
        Ok(Reply::Targets(Arc::new(Targets {
            active: vec![Target {
                discovered: Labels::default(),
                labels: Labels::from([("job", job), ("instance", "exporter:9099")]),
                pool: job.into(),
                url: url.into(),
                health: "up".into(),
                last_error: String::new(),
                last_scrape: Some(NOW),
                interval: "15s".into(),
            }],
            ..Targets::default()
        })))
    };
    let series: &[(&str, &str)] = &[
        ("__name__", "cost"),
        ("job", "api"),
        ("instance", "exporter:9099"),
    ];
    let scene = |targets: Told| {
        Scene::of(&["exporter exporter", "prom prometheus"])
            .tell("exporter page", page(&[&[("__name__", "cost")]]))
            .tell(&format!("prom count {selector}"), count(0))
            .tell(&format!("prom query {selector}[1h]"), no_samples())
            .tell("prom count cost", count(1))
            .tell("prom query cost", vector(&[(series, "1")]))
            .tell("prom targets", targets)
            .tell("prom build", build("3.14.0"))
            .tell("prom config", config(&[]))
            .diagnose(json!({ "metric": selector }))
            .1
            .expect("a diagnosis")
    };
    let diagnosis = scene(target("api", "http://exporter:9099/metrics"));
    assert_eq!(edge(&diagnosis), "exporter > prom");
    only(
        &diagnosis,
        "matcher-excludes",
        &["`job=\"apii\"`", "\"api\""],
    );
    // Another target's series come back; the one that is meant may be down.
    let diagnosis = scene(target("api", "http://elsewhere:9099/metrics"));
    assert_eq!(proven(&diagnosis), NOBODY);
    // That target has the job that is asked for, so the job is not the mistake.
    let diagnosis = scene(target("apii", "http://exporter:9099/metrics"));
    assert_eq!(proven(&diagnosis), NOBODY);
}

/// The hop before Query has the series of instance `a`; Query is asked for it and lacks it.
fn one_instance(here: &[(&str, &str)], also_sent: bool) -> Diagnosis {
    let sent: &[(&str, &str)] = &[("__name__", "cost"), ("instance", "a"), ("job", "e")];
    let beside: &[(&str, &str)] = &[("__name__", "cost"), ("instance", "b"), ("job", "e")];
    let asked = r#"cost{instance="a",cluster="ops"}"#;
    let mut all = vec![(sent, "1")];
    all.extend(also_sent.then_some((beside, "1")));
    let scene = Scene::of(&["prom prometheus", "query thanos-query"])
        .tell("prom config", config(&[("cluster", "ops")]))
        .tell("prom build", build("3.14.0"))
        .tell("prom count cost{instance=\"a\"}", count(1))
        .tell("prom query cost{instance=\"a\"}", vector(&[(sent, "1")]))
        .tell("prom query cost", vector(&all))
        .tell(&format!("query count {asked}"), count(0))
        .tell(&format!("query query {asked}[1h]"), no_samples())
        .tell("query count cost{cluster=\"ops\"}", count(1))
        .tell("query query cost{cluster=\"ops\"}", vector(&[(here, "1")]))
        .tell("query count cost", count(1))
        .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]));
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "cost{instance=\"a\"}" }));
    diagnosis.expect("a diagnosis")
}

#[test]
fn the_matcher_is_proven_by_the_series_of_the_hop_before_and_not_by_its_neighbour() {
    let renamed: &[(&str, &str)] = &[
        ("__name__", "cost"),
        ("instance", "a:9099"),
        ("job", "e"),
        ("cluster", "ops"),
    ];
    let diagnosis = one_instance(renamed, false);
    assert_eq!(edge(&diagnosis), "prom > query");
    only(
        &diagnosis,
        "matcher-excludes",
        &["`instance=\"a\"`", "\"a:9099\""],
    );
    // The series of another instance, which the hop before has as well.
    let neighbour: &[(&str, &str)] = &[
        ("__name__", "cost"),
        ("instance", "b"),
        ("job", "e"),
        ("cluster", "ops"),
    ];
    let diagnosis = one_instance(neighbour, true);
    assert_eq!(proven(&diagnosis), NOBODY);
    assert_eq!(
        certainty(&diagnosis, "matcher-excludes"),
        Certainty::RuledOut
    );
}

#[test]
fn a_hop_that_fails_on_the_way_proves_no_matcher() {
    let selector = r#"up{job="apii",instance="a"}"#;
    let (_, diagnosis) = without_job()
        .tell(r#"prom count up{instance="a"}"#, refused())
        .diagnose(json!({ "metric": selector, "at": "prom" }));
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(
        certainty(&diagnosis, "matcher-excludes"),
        Certainty::NotTested
    );
}

const ENFORCED: &[(&str, &str)] = &[
    ("endpoint", "10.1.2.3:10901"),
    ("query.enforce-tenancy", "true"),
    ("query.default-tenant-id", "default-tenant"),
    ("query.tenant-header", "THANOS-TENANT"),
    ("query.tenant-label-name", "tenant_id"),
];

#[test]
fn a_query_that_shows_one_tenant_only_hides_the_others() {
    let scene = |as_finops: Told| {
        lost_at_query()
            .tell("query flags", flags(ENFORCED))
            .tell("receive tsdb", tsdb(&[head("finops", &[("cost", 1)])]))
            .tell(&format!(" count {COST}"), as_finops)
    };
    let here: &[(&str, &str)] = &[
        ("__name__", "cost"),
        ("job", "e"),
        ("instance", "a"),
        ("tenant_id", "finops"),
    ];
    let diagnosis =
        diagnosed(scene(count(1)).tell(&format!(" query {COST}"), vector(&[(here, "1")])));
    let finding = only(
        &diagnosis,
        "tenant-enforced",
        &["`default-tenant`", "`finops`"],
    );
    assert!(
        finding.next[0].contains("THANOS-TENANT: finops"),
        "{finding:#?}"
    );
    let diagnosis = diagnosed(scene(count(0)));
    assert_eq!(
        certainty(&diagnosis, "tenant-enforced"),
        Certainty::Possible
    );
    let diagnosis = diagnosed(scene(refused()));
    assert_eq!(
        certainty(&diagnosis, "tenant-enforced"),
        Certainty::Possible
    );
    // Another sender's series of the same name.
    let other: &[(&str, &str)] = &[("__name__", "cost"), ("job", "e"), ("instance", "z")];
    let diagnosis =
        diagnosed(scene(count(1)).tell(&format!(" query {COST}"), vector(&[(other, "1")])));
    assert_eq!(
        certainty(&diagnosis, "tenant-enforced"),
        Certainty::Possible
    );
    let diagnosis = diagnosed(lost_at_query().tell("query flags", refused()));
    assert_eq!(
        certainty(&diagnosis, "tenant-enforced"),
        Certainty::NotTested
    );
}

#[test]
fn what_is_there_without_deduplication_is_hidden_by_it() {
    let asked = format!("query query-as count({COST}) undeduplicated");
    let diagnosis = diagnosed(lost_at_query().tell(&asked, vector(&[(&[], "2")])));
    let finding = only(&diagnosis, "dedup-hides", &["dedup=false"]);
    assert!(finding.next[0].contains("dedup=false"), "{finding:#?}");
    let diagnosis = diagnosed(lost_at_query().tell(&asked, refused()));
    assert_eq!(certainty(&diagnosis, "dedup-hides"), Certainty::NotTested);
}

#[test]
fn a_label_by_which_query_deduplicates_cannot_be_asked_for() {
    let deduplicated: &[(&str, &str)] = &[("__name__", "cost"), ("cluster", "ops")];
    let whole: &[(&str, &str)] = &[("__name__", "cost"), ("cluster", "ops"), ("replica", "a")];
    let scene = |replica_label: &str| {
        lost_at_query()
            .tell(
                "query flags",
                flags(&[
                    ("endpoint", "10.1.2.3:10901"),
                    ("query.replica-label", replica_label),
                ]),
            )
            .tell(
                &format!("query query {COST}"),
                vector(&[(deduplicated, "1")]),
            )
            .tell(
                &format!("query query-as {COST} undeduplicated"),
                vector(&[(whole, "1")]),
            )
            .diagnose(json!({ "metric": "cost", "labels": { "replica": "a" } }))
            .1
    };
    let diagnosis = scene("receive_replica, replica").expect("a diagnosis");
    only(&diagnosis, "dedup-hides", &["`replica`"]);
    // Something else took the label.
    if let Some(diagnosis) = scene("receive_replica") {
        assert_eq!(certainty(&diagnosis, "dedup-hides"), Certainty::RuledOut);
    }
}

#[test]
fn samples_further_apart_than_query_looks_back_are_not_lost() {
    let scene = |upstream: &[i64]| {
        lost_at_query()
            .tell(
                &format!("query query {COST}[1h]"),
                samples(&[1_400_000, 500_000]),
            )
            .tell("prom query cost[1h]", samples(upstream))
    };
    let diagnosis = diagnosed(scene(&[1_400_000, 500_000]));
    only(
        &diagnosis,
        "query-lookback",
        &["8m20s old", "looks back 5m"],
    );
    // The hop before has newer ones: they did not arrive.
    let diagnosis = diagnosed(scene(&[500_000, 20_000]));
    assert_eq!(certainty(&diagnosis, "query-lookback"), Certainty::RuledOut);
    let diagnosis = diagnosed(scene(&[500_000]).tell("prom query cost[1h]", refused()));
    assert_eq!(
        certainty(&diagnosis, "query-lookback"),
        Certainty::NotTested
    );
}

#[test]
fn a_resolution_that_has_the_series_is_named() {
    let mut gateway = store("10.6.6.6:10901");
    gateway.component = "store".into();
    let scene = |hourly: Told| {
        lost_at_query()
            .tell(
                "query stores",
                stores(&[store("10.1.2.3:10901"), gateway.clone()]),
            )
            .tell(
                &format!("query query-as count({COST}) resolution=5m"),
                vector(&[]),
            )
            .tell(
                &format!("query query-as count({COST}) resolution=1h"),
                hourly,
            )
    };
    let diagnosis = diagnosed(scene(vector(&[(&[], "1")])));
    only(&diagnosis, "downsampling", &["max_source_resolution=1h"]);
    let diagnosis = diagnosed(scene(vector(&[])));
    assert_eq!(certainty(&diagnosis, "downsampling"), Certainty::RuledOut);
    let diagnosis = diagnosed(scene(refused()));
    assert_eq!(certainty(&diagnosis, "downsampling"), Certainty::NotTested);
}

#[test]
fn a_selector_of_store_labels_alone_is_refused() {
    let selector = r#"{tenant_id="default-tenant"}"#;
    let text = "expanding series: no matchers specified (excluding external labels)";
    let scene = |told: Told| {
        Scene::of(&["query thanos-query"])
            .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
            .tell("query stores", stores(&[store("10.1.2.3:10901")]))
            .tell(&format!("query count {selector}"), told)
            .tell(&format!("query query {selector}[1h]"), no_samples())
            .diagnose(json!({ "metric": selector }))
            .1
            .expect("a diagnosis")
    };
    let finding = scene(refusal(422, text));
    assert_eq!(proven(&finding), ["only-external-labels"], "{finding:#?}");
    assert_eq!(
        certainty(&scene(count(0)), "only-external-labels"),
        Certainty::Likely
    );
}

#[test]
fn clocks_that_are_apart_hide_what_is_there_at_the_other_s_time() {
    let scene = |ahead_ms: i64, there: Told| {
        let their = NOW.plus_ms(ahead_ms);
        lost_at_query()
            .tell_at(their, "prom build", build("3.14.0"))
            .tell_at(NOW.plus_ms(600_001), "query build", build("0.42.4"))
            .tell(&format!("query query count({COST}) @ {their}"), there)
    };
    let diagnosis = diagnosed(scene(600_000, vector(&[(&[], "1")])));
    only(&diagnosis, "clock-skew", &["10m", "ahead of"]);
    let diagnosis = diagnosed(scene(600_000, vector(&[])));
    assert_eq!(certainty(&diagnosis, "clock-skew"), Certainty::RuledOut);
    let diagnosis = diagnosed(scene(60_000, vector(&[(&[], "1")])));
    assert_eq!(certainty(&diagnosis, "clock-skew"), Certainty::RuledOut);
}

#[test]
fn a_translated_name_is_another_name_of_the_same_series() {
    let scene = |here: &[(&str, &str)], beside: Told| {
        let asked = r#"cost{cluster="ops"}"#;
        let names = "cost_bytes|cost_bytes_total|cost_milliseconds|cost_percent|cost_ratio|cost_seconds|cost_seconds_total|cost_total";
        let diagnosis = lost_at_query()
            .tell(&format!("query count {asked}"), count(0))
            .tell(
                &format!("query query {{__name__=~\"{names}\",cluster=\"ops\"}}"),
                vector(&[(here, "1")]),
            )
            .tell(&format!("prom query {{__name__=~\"{names}\"}}"), beside);
        diagnosed(diagnosis)
    };
    let total: &[(&str, &str)] = &[
        ("__name__", "cost_total"),
        ("job", "e"),
        ("instance", "a"),
        ("cluster", "ops"),
    ];
    only(
        &scene(total, vector(&[])),
        "name-translated",
        &["`cost_total`"],
    );
    // The hop before has that one beside the other: it is another metric.
    let diagnosis = scene(total, vector(&[(total, "1")]));
    assert_eq!(
        certainty(&diagnosis, "name-translated"),
        Certainty::RuledOut
    );
    let diagnosis = scene(total, refused());
    assert_eq!(
        certainty(&diagnosis, "name-translated"),
        Certainty::NotTested
    );
}

#[test]
fn a_matrix_where_a_vector_is_due_proves_nothing() {
    let odd = answer(QueryResult::Matrix(vec![Series {
        labels: Labels::default(),
        samples: vec![(NOW, SampleValue::Float("1".into()))],
    }]));
    let asked = format!("query query-as count({COST}) undeduplicated");
    let diagnosis = diagnosed(lost_at_query().tell(&asked, odd));
    assert_eq!(proven(&diagnosis), NOBODY);
}

const AT_FRONT: &str = r#"cost{cluster="ops"}"#;

/// A Frontend before Query that lacks what Query has; of the same range, each shows what is told.
fn behind_a_frontend(ranges: &[(&str, bool)]) -> Scene {
    let range = |has: bool| match has {
        true => samples(&[600_000]),
        false => no_samples(),
    };
    let labels: &[(&str, &str)] = &[("__name__", "cost"), ("cluster", "ops")];
    let mut scene = Scene::of(&[
        "prom prometheus",
        "query thanos-query",
        "front thanos-query-frontend",
    ])
    .tell("prom config", config(&[("cluster", "ops")]))
    .tell("prom count cost", count(1))
    .tell("prom query cost", vector(&[(labels, "1")]))
    .tell(&format!("query count {AT_FRONT}"), count(1))
    .tell(&format!("front count {AT_FRONT}"), count(0))
    .tell(&format!("front query {AT_FRONT}[1h]"), no_samples());
    for hop in ["query", "front"] {
        scene = scene
            .tell(
                &format!("{hop} flags"),
                flags(&[("endpoint", "10.1.2.3:10901")]),
            )
            .tell(&format!("{hop} stores"), stores(&[store("10.1.2.3:10901")]))
            .tell(&format!("{hop} build"), build("0.42.4"));
    }
    for (asked, has) in ranges {
        let (hop, way) = asked.split_once(' ').unwrap_or((asked, ""));
        let question = format!("{hop} range {AT_FRONT} {way}");
        scene = scene.tell(question.trim_end(), range(*has));
    }
    scene
}

#[test]
fn an_empty_answer_that_a_frontend_keeps_is_proven_by_what_comes_past_its_cache() {
    let kept = [
        ("query", true),
        ("front plain", false),
        ("front undeduplicated", true),
    ];
    let diagnosis = diagnosed(behind_a_frontend(&kept));
    assert_eq!(edge(&diagnosis), "query > front");
    let finding = only(&diagnosis, "cached-empty", &["past the cache", "front"]);
    assert_eq!(finding.evidence.len(), 4, "{finding:#?}");
}

#[test]
fn a_frontend_that_shows_nothing_past_its_cache_keeps_nothing_empty() {
    for (ranges, why) in [
        (
            vec![("query", true), ("front undeduplicated", false)],
            "past its cache",
        ),
        (
            vec![
                ("query", true),
                ("front undeduplicated", true),
                ("front plain", true),
            ],
            "the same range query",
        ),
        (vec![("query", false)], "old enough to be kept"),
    ] {
        let diagnosis = diagnosed(behind_a_frontend(&ranges));
        let finding = of(&diagnosis, "cached-empty");
        assert_eq!(finding.certainty, Certainty::RuledOut, "{finding:#?}");
        assert!(finding.says.contains(why), "{finding:#?}");
        assert_eq!(proven(&diagnosis), NOBODY);
    }
}

#[test]
fn without_a_frontend_or_an_answer_of_it_a_cache_is_not_tested() {
    let diagnosis = diagnosed(lost_at_query());
    let finding = of(&diagnosis, "cached-empty");
    assert_eq!(finding.certainty, Certainty::NotTested);
    assert!(finding.says.contains("`thanos-query-frontend`"));
    let diagnosis = diagnosed(behind_a_frontend(&[("query", true)]));
    let finding = of(&diagnosis, "cached-empty");
    assert_eq!(finding.certainty, Certainty::NotTested);
    assert!(finding.says.contains("did not answer a range query"));
}

#[test]
fn what_query_lacks_itself_is_hidden_by_no_cache() {
    let scene = behind_a_frontend(&[])
        .tell(&format!("query count {AT_FRONT}"), count(0))
        .tell(&format!("query query {AT_FRONT}[1h]"), no_samples());
    let diagnosis = diagnosed(scene);
    assert_eq!(edge(&diagnosis), "prom > query");
    assert_eq!(certainty(&diagnosis, "cached-empty"), Certainty::RuledOut);
}

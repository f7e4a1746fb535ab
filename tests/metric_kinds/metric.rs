//! `metric`: every kind of hop in every state; no false accusation, no silent pass.

use gapcheck::backend::answer::{QueryResult, Sample, SampleValue};
use gapcheck::leaves::{Labels, RungState, Verdict, find_gap};
use serde_json::json;

use crate::scene::{
    NOW, Scene, answer, config, count, count_warned, flags, head, newest, no_samples, of_form,
    page, refusal, refused, samples, store, stores, tsdb, vector, warned,
};

const COST: &str = "aws_cost_exporter_current_month_cost";
const AT_QUERY: &str = "query count aws_cost_exporter_current_month_cost{cluster=\"ops\"}";
const LAST_HOUR: &str = "query query aws_cost_exporter_current_month_cost{cluster=\"ops\"}[1h]";

/// The healthy pipeline of the incident.
fn healthy() -> Scene {
    Scene::incident()
        .tell(
            "exporter page",
            page(&[&[("__name__", COST), ("service", "AmazonEC2")]]),
        )
        .tell(&format!("prom count {COST}"), count(1))
        .tell(
            "receive tsdb",
            tsdb(&[head("default-tenant", &[(COST, 1)])]),
        )
        .tell(AT_QUERY, count(1))
}

/// The same with nothing at Query.
fn incident() -> Scene {
    healthy()
        .tell(AT_QUERY, count(0))
        .tell(LAST_HOUR, no_samples())
}

fn through() -> serde_json::Value {
    json!({ "metric": COST, "through": ["exporter", "prom", "receive", "query"] })
}

#[test]
fn a_plain_metric_at_prometheus_asks_exactly_one_count() {
    let seen = Scene::incident()
        .tell("prom count up", count(2))
        .judge("metric", json!({ "metric": "up", "at": "prom" }))
        .passes();
    assert_eq!(seen.asked, ["prom count up"]);
    assert_eq!(seen.judged.says, "2 series at prom");
    assert_eq!(seen.judged.ladder.len(), 1);
}

#[test]
fn a_healthy_pipeline_passes_with_a_whole_ladder_and_no_gap() {
    let seen = healthy().judge("metric", through()).passes();
    assert_eq!(seen.states(), "present present present present");
    assert_eq!(find_gap(&seen.judged.ladder), None);
    assert_eq!(
        seen.judged.says,
        "1 series at exporter; 1 series at prom; 1 series at receive; 1 series at query"
    );
}

#[test]
fn the_incident_is_lost_between_receive_and_query() {
    let seen = incident().judge("metric", through()).fails(
        "present at exporter, prom, receive and query",
        "lost between receive and query: 0 series at query (1 at receive, those of all senders counted)",
    );
    assert_eq!(seen.states(), "present present present absent");
    let gap = find_gap(&seen.judged.ladder).unwrap();
    assert_eq!(
        (gap.from.as_deref(), gap.to.as_str()),
        (Some("receive"), "query")
    );
}

#[test]
fn without_at_and_through_every_hop_that_can_answer_is_asked() {
    let seen = healthy()
        .judge("metric", json!({ "metric": COST }))
        .passes();
    assert_eq!(seen.judged.ladder.len(), 4);
}

#[test]
fn where_no_hop_is_named_an_exporter_of_other_metrics_is_no_station() {
    let form = || json!({ "metric": COST });
    let other = page(&[&[("__name__", "other")]]);
    let seen = healthy()
        .tell("exporter page", other.clone())
        .judge("metric", form())
        .passes();
    assert_eq!(seen.states(), "present present present");
    healthy()
        .tell("exporter page", refused())
        .judge("metric", form())
        .passes();
    let seen = incident()
        .tell("exporter page", refused())
        .judge("metric", form());
    assert_eq!(seen.states(), "unknown present present absent");
    // Where it is named, it counts.
    healthy()
        .tell("exporter page", other)
        .judge("metric", through())
        .fails("", "0 series at exporter");
}

#[test]
fn what_prometheus_makes_itself_is_asked_of_no_exporter() {
    let seen = Scene::of(&["exporter exporter", "prom prometheus"])
        .tell("prom count up", count(1))
        .judge("metric", json!({ "metric": "up" }))
        .passes();
    assert_eq!(seen.asked, ["prom count up"]);
}

#[test]
fn a_hop_that_cannot_be_asked_makes_the_gap_an_interval() {
    incident().tell("receive tsdb", refused()).judge("metric", through()).fails(
        "",
        "lost between prom and query (receive could not be asked): 0 series at query (1 at prom)",
    );
}

#[test]
fn one_unknown_hop_among_present_ones_is_an_error_that_names_it() {
    let seen = healthy()
        .tell("receive tsdb", refused())
        .judge("metric", through())
        .errs("receive: connection to 127.0.0.1:9090 refused", "19291");
    assert_eq!(seen.states(), "present present unknown present");
}

#[test]
fn a_metric_that_no_hop_has_is_not_called_lost_between_two() {
    Scene::incident()
        .tell("prom count nope", count(0))
        .tell("prom query nope[1h]", no_samples())
        .judge("metric", json!({ "metric": "nope", "at": "prom" }))
        .fails("present at prom", "0 series at prom");
}

#[test]
fn present_after_absent_is_remarked() {
    let seen = healthy()
        .tell(
            "receive tsdb",
            tsdb(&[head("default-tenant", &[("up", 1)])]),
        )
        .judge("metric", through())
        .fails("", "yet it is present at query after it");
    assert!(
        seen.judged
            .notes
            .iter()
            .any(|note| note.contains("query has what receive before it lacks")),
        "{:?}",
        seen.judged.notes
    );
}

#[test]
fn a_name_in_the_head_of_receive_contradicts_nothing() {
    let at_prom = format!("prom count {COST}");
    let ended = format!("prom query {COST}[1h]");
    let seen = incident()
        .tell(&at_prom, count(0))
        .tell(&ended, samples(&[600_000]))
        .judge("metric", through())
        .fails("", "lost between exporter and prom");
    assert!(seen.judged.notes.is_empty(), "{:?}", seen.judged.notes);
}

// Prometheus

#[test]
fn an_ended_series_is_stale_and_says_when_it_ended() {
    let seen = Scene::incident()
        .tell("prom count up", count(0))
        .tell("prom query up[1h]", samples(&[1_800_000, 1_200_000]))
        .judge("metric", json!({ "metric": "up", "at": "prom" }))
        .fails(
            "present at prom",
            "0 series now, and the newest sample is 20m old (2026-11-23T10:51:34Z) at prom",
        );
    assert_eq!(seen.states(), "stale");
    assert_eq!(seen.judged.ladder[0].age_ms, Some(1_200_000));
}

#[test]
fn so_much_history_that_it_is_not_read_is_stale_all_the_same() {
    let too_large = gapcheck::backend::Failure::new(
        gapcheck::backend::FailureClass::TooLarge,
        "more than 16 MiB",
    );
    let seen = Scene::incident()
        .tell("prom count up", count(0))
        .tell("prom query up[1h]", Err(too_large))
        .judge("metric", json!({ "metric": "up", "at": "prom" }))
        .fails("", "within the last hour at prom");
    assert_eq!(seen.states(), "stale");
}

#[test]
fn p05_a_sample_older_than_fresh_is_stale_though_a_dashboard_shows_it() {
    let scene = || Scene::incident().tell("prom count up", count(1));
    let form = json!({ "metric": "up", "at": "prom", "fresh": "2m" });
    scene()
        .tell("prom query max(timestamp(up))", newest(240_000))
        .judge("metric", form.clone())
        .fails("the newest sample at most 2m old", "4m old");
    let seen = scene()
        .tell("prom query max(timestamp(up))", newest(12_000))
        .judge("metric", form)
        .passes();
    assert_eq!(seen.judged.says, "1 series at prom, newest 12s old");
}

#[test]
fn a_selector_without_one_name_is_aged_by_a_range_selector() {
    let seen = Scene::incident()
        .tell("prom count {__name__=~\"a|b\"}", count(2))
        .tell(
            "prom query {__name__=~\"a|b\"}[20m]",
            samples(&[30_000, 15_000]),
        )
        .judge(
            "metric",
            json!({ "metric": "{__name__=~\"a|b\"}", "at": "prom", "fresh": "10m" }),
        )
        .passes();
    assert_eq!(seen.judged.ladder[0].age_ms, Some(15_000));
}

#[test]
fn an_age_that_cannot_be_asked_is_no_pass() {
    Scene::incident()
        .tell("prom count up", count(1))
        .tell("prom query max(timestamp(up))", refused())
        .judge(
            "metric",
            json!({ "metric": "up", "at": "prom", "fresh": "2m" }),
        )
        .errs(
            "the age of its newest sample could not be asked",
            "reachable",
        );
}

#[test]
fn a_sample_in_the_window_counts_as_present() {
    let form = json!({ "metric": "up", "at": "prom", "window": "15m" });
    Scene::incident()
        .tell(
            "prom query count(last_over_time(up[15m]))",
            vector(&[(&[], "3")]),
        )
        .judge("metric", form.clone())
        .passes();
    Scene::incident()
        .tell("prom query count(last_over_time(up[15m]))", vector(&[]))
        .tell("prom query up[1h]", no_samples())
        .judge("metric", form)
        .fails("", "0 series at prom");
}

#[test]
fn p02_a_native_histogram_is_present() {
    let histogram = Sample {
        labels: Labels::from([("__name__", "wait")]),
        value: SampleValue::Histogram {
            count: "12".into(),
            sum: "3.5".into(),
        },
    };
    Scene::incident()
        .tell(
            "prom query wait",
            answer(QueryResult::Vector(vec![histogram])),
        )
        .judge(
            "metric",
            json!({ "metric": "wait", "at": "prom", "value": "> 0" }),
        )
        .passes();
}

#[test]
fn p01_an_empty_answer_with_a_warning_is_unknown() {
    Scene::incident()
        .tell(
            "prom count up",
            count_warned(0, "remote read storage is down"),
        )
        .judge("metric", json!({ "metric": "up", "at": "prom" }))
        .errs("incomplete: remote read storage is down", "storage");
}

#[test]
fn an_agent_is_unknown_and_no_absence() {
    Scene::incident()
        .tell(
            "prom count up",
            refusal(422, "unavailable with Prometheus Agent"),
        )
        .judge("metric", json!({ "metric": "up", "at": "prom" }))
        .errs("unavailable with Prometheus Agent", "scrape");
}

#[test]
fn unreachable_hops_are_errors_at_every_kind() {
    for (hop, question) in [
        ("exporter", "exporter page"),
        ("prom", "prom count up"),
        ("receive", "receive tsdb"),
        ("query", "query count up{cluster=\"ops\"}"),
    ] {
        Scene::incident()
            .tell(question, refused())
            .judge("metric", json!({ "metric": "up", "at": hop }))
            .errs("refused", "");
    }
}

#[test]
fn a_series_that_ended_but_whose_end_cannot_be_asked_is_unknown() {
    Scene::incident()
        .tell("prom count up", count(0))
        .tell("prom query up[1h]", refused())
        .judge("metric", json!({ "metric": "up", "at": "prom" }))
        .errs("whether it was within the last hour could not be asked", "");
}

// Assertions

#[test]
fn labels_hold_on_every_series_at_the_last_hop_and_elsewhere_where_said() {
    let at_query = format!("query query {COST}{{cluster=\"ops\"}}");
    let at_prom = format!("prom query {COST}");
    let scene = |namespace| {
        healthy()
            .tell(&at_prom, vector(&[(&[("job", "aws-cost-exporter")], "1")]))
            .tell(
                &at_query,
                vector(&[(&[("cluster", "ops"), ("namespace", namespace)], "1")]),
            )
    };
    let form = json!({
        "metric": COST, "through": ["prom", "query"],
        "labels": { "cluster": "ops", "namespace": "finops", "prometheus_replica": false },
        "labels_at": { "prom": { "job": "/aws-cost.*/" } },
        "series": ">= 1", "value": "finite",
    });
    let seen = scene("finops").judge("metric", form.clone()).passes();
    assert_eq!(seen.judged.ladder[1].labels.len(), 1);
    scene("monitoring").judge("metric", form).fails(
        "label `namespace` \"finops\" on every series at query",
        "`namespace` is \"monitoring\" on 1 series at query",
    );
}

#[test]
fn the_incidents_value_is_present_and_finite_and_not_more_than_zero() {
    let at_prom = format!("prom query {COST}");
    let scene =
        || Scene::incident().tell(&at_prom, vector(&[(&[("__name__", COST)], "-9.994e-07")]));
    scene()
        .judge(
            "metric",
            json!({ "metric": COST, "at": "prom", "value": "finite" }),
        )
        .passes();
    scene()
        .judge(
            "metric",
            json!({ "metric": COST, "at": "prom", "value": "> 0" }),
        )
        .fails("every value > 0 at prom", "-9.994e-07 on 1 series at prom");
}

#[test]
fn the_number_of_series_is_asserted_without_reading_them() {
    let seen = Scene::incident()
        .tell("prom count up", count(2))
        .judge(
            "metric",
            json!({ "metric": "up", "at": "prom", "series": "> 2" }),
        )
        .fails("> 2 series at prom", "2 series at prom");
    assert_eq!(seen.asked, ["prom count up", "prom build"]);
}

// Whose series

#[test]
fn the_sender_is_asked_for_where_the_suite_says_who_it_is() {
    let seen = Scene::of(&["prom prometheus", "query thanos-query"])
        .identity(&[("region", "eu")])
        .tell("query count up{region=\"eu\"}", count(1))
        .judge("metric", json!({ "metric": "up", "at": "query" }))
        .passes();
    assert_eq!(seen.asked, ["query count up{region=\"eu\"}"]);
}

#[test]
fn a_sender_that_cannot_be_asked_leaves_shared_hops_unknown() {
    let seen = Scene::incident()
        .tell("prom config", refused())
        .judge("metric", json!({ "metric": "up", "at": "query" }))
        .errs("the loaded configuration of prom", "identity:");
    assert_eq!(seen.asked, ["prom config"]);
}

#[test]
fn replicas_and_what_query_deduplicates_are_no_identity() {
    Scene::incident()
        .tell(
            "prom config",
            config(&[
                ("cluster", "ops"),
                ("prometheus_replica", "a"),
                ("copy", "1"),
            ]),
        )
        .tell(
            "query flags",
            flags(&[("query.replica-label", "copy,rule_replica")]),
        )
        .tell("query count up{cluster=\"ops\"}", count(1))
        .judge("metric", json!({ "metric": "up", "at": "query" }))
        .passes();
}

#[test]
fn a_label_that_only_receive_gives_is_not_missed_before_it() {
    let form = json!({ "metric": "up{receive_replica=\"7\"}", "through": ["prom", "query"] });
    let seen = Scene::incident()
        .tell("prom count up{receive_replica=\"7\"}", count(0))
        .tell("prom query up{receive_replica=\"7\"}[1h]", no_samples())
        .tell("prom count up{receive_replica=\"\"}", count(2))
        .tell(
            "query count up{receive_replica=\"7\",cluster=\"ops\"}",
            count(0),
        )
        .judge("metric", form);
    let prom = &seen.judged.ladder[0];
    assert_eq!(prom.state, RungState::Present, "{prom:?} {:?}", seen.asked);
    let why = prom.why.as_deref().unwrap_or_default();
    assert!(
        why.contains("without `receive_replica`, which only Receive gives"),
        "{why}"
    );
}

#[test]
fn a_label_that_alone_names_the_sender_selects_though_it_is_deduplicated() {
    let scene = |found| {
        Scene::incident()
            .tell("prom config", config(&[("cluster", "ops")]))
            .tell("query flags", flags(&[("query.replica-label", "cluster")]))
            .tell("query count up{cluster=\"ops\"}", count(found))
            .tell("query count up", count(2))
    };
    let form = || json!({ "metric": "up", "at": "query" });
    scene(1).judge("metric", form()).passes();
    // What other clusters send is not the sender's.
    let others = scene(0).judge("metric", form());
    assert_ne!(others.judged.verdict, Verdict::Pass);
}

#[test]
fn a_matcher_on_the_identity_is_left_out_where_it_does_not_exist_yet() {
    let seen = Scene::incident()
        .tell("prom count up{job=\"api\"}", count(1))
        .tell("query count up{job=\"api\",cluster=\"ops\"}", count(1))
        .judge(
            "metric",
            json!({ "metric": "up{job=\"api\",cluster=\"ops\"}", "through": ["prom", "query"] }),
        )
        .passes();
    assert_eq!(
        seen.judged.ladder[0].why.as_deref(),
        Some("asked as `up{job=\"api\"}`")
    );
}

#[test]
fn a_second_prometheus_on_the_way_is_asked_with_the_identity() {
    Scene::of(&["prom prometheus", "central prometheus"])
        .tell("prom config", config(&[("cluster", "ops")]))
        .tell("prom count up", count(1))
        .tell("central count up{cluster=\"ops\"}", count(1))
        .judge("metric", json!({ "metric": "up" }))
        .passes();
}

#[test]
fn nothing_selected_by_a_matcher_that_may_be_an_external_label_is_unknown_not_absent() {
    Scene::incident()
        .tell("prom config", refused())
        .tell("prom count up{cluster=\"ops\"}", count(0))
        .tell("prom query up{cluster=\"ops\"}[1h]", no_samples())
        .judge(
            "metric",
            json!({ "metric": "up{cluster=\"ops\"}", "at": "prom" }),
        )
        .errs(
            "may be on a label that only comes with sending",
            "identity:",
        );
}

// VictoriaMetrics

#[test]
fn victoriametrics_is_asked_like_prometheus_with_the_identity() {
    let scene = || {
        Scene::of(&["prom prometheus", "vm victoriametrics"])
            .tell("prom config", config(&[("cluster", "ops")]))
    };
    let form = json!({ "metric": "up", "at": "vm" });
    scene()
        .tell("vm count up{cluster=\"ops\"}", count(4))
        .judge("metric", form.clone())
        .passes();
    scene()
        .tell("vm count up{cluster=\"ops\"}", count(0))
        .tell("vm query up{cluster=\"ops\"}[1h]", no_samples())
        .judge("metric", form)
        .fails("present at vm", "0 series at vm");
}

// Query: unknown against absent

fn at_query() -> serde_json::Value {
    json!({ "metric": COST, "at": "query" })
}

#[test]
fn an_empty_answer_of_healthy_stores_is_absent() {
    let seen = incident()
        .judge("metric", at_query())
        .fails("present at query", "0 series at query");
    assert!(
        seen.judged.ladder[0]
            .why
            .as_deref()
            .unwrap()
            .contains("asked as")
    );
}

#[test]
fn a_store_that_could_hold_it_and_is_not_well_makes_the_answer_unknown() {
    let dead = |last_error: Option<&str>, checked_ago: i64| gapcheck::backend::answer::Store {
        last_error: last_error.map(str::to_owned),
        last_check: Some(NOW.plus_ms(-checked_ago)),
        ..store("10.1.2.3:10901")
    };
    for (sick, says) in [
        (
            dead(Some("DeadlineExceeded"), 3_000),
            "left out: DeadlineExceeded",
        ),
        (dead(None, 12_000), "was last checked 12s ago"),
    ] {
        incident()
            .tell("query stores", stores(&[sick]))
            .judge("metric", at_query())
            .errs(says, "10.1.2.3:10901");
    }
}

#[test]
fn a_sick_store_that_cannot_hold_it_does_not_matter() {
    let sick = || gapcheck::backend::answer::Store {
        last_error: Some("DeadlineExceeded".into()),
        ..store("10.9.9.9:10901")
    };
    for excluded in [
        gapcheck::backend::answer::Store {
            label_sets: vec![Labels::from([("cluster", "blue")])],
            ..sick()
        },
        gapcheck::backend::answer::Store {
            min_time: i64::MAX,
            ..sick()
        },
        gapcheck::backend::answer::Store {
            max_time: NOW.0 - 7_200_000,
            ..sick()
        },
    ] {
        incident()
            .tell("query stores", stores(&[store("10.1.2.3:10901"), excluded]))
            .judge("metric", at_query())
            .fails("", "0 series at query");
    }
}

#[test]
fn a_configured_store_that_was_never_reached_could_hold_anything() {
    incident()
        .tell(
            "query flags",
            flags(&[
                ("endpoint", "10.1.2.3:10901"),
                ("endpoint-strict", "10.7.7.7:10901"),
            ]),
        )
        .judge("metric", at_query())
        .errs(
            "does not list 10.7.7.7:10901, which it is configured with",
            "gRPC port",
        );
}

#[test]
fn a_discovered_name_weakens_the_proof_and_not_the_verdict() {
    let seen = incident()
        .tell(
            "query flags",
            flags(&[(
                "endpoint",
                "dnssrv+_grpc._tcp.thanos-receive.monitoring.svc",
            )]),
        )
        .judge("metric", at_query())
        .fails("", "0 series at query");
    assert!(
        seen.judged
            .notes
            .iter()
            .any(|note| note.contains("dnssrv+_grpc")),
        "{:?}",
        seen.judged.notes
    );
}

#[test]
fn discovery_that_found_no_store_at_all_is_unknown() {
    incident()
        .tell(
            "query flags",
            flags(&[("endpoint", "dns+nowhere.invalid:10901")]),
        )
        .tell("query stores", stores(&[]))
        .judge("metric", at_query())
        .errs("sees no store at all", "resolve");
}

#[test]
fn closed_flags_need_the_hops_own_endpoints() {
    incident()
        .tell("query flags", refused())
        .judge("metric", at_query())
        .errs(
            "which stores query is configured with could not be asked",
            "`endpoints:`",
        );
    let query = of_form(json!({
        "name": "query", "kind": "thanos-query", "url": "http://query:9090", "endpoints": ["10.1.2.3:10901"],
    }));
    let mut scene = incident().tell("query flags", refused());
    scene.world.pipeline[3] = query;
    scene
        .judge("metric", at_query())
        .fails("", "0 series at query");
}

#[test]
fn closed_stores_prove_nothing() {
    incident()
        .tell("query stores", refused())
        .judge("metric", at_query())
        .errs("the stores of query could not be asked", "/api/v1/stores");
}

#[test]
fn no_store_apis_is_absent_only_where_none_is_configured() {
    let scene = |endpoint| {
        incident()
            .tell(
                AT_QUERY,
                refusal(
                    422,
                    "expanding series: proxy Series(): No StoreAPIs available",
                ),
            )
            .tell("query flags", flags(&[("endpoint", endpoint)]))
    };
    scene("")
        .judge("metric", at_query())
        .fails("", "0 series at query");
    scene("10.1.2.3:10901")
        .judge("metric", at_query())
        .errs("reached none of its configured stores", "--endpoint");
}

#[test]
fn a_store_that_died_a_moment_ago_is_an_error_in_every_version() {
    // 0.42 refuses; 0.31 and 0.36 answer 200, empty, with a warning.
    let text = "fetch series for {receive_replica=\"0\"} Addr: 127.0.0.1:10901 MinTime: 1 MaxTime: 2: rpc error: code = Unavailable";
    incident()
        .tell(AT_QUERY, refusal(422, text))
        .judge("metric", at_query())
        .errs("Unavailable", "/api/v1/stores");
    incident()
        .tell(AT_QUERY, count_warned(0, text))
        .judge("metric", at_query())
        .errs("incomplete", "/api/v1/stores");
}

#[test]
fn what_is_there_under_a_warning_is_there_but_not_counted() {
    let scene = || {
        healthy().tell(
            AT_QUERY,
            count_warned(1, "receive series from Addr: 10.9.9.9:10901"),
        )
    };
    let seen = scene().judge("metric", at_query()).passes();
    assert!(
        seen.judged.notes[0].contains("there may be more series"),
        "{:?}",
        seen.judged.notes
    );
    scene()
        .judge(
            "metric",
            json!({ "metric": COST, "at": "query", "series": 2 }),
        )
        .errs("not known whole", "whole");
}

#[test]
fn values_under_a_warning_are_no_pass() {
    let at = format!("query query {COST}{{cluster=\"ops\"}}");
    healthy()
        .tell(&at, warned(vector(&[(&[], "1")]), "store down"))
        .judge(
            "metric",
            json!({ "metric": COST, "at": "query", "value": "finite" }),
        )
        .errs("not known whole", "");
}

#[test]
fn too_few_or_too_old_series_accuse_nobody_while_a_store_is_silently_left_out() {
    let dead = gapcheck::backend::answer::Store {
        last_error: Some("DeadlineExceeded".into()),
        ..store("10.1.2.3:10901")
    };
    let age = format!("query query max(timestamp({COST}{{cluster=\"ops\"}}))");
    let scene = |stores| {
        healthy()
            .tell("query stores", stores)
            .tell(&age, newest(240_000))
    };
    let few = json!({ "metric": COST, "at": "query", "series": 2 });
    let old = json!({ "metric": COST, "at": "query", "fresh": "2m" });
    let well = || stores(&[store("10.1.2.3:10901")]);
    scene(well())
        .judge("metric", few.clone())
        .fails("2 series at query", "1 series at query");
    scene(well())
        .judge("metric", old.clone())
        .fails("at most 2m old", "4m old");
    scene(stores(std::slice::from_ref(&dead)))
        .judge("metric", few)
        .errs("left out: DeadlineExceeded", "");
    scene(stores(&[dead]))
        .judge("metric", old)
        .errs("left out: DeadlineExceeded", "/api/v1/stores");
}

// Tenants

#[test]
fn the_tenant_is_asked_for_at_receive_and_at_query() {
    let form = json!({ "metric": COST, "through": ["receive", "query"], "tenant": "finops" });
    let at = format!("query count {COST}{{cluster=\"ops\",tenant_id=\"finops\"}}");
    healthy()
        .tell("receive tsdb", tsdb(&[head("finops", &[(COST, 1)])]))
        .tell(&at, count(1))
        .judge("metric", form.clone())
        .passes();
    let seen = healthy()
        .tell(
            "receive tsdb",
            tsdb(&[head("default-tenant", &[(COST, 1)])]),
        )
        .tell(&at, count(0))
        .tell(
            &format!("query query {COST}{{cluster=\"ops\",tenant_id=\"finops\"}}[1h]"),
            no_samples(),
        )
        .judge("metric", form)
        .fails(
            "held for tenant `finops`",
            "held by tenant `default-tenant`, not by `finops` at receive",
        );
    assert_eq!(seen.states(), "absent absent");
}

#[test]
fn a_tenant_that_lacks_it_at_query_is_told_who_has_it() {
    let series = format!("{COST}{{cluster=\"ops\"}}");
    healthy()
        .tell(
            &format!("query count {COST}{{cluster=\"ops\",tenant_id=\"a\"}}"),
            count(0),
        )
        .tell(
            &format!("query query {COST}{{cluster=\"ops\",tenant_id=\"a\"}}[1h]"),
            no_samples(),
        )
        .tell(
            &format!("query query count by (tenant_id) ({series})"),
            vector(&[(&[("tenant_id", "finops")], "2")]),
        )
        .judge(
            "metric",
            json!({ "metric": COST, "at": "query", "tenant": "a" }),
        )
        .fails(
            "held for tenant `a`",
            "held by tenant `finops`, not by `a` at query",
        );
}

#[test]
fn a_query_that_shows_another_tenant_only_is_not_believed() {
    healthy()
        .tell(
            "query flags",
            flags(&[
                ("query.enforce-tenancy", "true"),
                ("query.default-tenant-id", "default-tenant"),
            ]),
        )
        .judge(
            "metric",
            json!({ "metric": COST, "at": "query", "tenant": "finops" }),
        )
        .errs("shows only tenant `default-tenant`", "`tenant: finops`");
}

// Receive

#[test]
fn a_cut_list_of_names_is_unknown() {
    // Ten names are all that servers before 0.32 list, whatever limit is asked for.
    let names: Vec<String> = (0..10).map(|n| format!("m{n}")).collect();
    let listed: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let mut cut = head("default-tenant", &listed);
    cut.series = 500;
    healthy()
        .tell("receive tsdb", tsdb(&[cut]))
        .judge("metric", json!({ "metric": COST, "at": "receive" }))
        .errs("10 names of its 500 series", "0.32");
}

#[test]
fn receive_counts_all_senders_and_says_so() {
    let seen = healthy().judge("metric", through()).passes();
    let why = seen.judged.ladder[2].why.as_deref().unwrap();
    assert!(
        why.contains("counts the series of all senders by name, so `cluster=\"ops\"`"),
        "{why}"
    );
}

// Clocks

#[test]
fn p10_a_clock_far_off_is_remarked_and_ages_are_by_its_own() {
    let behind = NOW.plus_ms(-600_000);
    let seen = Scene::incident()
        .tell_at(behind, "prom count up", count(1))
        .tell_at(behind, "prom query max(timestamp(up))", newest(610_000))
        .judge(
            "metric",
            json!({ "metric": "up", "at": "prom", "fresh": "1m" }),
        )
        .passes();
    assert_eq!(seen.judged.ladder[0].age_ms, Some(10_000));
    assert_eq!(
        seen.judged.notes,
        ["the clock of prom is 10m behind the runner's; ages are by its own"]
    );
    let same = healthy().judge("metric", through()).passes();
    assert!(same.judged.notes.is_empty(), "{:?}", same.judged.notes);
}

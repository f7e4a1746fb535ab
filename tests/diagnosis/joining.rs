//! Causes between a store and Query.

use std::collections::BTreeMap;
use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{
    DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, DnsRecord, HttpAnswer, RecordType, Store,
    StoreInfo, TenantHead,
};
use gapcheck::backend::{Failure, FailureClass};
use gapcheck::leaves::{Certainty, Diagnosis, Labels};
use serde_json::json;

use crate::found::{edge, of, only, proven};
use crate::scene::{
    NOW, Scene, Told, build, count, count_warned, flags, head, no_samples, of_form, page, refusal,
    refused, store, stores, tsdb, vector,
};

const COST: &str = r#"cost{cluster="ops"}"#;
const LABELS: &[(&str, &str)] = &[("__name__", "cost"), ("job", "e"), ("instance", "a")];

/// The metric in a head that began then.
fn held_since(min_time: i64) -> TenantHead {
    TenantHead {
        min_time,
        ..head("default-tenant", &[("cost", 1)])
    }
}

/// The metric is at Receive and not at Query, which lists one healthy store at the address of that Receive.
pub(crate) fn lost_at_query() -> Scene {
    let mut scene = Scene::incident()
        .tell("exporter page", page(&[&[("__name__", "cost")]]))
        .tell("prom count cost", count(1))
        .tell("prom query cost", vector(&[(LABELS, "1")]))
        .tell("prom query count(cost offset 85s)", vector(&[(&[], "1")]))
        .tell("prom build", build("3.14.0"))
        .tell("query build", build("0.42.4"))
        .tell("receive tsdb", tsdb(&[held_since(NOW.0 - 7_200_000)]))
        .tell(&format!("query count {COST}"), count(0))
        .tell(&format!("query query {COST}[1h]"), no_samples())
        .tell(
            &format!("query query-as count({COST}) undeduplicated"),
            vector(&[]),
        )
        .tell("query count cost", count(0))
        .tell("query query count(last_over_time(cost[1h]))", vector(&[]));
    at_receive(&mut scene, "10.1.2.3:10901");
    scene
}

/// Gives the Receive of the pipeline an address of its StoreAPI.
pub(crate) fn at_receive(scene: &mut Scene, grpc: &str) {
    let place = scene
        .world
        .pipeline
        .iter()
        .position(|hop| hop.name() == "receive")
        .expect("a receive");
    scene.world.pipeline[place] = of_form(json!({
        "name": "receive", "kind": "thanos-receive", "write": "http://10.1.2.3:19291", "grpc": grpc,
    }));
}

fn diagnosed(scene: Scene) -> Diagnosis {
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "cost" }));
    diagnosis.expect("a diagnosis")
}

pub(crate) fn info(sets: &[&[(&str, &str)]]) -> Told {
    Ok(Reply::StoreInfo(Arc::new(StoreInfo {
        component: "receive".into(),
        serving: Some(true),
        label_sets: sets
            .iter()
            .map(|set| set.iter().copied().collect())
            .collect(),
        min_time: Some(1_795_432_283_061),
        max_time: Some(i64::MAX),
    })))
}

fn own_metrics(text: &str) -> Told {
    Ok(Reply::Http(Arc::new(HttpAnswer {
        status: 200,
        headers: vec![("content-type".into(), "text/plain; version=0.0.4".into())],
        body: text.to_owned(),
        tls: None,
    })))
}

fn dns(name: &str, outcome: DnsOutcome, records: &[(RecordType, &str)]) -> Told {
    Ok(Reply::Dns(Arc::new(DnsAnswer {
        attempts: vec![DnsAttempt {
            name: format!("{name}."),
            form: DnsForm::Absolute,
            server: "10.0.0.10:53".into(),
            outcome,
            records: records
                .iter()
                .map(|(record, value)| DnsRecord {
                    record: *record,
                    value: (*value).to_owned(),
                    port: (*record == RecordType::Srv).then_some(10901),
                    ttl: 5,
                })
                .collect(),
            took_ms: 1,
        }],
        ..DnsAnswer::default()
    })))
}

fn certainty(diagnosis: &Diagnosis, cause: &str) -> Certainty {
    of(diagnosis, cause).certainty
}

#[test]
fn a_healthy_roster_proves_nothing_of_this_family() {
    let diagnosis = diagnosed(lost_at_query());
    assert_eq!(edge(&diagnosis), "receive > query");
    assert_eq!(proven(&diagnosis), Vec::<&str>::new(), "{diagnosis:#?}");
    for cause in [
        "store-unhealthy",
        "store-never-reached",
        "store-discovery-empty",
        "store-not-configured",
        "store-excluded-by-time",
        "store-excluded-by-label",
        "store-labels-duplicate",
        "partial-response",
        "store-too-slow",
        "metric-name-filter",
        "store-hidden-by-selector",
        "store-behind-vip",
        "tenant-enforced",
        "dedup-hides",
        "downsampling",
        "only-external-labels",
    ] {
        let found = of(&diagnosis, cause);
        assert_eq!(found.certainty, Certainty::RuledOut, "{found:#?}");
    }
    for cause in ["cached-empty", "wrong-datasource"] {
        assert_eq!(certainty(&diagnosis, cause), Certainty::NotTested);
    }
}

#[test]
fn a_store_with_an_error_is_the_cause_of_what_cannot_be_told() {
    let mut ill = store("10.1.2.3:10901");
    ill.last_error = Some("rpc error: code = DeadlineExceeded".into());
    let (seen, diagnosis) = lost_at_query()
        .tell("query stores", stores(&[ill]))
        .diagnose(json!({ "metric": "cost" }));
    seen.errs("left out", "10.1.2.3:10901");
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(edge(&diagnosis), "receive > query");
    let finding = only(
        &diagnosis,
        "store-unhealthy",
        &["10.1.2.3:10901", "DeadlineExceeded"],
    );
    assert!(finding.next[0].ends_with("http://query:9090/api/v1/stores"));
}

#[test]
fn a_store_of_others_with_an_error_proves_nothing() {
    let mut ill = store("10.9.9.9:10901");
    ill.last_error = Some("rpc error".into());
    ill.component = "sidecar".into();
    let diagnosis =
        diagnosed(lost_at_query().tell("query stores", stores(&[store("10.1.2.3:10901"), ill])));
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    assert_eq!(
        certainty(&diagnosis, "store-unhealthy"),
        Certainty::Possible
    );
}

#[test]
fn a_check_that_stands_still_is_told_by_another_store() {
    let mut dead = store("10.1.2.3:10901");
    dead.last_check = Some(NOW.plus_ms(-14_000));
    let mut other = store("10.1.2.4:10901");
    other.label_sets = vec![Labels::from([("cluster", "blue")])];
    let diagnosis = diagnosed(lost_at_query().tell("query stores", stores(&[dead, other])));
    only(&diagnosis, "store-unhealthy", &["11s older"]);
    // Alone, it may be the checks that have stopped, or a clock that is wrong.
    let mut dead = store("10.1.2.3:10901");
    dead.last_check = Some(NOW.plus_ms(-14_000));
    let diagnosis = diagnosed(
        lost_at_query()
            .tell_at(NOW.plus_ms(1), "prom build", build("3.14.0"))
            .tell("query stores", stores(&[dead])),
    );
    assert_eq!(certainty(&diagnosis, "store-unhealthy"), Certainty::Likely);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
}

#[test]
fn stores_that_cannot_be_asked_for_are_not_tested() {
    let diagnosis = diagnosed(lost_at_query().tell("query stores", refused()));
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    for cause in [
        "store-unhealthy",
        "store-not-configured",
        "store-behind-vip",
        "partial-response",
    ] {
        let found = of(&diagnosis, cause);
        assert_eq!(found.certainty, Certainty::NotTested, "{found:#?}");
        assert!(found.says.contains("could not be asked"), "{}", found.says);
    }
}

#[test]
fn an_endpoint_that_is_not_listed_was_never_reached() {
    let closed = Err(Failure::new(
        FailureClass::Refused,
        "connection to 10.1.2.3:10901 refused",
    ));
    let diagnosis = diagnosed(
        lost_at_query()
            .tell("query stores", stores(&[]))
            .tell("receive info", closed),
    );
    let finding = only(
        &diagnosis,
        "store-never-reached",
        &["10.1.2.3:10901", "never reached", "refused"],
    );
    assert!(finding.fix.as_deref().unwrap_or_default().contains("port"));
    assert_eq!(
        certainty(&diagnosis, "store-not-configured"),
        Certainty::RuledOut
    );
}

#[test]
fn an_endpoint_that_answers_and_could_not_hold_the_series_explains_nothing() {
    let both = flags(&[("endpoint", "10.1.2.3:10901,10.7.7.7:10901")]);
    let scene = || lost_at_query().tell("query flags", both.clone());
    let other = info(&[&[("cluster", "blue")]]);
    let diagnosis = diagnosed(scene().tell(" info", other));
    assert_eq!(
        certainty(&diagnosis, "store-never-reached"),
        Certainty::RuledOut
    );
    // It could hold anything, but the store on the way is listed and well.
    let diagnosis = diagnosed(scene().tell(" info", refused()));
    assert_eq!(
        certainty(&diagnosis, "store-never-reached"),
        Certainty::Possible
    );
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
}

#[test]
fn a_query_without_any_endpoint_has_no_store_configured() {
    let diagnosis = diagnosed(
        lost_at_query()
            .tell("query flags", flags(&[("endpoint", "")]))
            .tell("query stores", stores(&[])),
    );
    only(&diagnosis, "store-not-configured", &["no store at all"]);
}

#[test]
fn a_receive_whose_labels_no_listed_store_has_is_not_configured() {
    let other = || {
        let mut other = store("10.5.5.5:10901");
        other.label_sets = vec![Labels::from([("receive_replica", "1")])];
        other
    };
    let scene = || {
        lost_at_query()
            .tell("query flags", flags(&[("endpoint", "10.5.5.5:10901")]))
            .tell("query stores", stores(&[other()]))
    };
    let own = info(&[&[("receive_replica", "0"), ("tenant_id", "default-tenant")]]);
    let diagnosis = diagnosed(scene().tell("receive info", own));
    only(
        &diagnosis,
        "store-not-configured",
        &["receive_replica", "10.5.5.5:10901"],
    );
    // With the same label set, it is that store behind another address.
    let same = info(&[&[("receive_replica", "1")]]);
    let diagnosis = diagnosed(scene().tell("receive info", same));
    assert_eq!(
        certainty(&diagnosis, "store-not-configured"),
        Certainty::RuledOut
    );
    // Nothing is known of the Receive.
    let diagnosis = diagnosed(scene());
    assert_eq!(
        certainty(&diagnosis, "store-not-configured"),
        Certainty::Possible
    );
    // An endpoint that was not reached may lead there.
    let unreached = flags(&[("endpoint", "10.5.5.5:10901,10.6.6.6:10901")]);
    let own = info(&[&[("receive_replica", "0")]]);
    let diagnosis = diagnosed(
        scene()
            .tell("query flags", unreached)
            .tell("receive info", own),
    );
    assert_eq!(
        certainty(&diagnosis, "store-not-configured"),
        Certainty::Possible
    );
    // A file may lead there.
    let file = flags(&[
        ("endpoint", "10.5.5.5:10901"),
        ("store.sd-files", "/etc/stores.yaml"),
    ]);
    let own = info(&[&[("receive_replica", "0")]]);
    let diagnosis = diagnosed(scene().tell("query flags", file).tell("receive info", own));
    assert_eq!(
        certainty(&diagnosis, "store-not-configured"),
        Certainty::Likely
    );
}

const SRV: &str = "_grpc._tcp.receive.monitoring.svc.cluster.local";
const SERVICE: &str = "receive.monitoring.svc.cluster.local";

fn discovered() -> Scene {
    lost_at_query().tell(
        "query flags",
        flags(&[("endpoint", &format!("dnssrv+{SRV}"))]),
    )
}

#[test]
fn a_name_that_gives_query_no_address_by_its_own_count_is_the_cause() {
    let metrics =
        format!("thanos_query_endpoints_dns_provider_results{{addr=\"dnssrv+{SRV}\"}} 0\n");
    let diagnosis = diagnosed(
        discovered()
            .tell("query stores", stores(&[]))
            .tell("query url /metrics", own_metrics(&metrics)),
    );
    let finding = only(
        &diagnosis,
        "store-discovery-empty",
        &[SRV, "by its own count"],
    );
    assert_eq!(finding.next, [format!("dig +search {SRV} SRV")]);
}

#[test]
fn a_name_that_gives_nothing_here_proves_it_only_where_its_service_resolves_here() {
    let nowhere = || dns(SRV, DnsOutcome::NxDomain, &[]);
    let scene = || {
        discovered()
            .tell("query stores", stores(&[]))
            .tell(&format!("dns SRV {SRV}"), nowhere())
    };
    let diagnosis = diagnosed(scene());
    assert_eq!(
        certainty(&diagnosis, "store-discovery-empty"),
        Certainty::Likely
    );
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    let service = dns(SERVICE, DnsOutcome::Found, &[(RecordType::A, "10.1.2.3")]);
    let diagnosis = diagnosed(scene().tell(&format!("dns A {SERVICE}"), service));
    only(&diagnosis, "store-discovery-empty", &[SERVICE, "NXDOMAIN"]);
    // Query lists what came by that name: it asks other name servers than we do.
    let diagnosis = diagnosed(scene().tell("query stores", stores(&[store("10.1.2.3:10901")])));
    assert_eq!(
        certainty(&diagnosis, "store-discovery-empty"),
        Certainty::NotTested
    );
}

#[test]
fn a_service_name_hides_all_but_one_of_several_receives() {
    let metrics = "thanos_receive_hashring_nodes{name=\"default\"} 3\n";
    let scene = |metrics: &str| {
        let mut scene = discovered()
            .tell("query stores", stores(&[store("172.20.90.200:10901")]))
            .tell(
                &format!("dns SRV {SRV}"),
                dns(
                    SRV,
                    DnsOutcome::Found,
                    &[(RecordType::Srv, &format!("{SERVICE}."))],
                ),
            )
            .tell(
                &format!("dns A {SERVICE}"),
                dns(
                    SERVICE,
                    DnsOutcome::Found,
                    &[(RecordType::A, "172.20.90.200")],
                ),
            )
            .tell("receive http /metrics", own_metrics(metrics));
        let place = scene.world.position("receive").expect("a receive");
        scene.world.pipeline[place] = of_form(json!({
            "name": "receive", "kind": "thanos-receive",
            "write": "http://10.1.2.3:19291", "http": "http://10.1.2.3:10902",
        }));
        scene
    };
    let diagnosis = diagnosed(scene(metrics));
    only(
        &diagnosis,
        "store-behind-vip",
        &["172.20.90.200", "3 nodes", "the service itself"],
    );
    // Other series of that name arrive: the one that is missing need not be at another Receive.
    let diagnosis = diagnosed(scene(metrics).tell("query count cost", count(4)));
    assert_eq!(certainty(&diagnosis, "store-behind-vip"), Certainty::Likely);
    // Each Receive is given every series.
    let copies = format!("{metrics}thanos_receive_replication_factor 3\n");
    let diagnosis = diagnosed(scene(&copies));
    assert_eq!(
        certainty(&diagnosis, "store-behind-vip"),
        Certainty::Possible
    );
    // There is one Receive.
    let one = metrics.replace('3', "1");
    let diagnosis = diagnosed(scene(&one));
    assert_eq!(
        certainty(&diagnosis, "store-behind-vip"),
        Certainty::RuledOut
    );
    // How many there are is not known: the incident.
    let diagnosis = diagnosed(scene("up 1\n"));
    assert_eq!(certainty(&diagnosis, "store-behind-vip"), Certainty::Likely);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
}

fn gateway(max_time: i64) -> Store {
    let mut gateway = store("10.6.6.6:10901");
    gateway.component = "store".into();
    gateway.label_sets = vec![Labels::from([("cluster", "ops")])];
    gateway.min_time = 0;
    gateway.max_time = max_time;
    gateway
}

#[test]
fn a_store_whose_data_ends_hours_ago_is_not_asked_for_now() {
    let ends = NOW.plus_ms(-7_200_000);
    let inside = ends.plus_ms(-1_000);
    let asked = format!("query query-as count({COST}) store=10.6.6.6:10901 @ {inside}");
    let scene = || {
        lost_at_query()
            .tell("query flags", flags(&[("endpoint", "10.6.6.6:10901")]))
            .tell("query stores", stores(&[gateway(ends.0)]))
            .tell(
                &format!("query query-as count({COST}) resolution=5m"),
                vector(&[]),
            )
            .tell(
                &format!("query query-as count({COST}) resolution=1h"),
                vector(&[]),
            )
    };
    // A Receive stands on the way: it should have what is recent, and not the gateway.
    let diagnosis = diagnosed(scene().tell(&asked, vector(&[(&[], "1")])));
    assert_eq!(
        certainty(&diagnosis, "store-excluded-by-time"),
        Certainty::Possible
    );
    let mut cut = gateway(ends.0);
    cut.component = "receive".into();
    let diagnosis = diagnosed(
        scene()
            .tell(&asked, vector(&[(&[], "1")]))
            .tell("query stores", stores(&[cut])),
    );
    only(&diagnosis, "store-excluded-by-time", &["2h ago"]);
    let diagnosis = diagnosed(scene().tell(&asked, vector(&[])));
    assert_eq!(
        certainty(&diagnosis, "store-excluded-by-time"),
        Certainty::RuledOut
    );
    // The store on the way covers the time: what the gateway once had explains nothing.
    let both = stores(&[gateway(ends.0), store("10.1.2.3:10901")]);
    let diagnosis = diagnosed(
        scene()
            .tell(&asked, vector(&[(&[], "1")]))
            .tell("query stores", both),
    );
    assert_eq!(
        certainty(&diagnosis, "store-excluded-by-time"),
        Certainty::RuledOut
    );
}

#[test]
fn a_store_that_was_empty_at_its_last_check_is_not_asked_until_the_next() {
    let listed = |min_time| {
        let mut listed = store("10.1.2.3:10901");
        (listed.min_time, listed.max_time) = (min_time, i64::MAX);
        let scene = lost_at_query()
            .tell("query stores", stores(&[listed]))
            .tell("prom query count(cost offset 85s)", vector(&[]));
        diagnosed(scene)
    };
    let diagnosis = listed(i64::MAX);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new(), "{diagnosis:#?}");
    let found = of(&diagnosis, "store-excluded-by-time");
    assert_eq!(found.certainty, Certainty::Likely);
    assert!(found.says.contains("without any data"), "{}", found.says);
    let told = diagnosis.why_empty.join("\n");
    assert!(
        told.contains("not settled: prom has had it for less than 1m25s"),
        "{told}"
    );
    let diagnosis = listed(0);
    assert_eq!(
        certainty(&diagnosis, "store-excluded-by-time"),
        Certainty::RuledOut
    );
}

#[test]
fn a_store_is_not_asked_where_a_matcher_contradicts_its_labels() {
    let mut central = store("10.1.2.3:10901");
    central.label_sets = vec![Labels::from([("cluster", "central")])];
    let scene = |component: &str| {
        let mut central = central.clone();
        central.component = component.into();
        lost_at_query().tell("query stores", stores(&[central]))
    };
    let here: &[(&str, &str)] = &[
        ("__name__", "cost"),
        ("job", "e"),
        ("instance", "a"),
        ("cluster", "central"),
    ];
    let asked = "query query-as cost store=10.1.2.3:10901";
    let diagnosis = diagnosed(scene("receive").tell(asked, vector(&[(here, "1")])));
    only(
        &diagnosis,
        "store-excluded-by-label",
        &["central", r#"`cluster="ops"`"#],
    );
    // The same series at the sidecar of another cluster is that cluster's.
    let diagnosis = diagnosed(scene("sidecar").tell(asked, vector(&[(here, "1")])));
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    assert_eq!(
        certainty(&diagnosis, "store-excluded-by-label"),
        Certainty::Possible
    );
    // Another series is not the one that was sent.
    let other: &[(&str, &str)] = &[("__name__", "cost"), ("job", "e"), ("instance", "b")];
    let diagnosis = diagnosed(scene("receive").tell(asked, vector(&[(other, "1")])));
    assert_eq!(
        certainty(&diagnosis, "store-excluded-by-label"),
        Certainty::RuledOut
    );
}

#[test]
fn a_refusal_that_names_the_store_is_a_partial_answer() {
    let text = "expanding series: proxy Series(): fetch series for {a=\"b\"} Addr: 10.1.2.3:10901 MinTime: 1 MaxTime: 2: rpc error: code = Unavailable desc = connection refused";
    let diagnosis =
        diagnosed(lost_at_query().tell(&format!("query count {COST}"), refusal(422, text)));
    assert_eq!(edge(&diagnosis), "receive > query");
    only(
        &diagnosis,
        "partial-response",
        &["10.1.2.3:10901", "not whole"],
    );
    // A warning of another store, where the one on the way is well.
    let warning = text.replace("10.1.2.3", "10.9.9.9");
    let diagnosis =
        diagnosed(lost_at_query().tell(&format!("query count {COST}"), count_warned(0, &warning)));
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    assert_eq!(
        certainty(&diagnosis, "partial-response"),
        Certainty::Possible
    );
    // A refusal that speaks of no store.
    let diagnosis =
        diagnosed(lost_at_query().tell(&format!("query count {COST}"), refusal(422, "too many")));
    assert_eq!(
        certainty(&diagnosis, "partial-response"),
        Certainty::NotTested
    );
}

#[test]
fn a_store_that_sends_nothing_in_time_stands_over_the_partial_answer() {
    let warning = "receive series from Addr: 10.1.2.3:10901 LabelSets: {a=\"b\"}: failed to receive any data in 5s from 10.1.2.3:10901";
    let diagnosis =
        diagnosed(lost_at_query().tell(&format!("query count {COST}"), count_warned(0, warning)));
    let finding = only(&diagnosis, "store-too-slow", &["10.1.2.3:10901", "in time"]);
    assert!(
        finding.consequences[0].starts_with("partial-response: "),
        "{finding:#?}"
    );
}

#[test]
fn rules_of_query_hide_what_the_store_itself_advertises() {
    let mut listed = store("10.1.2.3:10901");
    listed.label_sets = vec![Labels::from([("tenant_id", "blue")])];
    let own = || info(&[&[("tenant_id", "blue")], &[("tenant_id", "finops")]]);
    let scene = || {
        lost_at_query()
            .tell("query stores", stores(&[listed.clone()]))
            .tell("receive info", own())
    };
    let with_rules = |tenant: &str| {
        let rules = format!("- {{source_labels: [tenant_id], regex: {tenant}, action: drop}}");
        flags(&[
            ("endpoint", "10.1.2.3:10901"),
            ("selector.relabel-config", &rules),
        ])
    };
    let diagnosis = diagnosed(scene().tell("query flags", with_rules("finops")));
    only(
        &diagnosis,
        "store-hidden-by-selector",
        &["finops", "--selector.relabel-config"],
    );
    // Rules that leave out something else.
    let diagnosis = diagnosed(scene().tell("query flags", with_rules("green")));
    assert_eq!(
        certainty(&diagnosis, "store-hidden-by-selector"),
        Certainty::RuledOut
    );
    // Rules in a file: Query lists less than the store advertises.
    let in_file = || {
        flags(&[
            ("endpoint", "10.1.2.3:10901"),
            ("selector.relabel-config-file", "/etc/rules.yaml"),
        ])
    };
    let diagnosis = diagnosed(scene().tell("query flags", in_file()));
    only(
        &diagnosis,
        "store-hidden-by-selector",
        &["finops", "--selector.relabel-config-file"],
    );
    // As Thanos 0.36, which lists what it leaves out like any other store.
    let mut whole = store("10.1.2.3:10901");
    whole.label_sets = vec![
        Labels::from([("tenant_id", "blue")]),
        Labels::from([("tenant_id", "finops")]),
    ];
    let older = |flags| {
        diagnosed(
            scene()
                .tell("query stores", stores(&[whole.clone()]))
                .tell("query flags", flags)
                .tell("query build", build("0.36.1")),
        )
    };
    only(
        &older(with_rules("finops")),
        "store-hidden-by-selector",
        &["rule 0", "finops"],
    );
    let diagnosis = older(in_file());
    assert_eq!(
        certainty(&diagnosis, "store-hidden-by-selector"),
        Certainty::Likely
    );
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    let diagnosis = diagnosed(scene());
    assert_eq!(
        certainty(&diagnosis, "store-hidden-by-selector"),
        Certainty::RuledOut
    );
}

#[test]
fn a_young_series_may_be_filtered_by_its_name() {
    let diagnosis =
        diagnosed(lost_at_query().tell("prom query count(cost offset 85s)", vector(&[])));
    assert_eq!(
        certainty(&diagnosis, "metric-name-filter"),
        Certainty::Possible
    );
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
}

#[test]
fn a_name_that_only_a_pattern_finds_is_filtered_and_one_that_is_found_by_then_is_not_accused() {
    let pattern = r#"query query count({__name__=~"cost",cluster="ops"})"#;
    let told = |by_name: Told| {
        diagnosed(
            lost_at_query()
                .tell(pattern, vector(&[(&[], "2")]))
                .tell(&format!("query query count({COST})"), by_name),
        )
    };
    let diagnosis = told(vector(&[]));
    let finding = only(
        &diagnosis,
        "metric-name-filter",
        &["2 series", "{__name__=~", "has not learned"],
    );
    assert!(finding.next[0].contains("__name__"), "{finding:#?}");
    let diagnosis = told(vector(&[(&[], "2")]));
    assert_eq!(
        certainty(&diagnosis, "metric-name-filter"),
        Certainty::Possible
    );
    let diagnosis = told(refused());
    assert_eq!(
        certainty(&diagnosis, "metric-name-filter"),
        Certainty::Likely
    );
    // Hidden from a pattern as well, it is something else.
    let diagnosis = diagnosed(lost_at_query().tell(pattern, vector(&[])));
    let found = of(&diagnosis, "metric-name-filter");
    assert_eq!(found.certainty, Certainty::RuledOut);
    assert!(found.says.contains("by a pattern"), "{found:#?}");
    // The filter of a new tenant has not learned what that tenant was written since.
    let diagnosis =
        diagnosed(lost_at_query().tell("receive tsdb", tsdb(&[held_since(NOW.0 - 20_000)])));
    assert_eq!(
        certainty(&diagnosis, "metric-name-filter"),
        Certainty::Possible
    );
}

#[test]
fn equal_labels_lose_nothing_at_versions_that_ask_both() {
    let sidecar = |name: &str| {
        let mut sidecar = store(name);
        sidecar.component = "sidecar".into();
        sidecar.label_sets = vec![Labels::from([("cluster", "ops")])];
        sidecar
    };
    let listed = [
        store("10.1.2.3:10901"),
        sidecar("10.3.3.1:10901"),
        sidecar("10.3.3.2:10901"),
    ];
    let diagnosis = diagnosed(lost_at_query().tell("query stores", stores(&listed)));
    let found = of(&diagnosis, "store-labels-duplicate");
    assert_eq!(found.certainty, Certainty::RuledOut, "{found:#?}");
    assert!(found.says.contains("10.3.3.2:10901"));
    let diagnosis = diagnosed(
        lost_at_query()
            .tell("query stores", stores(&listed))
            .tell("query build", build("0.3.0")),
    );
    assert_eq!(
        certainty(&diagnosis, "store-labels-duplicate"),
        Certainty::Possible
    );
}

#[test]
fn the_whole_family_asks_little() {
    let (seen, _) = lost_at_query().diagnose(json!({ "metric": "cost" }));
    let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
    for question in &seen.asked {
        *asked.entry(question).or_default() += 1;
    }
    assert!(asked.len() < 25, "{asked:#?}");
}

#[test]
fn a_config_that_is_closed_leaves_the_rest_standing() {
    let mut ill = store("10.1.2.3:10901");
    ill.last_error = Some("rpc error".into());
    let scene = lost_at_query()
        .identity(&[("cluster", "ops")])
        .tell("prom config", refused())
        .tell("query stores", stores(&[ill]));
    only(&diagnosed(scene), "store-unhealthy", &["rpc error"]);
}

#[test]
fn an_endpoint_at_the_host_of_the_receive_is_its_own_whatever_its_port() {
    let mut other = store("10.5.5.5:10901");
    other.label_sets = vec![Labels::from([("receive_replica", "9")])];
    let diagnosis = diagnosed(
        lost_at_query()
            .tell(
                "query flags",
                flags(&[("endpoint", "10.5.5.5:10901,10.1.2.3:10902")]),
            )
            .tell("query stores", stores(&[other]))
            .tell("receive info", info(&[&[("receive_replica", "0")]]))
            .tell(" info", refused()),
    );
    only(
        &diagnosis,
        "store-never-reached",
        &["10.1.2.3:10902", "refused"],
    );
    assert_eq!(
        certainty(&diagnosis, "store-not-configured"),
        Certainty::RuledOut
    );
}

#[test]
fn a_query_that_lacks_another_query_is_found_by_what_that_one_lists() {
    let root = || {
        let mut scene = lost_at_query()
            .tell(&format!("query count {COST}"), count(1))
            .tell("root flags", flags(&[("endpoint", "10.9.9.9:10901")]))
            .tell("root build", build("0.42.4"))
            .tell(&format!("root count {COST}"), count(0))
            .tell("root count cost", count(0))
            .tell(&format!("root query {COST}[1h]"), no_samples());
        scene.world.pipeline.push(of_form(json!({
            "name": "root", "kind": "thanos-query", "url": "http://10.4.4.4:10902",
        })));
        scene
    };
    let listed = |component: &str| {
        let mut one = store("10.9.9.9:10901");
        one.component = component.to_owned();
        one.label_sets = vec![Labels::from([("receive_replica", "9")])];
        one
    };
    let diagnosis = diagnosed(root().tell("root stores", stores(&[listed("receive")])));
    assert_eq!(edge(&diagnosis), "query > root");
    only(
        &diagnosis,
        "store-not-configured",
        &["query", "root", "10.9.9.9:10901"],
    );
    // What stands behind another Query is not known.
    let diagnosis = diagnosed(root().tell("root stores", stores(&[listed("query")])));
    assert_eq!(
        certainty(&diagnosis, "store-not-configured"),
        Certainty::Likely
    );
}

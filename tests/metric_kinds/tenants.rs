//! Under which tenant series lie: proven at the receiving side, by Receive's status, its StoreAPI and Query; and why it is another.

use serde_json::{Value, json};

use crate::scene::{
    Scene, build, config_as, count, flags, head, no_samples, of_form, refused, store, store_info,
    store_series, stores, tsdb, vector,
};

const OPS: [(&str, &str); 1] = [("cluster", "ops")];
const SENT: &str = "cost{cluster=\"ops\"}";
const OF_FINOPS: &str = "cost{cluster=\"ops\",tenant_id=\"finops\"}";

/// prom > receive > query of one cluster among others; prom's header names this tenant. Receive gives its StoreAPI.
fn pipeline(tenant: Option<&str>, version: &str) -> Scene {
    let mut scene = Scene::of(&["prom prometheus", "query thanos-query"]);
    scene.world.pipeline.insert(
        1,
        of_form(json!({
            "name": "receive", "kind": "thanos-receive",
            "write": "http://receive:19291", "grpc": "receive:10901",
        })),
    );
    scene.world.cluster = Some("ops".into());
    let own = [("__name__", "cost")];
    scene
        .tell("prom config", config_as(&OPS, tenant))
        .tell("prom build", build(version))
        .tell("prom count cost", count(1))
        .tell("prom query cost", vector(&[(&own, "1")]))
        .tell("query flags", flags(&[("endpoint", "10.1.2.3:10901")]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
        .tell("receive info", store_info(&["default-tenant", "finops"]))
}

fn form() -> Value {
    json!({ "metric": "cost", "through": ["prom", "receive"], "tenant": "finops" })
}

const AS_FINOPS: [(&str, &str); 4] = [
    ("__name__", "cost"),
    ("cluster", "ops"),
    ("receive_replica", "0"),
    ("tenant_id", "finops"),
];
const AS_DEFAULT: [(&str, &str); 4] = [
    ("__name__", "cost"),
    ("cluster", "ops"),
    ("receive_replica", "0"),
    ("tenant_id", "default-tenant"),
];

#[test]
fn the_storeapi_proves_the_tenant_of_this_sender_s_series() {
    let seen = pipeline(Some("finops"), "3.14.0")
        .tell("receive tsdb", tsdb(&[head("finops", &[("cost", 3)])]))
        .tell(
            &format!("receive store-series {OF_FINOPS}"),
            store_series(&[&AS_FINOPS]),
        )
        .judge("metric", form())
        .passes();
    let rung = &seen.judged.ladder[1];
    assert_eq!(rung.series, Some(1), "one of three is this sender's");
    let why = rung.why.clone().unwrap();
    assert!(
        why.contains("its StoreAPI holds 1 series of `cost{"),
        "{why}"
    );
}

/// Another sender has the name under the wanted tenant: the status alone would pass.
fn under_default(tenant: Option<&str>, version: &str) -> Scene {
    pipeline(tenant, version)
        .tell(
            "receive tsdb",
            tsdb(&[
                head("finops", &[("cost", 2)]),
                head("default-tenant", &[("cost", 1)]),
            ]),
        )
        .tell(
            &format!("receive store-series {OF_FINOPS}"),
            store_series(&[]),
        )
        .tell(
            &format!("receive store-series {SENT}"),
            store_series(&[&AS_DEFAULT]),
        )
}

#[test]
fn a_header_that_is_configured_and_did_not_arrive_is_told_from_a_wrong_one() {
    let seen = under_default(Some("finops"), "2.42.0+ds")
        .judge("metric", form())
        .fails(
            "held for tenant `finops`",
            "the header `THANOS-TENANT: finops` is configured on prom (version 2.42.0+ds), but the series arrived as `default-tenant`: the header never left",
        );
    assert_eq!(seen.states(), "present absent");
    assert!(seen.judged.notes.join("; ").contains("upstream build"));
    under_default(Some("finops"), "3.14.0")
        .judge("metric", form())
        .fails("", "a proxy strips the header, or it never left");
    under_default(Some("blue"), "3.14.0").judge("metric", form()).fails(
        "",
        "prom is configured to send as tenant `blue` (`THANOS-TENANT`), the check wants `finops`",
    );
    under_default(Some("default-tenant"), "3.14.0")
        .judge("metric", form())
        .fails("", "prom sends them as tenant `default-tenant`");
    under_default(None, "3.14.0")
        .judge("metric", form())
        .fails("", "prom sends no tenant header");
}

#[test]
fn by_status_alone_it_is_not_told_whose_series_those_are() {
    let status = tsdb(&[
        head("finops", &[("up", 2)]),
        head("default-tenant", &[("cost", 1)]),
    ]);
    pipeline(Some("finops"), "2.42.0+ds")
        .tell("receive tsdb", status)
        .tell("receive info", refused())
        .judge("metric", form())
        .fails("", "(whose series those are is not told here)");
}

#[test]
fn a_storeapi_that_does_not_answer_leaves_the_word_to_the_status() {
    let seen = pipeline(Some("finops"), "3.14.0")
        .tell("receive tsdb", tsdb(&[head("finops", &[("cost", 3)])]))
        .tell("receive info", refused())
        .judge("metric", form())
        .passes();
    let notes = seen.judged.notes.join("; ");
    assert!(
        notes.contains("the StoreAPI of receive: connection") && notes.contains("asked alone"),
        "{notes}"
    );
    // Neither answers.
    pipeline(Some("finops"), "3.14.0")
        .tell("receive tsdb", refused())
        .tell("receive info", refused())
        .judge("metric", form())
        .errs("could not be told at receive", "receive");
    // The StoreAPI alone will do.
    let seen = pipeline(Some("finops"), "3.14.0")
        .tell("receive tsdb", refused())
        .tell(
            &format!("receive store-series {OF_FINOPS}"),
            store_series(&[&AS_FINOPS]),
        )
        .judge("metric", form())
        .passes();
    assert!(seen.judged.notes.join("; ").contains("could not tell"));
}

#[test]
fn a_replica_that_lacks_them_is_no_proof_of_absence() {
    let notes = |alone: bool| {
        let mut scene = pipeline(Some("finops"), "3.14.0")
            .tell("receive tsdb", tsdb(&[head("finops", &[("cost", 3)])]))
            .tell(
                &format!("receive store-series {OF_FINOPS}"),
                store_series(&[]),
            )
            .tell(&format!("receive store-series {SENT}"), store_series(&[]));
        if alone {
            scene.world.cluster = None;
        }
        let seen = scene.judge("metric", form()).passes();
        seen.judged.notes.join("; ")
    };
    let among_others = notes(false);
    assert!(
        among_others.contains("other senders' series have that name, or another replica"),
        "{among_others}"
    );
    let alone = notes(true);
    assert!(
        alone.contains("status and StoreAPI of receive disagree"),
        "{alone}"
    );
}

#[test]
fn at_query_the_sender_s_own_series_are_held_against_its_header() {
    pipeline(Some("finops"), "2.42.0+ds")
        .tell(&format!("query count {OF_FINOPS}"), count(0))
        .tell(&format!("query query {OF_FINOPS}[1h]"), no_samples())
        .tell(
            &format!("query query count by (tenant_id) ({SENT})"),
            vector(&[(&[("tenant_id", "default-tenant")], "1")]),
        )
        .judge(
            "metric",
            json!({ "metric": "cost", "through": ["prom", "query"], "tenant": "finops" }),
        )
        .fails(
            "",
            "but the series arrived as `default-tenant`: the header never left",
        );
}

/// Receive splits tenants by the label `team`, which the series loses.
fn split() -> Scene {
    let mut listed = store("10.1.2.3:10901");
    listed.label_sets.push(gapcheck::leaves::Labels::from([
        ("receive_replica", "0"),
        ("tenant_id", "finops"),
    ]));
    let own = [("__name__", "cost"), ("team", "finops")];
    let arrived = [
        ("__name__", "cost"),
        ("cluster", "ops"),
        ("receive_replica", "0"),
        ("tenant_id", "finops"),
    ];
    pipeline(None, "3.14.0")
        .tell("prom query cost", vector(&[(&own, "1")]))
        .tell("prom query cost{team=\"finops\"}", vector(&[(&own, "1")]))
        .tell("prom count cost{team=\"finops\"}", count(1))
        .tell("query stores", stores(&[listed]))
        .tell(
            &format!("query query {OF_FINOPS}"),
            vector(&[(&arrived, "1")]),
        )
        .tell(
            "query count cost{team=\"finops\",cluster=\"ops\"}",
            count(0),
        )
        .tell(
            "query query cost{team=\"finops\",cluster=\"ops\"}[1h]",
            no_samples(),
        )
}

#[test]
fn a_label_that_became_the_tenant_is_no_loss() {
    let form = json!({ "metric": "cost{team=\"finops\"}", "through": ["prom", "query"] });
    let seen = split().judge("metric", form.clone()).passes();
    let why = seen.judged.ladder[1].why.clone().unwrap();
    assert!(
        why.contains("Receive takes the tenant `finops` from the label `team`"),
        "{why}"
    );
    // A series that differs in more is another's.
    let other = [
        ("__name__", "cost"),
        ("cluster", "ops"),
        ("job", "other"),
        ("receive_replica", "0"),
        ("tenant_id", "finops"),
    ];
    split()
        .tell(
            &format!("query query {OF_FINOPS}"),
            vector(&[(&other, "1")]),
        )
        .judge("metric", form)
        .fails("", "lost between prom and query");
}

#[test]
fn a_tenant_that_a_label_names_in_place_of_the_header_is_said() {
    let asked = "cost{cluster=\"ops\",tenant_id=\"default-tenant\"}";
    split()
        .tell(&format!("query count {asked}"), count(0))
        .tell(&format!("query query {asked}[1h]"), no_samples())
        .tell(
            &format!("query query count by (tenant_id) ({SENT})"),
            vector(&[(&[("tenant_id", "finops")], "1")]),
        )
        .judge(
            "metric",
            json!({ "metric": "cost", "through": ["prom", "query"], "tenant": "default-tenant" }),
        )
        .fails(
            "held for tenant `default-tenant`",
            "held by tenant `finops`, not by `default-tenant` at query",
        );
}

#[test]
fn a_series_with_a_cluster_of_its_own_is_not_counted_by_another_s() {
    let own = [("__name__", "cost"), ("cluster", "dev")];
    let scene = || {
        pipeline(None, "3.14.0")
            .tell("prom query cost", vector(&[(&own, "1")]))
            .tell("prom count cost{cluster!~\"|ops\"}", count(1))
            // Somebody else's, under the label that this sender would add.
            .tell(&format!("query count {SENT}"), count(1))
    };
    let form = json!({ "metric": "cost", "through": ["prom", "query"] });
    scene()
        .tell("query count cost{cluster=\"dev\"}", count(0))
        .tell("query query cost{cluster=\"dev\"}[1h]", no_samples())
        .judge("metric", form.clone())
        .fails("", "lost between prom and query");
    let seen = scene()
        .tell("query count cost{cluster=\"dev\"}", count(1))
        .judge("metric", form.clone())
        .passes();
    let why = seen.judged.ladder[1].why.clone().unwrap();
    assert!(why.contains("asked as `cost{cluster=\"dev\"}`"), "{why}");
    // Some with, some without: both are looked for.
    let plain = [("__name__", "cost")];
    let mut counted = form;
    counted["series"] = json!(2);
    scene()
        .tell("prom query cost", vector(&[(&own, "1"), (&plain, "1")]))
        .tell("query count cost{cluster=~\"dev|ops\"}", count(2))
        .judge("metric", counted)
        .passes();
}

//! `not_seen_by`: what another tenant is shown, on recorded and scripted answers; and what proves nothing.

use serde_json::{Value, json};

use crate::recorded::Recordings;
use crate::scene::{
    Scene, Told, count, flags, no_samples, of_form, refusal, refused, store, stores, vector, warned,
};

const COST: &str = "aws_cost_exporter_current_month_cost";

/// The recorded Query that enforces tenancy, asked as `finops`.
fn enforcing(version: &str) -> Scene {
    let of = |name: &str| format!("thanos-query-{version}/tenancy-enforced/{name}");
    let mut scene = Scene::of(&[]);
    scene.world.pipeline.push(of_form(json!({
        "name": "query", "kind": "thanos-query", "url": "http://query:9090", "tenant": "finops",
    })));
    let asked = format!("{COST}{{tenant_id=\"finops\"}}");
    scene
        .met_as("query", "nobody")
        .recorded("query flags", &of("status-flags"))
        .recorded("query stores", &of("stores"))
        .counted(
            &format!("query count {asked}"),
            &of("query-own-matcher-header-finops"),
        )
        .recorded(
            &format!("query query {asked}"),
            &of("query-own-matcher-header-finops"),
        )
        .recorded(
            &format!("query as nobody query {asked}"),
            &of("query-own-matcher-header-nobody"),
        )
}

fn cost() -> Value {
    json!({ "metric": COST, "at": "query", "tenant": "finops", "not_seen_by": "nobody" })
}

#[test]
fn a_query_that_enforces_tenancy_shows_another_tenant_nothing() {
    for version in ["0.36.1", "0.42.4"] {
        let seen = enforcing(version).judge("metric", cost()).passes();
        let notes = seen.judged.notes.join("; ");
        assert!(
            notes.contains("query enforces tenancy by its flags, and shows tenant `nobody` none"),
            "{notes}"
        );
    }
}

#[test]
fn without_a_matcher_on_the_tenant_the_header_alone_decides() {
    for version in ["0.36.1", "0.42.4"] {
        let of = |name: &str| format!("thanos-query-{version}/tenancy-enforced/{name}");
        let form = json!({ "metric": COST, "at": "query", "not_seen_by": ["nobody"] });
        enforcing(version)
            .counted(&format!("query count {COST}"), &of("query-header-finops"))
            .recorded(
                &format!("query as nobody query {COST}"),
                &of("query-header-nobody"),
            )
            .judge("metric", form)
            .passes();
    }
}

#[test]
fn a_header_that_does_not_reach_query_is_no_leak() {
    let of_default = [("__name__", "cost"), ("tenant_id", "default-tenant")];
    blue(having("true"), vector(&[(&of_default, "1")]))
        .judge("metric", form())
        .errs("the header did not reach it", "--query.tenant-header");
}

#[test]
fn the_metric_under_the_other_tenant_itself_is_no_pass() {
    // As recorded for the tenant that has it: the same series, shown to whom it must not be.
    for version in ["0.36.1", "0.42.4"] {
        enforcing(version)
            .recorded(
                &format!("query as nobody query {COST}{{tenant_id=\"finops\"}}"),
                &format!("thanos-query-{version}/tenancy-enforced/query-own-matcher-header-finops"),
            )
            .judge("metric", cost())
            .fails(
                "not seen by tenant `nobody` at query",
                "1 series of other tenants shown to tenant `nobody` at query, such as",
            );
    }
}

const FINOPS: [(&str, &str); 3] = [
    ("__name__", "cost"),
    ("cluster", "ops"),
    ("tenant_id", "finops"),
];
const OF_BLUE: [(&str, &str); 3] = [
    ("__name__", "cost"),
    ("cluster", "ops"),
    ("tenant_id", "blue"),
];
const OTHER_OF_BLUE: [(&str, &str); 4] = [
    ("__name__", "cost"),
    ("cluster", "ops"),
    ("job", "other"),
    ("tenant_id", "blue"),
];
const ASKED: &str = "cost{cluster=\"ops\"}";

/// A Query that has the metric; `enforces` says what its flags say.
fn having(enforces: &str) -> Scene {
    Scene::of(&["query thanos-query"])
        .met_as("query", "blue")
        .tell(
            "query flags",
            flags(&[
                ("endpoint", "10.1.2.3:10901"),
                ("query.enforce-tenancy", enforces),
            ]),
        )
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
        .identity(&[("cluster", "ops")])
        .tell(&format!("query count {ASKED}"), count(1))
        .tell(&format!("query query {ASKED}"), vector(&[(&FINOPS, "1")]))
}

fn blue(scene: Scene, told: Told) -> Scene {
    scene.tell(&format!("query as blue query {ASKED}"), told)
}

fn form() -> Value {
    json!({ "metric": "cost", "at": "query", "not_seen_by": ["blue"] })
}

#[test]
fn a_query_without_enforcement_is_said_to_be_the_reason() {
    blue(having("false"), vector(&[(&FINOPS, "1")]))
        .judge("metric", form())
        .fails(
            "not seen by tenant `blue` at query",
            "query does not enforce tenancy (`query.enforce-tenancy` is not true in its flags)",
        );
    // Flags that cannot be read change nothing of what was seen.
    blue(having("false"), vector(&[(&FINOPS, "1")]))
        .tell("query flags", refused())
        .judge("metric", form())
        .fails("not seen by tenant `blue`", "1 series of other tenants");
}

#[test]
fn an_empty_answer_proves_something_only_where_tenancy_is_enforced_and_it_is_whole() {
    let empty = || vector(&[]);
    blue(having("true"), empty())
        .judge("metric", form())
        .passes();
    blue(having("false"), empty())
        .judge("metric", form())
        .errs("does not enforce tenancy", "--query.enforce-tenancy");
    blue(having("true"), empty())
        .tell("query flags", refused())
        .judge("metric", form())
        .errs(
            "whether it enforces tenancy could not be asked",
            "status/flags",
        );
    blue(having("true"), warned(empty(), "store a is down"))
        .judge("metric", form())
        .errs("its answer is incomplete: store a is down", "storage");
    let mut dead = store("10.1.2.3:10901");
    dead.last_error = Some("DeadlineExceeded".into());
    blue(having("true"), empty())
        .tell("query stores", stores(&[dead]))
        .judge("metric", form())
        .errs("its answer is not whole", "Bring the store");
    blue(having("true"), empty())
        .tell(
            "query flags",
            flags(&[
                ("endpoint", "10.1.2.3:10901"),
                ("query.enforce-tenancy", "true"),
                ("query.tenant-certificate-field", "organization"),
            ]),
        )
        .judge("metric", form())
        .errs("from the client's certificate", "hop of its own");
}

#[test]
fn a_tenant_that_cannot_be_asked_is_an_error_with_help() {
    for told in [refused(), refusal(403, "no such tenant")] {
        blue(having("true"), told)
            .judge("metric", form())
            .errs("could not be asked as tenant `blue`", "`query`");
    }
}

#[test]
fn the_control_means_nothing_where_the_metric_itself_is_not_there() {
    let seen = having("true")
        .tell(&format!("query count {ASKED}"), count(0))
        .tell(&format!("query query {ASKED}[1h]"), no_samples())
        .judge("metric", form())
        .fails("not seen by tenant `blue`", "0 series at query");
    assert!(!seen.asked.iter().any(|asked| asked.contains("as blue")));
}

#[test]
fn series_of_the_other_tenant_itself_are_no_leak_unless_they_are_the_same() {
    blue(having("true"), vector(&[(&OF_BLUE, "1")]))
        .judge("metric", form())
        .fails(
            "not seen by",
            "1 series of this sender shown to tenant `blue`",
        );
    blue(having("true"), vector(&[(&OTHER_OF_BLUE, "1")]))
        .judge("metric", form())
        .errs("which may be that tenant's own", "identity");
}

fn at_mimir(identity: bool, told: Told) -> Scene {
    let mut scene = Scene::of(&[]);
    scene.world.pipeline.push(of_form(json!({
        "name": "mimir", "kind": "mimir", "url": "http://mimir:9009", "tenant": "finops",
    })));
    if identity {
        scene = scene.identity(&[("cluster", "ops")]);
    }
    let asked = if identity { ASKED } else { "cost" };
    let own = [("__name__", "cost"), ("cluster", "ops")];
    scene
        .met_as("mimir", "blue")
        .tell(&format!("mimir count {asked}"), count(1))
        .tell(&format!("mimir query {asked}"), vector(&[(&own, "1")]))
        .tell(&format!("mimir as blue query {asked}"), told)
}

#[test]
fn mimir_answers_each_tenant_for_itself() {
    let own = [("__name__", "cost"), ("cluster", "ops")];
    let form = || json!({ "metric": "cost", "at": "mimir", "not_seen_by": "blue" });
    at_mimir(true, vector(&[])).judge("metric", form()).passes();
    at_mimir(true, vector(&[(&own, "1")]))
        .judge("metric", form())
        .fails("not seen by tenant `blue` at mimir", "of this sender shown");
    // Without a name of the sender, the other tenant may well have such a series of its own.
    at_mimir(false, vector(&[(&own, "1")]))
        .judge("metric", form())
        .errs("may be that tenant's own", "identity");
    at_mimir(true, refusal(401, "no org id"))
        .judge("metric", form())
        .errs("could not be asked as tenant `blue`", "mimir");
}

#[test]
fn a_hop_s_own_credentials_may_stand_for_the_tenant() {
    let mut scene = Scene::of(&[]);
    scene.world.pipeline.push(of_form(json!({
        "name": "query", "kind": "thanos-query", "url": "https://query", "tls": { "cert": "a.pem", "key": "b.pem" },
    })));
    let scene = scene
        .identity(&[("cluster", "ops")])
        .met_as("query", "blue")
        .tell("query flags", flags(&[("query.enforce-tenancy", "true")]))
        .tell("query stores", stores(&[store("10.1.2.3:10901")]))
        .tell(&format!("query count {ASKED}"), count(1));
    blue(scene, vector(&[(&FINOPS, "1")]))
        .judge("metric", form())
        .errs(
            "with this hop's own credentials",
            "credentials of that tenant",
        );
}

#[test]
fn a_leak_is_a_failure_even_where_another_hop_could_not_be_asked() {
    let mut scene = having("false");
    scene
        .world
        .pipeline
        .insert(0, crate::scene::backend("receive thanos-receive"));
    let form = json!({ "metric": "cost", "through": ["receive", "query"], "not_seen_by": "blue" });
    blue(scene, vector(&[(&FINOPS, "1")]))
        .tell("receive tsdb", refused())
        .judge("metric", form)
        .fails("not seen by tenant `blue`", "of other tenants");
}

#[test]
fn the_review_names_what_cannot_be_asked() {
    let complaints = |scene: &Scene, form: Value| {
        let all = scene.review("metric", form);
        let texts: Vec<String> = all.into_iter().map(|one| one.message).collect();
        texts.join("; ")
    };
    let plain = Scene::of(&["prom prometheus", "receive thanos-receive"]);
    let text = complaints(&plain, json!({ "metric": "cost", "not_seen_by": "blue" }));
    assert!(
        text.contains("no tenant reads at prom and receive"),
        "{text}"
    );
    let query = Scene::of(&["query thanos-query"]);
    for (form, says) in [
        (json!([""]), "an empty tenant"),
        (json!("a/b"), "is no name of a tenant"),
        (json!(["blue", "blue"]), "`blue` twice"),
        (json!("finops"), "is the tenant that must hold"),
    ] {
        let form = json!({ "metric": "cost", "tenant": "finops", "not_seen_by": form });
        let text = complaints(&query, form);
        assert!(text.contains(says), "{text}");
    }
    let mut own = Scene::of(&[]);
    own.world.pipeline.push(of_form(json!({
        "name": "query", "kind": "thanos-query", "url": "http://q", "tenant": "blue",
        "headers": { "thanos-tenant": "blue" },
    })));
    let text = complaints(&own, json!({ "metric": "cost", "not_seen_by": "blue" }));
    assert!(text.contains("is asked as tenant `blue` itself"), "{text}");
    assert!(text.contains("among its `headers:`"), "{text}");
    assert_eq!(
        query.review(
            "metrics",
            json!({ "metrics": ["a", "b"], "not_seen_by": "blue" })
        ),
        []
    );
}

//! The kind on scripted answers: what passes, what fails, and what is only an error.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gapcheck::ask::{Door, Question, Reply};
use gapcheck::backend::answer::{
    Flags, LoadedConfig, StoreInfo, StoreSeries, StoreValues, StoredSeries, Stores,
};
use gapcheck::backend::{Backend, Failure, FailureClass, Trace, World};
use gapcheck::check::Check;
use gapcheck::leaves::{Complaint, Judged, Labels, Timestamp, Verdict};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_795_432_294_000);

fn hop(form: Value) -> Arc<Backend> {
    Arc::new(Backend::of(serde_json::from_value(form).expect("a hop")))
}

fn world() -> World {
    World {
        cluster: Some("ops".into()),
        pipeline: vec![
            hop(json!({ "name": "prom", "kind": "prometheus", "url": "http://prom:9090" })),
            hop(json!({ "name": "receive", "kind": "thanos-receive", "grpc": "receive:10901" })),
            hop(
                json!({ "name": "query", "kind": "thanos-query", "url": "http://query:9090", "grpc": "query:10901" }),
            ),
            hop(
                json!({ "name": "bare", "kind": "thanos-receive", "write": "http://receive:19291" }),
            ),
        ],
        ..World::default()
    }
}

type Told<T> = Result<T, Failure>;

/// What is different in a store's Info.
type Change = fn(&mut StoreInfo);

/// What is told; series only to selectors that select them.
struct Scene {
    info: Told<StoreInfo>,
    series: Told<StoreSeries>,
    values: Vec<&'static str>,
    config: Told<LoadedConfig>,
}

impl Default for Scene {
    fn default() -> Self {
        let set = Labels::from([("receive_replica", "0"), ("tenant_id", "default-tenant")]);
        Self {
            info: Ok(StoreInfo {
                component: "receive".to_owned(),
                serving: Some(true),
                label_sets: vec![set],
                min_time: Some(NOW.0 - 86_400_000),
                max_time: Some(i64::MAX),
            }),
            series: Ok(StoreSeries {
                series: vec![one("ops", "default-tenant"), one("blue", "default-tenant")],
                ..StoreSeries::default()
            }),
            values: vec!["default-tenant"],
            config: Ok(LoadedConfig {
                external_labels: Labels::from([("cluster", "ops")]),
                yaml: String::new(),
                ..LoadedConfig::default()
            }),
        }
    }
}

fn one(cluster: &str, tenant: &str) -> StoredSeries {
    StoredSeries {
        labels: Labels::from([
            ("__name__", "cost"),
            ("cluster", cluster),
            ("tenant_id", tenant),
        ]),
        newest: Some(NOW.plus_ms(-30_000)),
    }
}

fn failure(class: FailureClass) -> Failure {
    Failure::new(class, "it broke").help("Mend it.")
}

impl Scene {
    fn without_series(self) -> Self {
        Self {
            series: Ok(StoreSeries::default()),
            ..self
        }
    }

    fn info(mut self, change: impl FnOnce(&mut StoreInfo)) -> Self {
        if let Ok(info) = &mut self.info {
            change(info);
        }
        self
    }

    fn judge(self, form: Value) -> Judged {
        let check = Check::read("storeapi", form).expect("the form is read");
        let script = Mutex::new(self);
        let script = move |question: &Question| {
            let scene = script.lock().unwrap();
            let reply = match question {
                Question::StoreInfo { .. } => scene
                    .info
                    .clone()
                    .map(|told| Reply::StoreInfo(Arc::new(told))),
                Question::StoreSeries {
                    selector, chunks, ..
                } => scene.series.clone().map(|mut told| {
                    told.series.retain(|one| selector.selects(&one.labels));
                    if !chunks {
                        told.series.iter_mut().for_each(|one| one.newest = None);
                    }
                    Reply::StoreSeries(Arc::new(told))
                }),
                Question::StoreValues { .. } => Ok(Reply::StoreValues(Arc::new(StoreValues {
                    values: scene.values.iter().map(|one| (*one).to_owned()).collect(),
                    warnings: Vec::new(),
                }))),
                Question::Config { .. } => scene
                    .config
                    .clone()
                    .map(|told| Reply::Config(Arc::new(told))),
                Question::Stores { .. } => Ok(Reply::Stores(Arc::new(Stores(Vec::new())))),
                Question::Flags { .. } => {
                    let flags = [("endpoint".to_owned(), "10.1.2.3:10901".to_owned())];
                    Ok(Reply::Flags(Arc::new(Flags(flags.into()))))
                }
                _ => Err(failure(FailureClass::NotRecorded)),
            };
            (Trace::default(), reply)
        };
        let door = Door::scripted(NOW, Box::new(script));
        let ask = door.ask("a", &Arc::new(world()), Duration::from_secs(5));
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(check.judge(&ask))
    }

    #[track_caller]
    fn passes(self, form: Value) {
        let judged = self.judge(form);
        assert_eq!(judged.verdict, Verdict::Pass, "{judged:?}");
    }

    #[track_caller]
    fn fails(self, form: Value, says: &str) {
        match self.judge(form).verdict {
            Verdict::Fail { actual, .. } => assert!(actual.contains(says), "{actual}"),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn errs(self, form: Value, says: &str) {
        match self.judge(form).verdict {
            Verdict::Error { what, help } => {
                assert!(what.contains(says), "{what}");
                assert!(help.is_some_and(|help| help.ends_with('.')));
            }
            other => panic!("{other:?}"),
        }
    }
}

fn cost(more: Value) -> Value {
    let mut form = json!({ "storeapi": "cost", "at": "receive" });
    if let (Value::Object(form), Value::Object(more)) = (&mut form, more) {
        form.extend(more);
    }
    form
}

#[test]
fn series_of_this_sender_pass_and_those_of_others_do_not_count() {
    let all = json!({
        "tenant": "default-tenant", "series": 1, "fresh": "1m", "serving": true,
        "labels": { "cluster": "ops" },
    });
    Scene::default().passes(cost(all));
    Scene::default().passes(json!({ "storeapi": "cost" }));
    let others = StoreSeries {
        series: vec![one("blue", "default-tenant")],
        ..StoreSeries::default()
    };
    let scene = Scene {
        series: Ok(others),
        ..Scene::default()
    };
    scene.fails(cost(json!({})), "from elsewhere, such as");
}

#[test]
fn the_tenant_that_holds_the_series_instead_is_named() {
    let scene = Scene {
        values: vec!["default-tenant", "ops"],
        ..Scene::default()
    };
    let form = cost(json!({ "tenant": "finops" }));
    scene.fails(form, "held under tenant `default-tenant` and `ops`");
}

#[test]
fn number_labels_age_and_health_fail_with_what_was_found() {
    for (more, says) in [
        (json!({ "series": 2 }), "1 series"),
        (
            json!({ "labels": { "cluster": "blue" } }),
            "`cluster` is \"ops\" on 1 of 1 series",
        ),
        (json!({ "fresh": "10s" }), "30s old"),
        (json!({ "serving": false }), "SERVING"),
    ] {
        Scene::default().fails(cost(more), says);
    }
}

#[test]
fn absence_is_a_failure_where_it_is_proven_and_a_pass_where_it_is_wanted() {
    Scene::default()
        .without_series()
        .fails(cost(json!({})), "no such series within the last 1h");
    Scene::default()
        .without_series()
        .passes(cost(json!({ "series": 0 })));
    let empty = |info: &mut StoreInfo| info.min_time = Some(i64::MAX);
    Scene::default()
        .without_series()
        .info(empty)
        .fails(cost(json!({})), "no such series");
}

#[test]
fn whatever_half_answers_gives_an_error_and_never_a_failure_or_a_pass() {
    for more in [json!({}), json!({ "series": 0 }), json!({ "fresh": "1m" })] {
        for class in [
            FailureClass::Refused,
            FailureClass::Timeout,
            FailureClass::Tls,
            FailureClass::Broken,
            FailureClass::Rpc(14),
            FailureClass::Rpc(12),
            FailureClass::Rpc(7),
        ] {
            let scene = Scene {
                series: Err(failure(class)),
                ..Scene::default()
            };
            scene.errs(cost(more.clone()), "it broke");
            let scene = Scene {
                config: Err(failure(class)),
                ..Scene::default()
            };
            scene.errs(cost(more.clone()), "whose series");
            let mut scene = Scene::default().without_series();
            scene.info = Err(failure(class));
            let old = class == FailureClass::Rpc(12);
            let says = if old { "no Info service" } else { "it broke" };
            scene.errs(cost(more.clone()), says);
        }
        let mut scene = Scene::default().without_series();
        scene.series = Ok(StoreSeries {
            warnings: vec!["a store died".to_owned()],
            ..StoreSeries::default()
        });
        scene.errs(cost(more), "incomplete: a store died");
    }
}

#[test]
fn k04_no_stores_and_times_that_are_not_covered_never_pass() {
    let changes: [(Change, &str, &str); 6] = [
        (|info| info.serving = Some(false), "receive", "NOT_SERVING"),
        (|info| info.min_time = None, "receive", "no StoreAPI"),
        (|info| info.label_sets.clear(), "receive", "only routes"),
        (|info| info.label_sets.clear(), "query", "knows no store"),
        (
            |info| info.max_time = Some(NOW.0 - 7_200_000),
            "receive",
            "covers nothing of the last 1h",
        ),
        // Configured and never reached: Query answers empty, and says nothing of it.
        (|_| {}, "query", "10.1.2.3:10901"),
    ];
    for more in [json!({}), json!({ "series": 0 })] {
        for (change, at, says) in changes {
            let mut form = cost(more.clone());
            form["at"] = at.into();
            Scene::default()
                .without_series()
                .info(|info| info.component = at.to_owned())
                .info(change)
                .errs(form, says);
        }
    }
    let no_tenants = |info: &mut StoreInfo| info.label_sets = vec![Labels::from([("a", "b")])];
    Scene::default()
        .without_series()
        .info(no_tenants)
        .errs(cost(json!({ "tenant": "finops" })), "tells no tenants");
}

#[test]
fn another_component_at_the_address_is_said_whatever_it_holds() {
    for scene in [Scene::default(), Scene::default().without_series()] {
        scene.info(|info| info.component = "query".to_owned()).errs(
            cost(json!({})),
            "not the thanos-receive that the suite says, but a Query",
        );
    }
}

#[test]
fn a_part_of_the_series_proves_only_a_lower_bound() {
    let partly = || {
        let mut scene = Scene::default();
        if let Ok(told) = &mut scene.series {
            told.cut = true;
        }
        scene
    };
    partly().passes(cost(json!({})));
    partly().passes(cost(json!({ "series": ">= 1" })));
    partly().errs(cost(json!({ "series": 1 })), "more than the 1 series");
    partly().errs(cost(json!({ "series": 5 })), "more than the 1 series");
    partly().errs(
        cost(json!({ "labels": { "cluster": "ops" } })),
        "more than the 1",
    );
    partly().errs(cost(json!({ "fresh": "10s" })), "showed only a part");
}

#[test]
fn what_was_not_told_is_an_error() {
    let silent = |info: &mut StoreInfo| info.serving = None;
    Scene::default()
        .info(silent)
        .errs(cost(json!({ "serving": true })), "no health service");
    let mut scene = Scene::default();
    if let Ok(told) = &mut scene.series {
        told.series.iter_mut().for_each(|one| one.newest = None);
    }
    scene.errs(cost(json!({ "fresh": "1m" })), "no chunks");
}

#[test]
fn what_cannot_be_asked_is_refused_at_validation() {
    let review =
        |form: Value| -> Vec<Complaint> { Check::read("storeapi", form).unwrap().review(&world()) };
    assert_eq!(review(cost(json!({}))), []);
    for (form, says) in [
        (
            json!({ "storeapi": "cost", "at": "nowhere" }),
            "no hop `nowhere`",
        ),
        (
            json!({ "storeapi": "cost", "at": "prom" }),
            "kind prometheus",
        ),
        (
            json!({ "storeapi": "cost", "at": "bare" }),
            "give hop `bare` its `grpc:` address",
        ),
        (json!({ "storeapi": "{tenant_id=\"a\"}" }), "adds itself"),
        (
            json!({ "storeapi": "cost{tenant_id=\"a\"}", "tenant": "b" }),
            "say the tenant once",
        ),
    ] {
        let complaints = review(form);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].message.contains(says), "{complaints:?}");
    }
    let nobody = World::default();
    let check = Check::read("storeapi", json!({ "storeapi": "cost" })).unwrap();
    assert!(
        check.review(&nobody)[0]
            .message
            .contains("no hop of the pipeline")
    );
    for form in [
        "{}",
        "{\"storeapi\":\"a\",\"labels\":{}}",
        "{\"storeapi\":\"a\",\"at\":null}",
    ] {
        let form: Value = serde_json::from_str(form).unwrap();
        assert!(Check::read("storeapi", form).is_err());
    }
}

#[test]
fn a_sender_whose_label_the_store_replaces_is_neither_missed_nor_taken_for_absent() {
    let central = |info: &mut StoreInfo| {
        let set = [("cluster", "central"), ("tenant_id", "default-tenant")];
        info.label_sets = vec![Labels::from(set)];
    };
    for more in [
        json!({}),
        json!({ "series": 0 }),
        json!({ "tenant": "default-tenant" }),
    ] {
        Scene::default()
            .without_series()
            .info(central)
            .errs(cost(more), "which gives `cluster=\"central\"` to all");
    }
    // A matcher that the user wrote is held to.
    let written = json!({ "storeapi": "cost{cluster=\"ops\"}", "at": "receive" });
    Scene::default()
        .without_series()
        .info(central)
        .fails(written, "no such series");
}

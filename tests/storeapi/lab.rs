//! The kind through the live door at the lab's StoreAPI.

use std::sync::Arc;
use std::time::Duration;

use gapcheck::ask::{Door, DoorOptions};
use gapcheck::backend::World;
use gapcheck::check::Check;
use gapcheck::lab::{FAULTS, incident};
use gapcheck::leaves::{Labels, Redactor, Timestamp, Verdict};
use serde_json::{Value, json};

use crate::server::receive;

async fn verdict(fault: &str, form: Value) -> Verdict {
    let mut model = incident::healthy(Timestamp::now().0);
    let fault = FAULTS.iter().find(|one| one.name == fault).expect(fault);
    (fault.plant)(&mut model);
    let lab = gapcheck::lab::start(model, Arc::new(|| Timestamp::now().0))
        .await
        .unwrap();
    assert!(
        lab.clusters_yaml()
            .contains(&format!("grpc: \"{}\"", lab.receive_grpc))
    );
    let hop = Arc::new(receive(&lab.receive_grpc.to_string(), json!({})));
    let world = Arc::new(World {
        cluster: Some("ops".into()),
        pipeline: vec![hop.clone()],
        identity: Some(Labels::from([("cluster", "ops")])),
        ..World::default()
    });
    let door = Door::live(DoorOptions {
        backends: vec![hop],
        parallel: None,
        batching: true,
        deadline: Some(Duration::from_secs(30)),
        record: false,
        vantage: "test".to_owned(),
        redactor: Redactor::default(),
    });
    let check = Check::read("storeapi", form).unwrap();
    assert_eq!(check.review(&world), []);
    check
        .judge(&door.ask("a", &world, Duration::from_secs(10)))
        .await
        .verdict
}

fn cost(more: Value) -> Value {
    let mut form = json!({ "storeapi": "aws_cost_exporter_current_month_cost{cluster=\"ops\"}" });
    if let (Value::Object(form), Value::Object(more)) = (&mut form, more) {
        form.extend(more);
    }
    form
}

#[tokio::test]
async fn the_healthy_lab_holds_the_metric_fresh_and_under_its_tenant() {
    let more = json!({
        "tenant": "default-tenant", "series": 2, "fresh": "2m", "serving": true,
        "labels": { "namespace": "finops", "receive_replica": "0" },
    });
    assert_eq!(verdict("none", cost(more)).await, Verdict::Pass);
}

#[tokio::test]
async fn the_lab_s_faults_are_seen_at_the_store() {
    let Verdict::Fail { actual, .. } =
        verdict("wrong-tenant", cost(json!({ "tenant": "default-tenant" }))).await
    else {
        panic!("not a failure");
    };
    assert!(actual.contains("held under tenant `finops`"), "{actual}");
    let changed = cost(json!({ "labels": { "namespace": "finops" } }));
    let Verdict::Fail { actual, .. } = verdict("label-changed-on-the-way", changed).await else {
        panic!("not a failure");
    };
    assert!(actual.contains("`namespace` is \"monitoring\""), "{actual}");
    let stale = verdict(
        "stale-metric",
        cost(json!({ "fresh": "5m", "window": "2h" })),
    )
    .await;
    assert!(matches!(stale, Verdict::Fail { .. }), "{stale:?}");
    let lost = verdict("metric-missing-at-receive", cost(json!({}))).await;
    assert!(matches!(lost, Verdict::Fail { .. }), "{lost:?}");
}

//! Tenants and what Receive takes, through the live door at the lab: the StoreAPI, a Query that enforces tenancy, counters that move.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gapcheck::ask::{Door, DoorOptions};
use gapcheck::backend::World;
use gapcheck::check::Check;
use gapcheck::lab::{Model, PrometheusVersion, RunningLab, incident};
use gapcheck::leaves::{Judged, Labels, Redactor, Timestamp, Verdict};
use serde_json::{Value, json};

use crate::scene::of_form;

const COST: &str = "aws_cost_exporter_current_month_cost";

fn world(lab: &RunningLab, tenant: &str) -> Arc<World> {
    let at = |address: &SocketAddr| format!("http://{address}");
    let prom = lab.prometheus.iter().find(|p| p.cluster == "ops").unwrap();
    let pipeline = vec![
        of_form(json!({ "name": "prom", "kind": "prometheus", "url": at(&prom.address) })),
        of_form(json!({
            "name": "receive", "kind": "thanos-receive", "write": at(&lab.receive_write),
            "http": at(&lab.receive_http), "grpc": at(&lab.receive_grpc),
        })),
        of_form(
            json!({ "name": "query", "kind": "thanos-query", "url": at(&lab.query), "tenant": tenant }),
        ),
    ];
    Arc::new(World {
        suite: "tenants".into(),
        cluster: Some("ops".into()),
        pipeline,
        identity: Some(Labels::from([("cluster", "ops")])),
        ..World::default()
    })
}

fn door(world: &World) -> Arc<Door> {
    Door::live(DoorOptions {
        backends: world.pipeline.clone(),
        parallel: None,
        batching: true,
        deadline: Some(Duration::from_secs(60)),
        record: false,
        vantage: "test".to_owned(),
        redactor: Redactor::default(),
    })
}

async fn judge(world: &Arc<World>, kind: &str, form: Value) -> Judged {
    let check = Check::read(kind, form).unwrap();
    assert_eq!(check.review(world), []);
    let ask = door(world).ask("lab/check", world, Duration::from_secs(10));
    check.judge(&ask).await
}

/// A judgement in the lab after this change, its Query asked as that tenant.
async fn at_the_lab(change: fn(&mut Model), tenant: &str, kind: &str, form: Value) -> Judged {
    let mut model = incident::healthy(Timestamp::now().0);
    change(&mut model);
    let clock: gapcheck::lab::Clock = Arc::new(|| Timestamp::now().0);
    let lab = gapcheck::lab::start(model, clock).await.unwrap();
    judge(&world(&lab, tenant), kind, form).await
}

/// ops writes as `finops`, by a build that sends the header.
fn as_finops(model: &mut Model) {
    model.prometheus_mut("ops").unwrap().remote_write.tenant = Some("finops".to_owned());
}

fn enforcing(model: &mut Model) {
    as_finops(model);
    model.query.enforces_tenancy = true;
}

#[track_caller]
fn fails(judged: &Judged, says: &str) {
    match &judged.verdict {
        Verdict::Fail { actual, .. } => assert!(actual.contains(says), "{actual}"),
        other => panic!("{other:?}"),
    }
}

fn cost() -> Value {
    json!({ "metric": COST, "through": ["prom", "receive", "query"], "tenant": "finops", "not_seen_by": "default-tenant" })
}

#[tokio::test]
async fn a_query_that_enforces_tenancy_hides_the_series_from_other_tenants() {
    let judged = at_the_lab(enforcing, "finops", "metric", cost()).await;
    assert_eq!(judged.verdict, Verdict::Pass, "{judged:#?}");
    let notes = judged.notes.join("; ");
    assert!(
        notes.contains("query enforces tenancy by its flags"),
        "{notes}"
    );
    let why = judged.ladder[1].why.clone().unwrap();
    assert!(why.contains("its StoreAPI holds 2 series"), "{why}");
}

#[tokio::test]
async fn a_query_that_enforces_nothing_shows_them_to_everybody() {
    let judged = at_the_lab(as_finops, "finops", "metric", cost()).await;
    fails(
        &judged,
        "query does not enforce tenancy (`query.enforce-tenancy` is not true in its flags)",
    );
}

#[tokio::test]
async fn a_header_that_never_left_is_told_from_one_that_names_another_tenant() {
    let lost = at_the_lab(
        |model| {
            as_finops(model);
            model.prometheus_mut("ops").unwrap().version = PrometheusVersion::V2_42;
        },
        "finops",
        "metric",
        cost(),
    );
    fails(
        &lost.await,
        "the header `THANOS-TENANT: finops` is configured on prom (version 2.42.0+ds), but the series arrived as `default-tenant`: the header never left",
    );
    let wrong = at_the_lab(
        |model| model.prometheus_mut("ops").unwrap().remote_write.tenant = Some("blue".to_owned()),
        "finops",
        "metric",
        cost(),
    );
    let wrong = wrong.await;
    fails(
        &wrong,
        "prom sends them as tenant `blue` (`THANOS-TENANT`), and the check wants `finops`",
    );
    fails(&wrong, "lost between prom and receive");
}

#[tokio::test]
async fn receive_holds_a_whole_selector_for_its_tenant() {
    let form =
        |selector: &str| json!({ "receive": "receive", "tenant": "finops", "holds": selector });
    let of = |cluster: &str| format!("{COST}{{cluster=\"{cluster}\"}}");
    let judged = at_the_lab(as_finops, "finops", "receive", form(&of("ops"))).await;
    assert_eq!(judged.verdict, Verdict::Pass, "{judged:#?}");
    // blue writes as the default tenant.
    let judged = at_the_lab(as_finops, "finops", "receive", form(&of("blue"))).await;
    fails(&judged, "it holds 2 series of");
}

#[tokio::test]
async fn what_receive_takes_is_seen_to_move() {
    let form =
        || json!({ "receive": "receive", "tenant": "finops", "accepted": "> 0", "rejected": 0 });
    let healthy = at_the_lab(as_finops, "finops", "receive", form());
    // Both senders wait with their data for twenty minutes.
    let stuck = at_the_lab(
        |model| {
            as_finops(model);
            let since = model.started_ms - 1_200_000;
            for sender in &mut model.prometheus {
                sender.remote_write.stuck_since_ms = Some(since);
            }
        },
        "finops",
        "receive",
        form(),
    );
    // Its counters alone cannot tell silence from loss.
    let closed = at_the_lab(
        |model| {
            as_finops(model);
            let fault = gapcheck::lab::fault("write-port-closed").unwrap();
            (fault.plant)(model);
        },
        "finops",
        "receive",
        form(),
    );
    let refusing = refusing();
    let (healthy, stuck, closed, refusing) = tokio::join!(healthy, stuck, closed, refusing);
    assert_eq!(healthy.verdict, Verdict::Pass, "{healthy:#?}");
    assert!(
        healthy
            .tables
            .iter()
            .any(|table| table.title.starts_with("writes at receive")),
        "{healthy:#?}"
    );
    fails(&stuck, "the newest sample is 20m");
    assert!(!matches!(closed.verdict, Verdict::Pass), "{closed:#?}");
    fails(&refusing, "with 409 for tenant `finops`");
}

/// A Receive that refuses more writes at each look at its counters.
async fn refusing() -> Judged {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let refused = AtomicU64::new(3);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 4096];
            let read = stream.read(&mut asked).unwrap_or(0);
            let asked = String::from_utf8_lossy(&asked[..read]).into_owned();
            let body = match asked.starts_with("GET /metrics") {
                true => format!(
                    "http_requests_total{{code=\"409\",handler=\"receive\",method=\"post\",tenant=\"finops\"}} {}\nthanos_receive_replication_factor 1\nprocess_start_time_seconds 1\n",
                    refused.fetch_add(4, Ordering::Relaxed)
                ),
                false => "OK".to_owned(),
            };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            // Whoever asked may have gone.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let world = Arc::new(World {
        suite: "tenants".into(),
        pipeline: vec![of_form(json!({
            "name": "receive", "kind": "thanos-receive", "http": format!("http://{address}"),
        }))],
        ..World::default()
    });
    judge(
        &world,
        "receive",
        json!({ "receive": "receive", "rejected": 0 }),
    )
    .await
}

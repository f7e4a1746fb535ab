//! Two writers of the same series, with a Prometheus as receiver.

use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{HttpAnswer, LoadedConfig, Moved, Movement, RemoteWrite};
use gapcheck::leaves::{Certainty, Diagnosis, Labels};
use serde_json::json;

use crate::found::{edge, of, only, proven};
use crate::scene::{NOW, Scene, Told, build, count, no_samples, of_form, refused};

const URL: &str = "http://127.0.0.1:9091/api/v1/write";

fn moved(series: &[(&str, &[(&str, &str)], f64)]) -> Told {
    let series = series.iter().map(|(name, labels, grew)| {
        let mut labels: Labels = labels.iter().copied().collect();
        labels.insert("__name__".into(), (*name).into());
        Moved {
            labels,
            first: Some(0.0),
            last: Some(*grew),
            grew: *grew,
        }
    });
    Ok(Reply::Movement(Arc::new(Movement {
        from: NOW.plus_ms(-15_000),
        to: NOW,
        read: "two readings 15s apart".into(),
        series: series.collect(),
    })))
}

fn queue(tried: f64, failed: f64) -> Told {
    let queue: &[(&str, &str)] = &[("remote_name", "r"), ("url", URL)];
    moved(&[
        ("prometheus_remote_storage_samples_total", queue, tried),
        (
            "prometheus_remote_storage_samples_failed_total",
            queue,
            failed,
        ),
        (
            "prometheus_remote_storage_samples_retried_total",
            queue,
            0.0,
        ),
        ("prometheus_remote_storage_bytes_total", queue, 900.0),
    ])
}

/// What the receiver counts: writes answered with 400, and samples out of order.
fn counted(writes: f64, disordered: f64) -> Told {
    let write: &[(&str, &str)] = &[("handler", "/api/v1/write"), ("code", "400")];
    let query: &[(&str, &str)] = &[("handler", "/api/v1/query"), ("code", "400")];
    moved(&[
        ("prometheus_http_requests_total", write, writes),
        ("prometheus_http_requests_total", query, 9.0),
        (
            "prometheus_tsdb_out_of_order_samples_total",
            &[],
            disordered,
        ),
    ])
}

fn config(url: &str) -> Told {
    Ok(Reply::Config(Arc::new(LoadedConfig {
        external_labels: Labels::from([("cluster", "ops")]),
        remote_write: vec![RemoteWrite {
            url: url.into(),
            ..RemoteWrite::default()
        }],
        ..LoadedConfig::default()
    })))
}

/// A Prometheus that has `x`, one that should get it, and another sender beside the way.
fn scene(queue: Told, counted: Told) -> Scene {
    let mut scene = Scene::of(&[]).identity(&[("cluster", "ops")]);
    for (name, port) in [("prom", 9090), ("central", 9091)] {
        let url = format!("http://127.0.0.1:{port}");
        let form = json!({ "name": name, "kind": "prometheus", "url": url });
        scene.world.pipeline.push(of_form(form));
        scene = scene.tell(&format!("{name} build"), build("2.42.0"));
    }
    let get = HttpAnswer {
        status: 405,
        headers: vec![("allow".into(), "OPTIONS, POST".into())],
        body: "method not allowed".into(),
        tls: None,
    };
    scene
        .beside("twin prometheus")
        .tell("prom count x", count(1))
        .tell("prom count up", count(1))
        .tell("central count x{cluster=\"ops\"}", count(0))
        .tell("central query x{cluster=\"ops\"}[1h]", no_samples())
        .tell("prom config", config(URL))
        .tell("twin config", config(URL))
        .tell("prom movement", queue)
        .tell("central movement", counted)
        .tell(&format!("http GET {URL}"), Ok(Reply::Http(Arc::new(get))))
}

fn diagnosed(scene: Scene) -> Diagnosis {
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "x" }));
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(edge(&diagnosis), "prom > central");
    diagnosis
}

#[track_caller]
fn is(scene: Scene, certainty: Certainty) {
    let diagnosis = diagnosed(scene);
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    let found = of(&diagnosis, "duplicate-writers");
    assert_eq!(found.certainty, certainty, "{found:#?}");
}

#[test]
fn a_prometheus_that_refuses_all_of_one_of_two_equal_writers_proves_it() {
    let diagnosis = diagnosed(scene(queue(100.0, 100.0), counted(5.0, 50.0)));
    only(
        &diagnosis,
        "duplicate-writers",
        &["5 writes with 400", "twin", "same external labels"],
    );
}

#[test]
fn equal_labels_prove_nothing_where_both_write_to_different_places_or_something_is_taken() {
    let lost = || scene(queue(100.0, 100.0), counted(5.0, 50.0));
    let elsewhere = config("http://other:9090/api/v1/write");
    is(lost().tell("twin config", elsewhere), Certainty::Possible);
    is(lost().tell("twin config", refused()), Certainty::Possible);
    let in_part = scene(queue(100.0, 40.0), counted(5.0, 50.0));
    is(in_part, Certainty::Likely);
    let ordered = scene(queue(100.0, 100.0), counted(5.0, 0.0));
    is(ordered, Certainty::RuledOut);
    let taken = scene(queue(100.0, 0.0), counted(5.0, 50.0));
    is(taken, Certainty::RuledOut);
}

#[test]
fn without_the_counters_of_both_it_is_not_tested() {
    is(scene(refused(), counted(5.0, 50.0)), Certainty::NotTested);
    is(scene(queue(100.0, 100.0), refused()), Certainty::NotTested);
}

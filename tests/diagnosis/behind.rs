//! Two faults, one behind the other.

use std::sync::Arc;

use gapcheck::ask::Reply;
use gapcheck::backend::answer::{LoadedConfig, Movement, RemoteWrite, Target, Targets};
use gapcheck::leaves::{Certainty, Diagnosis, Labels};
use serde_json::json;

use crate::found::{edge, of, proven};
use crate::scene::{NOW, Scene, Told, build, count, no_samples, refused};

fn config(blocks: &[&str]) -> Told {
    let block = |url: &&str| RemoteWrite {
        url: (*url).into(),
        ..RemoteWrite::default()
    };
    Ok(Reply::Config(Arc::new(LoadedConfig {
        external_labels: Labels::from([("cluster", "ops")]),
        remote_write: blocks.iter().map(block).collect(),
        ..LoadedConfig::default()
    })))
}

fn down() -> Told {
    Ok(Reply::Targets(Arc::new(Targets {
        active: vec![Target {
            discovered: Labels::default(),
            labels: Labels::from([("job", "a"), ("instance", "i:1")]),
            pool: "a".into(),
            url: "http://i:1/metrics".into(),
            health: "down".into(),
            last_error: "dial tcp 10.0.0.1:1: connect: connection refused".into(),
            last_scrape: Some(NOW),
            interval: "15s".into(),
        }],
        ..Targets::default()
    })))
}

/// A Prometheus whose target is down and that sends nothing anywhere.
fn scene() -> Scene {
    let at_prom = "x{job=\"a\"}";
    let mut scene = Scene::of(&["prom prometheus", "central prometheus"])
        .identity(&[("cluster", "ops")])
        .tell(&format!("prom count {at_prom}"), count(0))
        .tell(&format!("prom query {at_prom}[1h]"), no_samples())
        .tell("prom count x", count(0))
        .tell("prom targets", down())
        .tell("prom config", config(&[]))
        .tell("central config", config(&[]))
        .tell(
            "prom movement",
            Ok(Reply::Movement(Arc::new(Movement {
                from: NOW.plus_ms(-15_000),
                to: NOW,
                read: "two readings 15s apart".into(),
                series: Vec::new(),
            }))),
        )
        .tell("prom count up", count(2));
    for central in [
        "x{cluster=\"ops\",job=\"a\"}",
        "x{job=\"a\",cluster=\"ops\"}",
        "up{cluster=\"ops\"}",
    ] {
        scene = scene
            .tell(&format!("central count {central}"), count(0))
            .tell(&format!("central query {central}[1h]"), no_samples());
    }
    for hop in ["prom", "central"] {
        scene = scene.tell(&format!("{hop} build"), build("3.14.0"));
    }
    scene
}

fn diagnosed(scene: Scene) -> Diagnosis {
    let (_, diagnosis) = scene.diagnose(json!({ "metric": "x{job=\"a\"}" }));
    let diagnosis = diagnosis.expect("a diagnosis");
    assert_eq!(edge(&diagnosis), "- > prom");
    diagnosis
}

#[test]
fn a_second_fault_is_named_behind_the_first_one() {
    let diagnosis = diagnosed(scene());
    assert_eq!(proven(&diagnosis), ["exporter-down", "no-remote-write"]);
    let second = of(&diagnosis, "no-remote-write");
    assert!(second.says.starts_with("behind that, "), "{}", second.says);
    assert!(!second.evidence.is_empty());
}

#[test]
fn what_is_behind_is_not_accused_where_the_control_arrives_or_could_not_be_asked() {
    let arrives = scene().tell("central count up{cluster=\"ops\"}", count(2));
    assert_eq!(proven(&diagnosed(arrives)), ["exporter-down"]);
    let unknown = scene().tell("central count up{cluster=\"ops\"}", refused());
    assert_eq!(proven(&diagnosed(unknown)), ["exporter-down"]);
}

#[test]
fn without_a_first_fault_that_is_proven_nothing_is_named_behind_it() {
    let diagnosis = diagnosed(scene().tell("prom targets", refused()));
    assert_eq!(proven(&diagnosis), Vec::<&str>::new());
    let mentioned = diagnosis.findings.iter().any(|finding| {
        finding.cause == "no-remote-write" && finding.certainty == Certainty::Proven
    });
    assert!(!mentioned);
}

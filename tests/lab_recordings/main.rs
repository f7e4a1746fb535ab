//! What the lab answers is held against what the real servers answered, file by file.
//!
//! The models below stand as the recorded servers stood (`tests/recorded/README.md`), so that most values are
//! the same too. Every file of a folder is compared, unless its row here says why not.

mod compare;
mod exchange;
mod rig;

use std::collections::BTreeSet;
use std::fs;

use gapcheck::lab::{Model, Station, Store, StoreState, answer};
use serde_json::Value;

use crate::compare::differences;
use crate::exchange::{folder, read, recordings, request};
use crate::rig::{empty_rig, rig, thanos_rig};

/// A folder of recordings, the station that answered, and the model that stands as it stood.
struct Scene {
    folder: &'static str,
    /// Which station answered a file of this name.
    station: fn(&str) -> Station,
    model: fn() -> Model,
    now_ms: i64,
    /// Keys whose values the model cannot know here.
    open: &'static [&'static str],
    /// Files that are not compared, and why.
    left_out: &'static [(&'static str, &'static str)],
}

const NOT_SERVED: &str = "the lab does not serve this endpoint";
const GRPC: &str = "the lab does not speak gRPC";

/// The moments of the recordings; at Query and Receive, the moment up to which everything had been delivered.
const THANOS_NOW: i64 = 1_795_432_294_000;
const PROMETHEUS_NOW: i64 = 1_795_432_836_832;

fn scenes() -> Vec<Scene> {
    vec![
        Scene {
            folder: "prometheus-3.14.0/healthy",
            station: |_| Station::Prometheus("ops".to_owned()),
            model: || rig(1_795_432_829_689, 1_795_432_829_760),
            now_ms: PROMETHEUS_NOW,
            open: &[],
            left_out: &[("federate", NOT_SERVED)],
        },
        Scene {
            folder: "prometheus-2.42.0/healthy",
            station: |_| Station::Prometheus("blue".to_owned()),
            // Its two targets were scraped at different moments of a second, which the model does not know.
            model: || rig(1_795_432_829_689, 1_795_432_830_219),
            now_ms: PROMETHEUS_NOW + 40,
            open: &["minTime", "maxTime"],
            left_out: &[("federate", NOT_SERVED)],
        },
        Scene {
            folder: "thanos-receive-0.42.4/healthy",
            station: |name| match name {
                "healthy" | "metrics" | "ready" => Station::ReceiveHttp,
                _ if name.starts_with("http-port-") => Station::ReceiveHttp,
                _ => Station::ReceiveWrite,
            },
            model: thanos_rig,
            now_ms: THANOS_NOW,
            open: &[],
            left_out: &[
                ("info", GRPC),
                ("label-names", GRPC),
                ("label-values-name", GRPC),
                ("label-values-tenant", GRPC),
                ("series-absent", GRPC),
                ("series-batched", GRPC),
                ("series-chunks", GRPC),
                ("series-external-mismatch", GRPC),
                ("series-limit-1", GRPC),
                ("series-no-matchers", GRPC),
                ("series-only-external", GRPC),
                ("series-skip-chunks", GRPC),
            ],
        },
        Scene {
            folder: "thanos-receive-0.42.4/receive-empty",
            station: |_| Station::ReceiveWrite,
            model: empty_rig,
            now_ms: THANOS_NOW,
            open: &[],
            left_out: &[("info", GRPC)],
        },
        Scene {
            folder: "thanos-query-0.42.4/healthy",
            station: |_| Station::Query,
            model: thanos_rig,
            now_ms: THANOS_NOW,
            open: &[],
            left_out: &[
                ("query-analyze", NOT_SERVED),
                ("query-explain", NOT_SERVED),
                ("info", GRPC),
                ("label-names", GRPC),
                ("label-values-name", GRPC),
                ("label-values-tenant", GRPC),
                ("series-absent", GRPC),
                ("series-batched", GRPC),
                ("series-chunks", GRPC),
                ("series-external-mismatch", GRPC),
                ("series-limit-1", GRPC),
                ("series-no-matchers", GRPC),
                ("series-only-external", GRPC),
                ("series-skip-chunks", GRPC),
            ],
        },
        Scene {
            folder: "thanos-query-0.42.4/store-none",
            station: |_| Station::Query,
            model: || {
                let mut model = thanos_rig();
                model.query.stores.clear();
                model
            },
            now_ms: THANOS_NOW,
            open: &[],
            left_out: &[],
        },
        Scene {
            folder: "thanos-query-0.42.4/receive-empty",
            station: |_| Station::Query,
            model: empty_rig,
            now_ms: THANOS_NOW,
            open: &[],
            left_out: &[],
        },
        Scene {
            folder: "thanos-query-0.42.4/store-down",
            station: |_| Station::Query,
            model: || {
                let mut model = thanos_rig();
                model.query.stores[0].state = StoreState::JustDied;
                model
            },
            now_ms: THANOS_NOW,
            open: &[],
            left_out: &[
                ("info-0", GRPC),
                ("info-1", GRPC),
                ("log-tail", "a log, not an answer"),
            ],
        },
        Scene {
            folder: "thanos-query-0.42.4/store-unreachable",
            station: |_| Station::Query,
            model: || {
                let mut model = thanos_rig();
                model.query.stores = vec![Store {
                    address: "127.0.0.1:58664".to_owned(),
                    state: StoreState::StrictNeverReached,
                }];
                model
            },
            now_ms: THANOS_NOW,
            open: &[],
            left_out: &[
                ("log-tail", "a log, not an answer"),
                ("metrics", "the lab shows no metrics of DNS discovery"),
                (
                    "status-flags",
                    "the recorded Query had endpoints by DNS as well",
                ),
            ],
        },
    ]
}

#[test]
fn every_answer_of_the_lab_is_as_recorded() {
    let mut parted = Vec::new();
    let mut compared = 0;
    for scene in scenes() {
        let model = (scene.model)();
        let mut left_out: BTreeSet<&str> = scene.left_out.iter().map(|(name, _)| *name).collect();
        for (name, exchange) in recordings(scene.folder) {
            if left_out.remove(name.as_str()) {
                continue;
            }
            let request = request(&exchange["request"]);
            let ours = answer(&model, &(scene.station)(&name), scene.now_ms, &request);
            let recorded = &exchange["response"];
            compared += 1;
            for difference in differences(&name, scene.open, &ours, recorded) {
                parted.push(format!("{}/{name}: {difference}", scene.folder));
            }
        }
        for name in left_out {
            parted.push(format!("{}/{name}: left out, but not there", scene.folder));
        }
    }
    assert!(parted.is_empty(), "{}", parted.join("\n"));
    assert!(compared > 130, "only {compared} files were compared");
}

#[test]
fn writes_are_answered_as_recorded() {
    for name in ["empty-request", "ok", "tenant-with-slash"] {
        let exchange =
            read(&folder("thanos-receive-0.42.4/write-errors").join(format!("{name}.json")));
        let request = request(&exchange["request"]);
        let ours = answer(&thanos_rig(), &Station::ReceiveWrite, THANOS_NOW, &request);
        let found = differences(name, &[], &ours, &exchange["response"]);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// The comparison itself must be able to fail.
#[test]
fn an_altered_recording_is_noticed() {
    let scene = &scenes()[0];
    let model = (scene.model)();
    let path = folder(scene.folder).join("query-vector.json");
    for (from, to) in [
        ("-9.994e-07", "1"),
        ("AWSLambda", "AmazonS3"),
        ("\\\"vector\\\"", "\\\"matrix\\\""),
        ("\"status\": 200", "\"status\": 422"),
        ("application/json", "text/html"),
        ("resultType", "resultKind"),
    ] {
        let text = fs::read_to_string(&path).expect("a recording");
        assert!(text.contains(from), "the recording has no {from}");
        let exchange: Value = serde_json::from_str(&text.replacen(from, to, 1)).expect("JSON");
        let request = request(&exchange["request"]);
        let ours = answer(&model, &(scene.station)(""), scene.now_ms, &request);
        let found = differences("query-vector", &[], &ours, &exchange["response"]);
        assert!(!found.is_empty(), "{from} to {to} was not noticed");
    }
}

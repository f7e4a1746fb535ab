//! What the lab answers is held against what the real servers answered, file by file.
//!
//! The models below stand as the recorded servers stood (`tests/recorded/README.md`), so that most values are
//! the same too. Every file of a folder is compared, unless its row here says why not.

mod compare;
mod exchange;
mod grpc;
mod rig;

use std::collections::BTreeSet;
use std::fs;

use gapcheck::lab::{Model, Station, Store, StoreState, ThanosVersion, WriteRule, answer};
use serde_json::Value;

use crate::compare::differences;
use crate::exchange::{folder, read, recordings, request};
use crate::rig::{one_tenant, rig, two_stores};

/// A folder of recordings, the station that answered, and the model that stands as it stood.
struct Scene {
    folder: String,
    /// Which station answered a file of this name.
    station: fn(&str) -> Station,
    model: Model,
    now_ms: i64,
    /// Keys whose values the model cannot know here.
    open: &'static [&'static str],
    /// Files that are not compared, and why.
    left_out: &'static [(&'static str, &'static str)],
}

const NOT_SERVED: &str = "the lab does not serve this endpoint";
const GRPC: &str = "the lab's Query does not speak gRPC";
const LOG: &str = "a log, not an answer";

/// The moment of the recordings of Prometheus.
const PROMETHEUS_NOW: i64 = 1_795_432_836_832;

fn prometheus_scenes() -> [Scene; 2] {
    [
        Scene {
            folder: "prometheus-3.14.0/healthy".to_owned(),
            station: |_| Station::Prometheus("ops".to_owned()),
            model: rig(1_795_432_829_689, 1_795_432_829_760),
            now_ms: PROMETHEUS_NOW,
            open: &[],
            left_out: &[("federate", NOT_SERVED)],
        },
        Scene {
            folder: "prometheus-2.42.0/healthy".to_owned(),
            station: |_| Station::Prometheus("blue".to_owned()),
            // Its two targets were scraped at different moments of a second, which the model does not know.
            model: rig(1_795_432_829_689, 1_795_432_830_219),
            now_ms: PROMETHEUS_NOW + 40,
            open: &["minTime", "maxTime"],
            left_out: &[("federate", NOT_SERVED)],
        },
    ]
}

/// A sender's own counters, as its queue fares: delivering, refused, or with everything dropped by a rule.
fn queue_scenes() -> Vec<Scene> {
    let mut all = Vec::new();
    for (version, cluster) in [("3.14.0", "ops"), ("2.42.0", "blue")] {
        for fate in ["200", "refused", "dropped-by-write-relabel"] {
            let mut model = rig(PROMETHEUS_NOW - 60_000, PROMETHEUS_NOW - 60_000);
            for one in &mut model.prometheus {
                let write = &mut one.remote_write;
                write.rules.clear();
                match fate {
                    "refused" => write.stuck_since_ms = Some(0),
                    "200" => {}
                    _ => write.rules.push(WriteRule::DropPrefix(String::new())),
                }
            }
            all.push(Scene {
                folder: format!("prometheus-{version}/remote-write-{fate}"),
                station: match cluster {
                    "ops" => |_| Station::Prometheus("ops".to_owned()),
                    _ => |_| Station::Prometheus("blue".to_owned()),
                },
                model,
                now_ms: PROMETHEUS_NOW,
                open: &[],
                left_out: match fate {
                    "200" => &[("log-tail", LOG)],
                    _ => &[
                        ("log-tail", LOG),
                        ("status-config", "it scraped and wrote elsewhere"),
                    ],
                },
            });
        }
    }
    all
}

/// When the servers of a version of Thanos were recorded.
struct Era {
    version: ThanosVersion,
    /// The first scrapes of `ops` and of `blue`.
    first_ms: (i64, i64),
    /// The moment up to which everything had been delivered.
    now_ms: i64,
    /// Keys whose values the model cannot know: `blue` scraped its targets at different moments of a second.
    open: &'static [&'static str],
    /// The store that never answered.
    unreachable: &'static str,
}

const ERAS: [Era; 3] = [
    Era {
        version: ThanosVersion::V0_31,
        first_ms: (1_795_432_829_689, 1_795_432_830_219),
        now_ms: 1_795_432_836_300,
        open: &["minTime", "maxTime"],
        unreachable: "127.0.0.1:46800",
    },
    Era {
        version: ThanosVersion::V0_36,
        first_ms: (1_795_432_793_998, 1_795_432_794_520),
        now_ms: 1_795_432_800_800,
        open: &["minTime", "maxTime"],
        unreachable: "127.0.0.1:46126",
    },
    Era {
        version: ThanosVersion::V0_42,
        first_ms: (1_795_432_283_061, 1_795_432_283_760),
        now_ms: 1_795_432_294_000,
        open: &[],
        unreachable: "127.0.0.1:58664",
    },
];

impl Era {
    fn rig(&self) -> Model {
        rig(self.first_ms.0, self.first_ms.1).with_thanos(self.version)
    }

    fn empty(&self) -> Model {
        let mut model = self.rig();
        model.prometheus.clear();
        model
    }

    fn with_store(&self, state: StoreState) -> Model {
        let mut model = self.rig();
        model.query.stores[0].state = state;
        model
    }

    fn folder(&self, server: &str, scenario: &str) -> String {
        format!("thanos-{server}-{}/{scenario}", self.version.number())
    }

    fn scene(&self, server: &str, scenario: &str, model: Model) -> Scene {
        Scene {
            folder: self.folder(server, scenario),
            station: |_| Station::Query,
            model,
            now_ms: self.now_ms,
            open: self.open,
            left_out: &[],
        }
    }

    fn scenes(&self) -> Vec<Scene> {
        let never = Store {
            address: self.unreachable.to_owned(),
            state: StoreState::StrictNeverReached,
        };
        let with_stores = |stores: Vec<Store>| {
            let mut model = self.rig();
            model.query.stores = stores;
            model
        };
        vec![
            Scene {
                station: |name| match name {
                    "healthy" | "metrics" | "ready" => Station::ReceiveHttp(0),
                    _ if name.starts_with("http-port-") => Station::ReceiveHttp(0),
                    _ => Station::ReceiveWrite(0),
                },
                ..self.scene("receive", "healthy", self.rig())
            },
            Scene {
                station: |_| Station::ReceiveWrite(0),
                ..self.scene("receive", "receive-empty", self.empty())
            },
            Scene {
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
                ..self.scene("query", "healthy", self.rig())
            },
            Scene {
                station: |_| Station::Frontend,
                left_out: match self.version {
                    ThanosVersion::V0_31 => &[(
                        "query-range",
                        "one of `blue`'s targets had its first sample before the other",
                    )],
                    _ => &[],
                },
                ..self.scene("query-frontend", "healthy", self.rig())
            },
            self.scene("query", "store-none", with_stores(Vec::new())),
            self.scene("query", "receive-empty", self.empty()),
            at_the_first_sample(self.scene("query", "one-tenant-empty", one_tenant(self.version))),
            Scene {
                station: |_| Station::ReceiveWrite(0),
                ..at_the_first_sample(self.scene(
                    "receive",
                    "one-tenant-empty",
                    one_tenant(self.version),
                ))
            },
            Scene {
                left_out: &[("info-0", GRPC), ("info-1", GRPC), ("log-tail", LOG)],
                ..self.scene("query", "store-down", self.with_store(StoreState::JustDied))
            },
            Scene {
                left_out: &[
                    ("log-tail", LOG),
                    ("metrics", "the lab shows no metrics of DNS discovery"),
                    (
                        "status-flags",
                        "the recorded Query had endpoints by DNS as well",
                    ),
                ],
                ..self.scene("query", "store-unreachable", with_stores(vec![never]))
            },
            Scene {
                left_out: &[("stores-before", "the same store was well then")],
                ..at_the_first_sample(self.scene(
                    "query",
                    "store-strict-down",
                    two_stores(self.version),
                ))
            },
        ]
    }
}

/// Where one sample was written, and no other after it.
fn at_the_first_sample(scene: Scene) -> Scene {
    Scene {
        now_ms: scene.model.started_ms + 500,
        open: &[],
        ..scene
    }
}

fn scenes() -> Vec<Scene> {
    let thanos = ERAS.iter().flat_map(Era::scenes);
    let senders = prometheus_scenes().into_iter().chain(queue_scenes());
    senders.chain(thanos).collect()
}

#[test]
fn every_answer_of_the_lab_is_as_recorded() {
    let mut parted = Vec::new();
    let mut compared = 0;
    for scene in scenes() {
        let mut left_out: BTreeSet<&str> = scene.left_out.iter().map(|(name, _)| *name).collect();
        for (name, exchange) in recordings(&scene.folder) {
            if left_out.remove(name.as_str()) {
                continue;
            }
            compared += 1;
            let recorded = &exchange["response"];
            let found = if exchange["request"]["grpc"].is_string() {
                grpc::differences(&scene.model, scene.now_ms, &exchange)
            } else {
                let request = request(&exchange["request"]);
                let station = (scene.station)(&name);
                let ours = answer(&scene.model, &station, scene.now_ms, &request);
                differences(&name, scene.open, &ours, recorded)
            };
            for difference in found {
                parted.push(format!("{}/{name}: {difference}", scene.folder));
            }
        }
        for name in left_out {
            parted.push(format!("{}/{name}: left out, but not there", scene.folder));
        }
    }
    assert!(parted.is_empty(), "{}", parted.join("\n"));
    assert!(compared > 400, "only {compared} files were compared");
}

#[test]
fn writes_are_answered_as_recorded() {
    for era in &ERAS {
        for name in ["empty-request", "ok", "tenant-with-slash"] {
            let path = folder(&era.folder("receive", "write-errors"));
            let exchange = read(&path.join(format!("{name}.json")));
            let request = request(&exchange["request"]);
            let station = Station::ReceiveWrite(0);
            let ours = answer(&era.rig(), &station, era.now_ms, &request);
            let found = differences(name, &[], &ours, &exchange["response"]);
            assert!(found.is_empty(), "{name}: {found:?}");
        }
    }
}

/// The comparison itself must be able to fail.
#[test]
fn an_altered_recording_is_noticed() {
    let scene = &scenes()[0];
    let path = folder(&scene.folder).join("query-vector.json");
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
        let ours = answer(&scene.model, &(scene.station)(""), scene.now_ms, &request);
        let found = differences("query-vector", &[], &ours, &exchange["response"]);
        assert!(!found.is_empty(), "{from} to {to} was not noticed");
    }
}

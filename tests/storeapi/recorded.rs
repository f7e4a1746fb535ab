//! The client reads the bytes that real servers sent: Receive, Query, sidecar and store gateway, 0.31 to 0.42.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gapcheck::backend::{Clients, FailureClass, storeapi};
use gapcheck::leaves::{Labels, Selector};
use serde_json::{Value, json};

use crate::server::{Ending, Play, receive, start};

const TIMEOUT: Duration = Duration::from_secs(10);

fn recordings() -> Vec<(PathBuf, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(folder) = next.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                next.push(path);
            } else if path.extension().is_some_and(|one| one == "json") {
                let text = std::fs::read_to_string(&path).unwrap();
                let all: Value = serde_json::from_str(&text).unwrap();
                if all["request"]["grpc"].is_string() {
                    found.push((path, all));
                }
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn code(word: &str) -> u16 {
    match word {
        "OK" => 0,
        "INVALID_ARGUMENT" => 3,
        "ABORTED" => 10,
        "UNAVAILABLE" => 14,
        other => panic!("{other}"),
    }
}

fn labels(listed: &Value) -> Labels {
    let pairs = listed.as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Labels(
        pairs
            .map(|pair| (text(&pair["name"]), text(&pair["value"])))
            .collect(),
    )
}

/// Without the label that holds a port: ports were made conventional in the decoded form only.
fn without_ports(mut labels: Labels) -> Labels {
    labels.0.remove("instance");
    labels
}

fn play(response: &Value) -> Play {
    let bytes = response["messages_base64"].as_array().into_iter().flatten();
    let bytes: Vec<Vec<u8>> = bytes
        .map(|one| STANDARD.decode(one.as_str().unwrap()).unwrap())
        .collect();
    let text = response["message"].as_str().unwrap_or_default().to_owned();
    let code = code(response["grpc_status"].as_str().unwrap());
    Play::of(&bytes, Ending::Status(code, text))
}

#[tokio::test]
async fn every_recorded_answer_is_read_as_it_was_decoded() {
    let all = recordings();
    assert!(all.len() > 80, "{}", all.len());
    let mut seen = [0; 3];
    for (path, recording) in all {
        let name = path.display().to_string();
        let response = recording["response"].clone();
        let answer = play(&response);
        let healthy = Play::of(&[vec![8, 1]], Ending::Status(0, String::new()));
        let server = start(move |path| match path.contains("Health") {
            true => healthy.clone(),
            false => answer.clone(),
        })
        .await;
        let backend = receive(&server.address.to_string(), json!({}));
        let clients = Clients::default();
        let selector = Selector::of("up");
        let messages = response["messages"].as_array().cloned().unwrap_or_default();
        let failure = match recording["request"]["grpc"].as_str().unwrap() {
            "/thanos.info.Info/Info" => {
                seen[0] += 1;
                let (_, told) = storeapi::info(&clients, &backend, TIMEOUT).await;
                told.map(|told| {
                    let wanted = &messages[0];
                    assert_eq!(told.component, wanted["component_type"], "{name}");
                    assert_eq!(told.serving, Some(true));
                    let sets = wanted["label_sets"].as_array().cloned().unwrap_or_default();
                    let sets: Vec<Labels> = sets.iter().map(|set| labels(&set["labels"])).collect();
                    assert_eq!(told.label_sets, sets, "{name}");
                    let time = |key: &str| wanted["store"][key].as_str()?.parse::<i64>().ok();
                    assert_eq!(told.min_time, time("min_time"), "{name}");
                    assert_eq!(told.max_time, time("max_time"), "{name}");
                })
                .err()
            }
            "/thanos.Store/Series" => {
                seen[1] += 1;
                let (_, told) =
                    storeapi::series(&clients, &backend, &selector, 1_000, true, TIMEOUT).await;
                told.map(|told| {
                    let one = |message: &Value| match message["batch"]["series"].as_array() {
                        Some(batch) => batch.clone(),
                        None => vec![message["series"].clone()],
                    };
                    let wanted: Vec<Value> = messages.iter().flat_map(one).collect();
                    assert_eq!(told.series.len(), wanted.len(), "{name}");
                    for (told, wanted) in told.series.iter().zip(wanted) {
                        assert_eq!(
                            without_ports(told.labels.clone()),
                            without_ports(labels(&wanted["labels"])),
                            "{name}"
                        );
                        let chunks = wanted["chunks"].as_array().into_iter().flatten();
                        let ends = chunks.filter_map(|one| one["max_time"].as_str());
                        let newest = ends.filter_map(|end| end.parse::<i64>().ok()).max();
                        assert_eq!(told.newest.map(|newest| newest.0), newest, "{name}");
                    }
                })
                .err()
            }
            "/thanos.Store/LabelValues" => {
                seen[2] += 1;
                let values = messages[0]["values"].as_array().cloned();
                let values = Value::Array(values.unwrap_or_default());
                let (_, told) =
                    storeapi::values(&clients, &backend, "l", &selector, 1_000, TIMEOUT).await;
                told.map(|told| assert_eq!(json!(told.values), values, "{name}"))
                    .err()
            }
            _ => continue,
        };
        match code(response["grpc_status"].as_str().unwrap()) {
            0 => assert_eq!(failure, None, "{name}"),
            code => {
                let failure = failure.expect("a refusal");
                assert_eq!(failure.class, FailureClass::Rpc(code as u8), "{name}");
                let text = response["message"].as_str().unwrap();
                assert!(failure.what.contains(&text[..40]), "{}", failure.what);
                let help = failure.help.expect("help");
                assert!(help.contains("at least one matcher"), "{help}");
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}

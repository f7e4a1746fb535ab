//! An answer of the lab's StoreAPI beside a recorded one. The bytes of samples are not compared: the lab's chunks have times only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gapcheck::lab::{Model, RpcReply, Station, answer_storeapi};
use prost::Message;
use serde_json::Value;

#[derive(Clone, PartialEq, prost::Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Matcher {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    value: String,
}

/// The calls have their fields at different places.
#[derive(Clone, PartialEq, prost::Message)]
struct SeriesCall {
    #[prost(int64, tag = "1")]
    min_time: i64,
    #[prost(int64, tag = "2")]
    max_time: i64,
    #[prost(message, repeated, tag = "3")]
    matchers: Vec<Matcher>,
    #[prost(bool, tag = "8")]
    skip_chunks: bool,
    #[prost(int64, tag = "15")]
    limit: i64,
    #[prost(int64, tag = "16")]
    response_batch_size: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct NamesCall {
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
    #[prost(message, repeated, tag = "6")]
    matchers: Vec<Matcher>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ValuesCall {
    #[prost(string, tag = "1")]
    label: String,
    #[prost(int64, tag = "4")]
    start: i64,
    #[prost(int64, tag = "5")]
    end: i64,
    #[prost(message, repeated, tag = "7")]
    matchers: Vec<Matcher>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Labels {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Chunk {
    #[prost(int64, tag = "1")]
    min_time: i64,
    #[prost(int64, tag = "2")]
    max_time: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Series {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    chunks: Vec<Chunk>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Batch {
    #[prost(message, repeated, tag = "1")]
    series: Vec<Series>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Frame {
    #[prost(message, optional, tag = "1")]
    series: Option<Series>,
    #[prost(string, tag = "2")]
    warning: String,
    #[prost(message, optional, tag = "4")]
    batch: Option<Batch>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Texts {
    #[prost(string, repeated, tag = "1")]
    texts: Vec<String>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Tenant {
    #[prost(message, optional, tag = "1")]
    labels: Option<Labels>,
    #[prost(int64, tag = "2")]
    min_time: i64,
    #[prost(int64, tag = "3")]
    max_time: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Store {
    #[prost(int64, tag = "1")]
    min_time: i64,
    #[prost(int64, tag = "2")]
    max_time: i64,
    #[prost(bool, tag = "3")]
    supports_sharding: bool,
    #[prost(bool, tag = "5")]
    supports_without_replica_labels: bool,
    #[prost(message, repeated, tag = "6")]
    tsdb_infos: Vec<Tenant>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Info {
    #[prost(message, repeated, tag = "1")]
    label_sets: Vec<Labels>,
    #[prost(string, tag = "2")]
    component_type: String,
    #[prost(message, optional, tag = "3")]
    store: Option<Store>,
}

pub(crate) fn differences(model: &Model, now_ms: i64, exchange: &Value) -> Vec<String> {
    let path = exchange["request"]["grpc"].as_str().expect("a path");
    let call = call(path, &exchange["request"]["message"], now_ms);
    let ours = answer_storeapi(model, &Station::ReceiveGrpc(0), now_ms, path, &call);
    let recorded = &exchange["response"];
    let mut found = Vec::new();
    let code = code(recorded["grpc_status"].as_str().expect("a status"));
    if ours.code != code {
        found.push(format!(
            "code {} instead of {code}: {}",
            ours.code, ours.text
        ));
    }
    let without_times =
        |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let text = recorded["message"].as_str().unwrap_or("");
    if without_times(&ours.text) != without_times(text) {
        found.push(format!("{:?} instead of {text:?}", ours.text));
    }
    let theirs = RpcReply {
        messages: recorded["messages_base64"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| {
                STANDARD
                    .decode(one.as_str().expect("base64"))
                    .expect("base64")
            })
            .collect(),
        ..RpcReply::default()
    };
    let (ours, theirs) = (outline(path, &ours), outline(path, &theirs));
    if ours != theirs {
        found.push(format!("{ours:#?} instead of {theirs:#?}"));
    }
    found
}

fn code(name: &str) -> u8 {
    match name {
        "OK" => 0,
        "INVALID_ARGUMENT" => 3,
        "ABORTED" => 10,
        other => panic!("a status {other}"),
    }
}

fn call(path: &str, message: &Value, now_ms: i64) -> Vec<u8> {
    let number = |key: &str| message[key].as_i64();
    // Where the recorded call had no end, it had the moment's.
    let end = |key: &str| number(key).unwrap_or(now_ms);
    let matchers: Vec<Matcher> = message["matchers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| Matcher {
            kind: 0,
            name: one["name"].as_str().expect("a name").to_owned(),
            value: one["value"].as_str().expect("a value").to_owned(),
        })
        .collect();
    match path {
        "/thanos.Store/Series" => SeriesCall {
            min_time: number("min_time").unwrap_or(0),
            max_time: end("max_time"),
            matchers,
            skip_chunks: message["skip_chunks"].as_bool().unwrap_or_default(),
            limit: number("limit").unwrap_or_default(),
            response_batch_size: number("response_batch_size").unwrap_or_default(),
        }
        .encode_to_vec(),
        "/thanos.Store/LabelNames" => NamesCall {
            start: number("start").unwrap_or(0),
            end: end("end"),
            matchers,
        }
        .encode_to_vec(),
        "/thanos.Store/LabelValues" => ValuesCall {
            label: message["label"].as_str().expect("a label").to_owned(),
            start: number("start").unwrap_or(0),
            end: end("end"),
            matchers,
        }
        .encode_to_vec(),
        _ => Vec::new(),
    }
}

/// What the messages say, without the times, which depend on the second; tenants in the order of their names.
fn outline(path: &str, reply: &RpcReply) -> Vec<String> {
    let all = reply.messages.iter().map(|bytes| match path {
        "/thanos.info.Info/Info" => {
            let mut info = Info::decode(&**bytes).expect("info");
            info.label_sets.sort_by_key(|set| format!("{set:?}"));
            if let Some(store) = &mut info.store {
                store.min_time = shape(store.min_time);
                store
                    .tsdb_infos
                    .sort_by_key(|one| format!("{:?}", one.labels));
                for one in &mut store.tsdb_infos {
                    one.min_time = shape(one.min_time);
                }
            }
            format!("{info:?}")
        }
        "/thanos.Store/Series" => {
            let mut frame = Frame::decode(&**bytes).expect("a frame");
            let batched = frame.batch.iter_mut().flat_map(|batch| &mut batch.series);
            for one in frame.series.iter_mut().chain(batched) {
                for chunk in &mut one.chunks {
                    (chunk.min_time, chunk.max_time) =
                        (shape(chunk.min_time), shape(chunk.max_time));
                }
            }
            format!("{frame:?}")
        }
        _ => format!("{:?}", Texts::decode(&**bytes).expect("texts")),
    });
    // The port of the exporter is of no meaning.
    let port = regex::Regex::new(r"127\.0\.0\.1:\d{5}\b").expect("a pattern");
    all.map(|one| port.replace_all(&one, "127.0.0.1:9099").into_owned())
        .collect()
}

/// A moment as 1, and the sentinels as they are.
fn shape(time: i64) -> i64 {
    match time {
        i64::MIN | i64::MAX => time,
        _ => 1,
    }
}

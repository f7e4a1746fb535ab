//! The StoreAPI of Thanos Receive as a pure function from a call to its answer. Since some version `limit` is honoured, and `batch`
//! frames come where they are asked for.

use std::collections::BTreeSet;

use prost::Message;

use crate::lab::answer::as_sent;
use crate::lab::flow::held;
use crate::lab::model::{Model, Replica};
use crate::lab::name_filter;
use crate::lab::sending::{Held, tenants};
use crate::lab::series::{Labels, NAME};
use crate::lab::station::Station;
use crate::lab::storeapi_message::{
    Batch, Chunk, Frame, Health, Info, Label, LabelNamesRequest, LabelSet, LabelValuesRequest,
    Matcher, Series, SeriesRequest, SeriesResponse, StoreInfo, Texts, TsdbInfo,
};
use crate::lab::stores::no_matchers;
use crate::lab::version::ThanosVersion;

/// The label under which Receive shows the tenant.
const TENANT_LABEL: &str = "tenant_id";

const INVALID_ARGUMENT: u8 = 3;
const ABORTED: u8 = 10;
const UNIMPLEMENTED: u8 = 12;

/// The answer to a gRPC call: messages, then the code and its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RpcReply {
    /// Messages as on the wire, without their frames.
    pub messages: Vec<Vec<u8>>,
    /// The gRPC code; 0 is OK.
    pub code: u8,
    /// The text beside a code that is not OK.
    pub text: String,
}

impl RpcReply {
    fn of(message: &impl Message) -> Self {
        Self {
            messages: vec![message.encode_to_vec()],
            ..Self::default()
        }
    }

    fn refusal(code: u8, text: impl Into<String>) -> Self {
        Self {
            messages: Vec::new(),
            code,
            text: text.into(),
        }
    }
}

/// One tenant of the replica that answers.
struct Tenant {
    /// The store's own labels, the tenant's among them.
    external: Labels,
    series: Vec<Held>,
    /// Names that its filter does not know.
    unknown: BTreeSet<String>,
}

impl Tenant {
    fn oldest(&self, now_ms: i64) -> i64 {
        self.series
            .iter()
            .filter(|one| one.series.newest(now_ms).is_some())
            .map(|one| one.series.since_ms)
            .min()
            .unwrap_or(i64::MAX)
    }

    /// Whether its filter knows the name that is asked for.
    fn is_asked(&self, matchers: &[Matcher]) -> bool {
        let mut named = matchers
            .iter()
            .filter(|one| one.kind == 0 && one.name == NAME);
        !named.any(|one| self.unknown.contains(&one.value))
    }

    /// Its series between two moments with the store's labels over their own, and the times of their samples.
    fn between(&self, min: i64, max: i64, now_ms: i64) -> Vec<(Labels, i64, i64)> {
        self.series
            .iter()
            .filter_map(|one| {
                let (newest, _) = one.series.newest(max.min(now_ms))?;
                if newest < min {
                    return None;
                }
                let mut labels = one.series.labels.clone();
                labels.extend(self.external.clone());
                Some((labels, one.series.since_ms, newest))
            })
            .collect()
    }
}

/// The answer of a station to a call of that path (`/thanos.Store/Series`) with that message. A station that speaks no gRPC, or a
/// replica that is not there, knows no service.
pub fn answer(
    model: &Model,
    station: &Station,
    now_ms: i64,
    path: &str,
    message: &[u8],
) -> RpcReply {
    let Station::ReceiveGrpc(n) = station else {
        return unknown("");
    };
    let model = &*as_sent(model, now_ms);
    let Some(replica) = model.receive.replicas.get(*n) else {
        return unknown("");
    };
    let version = model.receive.version;
    let tenants = of_replica(model, replica);
    let answered = match path {
        "/grpc.health.v1.Health/Check" => Ok(RpcReply::of(&Health {
            status: match model.receive.taking.not_ready_since_ms {
                None => 1,
                Some(_) => 2,
            },
        })),
        "/thanos.info.Info/Info" => Ok(RpcReply::of(&info(version, &tenants, now_ms))),
        "/thanos.Store/Series" => SeriesRequest::decode(message)
            .map(|request| series(version, &tenants, now_ms, &request)),
        "/thanos.Store/LabelNames" => LabelNamesRequest::decode(message).map(|request| {
            let all = selected(
                &tenants,
                &request.matchers,
                (request.start, request.end),
                now_ms,
            );
            let names = all
                .into_iter()
                .flat_map(|(labels, _, _)| labels.into_keys());
            texts(names)
        }),
        "/thanos.Store/LabelValues" => LabelValuesRequest::decode(message).map(|request| {
            let all = selected(
                &tenants,
                &request.matchers,
                (request.start, request.end),
                now_ms,
            );
            let values = all
                .into_iter()
                .filter_map(|(mut labels, _, _)| labels.remove(&request.label));
            texts(values)
        }),
        _ => return unknown(path),
    };
    answered.unwrap_or_else(|error| {
        RpcReply::refusal(
            13,
            format!("grpc: failed to unmarshal the received message: {error}"),
        )
    })
}

fn unknown(path: &str) -> RpcReply {
    let (service, method) = path
        .trim_start_matches('/')
        .rsplit_once('/')
        .unwrap_or((path, ""));
    let known = ["thanos.Store", "thanos.info.Info", "grpc.health.v1.Health"];
    RpcReply::refusal(
        UNIMPLEMENTED,
        match known.contains(&service) {
            true => format!("unknown method {method} for service {service}"),
            false => format!("unknown service {service}"),
        },
    )
}

fn of_replica(model: &Model, replica: &Replica) -> Vec<Tenant> {
    let head = held(model, replica);
    tenants(model.receive.version, &head)
        .into_iter()
        .map(|tenant| {
            let unknown = name_filter::unknown(model, &head, &tenant);
            let series = head.iter().filter(|one| one.tenant == tenant).cloned();
            let series = series.collect();
            let mut external = replica.labels.clone();
            external.insert(TENANT_LABEL.to_owned(), tenant);
            Tenant {
                external,
                series,
                unknown,
            }
        })
        .collect()
}

fn info(version: ThanosVersion, tenants: &[Tenant], now_ms: i64) -> Info {
    let set = |tenant: &Tenant| LabelSet {
        labels: pairs(&tenant.external),
    };
    let tsdb = |tenant: &Tenant| TsdbInfo {
        labels: Some(set(tenant)),
        min_time: tenant.oldest(now_ms),
        max_time: i64::MAX,
    };
    Info {
        label_sets: tenants.iter().map(set).collect(),
        component_type: "receive".to_owned(),
        store: Some(StoreInfo {
            min_time: tenants
                .iter()
                .map(|tenant| tenant.oldest(now_ms))
                .min()
                .unwrap_or(i64::MIN),
            max_time: i64::MAX,
            supports_sharding: true,
            supports_without_replica_labels: true,
            tsdb_infos: match version.tells_tenants_apart() {
                true => tenants.iter().map(tsdb).collect(),
                false => Vec::new(),
            },
        }),
    }
}

fn series(
    version: ThanosVersion,
    tenants: &[Tenant],
    now_ms: i64,
    request: &SeriesRequest,
) -> RpcReply {
    if request.matchers.is_empty() {
        return RpcReply::refusal(
            INVALID_ARGUMENT,
            "no matchers specified (excluding selector labels)",
        );
    }
    for tenant in tenants {
        let is_external = |matcher: &Matcher| tenant.external.contains_key(&matcher.name);
        let fits = |matcher: &Matcher| holds(matcher, &tenant.external);
        if request
            .matchers
            .iter()
            .all(|one| is_external(one) && fits(one))
        {
            return RpcReply::refusal(
                ABORTED,
                no_matchers(version, &tenant.external, tenant.oldest(now_ms)),
            );
        }
    }
    let times = (request.min_time, request.max_time);
    let mut all = selected(tenants, &request.matchers, times, now_ms);
    all.sort_by(|a, b| a.0.cmp(&b.0));
    if let Ok(limit) = usize::try_from(request.limit)
        && limit > 0
        && version.keeps_limits()
    {
        all.truncate(limit);
    }
    let all: Vec<Series> = all
        .into_iter()
        .map(|(labels, oldest, newest)| Series {
            labels: pairs(&labels),
            chunks: match request.skip_chunks {
                true => Vec::new(),
                false => vec![Chunk {
                    min_time: oldest,
                    max_time: newest,
                }],
            },
        })
        .collect();
    let frames: Vec<Frame> = match usize::try_from(request.response_batch_size) {
        Ok(size) if size > 1 && version.keeps_limits() => all
            .chunks(size)
            .map(|some| {
                Frame::Batch(Batch {
                    series: some.to_vec(),
                })
            })
            .collect(),
        _ => all.into_iter().map(Frame::Series).collect(),
    };
    RpcReply {
        messages: frames
            .into_iter()
            .map(|frame| SeriesResponse { frame: Some(frame) }.encode_to_vec())
            .collect(),
        ..RpcReply::default()
    }
}

fn selected(
    tenants: &[Tenant],
    matchers: &[Matcher],
    (min, max): (i64, i64),
    now_ms: i64,
) -> Vec<(Labels, i64, i64)> {
    tenants
        .iter()
        .filter(|tenant| tenant.is_asked(matchers))
        .flat_map(|tenant| tenant.between(min, max, now_ms))
        .filter(|(labels, _, _)| matchers.iter().all(|one| holds(one, labels)))
        .collect()
}

/// A label that is missing has the empty value.
fn holds(matcher: &Matcher, labels: &Labels) -> bool {
    let value = labels.get(&matcher.name).map_or("", String::as_str);
    let fits = || crate::leaves::GoRegex::whole(&matcher.value).is_ok_and(|re| re.is_match(value));
    match matcher.kind {
        0 => value == matcher.value,
        1 => value != matcher.value,
        2 => fits(),
        _ => !fits(),
    }
}

fn pairs(labels: &Labels) -> Vec<Label> {
    labels
        .iter()
        .map(|(name, value)| Label {
            name: name.clone(),
            value: value.clone(),
        })
        .collect()
}

fn texts(all: impl Iterator<Item = String>) -> RpcReply {
    let unique: BTreeSet<String> = all.collect();
    RpcReply::of(&Texts {
        texts: unique.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::lab::incident;

    const NOW: i64 = 1_800_000_000_000;

    fn equal(name: &str, value: &str) -> Matcher {
        Matcher {
            kind: 0,
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    fn ask(request: &SeriesRequest) -> RpcReply {
        let model = incident::healthy(NOW);
        answer(
            &model,
            &Station::ReceiveGrpc(0),
            NOW,
            "/thanos.Store/Series",
            &request.encode_to_vec(),
        )
    }

    fn cost() -> SeriesRequest {
        SeriesRequest {
            min_time: NOW - 3_600_000,
            max_time: NOW,
            matchers: vec![equal("__name__", incident::COST_METRIC)],
            skip_chunks: true,
            ..SeriesRequest::default()
        }
    }

    /// The recorded answers of a real Receive: code, text and messages.
    fn recorded(name: &str) -> (String, String, Vec<Vec<u8>>) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/recorded/thanos-receive-0.42.4/healthy")
            .join(name);
        let text = std::fs::read_to_string(path).expect("a recording");
        let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let response = &all["response"];
        let text = |key: &str| response[key].as_str().unwrap_or_default().to_owned();
        let messages = response["messages_base64"].as_array();
        let messages = messages.into_iter().flatten().map(|one| {
            let one = one.as_str().expect("a text");
            STANDARD.decode(one).expect("base64")
        });
        (text("grpc_status"), text("message"), messages.collect())
    }

    #[test]
    fn messages_have_the_bytes_of_the_real_ones() {
        for name in ["series-skip-chunks.json", "series-batched.json"] {
            let (_, _, messages) = recorded(name);
            assert!(!messages.is_empty());
            for bytes in messages {
                let message = SeriesResponse::decode(&*bytes).expect("a frame");
                assert_eq!(message.encode_to_vec(), bytes, "{name}");
            }
        }
        let (_, _, messages) = recorded("label-values-tenant.json");
        let values = Texts::decode(&*messages[0]).expect("values");
        assert_eq!(values.encode_to_vec(), messages[0]);
        let (_, _, messages) = recorded("info.json");
        let told = Info::decode(&*messages[0]).expect("info");
        assert_eq!(told.component_type, "receive");
        assert_eq!(told.store.expect("a store").max_time, i64::MAX);
    }

    #[test]
    fn selectors_without_a_label_of_the_series_are_refused_in_the_words_of_a_real_receive() {
        let (_, text, _) = recorded("series-no-matchers.json");
        let refused = ask(&SeriesRequest::default());
        assert_eq!((refused.code, refused.text), (INVALID_ARGUMENT, text));
        let (_, text, _) = recorded("series-only-external.json");
        let refused = ask(&SeriesRequest {
            matchers: vec![equal(TENANT_LABEL, "default-tenant")],
            ..cost()
        });
        assert_eq!(refused.code, ABORTED);
        let end = |text: &str| text.split_once("MaxTime").map(|(_, end)| end.to_owned());
        assert_eq!(end(&refused.text), end(&text));
        let contradicting = ask(&SeriesRequest {
            matchers: vec![equal(TENANT_LABEL, "nobody")],
            ..cost()
        });
        assert_eq!(contradicting, RpcReply::default());
    }

    #[test]
    fn limits_are_honoured_and_batches_are_sent_where_asked_for() {
        assert_eq!(ask(&cost()).messages.len(), 3);
        let limited = SeriesRequest { limit: 1, ..cost() };
        assert_eq!(ask(&limited).messages.len(), 1);
        let batched = SeriesRequest {
            response_batch_size: 64,
            ..cost()
        };
        assert_eq!(ask(&batched).messages.len(), 1);
        let before = SeriesRequest {
            min_time: 0,
            max_time: 1_000,
            ..cost()
        };
        assert!(ask(&before).messages.is_empty());
    }

    #[test]
    fn what_is_not_known_is_unimplemented_and_rubbish_is_refused() {
        let model = incident::healthy(NOW);
        let station = Station::ReceiveGrpc(0);
        let ask = |path: &str, message: &[u8]| answer(&model, &station, NOW, path, message).code;
        assert_eq!(ask("/a.B/C", &[]), UNIMPLEMENTED);
        assert_eq!(ask("/thanos.Store/Info", &[]), 12);
        assert_eq!(ask("/thanos.Store/Series", &[255, 255]), 13);
        for station in [Station::ReceiveGrpc(1), Station::Query] {
            let path = "/thanos.info.Info/Info";
            assert_eq!(answer(&model, &station, NOW, path, &[]).code, UNIMPLEMENTED);
        }
    }
}

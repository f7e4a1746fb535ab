//! The messages of StoreAPI, Info and health that are sent and read here, with the numbers of their fields on the wire
//! (`pkg/store/storepb`, `pkg/info/infopb` of Thanos; `grpc/health/v1`). Fields that are not named are skipped.

use crate::leaves;

/// `partial_response_strategy`: the first error ends the call. The default (0) would turn errors into warnings.
pub(crate) const ABORT: i32 = 1;

/// `HealthCheckResponse.status` of a server that serves.
pub(crate) const SERVING: i32 = 1;

/// A request without fields.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Nothing {}

/// A label.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Label {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

/// A set of labels.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelSet {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Label>,
}

/// A matcher; `kind` is 0 for `=`, 1 for `!=`, 2 for `=~`, 3 for `!~`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Matcher {
    #[prost(int32, tag = "1")]
    pub(crate) kind: i32,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) value: String,
}

/// The answer of `Info`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct InfoResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) label_sets: Vec<LabelSet>,
    #[prost(string, tag = "2")]
    pub(crate) component: String,
    /// Absent where there is no StoreAPI.
    #[prost(message, optional, tag = "3")]
    pub(crate) store: Option<StoreTimes>,
}

/// The times that a store covers, in milliseconds.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StoreTimes {
    #[prost(int64, tag = "1")]
    pub(crate) min_time: i64,
    #[prost(int64, tag = "2")]
    pub(crate) max_time: i64,
}

/// The request of `Series`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SeriesRequest {
    #[prost(int64, tag = "1")]
    pub(crate) min_time: i64,
    #[prost(int64, tag = "2")]
    pub(crate) max_time: i64,
    #[prost(message, repeated, tag = "3")]
    pub(crate) matchers: Vec<Matcher>,
    #[prost(int32, tag = "7")]
    pub(crate) strategy: i32,
    #[prost(bool, tag = "8")]
    pub(crate) skip_chunks: bool,
    /// Honoured from 0.37 on, ignored before.
    #[prost(int64, tag = "15")]
    pub(crate) limit: i64,
}

/// One frame of the answer of `Series`. Frames of other sorts (hints) have none of these.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SeriesResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) series: Option<Series>,
    #[prost(string, optional, tag = "2")]
    pub(crate) warning: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub(crate) batch: Option<Batch>,
}

/// Several series in one frame, as newer stores may send them.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Batch {
    #[prost(message, repeated, tag = "1")]
    pub(crate) series: Vec<Series>,
}

/// A series.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Series {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) chunks: Vec<Chunk>,
}

/// A chunk: of its data only the times are read.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Chunk {
    #[prost(int64, tag = "1")]
    pub(crate) min_time: i64,
    #[prost(int64, tag = "2")]
    pub(crate) max_time: i64,
}

/// The request of `LabelValues`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelValuesRequest {
    #[prost(string, tag = "1")]
    pub(crate) label: String,
    #[prost(int32, tag = "3")]
    pub(crate) strategy: i32,
    #[prost(int64, tag = "4")]
    pub(crate) start: i64,
    #[prost(int64, tag = "5")]
    pub(crate) end: i64,
    #[prost(message, repeated, tag = "7")]
    pub(crate) matchers: Vec<Matcher>,
}

/// The answer of `LabelValues`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelValuesResponse {
    #[prost(string, repeated, tag = "1")]
    pub(crate) values: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) warnings: Vec<String>,
}

/// The request of the health service; an empty name asks for the server as a whole.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HealthRequest {
    #[prost(string, tag = "1")]
    pub(crate) service: String,
}

/// The answer of the health service.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct HealthResponse {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
}

/// The matchers of a selector, its metric's name first.
pub(crate) fn matchers(selector: &leaves::Selector) -> Vec<Matcher> {
    let name = (!selector.metric.is_empty()).then(|| Matcher {
        kind: 0,
        name: "__name__".to_owned(),
        value: selector.metric.clone(),
    });
    let others = selector.matchers.iter().map(|matcher| Matcher {
        kind: match matcher.op {
            leaves::MatchOp::Equal => 0,
            leaves::MatchOp::NotEqual => 1,
            leaves::MatchOp::Regex => 2,
            leaves::MatchOp::NotRegex => 3,
        },
        name: matcher.name.clone(),
        value: matcher.value.clone(),
    });
    name.into_iter().chain(others).collect()
}

/// Labels as the rest of the program knows them.
pub(crate) fn labels(labels: Vec<Label>) -> leaves::Labels {
    leaves::Labels(
        labels
            .into_iter()
            .map(|label| (label.name, label.value))
            .collect(),
    )
}

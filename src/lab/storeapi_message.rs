//! The lab's messages of StoreAPI, Info and health, as Thanos has them on the wire (`pkg/store/storepb`, `pkg/info/infopb`).

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

/// A matcher: `=`, `!=`, `=~`, `!~` by number.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Matcher {
    #[prost(int32, tag = "1")]
    pub(crate) kind: i32,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(string, tag = "3")]
    pub(crate) value: String,
}

/// What a component is.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Info {
    #[prost(message, repeated, tag = "1")]
    pub(crate) label_sets: Vec<LabelSet>,
    #[prost(string, tag = "2")]
    pub(crate) component_type: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) store: Option<StoreInfo>,
}

/// The store of a component.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct StoreInfo {
    #[prost(int64, tag = "1")]
    pub(crate) min_time: i64,
    #[prost(int64, tag = "2")]
    pub(crate) max_time: i64,
    #[prost(bool, tag = "3")]
    pub(crate) supports_sharding: bool,
    #[prost(bool, tag = "5")]
    pub(crate) supports_without_replica_labels: bool,
    #[prost(message, repeated, tag = "6")]
    pub(crate) tsdb_infos: Vec<TsdbInfo>,
}

/// One tenant's database.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TsdbInfo {
    #[prost(message, optional, tag = "1")]
    pub(crate) labels: Option<LabelSet>,
    #[prost(int64, tag = "2")]
    pub(crate) min_time: i64,
    #[prost(int64, tag = "3")]
    pub(crate) max_time: i64,
}

/// A call of `Series`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SeriesRequest {
    #[prost(int64, tag = "1")]
    pub(crate) min_time: i64,
    #[prost(int64, tag = "2")]
    pub(crate) max_time: i64,
    #[prost(message, repeated, tag = "3")]
    pub(crate) matchers: Vec<Matcher>,
    #[prost(bool, tag = "8")]
    pub(crate) skip_chunks: bool,
    #[prost(int64, tag = "15")]
    pub(crate) limit: i64,
    #[prost(int64, tag = "16")]
    pub(crate) response_batch_size: i64,
}

/// One frame of series.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SeriesResponse {
    #[prost(oneof = "Frame", tags = "1, 2, 4")]
    pub(crate) frame: Option<Frame>,
}

/// What a frame brings.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Frame {
    /// One series.
    #[prost(message, tag = "1")]
    Series(Series),
    /// A warning.
    #[prost(string, tag = "2")]
    Warning(String),
    /// Several series.
    #[prost(message, tag = "4")]
    Batch(Batch),
}

/// Several series.
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

/// A chunk; the lab's have times and no samples.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Chunk {
    #[prost(int64, tag = "1")]
    pub(crate) min_time: i64,
    #[prost(int64, tag = "2")]
    pub(crate) max_time: i64,
}

/// A call of `LabelValues`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelValuesRequest {
    #[prost(string, tag = "1")]
    pub(crate) label: String,
    #[prost(int64, tag = "4")]
    pub(crate) start: i64,
    #[prost(int64, tag = "5")]
    pub(crate) end: i64,
    #[prost(message, repeated, tag = "7")]
    pub(crate) matchers: Vec<Matcher>,
}

/// A call of `LabelNames`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LabelNamesRequest {
    #[prost(int64, tag = "3")]
    pub(crate) start: i64,
    #[prost(int64, tag = "4")]
    pub(crate) end: i64,
    #[prost(message, repeated, tag = "6")]
    pub(crate) matchers: Vec<Matcher>,
}

/// Names or values.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Texts {
    #[prost(string, repeated, tag = "1")]
    pub(crate) texts: Vec<String>,
}

/// What the health service says.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Health {
    #[prost(int32, tag = "1")]
    pub(crate) status: i32,
}

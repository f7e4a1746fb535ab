//! What Thanos' gRPC StoreAPI and Info answer.

use serde::{Deserialize, Serialize};

use crate::leaves::{Labels, Timestamp};

/// What a store says of itself: `thanos.info.Info/Info`, and whether it is serving (`grpc.health.v1.Health/Check`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreInfo {
    /// `receive`, `sidecar`, `store`, `rule`, `query`, .. as the store names itself.
    pub component: String,
    /// Whether the health service says SERVING; none where it does not answer.
    pub serving: Option<bool>,
    /// The label sets it advertises; a Receive has one a tenant.
    pub label_sets: Vec<Labels>,
    /// Its oldest data, ms, with Thanos' sentinels (±2^63, year 0); none where it serves no StoreAPI.
    pub min_time: Option<i64>,
    /// Its newest data, ms; 2^63−1 for Receive and sidecar, always.
    pub max_time: Option<i64>,
}

/// The series that a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreSeries {
    /// The series, with the store's own labels over them.
    pub series: Vec<StoredSeries>,
    /// Warning frames: the answer may be incomplete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Whether there were more series than are kept.
    #[serde(default)]
    pub cut: bool,
}

/// One series of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSeries {
    /// Its labels.
    pub labels: Labels,
    /// End of its newest chunk, where chunks were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
}

/// The values of a label at a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreValues {
    /// The values, sorted.
    pub values: Vec<String>,
    /// Warnings: the answer may be incomplete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

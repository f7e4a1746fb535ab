//! Which times a range query asks for, and in which way.

use serde::{Deserialize, Serialize};

use crate::leaves::Timestamp;

/// The times of a range query, and how it is to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RangeHow {
    /// The first evaluation.
    pub start: Timestamp,
    /// The last one, at most.
    pub end: Timestamp,
    /// The distance between evaluations, in milliseconds.
    pub step_ms: i64,
    /// `dedup=false`, which a Query Frontend neither answers from its cache nor keeps.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undeduplicated: bool,
    /// With no parameter but those of Prometheus, as dashboards ask: a Query Frontend keeps an answer for each way of asking.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain: bool,
}

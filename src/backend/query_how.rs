//! How an instant query is to be answered, where it is not the usual way.

use serde::{Deserialize, Serialize};

use crate::leaves::Timestamp;

/// How an instant query is to be answered. What is not set is asked as always: now, and of a Thanos Query deduplicated and whole.
/// Other kinds than Thanos Query ignore all but the time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueryHow {
    /// The evaluation time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// `dedup=false`: series of all replicas, with their replica labels.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undeduplicated: bool,
    /// `partial_response=true`: whatever the reachable stores have, with warnings for the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// `storeMatch[]`: only the store of that address, as `/api/v1/stores` names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// `max_source_resolution`: `0s`, `5m`, `1h` or `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
}

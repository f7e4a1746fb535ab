//! What Thanos' own HTTP endpoints answer.

use serde::{Deserialize, Serialize};

use crate::leaves::{Labels, Timestamp};

/// `/api/v1/stores` of a Query: the endpoints it has reached at least once. One that it never reached is not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stores(pub Vec<Store>);

/// One store of a Query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// `receive`, `sidecar`, `store`, `rule`, `query`, ..
    pub component: String,
    /// Its address as Query has it: `10.1.2.3:10901`.
    pub name: String,
    /// When Query last asked it; stands still when it has died.
    pub last_check: Option<Timestamp>,
    /// Why the last check failed.
    pub last_error: Option<String>,
    /// The label sets it advertises.
    pub label_sets: Vec<Labels>,
    /// Its oldest data, ms; 2^63−1 when it has none. Receive and sidecar never say how new their newest is.
    pub min_time: i64,
    /// Its newest data, ms; 2^63−1 for Receive and sidecar, always.
    pub max_time: i64,
}

/// `/api/v1/status/tsdb` of a Receive: its head, tenant by tenant, this replica only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TsdbStatus(pub Vec<TenantHead>);

/// One tenant's head block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantHead {
    /// The tenant.
    pub tenant: String,
    /// Series in the head.
    pub series: u64,
    /// Oldest sample, ms; 2^63−1 when there is none.
    pub min_time: i64,
    /// Newest sample, ms; −2^63 when there is none.
    pub max_time: i64,
    /// Series a metric name, most first; may be cut by the server's limit.
    pub metrics: Vec<(String, u64)>,
}

impl TenantHead {
    /// Whether every name of the head is listed: the listed series add up to the head's. Servers before 0.32 ignore `limit` and
    /// list ten names; the sum tells, whatever the version.
    pub fn is_complete(&self) -> bool {
        self.metrics.iter().map(|(_, series)| series).sum::<u64>() >= self.series
    }

    /// Series of that metric in the head, where it is listed.
    pub fn series_of(&self, metric: &str) -> Option<u64> {
        self.metrics
            .iter()
            .find(|(name, _)| name == metric)
            .map(|(_, series)| *series)
    }

    /// When the newest sample of this tenant is from, of whatever series.
    pub fn newest(&self) -> Option<Timestamp> {
        (self.max_time > i64::MIN).then_some(Timestamp(self.max_time))
    }
}

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

/// Names a tenant that a Receive is asked to list: the most it takes.
pub const TSDB_LIMIT: usize = 10_000;

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
    /// Whether every name of the head is listed: the listed series add up to the head's, or the list has a length at which no server
    /// cuts. Servers before 0.32 ignore the limit asked for and cut at ten. (The sum alone would not do: a series without a name is
    /// counted in the head and listed nowhere.)
    pub fn is_complete(&self) -> bool {
        let listed: u64 = self.metrics.iter().map(|(_, series)| series).sum();
        listed >= self.series || !matches!(self.metrics.len(), 10 | TSDB_LIMIT..)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn head(names: usize, series: u64) -> TenantHead {
        TenantHead {
            tenant: "finops".into(),
            series,
            min_time: 0,
            max_time: 0,
            metrics: (0..names).map(|name| (format!("m{name}"), 1)).collect(),
        }
    }

    #[test]
    fn a_list_is_cut_only_where_servers_cut_and_the_sum_falls_short() {
        assert!(head(4, 5).is_complete(), "one series has no name");
        assert!(head(10, 10).is_complete());
        assert!(!head(10, 11).is_complete(), "a server before 0.32");
        assert!(head(11, 12).is_complete());
        assert!(!head(TSDB_LIMIT, 20_000).is_complete());
        assert!(head(0, 0).is_complete());
    }
}

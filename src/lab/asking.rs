//! What Query asks beside the replicas of Receive, and how: stores of other kinds, names that discovery expands, flags.

use crate::lab::series::Labels;

/// How Query asks its stores.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// Stores that are no Receive.
    pub others: Vec<OtherStore>,
    /// Names in `--endpoint` that give no address, such as `dnssrv+_grpc._tcp.NAME`.
    pub names: Vec<String>,
    /// The service by whose address Query knows its Receive, where it does not know the replicas themselves.
    pub behind: Option<Behind>,
    /// How far an instant query looks back (`--query.lookback-delta`), where it is not five minutes.
    pub lookback_ms: Option<i64>,
    /// The tenant that is shown where tenancy is enforced and no header names one.
    pub default_tenant: Option<String>,
    /// What the Query Frontend before it keeps.
    pub kept: Vec<Kept>,
    /// A label and the value that `--selector.relabel-config` drops.
    pub hides: Option<(String, String)>,
}

/// The address of a whole service, behind which one of several Receives answers.
#[derive(Debug, Clone)]
pub struct Behind {
    /// What stands in `--endpoint`.
    pub entry: String,
    /// Host and port of the service: as this Query lists the one replica that it reaches.
    pub address: String,
}

/// A store that is no Receive: a sidecar, or a store gateway.
#[derive(Debug, Clone)]
pub struct OtherStore {
    /// Host and port of its StoreAPI.
    pub address: String,
    /// Its component as Query lists it: `sidecar`, `store`.
    pub component: String,
    /// The label sets that it advertises.
    pub labels: Labels,
    /// The cluster whose series it has.
    pub cluster: String,
    /// The newest time that it has, if that is not now.
    pub until_ms: Option<i64>,
    /// The resolution of its samples in milliseconds; 0 is raw.
    pub resolution_ms: i64,
}

/// What a Query Frontend keeps: range queries for a metric were answered, and the answer was empty for that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The metric.
    pub metric: String,
    /// The beginning of that time, in milliseconds since the epoch.
    pub from_ms: i64,
    /// Its end.
    pub until_ms: i64,
}

impl Asking {
    /// The address by which Query knows a replica of Receive.
    pub(crate) fn listed<'a>(&'a self, replica: &'a str) -> &'a str {
        self.behind.as_ref().map_or(replica, |one| &one.address)
    }

    /// Whether a set of labels is left out by the rules of Query.
    pub(crate) fn is_hidden(&self, set: &Labels) -> bool {
        self.hides
            .as_ref()
            .is_some_and(|(label, value)| set.get(label) == Some(value))
    }
}

impl OtherStore {
    /// The newest time that it tells of itself.
    pub(crate) fn newest(&self) -> i64 {
        self.until_ms.unwrap_or(i64::MAX)
    }

    /// Whether it is asked for that time at that resolution.
    pub(crate) fn is_asked(&self, from_ms: i64, resolution_ms: i64) -> bool {
        self.until_ms.is_none_or(|until| until >= from_ms) && self.resolution_ms <= resolution_ms
    }
}

#[cfg(test)]
mod tests {
    use super::OtherStore;
    use crate::lab::series::Labels;

    #[test]
    fn a_store_is_not_asked_for_what_came_later_or_is_finer() {
        let store = OtherStore {
            address: "10.0.12.51:10901".to_owned(),
            component: "store".to_owned(),
            labels: Labels::new(),
            cluster: "ops".to_owned(),
            until_ms: Some(1_000),
            resolution_ms: 300_000,
        };
        assert!(store.is_asked(1_000, 300_000));
        assert!(!store.is_asked(1_001, 300_000));
        assert!(!store.is_asked(1_000, 0));
    }
}

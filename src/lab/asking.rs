//! What Query asks beside the replicas of Receive, and how: stores of other kinds, names that discovery expands, flags.

use serde_json::{Value, json};

use crate::lab::model::Model;
use crate::lab::moment::rfc3339;
use crate::lab::sending::sent_of;
use crate::lab::series::{Ended, Labels, Series};

/// How Query asks its stores.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// Stores that are no Receive.
    pub others: Vec<OtherStore>,
    /// Names in `--endpoint` that give no address, such as `dnssrv+_grpc._tcp.NAME`.
    pub names: Vec<String>,
    /// How far an instant query looks back (`--query.lookback-delta`), where it is not five minutes.
    pub lookback_ms: Option<i64>,
    /// The tenant that is shown where tenancy is enforced and no header names one.
    pub default_tenant: Option<String>,
    /// A label and the value that `--selector.relabel-config` drops.
    pub hides: Option<(String, String)>,
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

impl Asking {
    /// Whether a set of labels is left out by the rules of Query.
    pub(crate) fn is_hidden(&self, set: &Labels) -> bool {
        self.hides
            .as_ref()
            .is_some_and(|(label, value)| set.get(label) == Some(value))
    }
}

impl OtherStore {
    /// Whether it is asked for that time at that resolution.
    pub(crate) fn is_asked(&self, from_ms: i64, resolution_ms: i64) -> bool {
        self.until_ms.is_none_or(|until| until >= from_ms) && self.resolution_ms <= resolution_ms
    }

    /// Its series with its labels over them.
    pub(crate) fn series(
        &self,
        model: &Model,
        scraped: impl Fn(&str) -> Vec<Series>,
    ) -> Vec<Series> {
        let Some(prometheus) = model.prometheus(&self.cluster) else {
            return Vec::new();
        };
        let sent = sent_of(prometheus, scraped(&self.cluster), false);
        let of_store = sent.into_iter().map(|one| {
            let mut series = one.series;
            series.labels.extend(self.labels.clone());
            if let Some(at_ms) = self.until_ms {
                series.end(Ended {
                    at_ms,
                    marker: false,
                });
            }
            series
        });
        of_store.collect()
    }

    /// Its row in the list of stores.
    pub(crate) fn row(&self, model: &Model, now_ms: i64) -> Value {
        let oldest = model.prometheus(&self.cluster);
        json!({
            "name": self.address,
            "lastCheck": rfc3339(now_ms - now_ms.rem_euclid(5_000)),
            "lastError": null,
            "labelSets": [self.labels],
            "minTime": oldest.map_or(i64::MAX, |one| one.first_scrape_ms),
            "maxTime": self.until_ms.unwrap_or(i64::MAX),
        })
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

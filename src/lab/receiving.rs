//! What can be wrong with a Receive, beside what it holds, and what follows from it for those who write to it.

use crate::lab::model::{DEFAULT_TENANT, Model, Prometheus};
use crate::lab::series::{NAME, Series};
use crate::lab::version::PrometheusVersion;

/// How a Receive takes writes.
#[derive(Debug, Clone, Default)]
pub struct Taking {
    /// The hashrings of its file; without any, all tenants are its own.
    pub hashrings: Vec<Hashring>,
    /// Why writes are refused, if some are.
    pub troubles: Vec<Trouble>,
    /// Since when it is not ready, if it is not.
    pub not_ready_since_ms: Option<i64>,
    /// The label that becomes the tenant (`--receive.split-tenant-label-name`).
    pub split_label: Option<String>,
    /// Whether it only passes on what it takes, and holds nothing.
    pub routes_only: bool,
    /// Names that something between a sender and Receive changes.
    pub renames: Vec<Rename>,
}

/// A hashring.
#[derive(Debug, Clone)]
pub struct Hashring {
    /// Its name.
    pub name: String,
    /// The tenants that it is for; all, where none is listed.
    pub tenants: Vec<String>,
    /// How many Receives are in it.
    pub nodes: u32,
    /// Since when it is loaded.
    pub since_ms: i64,
}

/// Why writes are refused.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// Since when.
    pub since_ms: i64,
    /// Whose writes: a cluster, or everybody's.
    pub cluster: Option<String>,
    /// What it is.
    pub what: Refusing,
}

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusing {
    /// Its peers do not answer, so that no quorum is reached: 503, tried again.
    PeersDown,
    /// Writes time out in it: 500, tried again.
    Overloaded,
    /// Writes are above a limit: 413, lost.
    TooLarge,
    /// A sample that came so many milliseconds ahead of the clock keeps the present ones out: 409, lost.
    FromTheFuture(i64),
    /// What is sent is older than the head takes: 409, lost.
    TooOld,
}

/// A name that is changed on the way.
#[derive(Debug, Clone)]
pub struct Rename {
    /// Whose metric.
    pub cluster: String,
    /// Its name.
    pub from: String,
    /// The name under which it arrives.
    pub to: String,
}

/// Writes of a tenant that are answered with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The tenant.
    pub tenant: String,
    /// The status.
    pub code: u16,
    /// Since when.
    pub since_ms: i64,
    /// The distance between two of them.
    pub every_ms: i64,
    /// Samples in each.
    pub samples: i64,
    /// The trouble; none where no hashring takes the tenant, or it is not ready.
    pub what: Option<Refusing>,
}

impl Refused {
    /// How many there were.
    pub(crate) fn writes(&self, at_ms: i64) -> i64 {
        match at_ms < self.since_ms {
            true => 0,
            false => (at_ms - self.since_ms) / self.every_ms.max(1) + 1,
        }
    }
}

impl Refusing {
    /// The status with which such a write is answered.
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::PeersDown => 503,
            Self::Overloaded => 500,
            Self::TooLarge => 413,
            Self::FromTheFuture(_) | Self::TooOld => 409,
        }
    }

    /// Whether the sender keeps such a write and tries again.
    pub(crate) fn is_tried_again(self) -> bool {
        self.code() >= 500
    }
}

/// How long a sender waits before it tries again.
const AGAIN_MS: i64 = 5_000;

/// The tenant under which a Prometheus writes.
pub(crate) fn tenant_of(prometheus: &Prometheus) -> &str {
    match (&prometheus.remote_write.tenant, prometheus.version) {
        (Some(tenant), PrometheusVersion::V3_14) => tenant,
        _ => DEFAULT_TENANT,
    }
}

/// All writes that are refused, of whichever sender.
pub(crate) fn refused(model: &Model) -> Vec<Refused> {
    let taking = &model.receive.taking;
    let mut all = Vec::new();
    for prometheus in &model.prometheus {
        let tenant = tenant_of(prometheus);
        let mut put = |code: u16, since_ms: i64, what: Option<Refusing>| {
            let again = what.is_none_or(Refusing::is_tried_again);
            all.push(Refused {
                tenant: tenant.to_owned(),
                code,
                since_ms,
                every_ms: match again {
                    true => AGAIN_MS,
                    false => prometheus.scrape_interval_ms,
                },
                samples: 10,
                what,
            });
        };
        if let Some(since_ms) = taking.not_ready_since_ms {
            put(503, since_ms, None);
        } else if let Some(since_ms) = taking.takes_not(tenant) {
            put(500, since_ms, None);
        } else if let Some(trouble) = taking.trouble_of(&prometheus.cluster) {
            put(trouble.what.code(), trouble.since_ms, Some(trouble.what));
        }
    }
    all
}

impl Taking {
    /// Since when no hashring is for that tenant, if none is.
    pub(crate) fn takes_not(&self, tenant: &str) -> Option<i64> {
        let takes = |ring: &Hashring| {
            ring.tenants.is_empty() || ring.tenants.iter().any(|one| one == tenant)
        };
        let loaded = self.hashrings.iter().map(|ring| ring.since_ms).max()?;
        (!self.hashrings.iter().any(takes)).then_some(loaded)
    }

    /// The trouble that the writes of a cluster have.
    pub(crate) fn trouble_of(&self, cluster: &str) -> Option<&Trouble> {
        self.troubles
            .iter()
            .find(|one| one.cluster.as_deref().is_none_or(|of| of == cluster))
    }

    /// How far the head of a tenant is ahead of its clock, and since when.
    pub(crate) fn ahead(&self, model: &Model, tenant: &str) -> Option<i64> {
        let writers = model
            .prometheus
            .iter()
            .filter(|one| tenant_of(one) == tenant);
        let newest = writers.filter_map(|one| match self.trouble_of(&one.cluster)? {
            Trouble {
                since_ms,
                what: Refusing::FromTheFuture(ahead_ms),
                ..
            } => Some(since_ms + ahead_ms),
            _ => None,
        });
        newest.max()
    }

    /// The name under which a metric arrives, and the tenant to which it goes.
    pub(crate) fn filed(&self, cluster: &str, series: &mut Series, tenant: &mut String) {
        let renamed = self
            .renames
            .iter()
            .find(|one| one.cluster == cluster && one.from == series.name());
        if let Some(rename) = renamed {
            series.labels.insert(NAME.to_owned(), rename.to.clone());
        }
        if let Some(label) = &self.split_label
            && let Some(value) = series.labels.remove(label)
        {
            *tenant = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Hashring, Refusing, Trouble, refused};
    use crate::lab::incident;

    #[test]
    fn a_tenant_that_no_hashring_lists_is_refused_for_ever() {
        let mut model = incident::healthy(0);
        assert_eq!(refused(&model), []);
        model.receive.taking.hashrings.push(Hashring {
            name: "hard".to_owned(),
            tenants: vec!["team-a".to_owned()],
            nodes: 1,
            since_ms: -60_000,
        });
        let all = refused(&model);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].code, all[0].writes(0)), (500, 13));
        assert_eq!(all[0].writes(-60_001), 0);
    }

    #[test]
    fn a_trouble_of_one_cluster_is_not_another_s() {
        let mut model = incident::healthy(0);
        model.receive.taking.troubles.push(Trouble {
            since_ms: -60_000,
            cluster: Some("ops".to_owned()),
            what: Refusing::FromTheFuture(3_600_000),
        });
        let all = refused(&model);
        assert_eq!((all.len(), all[0].code), (1, 409));
        let ahead = model.receive.taking.ahead(&model, "default-tenant");
        assert_eq!(ahead, Some(3_540_000));
        assert_eq!(model.receive.taking.ahead(&model, "finops"), None);
    }
}

//! What can be wrong with a Receive, beside what it holds, and what follows from it for those who write to it.

use crate::lab::series::{NAME, Series};

/// How a Receive takes writes.
#[derive(Debug, Clone, Default)]
pub struct Taking {
    /// The hashrings of its file; without any, all tenants are its own.
    pub hashrings: Vec<Hashring>,
    /// Whether a proxy before it asks those who write for credentials.
    pub wants_credentials: bool,
    /// Why writes are refused, if some are.
    pub troubles: Vec<Trouble>,
    /// Since when it is not ready, if it is not.
    pub not_ready_since_ms: Option<i64>,
    /// When it was started without the data that it had, if it was.
    pub emptied_ms: Option<i64>,
    /// The label that becomes the tenant (`--receive.split-tenant-label-name`).
    pub split_label: Option<String>,
    /// Whether it only passes on what it takes, and holds nothing.
    pub routes_only: bool,
    /// When its StoreAPI learned for the last time which names the heads have, where it filters by them
    /// (`--enable-feature=metric-names-filter`): it should learn them every fifteen seconds, and knows of no newer ones.
    pub names_learned_ms: Option<i64>,
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
    /// It answers this status, for a reason that it does not tell.
    Status(u16),
    /// Another sender writes the same series and is always before it: 409, lost.
    Twice,
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

impl Refusing {
    /// The status with which such a write is answered.
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::PeersDown => 503,
            Self::Overloaded => 500,
            Self::TooLarge => 413,
            Self::Status(code) => code,
            Self::FromTheFuture(_) | Self::TooOld | Self::Twice => 409,
        }
    }

    /// Whether the sender keeps such a write and tries again.
    pub(crate) fn is_tried_again(self) -> bool {
        self.code() >= 500
    }
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
    use super::{Rename, Taking};
    use crate::lab::series::{Series, Value, labels};

    #[test]
    fn a_name_that_is_changed_and_a_label_that_becomes_the_tenant() {
        let taking = Taking {
            split_label: Some("team".to_owned()),
            renames: vec![Rename {
                cluster: "ops".to_owned(),
                from: "cost".to_owned(),
                to: "cost_ratio".to_owned(),
            }],
            ..Taking::default()
        };
        let filed = |cluster: &str| {
            let mut series = Series {
                labels: labels(&[("__name__", "cost"), ("team", "a")]),
                since_ms: 0,
                every_ms: 15_000,
                arrival: Default::default(),
                ended: None,
                value: Value::Constant(1.0),
                merged: Vec::new(),
            };
            let mut tenant = "default-tenant".to_owned();
            taking.filed(cluster, &mut series, &mut tenant);
            (series.labels, tenant)
        };
        let name = |name: &str| (labels(&[("__name__", name)]), "a".to_owned());
        assert_eq!(filed("ops"), name("cost_ratio"));
        assert_eq!(filed("blue"), name("cost"));
    }
}

//! A suite as it was loaded: its checks for every cluster, with all templates filled in.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::World;
use crate::check::Check;
use crate::leaves::{Origin, Secret, Severity};
use crate::suite::settings::Settings;
use crate::suite::waiver::KnownGap;

/// A suite without mistakes.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its name.
    pub name: Arc<str>,
    /// Its file, as the user named it.
    pub file: Arc<Path>,
    /// Where its name stands.
    pub origin: Origin,
    /// How many checks it must have over all clusters, and where that stands.
    pub min_checks: Option<(usize, Origin)>,
    /// The secrets that it declares, where their values were taken.
    pub secrets: Vec<Secret>,
    /// One row a cluster, in the order of the clusters file; one row without a name where the suite has no clusters.
    pub rows: Vec<Row>,
}

/// The checks of one cluster.
#[derive(Clone, Debug)]
pub struct Row {
    /// What they can ask.
    pub world: Arc<World>,
    /// The checks in the order of writing.
    pub entries: Vec<Arc<Entry>>,
}

/// A check with its common keys, for one cluster or for several that read it alike.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id, where one was written.
    pub id: Option<Arc<str>>,
    /// The id of the check that was written for several subjects, such as `metrics`; `needs` may name it.
    pub group: Option<Arc<str>>,
    /// Its title, where one was written.
    pub title: Option<String>,
    /// Its tags, those of `defaults` included.
    pub tags: Vec<String>,
    /// Who is to be told.
    pub owner: Option<String>,
    /// What to look at when it fails.
    pub hint: Option<String>,
    /// How much it weighs.
    pub severity: Severity,
    /// The ids of checks that must pass first, each with its place.
    pub needs: Vec<(String, Origin)>,
    /// Poll until it passes, at most this long.
    pub within: Option<Duration>,
    /// Timeout of one attempt.
    pub timeout: Duration,
    /// Its waiver in this cluster.
    pub known_gap: Option<KnownGap>,
    /// Where it is written.
    pub origin: Origin,
    /// What is written for it, where the loader was told to keep that.
    pub settings: Option<Settings>,
    /// The check.
    pub check: Arc<Check>,
}

//! A step: a check made concrete for one cluster.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::World;
use crate::check::Check;
use crate::leaves::{Origin, Redactor, Severity};
use crate::suite::{KnownGap, Settings};

/// A check made concrete: for one cluster, all templates filled in.
#[derive(Clone, Debug)]
pub struct Step {
    /// Full id, unique in the run: `finops-cost[ops]/cost-metric`, without clusters `finops-cost/cost-metric`.
    pub id: Arc<str>,
    /// The suite's name.
    pub suite: Arc<str>,
    /// The cluster's name.
    pub cluster: Option<Arc<str>>,
    /// The check's own id within its suite.
    pub check_id: Arc<str>,
    /// What a person calls it; the kind and the subject where nothing else was written.
    pub title: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Who is to be told.
    pub owner: Option<String>,
    /// What to look at when it fails.
    pub hint: Option<String>,
    /// How much it weighs.
    pub severity: Severity,
    /// Steps (by their place in the plan) that must pass first.
    pub needs: Vec<usize>,
    /// Poll until it passes, at most this long.
    pub within: Option<Duration>,
    /// Timeout of one attempt at one question.
    pub timeout: Duration,
    /// The waiver, where there is one for this cluster.
    pub known_gap: Option<KnownGap>,
    /// Where it is written.
    pub origin: Origin,
    /// What is written for it, where the loader was told to keep that.
    pub settings: Option<Settings>,
    /// The check.
    pub check: Arc<Check>,
    /// What it can ask.
    pub world: Arc<World>,
}

/// All that a run will do, in order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The steps: suites in the order given, then clusters, then checks as written.
    pub steps: Vec<Step>,
    /// Scrubs the secrets of all its suites.
    pub redactor: Redactor,
}

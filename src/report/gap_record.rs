//! Gaps and their causes in the record of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::leaves::{Certainty, Control, Rung, RungState};

/// Where data is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GapRecord {
    /// Stable across runs: follows from suite, cluster and the check's own id alone.
    pub id: String,
    /// Full id of the check that shows it.
    pub check: String,
    /// The metric, as the check selects it.
    pub metric: String,
    /// The cluster; null in a suite without clusters.
    pub cluster: Option<String>,
    /// The last hop that has the series; null where no hop upstream has it.
    pub from: Option<String>,
    /// The first hop after it that has not.
    pub to: String,
    /// How exactly the place is known.
    pub edge: EdgeRecord,
    /// What the hop `to` shows: `absent`, `stale`, `unknown` where that could not be told, `present` where the metric is there but not
    /// as it should be.
    pub shows: RungState,
    /// Whether a waiver holds for it.
    pub waived: bool,
    /// What each hop of the pipeline showed, up to `to`; the check's own ladder may have fewer hops.
    pub ladder: Vec<Rung>,
    /// The control series: whether the whole way is broken, or this metric only.
    pub control: Option<Control>,
    /// Why the answer was empty, as the hop itself could tell.
    pub why_empty: Vec<String>,
    /// Why it is lost, the likeliest first.
    pub causes: Vec<CauseRecord>,
}

/// How exactly the place of a gap is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EdgeRecord {
    /// Between two neighbours.
    Exact,
    /// Somewhere between two hops: those in between could not be asked.
    Interval,
}

/// A catalogued reason for a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CauseRecord {
    /// The cause's id in the catalogue.
    pub id: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// What was found, in a sentence.
    pub says: String,
    /// The same without ages, rates and counts, which another run would tell otherwise: what two reports can be compared by. Left out
    /// where `says` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_short: Option<String>,
    /// Numbers of the exchanges that show it.
    pub evidence: Vec<u32>,
    /// What to do.
    pub fix: Option<String>,
    /// Commands to run next.
    pub next: Vec<String>,
    /// What else was seen that only follows from it.
    pub consequences: Vec<String>,
}

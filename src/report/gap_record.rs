//! Gaps and their causes in the record of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Whether a waiver holds for it.
    pub waived: bool,
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
    /// Numbers of the exchanges that show it.
    pub evidence: Vec<u32>,
    /// What to do.
    pub fix: Option<String>,
    /// Commands to run next.
    pub next: Vec<String>,
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The evidence leaves no other reading.
    Proven,
    /// The evidence points to it.
    Likely,
    /// Nothing speaks against it.
    Possible,
    /// The evidence speaks against it.
    RuledOut,
    /// Could not be looked into.
    NotTested,
}

impl Certainty {
    /// The word, the same in every format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
            Self::Possible => "possible",
            Self::RuledOut => "ruled-out",
            Self::NotTested => "not-tested",
        }
    }
}

//! Why data is lost, as far as a diagnosis could tell: findings, each a catalogued cause with its certainty and its proof.

use serde::{Deserialize, Serialize};

use crate::leaves::gap::Gap;
use crate::leaves::ladder::{Rung, RungState};

/// How sure a cause is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The evidence of this run suffices to explain the gap.
    Proven,
    /// It fits and nothing contradicts it, but a link is inferred.
    Likely,
    /// It could not be excluded.
    Possible,
    /// Tested, and not so.
    RuledOut,
    /// The question could not be asked.
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

/// What was found of one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The cause's id in the catalogue.
    pub cause: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// What was found, in a sentence.
    pub says: String,
    /// The same without ages, rates and counts, which another run would tell otherwise; none where it has none.
    pub in_short: Option<String>,
    /// Numbers of the exchanges that show it.
    pub evidence: Vec<u32>,
    /// What to do, as a sentence.
    pub fix: Option<String>,
    /// Commands that show or mend it.
    pub next: Vec<String>,
    /// What else was seen that only follows from it.
    pub consequences: Vec<String>,
}

impl Finding {
    /// What was found, without what another run would tell otherwise.
    pub fn short(&self) -> &str {
        self.in_short.as_deref().unwrap_or(&self.says)
    }
}

/// What the control series says: whether the whole way is broken, or this metric's only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It reaches the hop that lacks the metric: the loss is this metric's only.
    ThisMetric,
    /// It is lost there, too: the way is broken for all.
    WholePath,
    /// It could not be told.
    Unknown,
}

/// The control series beside the metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Control {
    /// The series, as the suite names it; `up` where it names none.
    pub series: String,
    /// What it says.
    pub reach: Reach,
    /// That in a sentence.
    pub says: String,
    /// Numbers of the exchanges that show it.
    pub evidence: Vec<u32>,
}

/// All that a diagnosis found of one gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What each hop of the pipeline showed, up to the one at which it is lost.
    pub ladder: Vec<Rung>,
    /// Where the data is lost.
    pub gap: Gap,
    /// What the hop shows at which it is lost: `present` where it is there, and not as it should be.
    pub shows: RungState,
    /// The control series.
    pub control: Option<Control>,
    /// Why an answer was empty, as far as the hop itself could tell: a label never had that value, another cluster has it.
    pub why_empty: Vec<String>,
    /// The causes, the surest first, and on the way before those after; then what was ruled out and what could not be tested.
    pub findings: Vec<Finding>,
}

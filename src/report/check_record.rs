//! One check in the record of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::leaves::{Exchange, OriginRecord, Rung, Severity, Table, Timestamp};

/// The state of a check.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Asked, and it is so.
    Pass,
    /// Asked, and it is not so.
    Fail,
    /// Could not be asked.
    Error,
    /// Not judged, because a check that it needs failed or erred.
    Blocked,
    /// Not judged, by a declared condition.
    Skip,
    /// Failed or erred under a waiver that still holds.
    KnownGap,
}

impl State {
    /// All states, in the order in which counts are told.
    pub const ALL: [Self; 6] = [
        Self::Pass,
        Self::Fail,
        Self::Error,
        Self::Blocked,
        Self::Skip,
        Self::KnownGap,
    ];

    /// The word, the same in every format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Blocked => "blocked",
            Self::Skip => "skip",
            Self::KnownGap => "known-gap",
        }
    }
}

/// One check and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckRecord {
    /// Full id, unique in the run: `finops-cost[ops]/cost-metric`.
    pub id: String,
    /// The suite's name.
    pub suite: String,
    /// The cluster's name; null in a suite without clusters.
    pub cluster: Option<String>,
    /// The check's own id within its suite.
    pub check_id: String,
    /// The check's kind.
    pub kind: String,
    /// What the check is about: the metric, the name, the URL.
    pub subject: String,
    /// What a person calls it.
    pub title: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Who is to be told.
    pub owner: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// What to look at when it fails, as the suite says.
    pub hint: Option<String>,
    /// Its state.
    pub verdict: State,
    /// A pass that needed a retry.
    pub flaky: bool,
    /// A pass under a waiver: the waiver can go.
    pub fixed: bool,
    /// What the check demands, where it failed (also under a waiver).
    pub expected: Option<String>,
    /// What was found instead.
    pub actual: Option<String>,
    /// The verdict in one sentence; the same text in every format.
    pub message: String,
    /// One line on what was found, also on a pass.
    pub says: String,
    /// What to do about an error, as a sentence.
    pub help: Option<String>,
    /// The full id of the need that blocked it.
    pub blocked_by: Option<String>,
    /// Whether that need gates; where it does not, this check counts as an error. Null where nothing blocked it.
    pub need_gates: Option<bool>,
    /// The waiver that is written for it, holding or expired.
    pub known_gap: Option<WaiverRecord>,
    /// Where it is written; null only for the entry that says that a run did not finish.
    pub origin: Option<OriginRecord>,
    /// How often it was judged; 0 when it was not.
    pub attempts: u32,
    /// When it began; null when it was not judged.
    pub started: Option<Timestamp>,
    /// How long it took, in milliseconds, all attempts together.
    pub took_ms: u64,
    /// What each hop said, in the order of the data's way (metric checks).
    pub ladder: Vec<Rung>,
    /// Tables worth showing, such as the attempts of a DNS lookup.
    pub tables: Vec<Table>,
    /// Remarks that do not change the verdict.
    pub notes: Vec<String>,
    /// The exchanges behind the verdict, in the order of asking.
    pub evidence: Vec<Exchange>,
}

impl CheckRecord {
    /// `finops-cost[ops]`, without clusters `finops-cost`.
    pub fn suite_and_cluster(&self) -> String {
        match &self.cluster {
            Some(cluster) => format!("{}[{cluster}]", self.suite),
            None => self.suite.clone(),
        }
    }

    /// `suites/finops.yaml:58`, where it is written.
    pub fn place(&self) -> Option<String> {
        let origin = self.origin.as_ref()?;
        Some(format!("{}:{}", origin.file, origin.line))
    }

    /// Whether it is blocked by a check that does not gate, so that it counts as an error: nothing may turn green unasked.
    pub fn blocked_unasked(&self) -> bool {
        self.verdict == State::Blocked && self.need_gates == Some(false)
    }

    /// Whether a waiver is written for it that no longer holds.
    pub fn waiver_expired(&self) -> bool {
        self.known_gap.as_ref().is_some_and(|waiver| waiver.expired)
    }
}

/// A waiver and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverRecord {
    /// The last day of the waiver, as written.
    pub until: String,
    /// The ticket.
    pub ticket: Option<String>,
    /// Why it is waived.
    pub reason: Option<String>,
    /// Whether that day had passed when the run began.
    pub expired: bool,
    /// The state that it waived in this run: `fail` or `error`; null where it waived none.
    pub was: Option<State>,
}

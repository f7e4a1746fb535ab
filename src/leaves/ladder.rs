//! The ladder: what each hop of the pipeline said of one metric.

use serde::{Deserialize, Serialize};

use crate::leaves::labels::Labels;
use crate::leaves::timestamp::Timestamp;

/// What a hop said of the series. Unknown counts neither as present nor as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RungState {
    /// It is there, as a dashboard would see it now.
    Present,
    /// Not there now, but there were samples in the last hour; or there, with the newest sample older than `fresh`.
    Stale,
    /// Asked completely, and not there.
    Absent,
    /// Could not be asked, or the answer is incomplete.
    Unknown,
}

impl RungState {
    /// The state's name, the same in every format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Stale => "stale",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// One line of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rung {
    /// The hop's name.
    pub hop: String,
    /// The hop's backend kind.
    pub kind: String,
    /// What it said.
    pub state: RungState,
    /// How many series were found; null where they were not counted.
    pub series: Option<u64>,
    /// Time of the newest sample, where it was asked for.
    pub newest_sample: Option<Timestamp>,
    /// Age of the newest sample by that server's clock, in milliseconds.
    pub age_ms: Option<i64>,
    /// Label sets that matter, at most a few.
    pub labels: Vec<Labels>,
    /// Why the state is what it is, where that is not plain.
    pub why: Option<String>,
}

//! What can be said of a check once it was judged.

use serde::{Deserialize, Serialize};

use crate::leaves::ladder::Rung;
use crate::leaves::table::Table;

/// How much a check weighs: `critical` gates, `warning` gates only with `--fail-on warning`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Told, but gates only where asked for.
    Warning,
    /// Gates.
    #[default]
    Critical,
}

impl Severity {
    /// The word users write.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// The verdict on one check. *Fail* means asked, and it is not so; *error* means it could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Asked, and it is so.
    Pass,
    /// Asked, and it is not so.
    Fail {
        /// What the check demands.
        expected: String,
        /// What was found instead.
        actual: String,
    },
    /// Could not be asked.
    Error {
        /// What went wrong.
        what: String,
        /// What to do about it, as a sentence.
        help: Option<String>,
    },
    /// Not judged, because a need of it failed or erred.
    Blocked {
        /// The full id of the need.
        by: String,
        /// Whether that need gates; where it does not, this block is an error of its own.
        need_gates: bool,
    },
    /// Not judged, by a declared condition.
    Skip {
        /// The condition.
        because: String,
    },
    /// Failed or erred under a waiver that still holds.
    KnownGap {
        /// The last day of the waiver, as written.
        until: String,
        /// The ticket, where the waiver names one.
        ticket: Option<String>,
        /// The reason given.
        reason: Option<String>,
        /// The verdict that was waived.
        was: Box<Verdict>,
    },
}

impl Verdict {
    /// The state's name, the same in every format.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail { .. } => "fail",
            Self::Error { .. } => "error",
            Self::Blocked { .. } => "blocked",
            Self::Skip { .. } => "skip",
            Self::KnownGap { .. } => "known-gap",
        }
    }

    /// A failure in short.
    pub fn fail(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::Fail {
            expected: expected.into(),
            actual: actual.into(),
        }
    }

    /// An error with help.
    pub fn error(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Error {
            what: what.into(),
            help: Some(help.into()),
        }
    }
}

/// What judging a check gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// One line on what was found, also on a pass: `2 series at prom, newest 12s old`.
    pub says: String,
    /// What each hop said (metric checks); failures and errors are both diagnosed from it.
    pub ladder: Vec<Rung>,
    /// Tables worth showing, such as the attempts of a DNS lookup.
    pub tables: Vec<Table>,
    /// Remarks that do not change the verdict: a server's infos, a note on a name that resolves only through the search list.
    pub notes: Vec<String>,
}

impl Judged {
    /// A judgement without ladder, tables or notes.
    pub fn of(verdict: Verdict, says: impl Into<String>) -> Self {
        Self {
            verdict,
            says: says.into(),
            ladder: Vec::new(),
            tables: Vec::new(),
            notes: Vec::new(),
        }
    }
}

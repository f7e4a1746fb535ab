//! What each rule saw and did, for a report to quote.

use serde::Serialize;

use crate::leaves::relabel::action::Action;

/// One rule at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceStep {
    /// The rule's place in the list, from 0.
    pub rule: usize,
    /// What the rule does.
    pub action: Action,
    /// What it looked at.
    pub saw: Saw,
    /// Whether it dropped the series.
    pub drops: bool,
    /// The target of a `replace` that came out as no label's name, so that nothing was set.
    pub refused_target: Option<String>,
    /// What it changed, in order; empty where all was so already.
    pub changes: Vec<Change>,
}

/// What a rule looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Saw {
    /// The values of the source labels, joined.
    Value {
        /// The joined values; a label that is missing is empty.
        value: String,
        /// Whether the regex matched it, or the target label is equal to it; true for rules that only compute.
        matched: bool,
    },
    /// The names of labels.
    Names {
        /// Those that the regex matched, in the order in which they were seen.
        matched: Vec<String>,
    },
}

/// What a rule changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// A label has a new value.
    Set {
        /// Its name.
        label: String,
        /// The value before, where there was one.
        was: Option<String>,
        /// The value now.
        value: String,
    },
    /// A label is gone.
    Removed {
        /// Its name.
        label: String,
        /// The value before.
        was: String,
    },
}

impl TraceStep {
    /// Keeps a change, if there is one.
    pub(crate) fn note(&mut self, change: Option<Change>) {
        self.changes.extend(change);
    }
}

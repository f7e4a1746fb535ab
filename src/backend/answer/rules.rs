//! `/api/v1/rules` of Prometheus, Thanos Query and Ruler.

use serde::{Deserialize, Serialize};

use crate::leaves::Timestamp;

/// All rule groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleGroups {
    /// The groups.
    pub groups: Vec<RuleGroup>,
    /// What Query warns of: stores whose rules it could not ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// One rule group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleGroup {
    /// Its name.
    pub name: String,
    /// The file it is from.
    pub file: String,
    /// Evaluation interval, in milliseconds.
    pub interval_ms: u64,
    /// When it was last evaluated; none when it never was.
    pub last_evaluation: Option<Timestamp>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The metric it records, or the alert's name.
    pub name: String,
    /// `recording` or `alerting`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its expression.
    pub query: String,
    /// `ok`, `err` or `unknown`.
    pub health: String,
    /// Why the last evaluation failed; empty when it did not.
    pub last_error: String,
    /// When it was last evaluated; none when it never was.
    pub last_evaluation: Option<Timestamp>,
}

//! Why a query has no result.

use thiserror::Error;

/// A refusal, in the words of the servers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Failure {
    /// The text is no PromQL, or PromQL that the lab does not know.
    #[error("{0}")]
    BadData(String),
    /// The evaluation failed.
    #[error("{0}")]
    Execution(String),
    /// There was no text at all, for which versions have different words.
    #[error("no expression found in input")]
    Empty,
}

impl Failure {
    /// The refusal of PromQL that the lab does not evaluate.
    pub(crate) fn unknown(what: &str) -> Self {
        Self::mistyped(&format!("the lab does not evaluate {what}"))
    }

    /// The refusal of an expression that is of a wrong type.
    pub(crate) fn mistyped(what: &str) -> Self {
        Self::BadData(format!("1:1: parse error: {what}"))
    }
}

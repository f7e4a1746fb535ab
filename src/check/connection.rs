//! For checks whose subject is the connection itself: demands that are not met, what a failure means, and from where it was asked.

use crate::backend::{Failure, FailureClass};
use crate::leaves::Verdict;

/// The only place from which this version asks.
pub(crate) const FROM_RUNNER: &str = "asked from the runner";

/// A demand that is not met.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unmet {
    /// What the check demands.
    pub(crate) expected: String,
    /// What was found instead.
    pub(crate) actual: String,
}

impl Unmet {
    pub(crate) fn new(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            actual: actual.into(),
        }
    }
}

/// Pass where every demand is met, else fail with all that are not.
pub(crate) fn verdict(unmet: &[Unmet]) -> Verdict {
    let joined = |of: fn(&Unmet) -> &str| unmet.iter().map(of).collect::<Vec<_>>().join("; ");
    if unmet.is_empty() {
        Verdict::Pass
    } else {
        Verdict::fail(joined(|one| &one.expected), joined(|one| &one.actual))
    }
}

/// A connection that failed, or that speaks another protocol, is what the check is about; anything else means that it could not be
/// asked.
pub(crate) fn of_failure(expected: &str, failure: &Failure) -> Verdict {
    if failure.is_connection() || failure.class == FailureClass::NotThatApi {
        Verdict::fail(expected, failure.what.as_str())
    } else {
        Verdict::Error {
            what: failure.what.clone(),
            help: failure.help.clone(),
        }
    }
}

//! What a run may do: how much at once, how long, how often.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::leaves::Severity;

/// How a run goes about its plan.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Checks being judged at once, at most; none: all of them, and the door alone holds them back.
    pub jobs: Option<NonZeroUsize>,
    /// The run ends after this long; what is not finished by then is an error.
    pub deadline: Option<Duration>,
    /// How often a check that failed or erred is judged again. A pass that needed it is flaky.
    pub retries: u32,
    /// The run ends after so many checks have failed or erred at or above `fail_on`.
    pub max_fail: Option<NonZeroUsize>,
    /// The severity from which a check gates; decides whether a need that failed gates in place of what it blocks.
    pub fail_on: Severity,
    /// Panic in the check with this full id, to test what a bug does to a run.
    pub panic_in: Option<String>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            jobs: None,
            deadline: None,
            retries: 0,
            max_fail: None,
            fail_on: Severity::Critical,
            panic_in: None,
        }
    }
}

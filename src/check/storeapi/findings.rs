//! What a check found, on its way to a verdict.

use crate::check::storeapi::absence::Doubt;
use crate::leaves::{Verdict, words};

/// What is not so, and what could not be told.
#[derive(Default)]
pub(crate) struct Findings {
    /// What was expected, and what was found.
    pub(crate) failed: Vec<(String, String)>,
    /// What could not be told.
    pub(crate) unsure: Vec<Doubt>,
}

impl Findings {
    /// Notes what is not so.
    pub(crate) fn fail(&mut self, expected: impl Into<String>, actual: impl Into<String>) {
        self.failed.push((expected.into(), actual.into()));
    }

    /// The verdict: what is not so outweighs what could not be told.
    pub(crate) fn verdict(self) -> Verdict {
        if !self.failed.is_empty() {
            let (expected, actual): (Vec<_>, Vec<_>) = self.failed.into_iter().unzip();
            return Verdict::fail(expected.join("; "), actual.join("; "));
        }
        let Some((_, help)) = self.unsure.first().cloned() else {
            return Verdict::Pass;
        };
        let whats: Vec<String> = self.unsure.into_iter().map(|(what, _)| what).collect();
        Verdict::error(whats.join("; "), help)
    }
}

/// What is said of an answer with warnings.
pub(crate) fn incomplete(hop: &str, warnings: &[String]) -> Doubt {
    (
        format!(
            "the answer of {hop} is incomplete: {}",
            words::few(warnings, 2)
        ),
        format!("Look at the storage behind hop `{hop}`."),
    )
}

//! What a check found so far: what is not so, and what could not be told. What is not so outweighs what could not be told.

use crate::leaves::Verdict;

/// Findings of one judging, from which its verdict follows.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    expected: Vec<String>,
    actual: Vec<String>,
    unsure: Vec<(String, String)>,
}

impl Findings {
    /// Something that was asked is not so.
    pub(crate) fn fail(&mut self, expected: impl Into<String>, actual: impl Into<String>) {
        self.expected.push(expected.into());
        self.actual.push(actual.into());
    }

    /// Something could not be told, and what to do about it. What stands there is not said twice.
    pub(crate) fn unsure(&mut self, what: impl Into<String>, help: impl Into<String>) {
        let what = what.into();
        if self.unsure.iter().all(|(said, _)| *said != what) {
            self.unsure.push((what, help.into()));
        }
    }

    /// Fail where something is not so, else error where something could not be told, else pass.
    pub(crate) fn verdict(self) -> Verdict {
        if !self.expected.is_empty() {
            return Verdict::fail(self.expected.join("; "), self.actual.join("; "));
        }
        let Some((_, help)) = self.unsure.first().cloned() else {
            return Verdict::Pass;
        };
        let whats: Vec<String> = self.unsure.into_iter().map(|(what, _)| what).collect();
        Verdict::error(whats.join("; "), help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_told_is_said_once() {
        let mut findings = Findings::default();
        findings.unsure("receive: connection refused", "Start it.");
        findings.unsure("its counters: connection refused", "Start it.");
        findings.unsure("receive: connection refused", "Start it.");
        let told = "receive: connection refused; its counters: connection refused";
        assert_eq!(findings.verdict(), Verdict::error(told, "Start it."));
    }
}

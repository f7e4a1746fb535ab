//! What a look at one cause gives, before it is filed under the cause's id.

use crate::leaves::Certainty;

/// What a look at one cause found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) certainty: Certainty,
    /// A sentence that a tired person understands, without full stop.
    pub(crate) says: String,
    pub(crate) evidence: Vec<u32>,
    /// What to do here; the row's own advice where none.
    pub(crate) fix: Option<String>,
    pub(crate) next: Vec<String>,
}

impl Found {
    fn of(certainty: Certainty, says: impl Into<String>) -> Self {
        Self {
            certainty,
            says: says.into(),
            evidence: Vec::new(),
            fix: None,
            next: Vec::new(),
        }
    }

    /// Seen in this run, and enough to explain the gap.
    pub(crate) fn proven(says: impl Into<String>) -> Self {
        Self::of(Certainty::Proven, says)
    }

    /// It fits and nothing contradicts it, but a link is inferred.
    pub(crate) fn likely(says: impl Into<String>) -> Self {
        Self::of(Certainty::Likely, says)
    }

    /// It could not be excluded.
    pub(crate) fn possible(says: impl Into<String>) -> Self {
        Self::of(Certainty::Possible, says)
    }

    /// Tested, and not so.
    pub(crate) fn ruled_out(says: impl Into<String>) -> Self {
        Self::of(Certainty::RuledOut, says)
    }

    /// The question could not be asked, and why.
    pub(crate) fn not_tested(why: impl Into<String>) -> Self {
        Self::of(Certainty::NotTested, why)
    }

    /// The same, shown by these exchanges.
    #[must_use]
    pub(crate) fn shown_by(mut self, exchanges: impl IntoIterator<Item = u32>) -> Self {
        self.evidence.extend(exchanges);
        self
    }

    /// The same with what to do, as a sentence.
    #[must_use]
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// The same with a command to run next.
    #[must_use]
    pub(crate) fn next(mut self, command: impl Into<String>) -> Self {
        self.next.push(command.into());
        self
    }
}

//! Why a pattern cannot be used.

/// Why a pattern is no regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GoRegexError {
    /// Go refuses the pattern, and so does the server; the text is Go's own.
    #[error("error parsing regexp: {code}: `{found}`")]
    Refused {
        /// What is wrong, as Go says it: `missing closing )`.
        code: &'static str,
        /// The part of the pattern that is wrong.
        found: String,
    },
    /// Go accepts the pattern, the engine here does not: nothing can be said of what it matches.
    #[error("the pattern `{pattern}` cannot be simulated: {why}")]
    Untranslatable {
        /// The pattern as it was written.
        pattern: String,
        /// What the engine said.
        why: String,
    },
}

impl GoRegexError {
    /// A refusal, in Go's words.
    pub(crate) fn refused(code: &'static str, found: &str) -> Self {
        Self::Refused {
            code,
            found: found.to_owned(),
        }
    }

    /// What is wrong, without the words by which Go introduces it.
    pub fn reason(&self) -> String {
        match self {
            Self::Refused { code, found } => format!("{code}: `{found}`"),
            Self::Untranslatable { why, .. } => why.clone(),
        }
    }
}

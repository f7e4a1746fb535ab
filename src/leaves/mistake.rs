//! What the user can mend: a mistake in a suite, with its place, and what to do.

use crate::leaves::origin::Origin;

/// A mistake in a suite, a clusters file or a selection. All of them are reported at once, before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where it stands.
    pub origin: Origin,
    /// What was found and what was expected, as a fragment.
    pub message: String,
    /// What to do, as a sentence.
    pub help: Option<String>,
    /// Other places that belong to it, such as the first of two equal keys, each with its word.
    pub others: Vec<(Origin, String)>,
    /// Whether it is only a warning: told, and the run goes on.
    pub warning: bool,
}

impl Mistake {
    /// A mistake at a place.
    pub fn new(origin: Origin, message: impl Into<String>) -> Self {
        Self {
            origin,
            message: message.into(),
            help: None,
            others: Vec::new(),
            warning: false,
        }
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with another place.
    #[must_use]
    pub fn also(mut self, origin: Origin, word: impl Into<String>) -> Self {
        self.others.push((origin, word.into()));
        self
    }

    /// The same as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.warning = true;
        self
    }
}

/// What a check's own review finds wrong with it in its pipeline; the loader knows where the key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The key of the check that is wrong, and an index or sub-key where one helps (`["through", "2"]`). Empty: the check as a whole.
    pub key: Vec<String>,
    /// What was found and what was expected.
    pub message: String,
    /// What to do, as a sentence.
    pub help: Option<String>,
    /// Whether it is only a warning.
    pub warning: bool,
}

impl Complaint {
    /// A complaint about a key.
    pub fn about(key: &str, message: impl Into<String>) -> Self {
        Self {
            key: vec![key.to_owned()],
            message: message.into(),
            help: None,
            warning: false,
        }
    }

    /// The same about an item or sub-key of it.
    #[must_use]
    pub fn item(mut self, item: impl ToString) -> Self {
        self.key.push(item.to_string());
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

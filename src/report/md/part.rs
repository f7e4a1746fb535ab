//! Parts of the page, and which of them matters more.

/// A part of the page that is shown whole or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// What is kept first when not all fits: 0 always.
    pub(crate) rank: u8,
    /// Markdown that ends with a newline.
    pub(crate) text: String,
}

impl Part {
    /// A part of that rank.
    pub(crate) fn new(rank: u8, text: String) -> Self {
        Self { rank, text }
    }
}

//! What the caller may decide about a format.

use crate::leaves::Ink;

/// The size, in bytes, within which Markdown is kept unless told otherwise: a GitHub step summary of more than 1 MiB is dropped
/// whole.
pub const SUMMARY_BUDGET: usize = 900 * 1024;

/// What the caller may decide about a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatOptions {
    /// Colour of the terminal text.
    pub ink: Ink,
    /// Whether the terminal text lists the checks that passed, too.
    pub show_all: bool,
    /// Whether the terminal text tells all that is known of a check that passed, too: its ladder above all.
    pub show_whole: bool,
    /// The most bytes a Markdown report may have; its appendix is trimmed first, its summary never.
    pub md_budget: usize,
}

impl Default for FormatOptions {
    fn default() -> Self {
        Self {
            ink: Ink::default(),
            show_all: false,
            show_whole: false,
            md_budget: SUMMARY_BUDGET,
        }
    }
}

//! The table of formats.

use crate::leaves::Ink;
use crate::report::record::Record;
use crate::report::{json, junit, markdown, text};

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
    /// The most bytes a Markdown report may have; its appendix is trimmed first, its summary never.
    pub md_budget: usize,
}

impl Default for FormatOptions {
    fn default() -> Self {
        Self {
            ink: Ink::default(),
            show_all: false,
            md_budget: SUMMARY_BUDGET,
        }
    }
}

/// A row of the table of formats.
#[derive(Debug)]
pub struct Format {
    /// The word in `--report FORMAT=PATH`.
    pub name: &'static str,
    /// The usual extension of its files, without the dot.
    pub extension: &'static str,
    /// What it is for, for the help text.
    pub what: &'static str,
    /// Writes a record. The exit code is told by the record; no format can change it.
    pub write: fn(&Record, &FormatOptions) -> Vec<u8>,
}

/// All formats of this version.
pub const FORMATS: &[Format] = &[
    Format {
        name: "text",
        extension: "txt",
        what: "for the terminal: failures last, then one line of summary",
        write: text::write,
    },
    Format {
        name: "json",
        extension: "json",
        what: "for programs: everything, with a published schema",
        write: json::write,
    },
    Format {
        name: "junit",
        extension: "xml",
        what: "for CI servers: JUnit XML",
        write: junit::write,
    },
    Format {
        name: "md",
        extension: "md",
        what: "for people: the gap report in Markdown",
        write: markdown::write,
    },
];

/// The format of that name.
pub fn format_named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

//! The table of formats.

use crate::report::options::FormatOptions;
use crate::report::record::Record;
use crate::report::{json, junit, markdown, text};

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

//! The table of formats.

use crate::report::options::FormatOptions;
use crate::report::record::Record;
use crate::report::{json, junit, md, text};

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
        write: md::write,
    },
];

/// The format of that name.
pub fn format_named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_format_has_its_own_name_and_its_file_is_called_so() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
        for (at, format) in FORMATS.iter().enumerate() {
            let name = format.name;
            assert!(FORMATS[..at].iter().all(|other| other.name != name));
            let file = folder.join(format!("{name}.rs"));
            let door = folder.join(name).join("mod.rs");
            assert!(file.exists() || door.exists(), "no file for {name}");
            assert!(format_named(name).is_some_and(|found| found.what == format.what));
        }
        assert!(format_named("html").is_none());
    }
}

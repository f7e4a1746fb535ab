//! Where in a file something was written.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A place in a text: line and column from 1 (columns in characters), and the byte range for carets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A place in a named file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file as the user named it.
    pub file: Arc<Path>,
    /// Where in it.
    pub place: Place,
}

impl Origin {
    /// The start of a file, for mistakes of the file as a whole.
    pub fn whole(file: &Path) -> Self {
        Self {
            file: file.into(),
            place: Place {
                line: 1,
                column: 1,
                start: 0,
                end: 0,
            },
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}",
            self.file.display(),
            self.place.line,
            self.place.column
        )
    }
}

/// An origin as reports carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OriginRecord {
    /// The file as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl From<&Origin> for OriginRecord {
    fn from(origin: &Origin) -> Self {
        Self {
            file: origin.file.display().to_string(),
            line: origin.place.line,
            column: origin.place.column,
        }
    }
}

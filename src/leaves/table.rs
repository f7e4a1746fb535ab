//! A small table that every report can show.

use serde::{Deserialize, Serialize};

/// A table with a title: the attempts of a DNS lookup, the targets of a job. Cells are plain, untrusted text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Table {
    /// What the table shows.
    pub title: String,
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows; each has as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

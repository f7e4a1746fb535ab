//! Floor 6: from a ladder to the gap: the edge at which the data is lost. Why it is lost will live beside it, one file a family of causes.

mod cause_docs;

pub mod doctor;

pub use crate::leaves::{Edge, Gap, find_gap};
pub use cause_docs::{CAUSE_DOCS, CauseDocs, explain_cause};

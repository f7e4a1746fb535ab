//! The gap report in Markdown: for the on-call engineer, a ticket, a step summary.

mod appendix;
mod causes;
mod finding;
mod grid;
mod lists;
mod page;
mod part;
mod pipeline;
mod safe_text;
mod summary;

pub(crate) use page::write;

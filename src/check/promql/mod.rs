//! `promql`: its form, what it expects of a result, and how it judges.

mod expect;
mod form;
mod judge;
mod review;

pub use expect::Expect;
pub use form::Promql;

//! `metric`: one file a station of the way, and one that judges the ladder they make.

mod assertions;
pub(crate) mod exporter;
mod form;
mod judge;
mod looking;
mod newest;
mod place;
mod promql;
pub(crate) mod receive;
mod refusal;
mod review;
mod sender;
pub(crate) mod sight;
mod tenancy;

pub use form::Metric;

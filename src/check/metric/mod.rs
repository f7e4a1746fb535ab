//! `metric`: one file a station of the way, and one that judges the ladder they make.

mod assertions;
pub(crate) mod exporter;
mod form;
mod judge;
mod looking;
mod newest;
mod place;
mod promql;
mod receive;
mod refusal;
mod review;
mod sender;
mod sight;
mod tenancy;

pub use form::Metric;
pub(crate) use place::{after_sending, is_shared};
pub(crate) use sender::{Sender, sender};

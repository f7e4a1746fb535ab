//! The part of PromQL that checks and curious users send, over the series of the lab.

mod aggregate;
mod binary;
mod eval;
mod failure;
mod function;
mod query;
mod reading;
mod remarks;
mod selector;
mod value;

pub(crate) use failure::Failure;
pub(crate) use query::{LOOKBACK_MS, Outcome, instant, range};
pub(crate) use selector::{matches, parse_selector, selectors};
pub(crate) use value::{Computed, Point};

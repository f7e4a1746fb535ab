//! `dns`: a name resolves.

mod demand;
mod form;
mod judge;
mod lookups;

pub(crate) use form::review_lookup;
pub(crate) use lookups::{Gave, Lookups};

pub use form::{Dns, Lookup};

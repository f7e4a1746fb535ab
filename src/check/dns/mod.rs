//! `dns`: a name resolves.

mod demand;
mod form;
mod judge;
mod lookups;

pub use form::{Dns, Lookup};

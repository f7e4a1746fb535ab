//! Hops with several addresses: which servers they are, a check judged at each, and one verdict of all.

mod finding;
mod joining;
mod judging;

pub(crate) use finding::{replicas, servers};
pub(crate) use joining::{grouped, some_of};
pub(crate) use judging::judge;

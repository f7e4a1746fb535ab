//! `gapcheck trace`: one metric over the whole pipeline, and a check of it for the suite.

mod following;
mod hops;
mod saving;

pub(crate) use following::trace;

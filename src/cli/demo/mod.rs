//! `gapcheck demo`: the incident's suite on a pipeline inside the process, as its own proof.

mod finding;
mod folder;
mod planted;
mod stage;
mod suite;

pub(crate) use stage::demo;

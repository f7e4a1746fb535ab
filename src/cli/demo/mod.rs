//! `gapcheck demo`: the incident's suite on a pipeline inside the process, as its own proof.

mod finding;
mod folder;
mod planted;
mod stage;

pub(crate) use stage::demo;

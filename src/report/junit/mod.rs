//! JUnit XML for CI servers.

mod case;
mod document;
mod times;

pub(crate) use document::write;

//! The lab: a small metrics pipeline inside the process, into which a named fault can be put.
//!
//! It is a pure function from a request to an answer over a [`Model`] and a clock; [`start`] puts loopback
//! servers around it. What it answers is held against recordings of the real servers by a test.

mod message;
mod moment;
mod number;
mod promql;
mod series;


pub use message::{Request, Response};
pub use series::{Labels, labels};

//! How a server's own counters and gauges move: from the history of a Prometheus that scrapes it, else from two readings.

mod between;
mod client;
mod history;
mod names;

pub use between::between;
pub use client::movement;

//! The incident of 22 November 2025 as a bundle that can be replayed (`examples/incident/`): the lab makes it from what the report of
//! that day says, at the time of that day, and the built program judges it offline.
//!
//! `UPDATE_INCIDENT=1 cargo test --test incident` makes the recordings anew.

mod bundle;
mod network;
mod recording;
mod replayed;
mod resolver;
mod scene;
mod who;

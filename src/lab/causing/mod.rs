//! Faults by the cause that they are: each is planted into the incident's pipeline and must lead a diagnosis of the cost metric of
//! `ops` to that cause, at that edge, with that certainty, and to no other proven one.

mod downstream;
mod row;
mod store_plants;
mod suite;
mod upstream;
mod upstream_plants;

pub use row::{CauseFault, cause_fault, cause_faults};
pub use suite::SuiteChange;

//! The doctor: whether each hop of a suite can be reached, is what the suite says, and what it can answer.

mod address;
mod capability;
mod clock;
mod clocks;
mod examination;
mod examined;
mod nature;

pub use clock::Clock;
pub use examination::examine;
pub use examined::{Able, AddressSeen, Answering, Examined, Grade, Reached, Remark};

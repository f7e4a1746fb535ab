//! `remote_write`: its form, the block it means, the queue's counters and what they say, and the verdict.

mod block;
mod form;
mod judge;
mod keeps;
mod queue;
mod review;
mod state;
mod telling;

pub(crate) use block::leads_to;
pub use form::RemoteWriteCheck;
pub(crate) use queue::{NAMES as QUEUE_NAMES, Queue, queues};
pub(crate) use state::{State, state};
pub(crate) use telling::seen;

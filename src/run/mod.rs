//! Floor 7: plan + door to events and a finished run: order, needs, deadlines, interruption. Silent: it takes an observer.

mod event;
mod outcome;

pub use event::Event;
pub use outcome::{EndedBy, Outcome, Run};

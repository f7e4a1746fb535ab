//! Floor 7: plan + door to events and a finished run: order, needs, deadlines, interruption. Silent: it takes an observer.

mod attempt;
mod backoff;
mod broken;
mod event;
mod exit;
mod handing_over;
mod looking_into;
mod needs;
mod options;
mod outcome;
mod rehearsal;
mod runner;
#[cfg(test)]
pub(crate) mod sample;
mod waiver;

pub use event::Event;
pub use exit::{EXIT_CODES, Exit, ExitCode, ExitRow, Gate, GatedState, exit_of};
pub use options::RunOptions;
pub use outcome::{EndedBy, Outcome, Run};
pub use rehearsal::{Rehearsed, rehearse};
pub use runner::run;

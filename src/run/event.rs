//! What the runner tells while it runs: the contract between it and whoever observes it.

use crate::plan::{Plan, Step};
use crate::run::outcome::{Outcome, Run};

/// An event of a run. Events of one step come in order; steps interleave.
#[derive(Debug)]
pub enum Event<'a> {
    /// The run begins.
    RunStarted {
        /// What will be done.
        plan: &'a Plan,
    },
    /// A step begins.
    StepStarted {
        /// The step.
        step: &'a Step,
    },
    /// A step did not pass and is judged again (`within`, `--retries`).
    StepRetried {
        /// The step.
        step: &'a Step,
        /// Judgings so far.
        attempts: u32,
    },
    /// A step is finished.
    StepFinished {
        /// The step.
        step: &'a Step,
        /// What came of it.
        outcome: &'a Outcome,
    },
    /// The run is finished, or has ended early.
    RunFinished {
        /// All of it.
        run: &'a Run,
    },
}

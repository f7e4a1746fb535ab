//! A finished run: one outcome a step.

use std::sync::Arc;

use crate::leaves::{Diagnosis, Exchange, Judged, Timestamp, Verdict};
use crate::plan::Plan;

/// What came of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The last judging: its verdict (after waivers and needs), ladder, tables and notes.
    pub judged: Judged,
    /// A pass that needed a retry (`--retries`).
    pub flaky: bool,
    /// A pass under a waiver: the waiver can go.
    pub fixed: bool,
    /// How often it was judged; 0 when it was not.
    pub attempts: u32,
    /// When it began; none when it was not judged.
    pub started: Option<Timestamp>,
    /// How long it took, in milliseconds, all attempts together.
    pub took_ms: u64,
    /// The exchanges of the last judging.
    pub evidence: Vec<Exchange>,
    /// Why it is red, where that could be looked into: the gap and its causes.
    pub diagnosis: Option<Box<Diagnosis>>,
    /// Whether gapcheck itself panicked in it: the run's exit code is then 70.
    pub panicked: bool,
}

impl Outcome {
    /// The verdict.
    pub fn verdict(&self) -> &Verdict {
        &self.judged.verdict
    }

    /// The outcome of a step that was not judged.
    pub(crate) fn unjudged(judged: Judged) -> Self {
        Self {
            judged,
            flaky: false,
            fixed: false,
            attempts: 0,
            started: None,
            took_ms: 0,
            evidence: Vec::new(),
            diagnosis: None,
            panicked: false,
        }
    }
}

/// What ended a run before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// SIGHUP.
    Hangup,
    /// SIGINT.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// `--deadline`.
    Deadline,
    /// `--max-fail`.
    MaxFail,
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was to be done.
    pub plan: Arc<Plan>,
    /// What came of it, in the order of the plan.
    pub outcomes: Vec<Outcome>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// From where it looked: `runner HOSTNAME`.
    pub vantage: String,
    /// What ended it early.
    pub ended_by: Option<EndedBy>,
}

//! The record of a run: the JSON report (`schema: 1`), and the plain data from which every other format is rendered.
//!
//! Keys may be added within a schema version, never renamed or removed. It holds no floating point number, so that nothing in
//! it can fail to be JSON; values that servers sent stand in it as the text they sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::leaves::Timestamp;
use crate::report::check_record::{CheckRecord, State};
use crate::report::gap_record::GapRecord;

/// The version of the JSON report.
pub const RECORD_SCHEMA: u32 = 1;

/// A finished (or interrupted) run, as other programs may read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// Version of this format: 1.
    pub schema: u32,
    /// Version of gapcheck that wrote it.
    pub gapcheck: String,
    /// When the run began.
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// From where the systems were asked: `runner HOSTNAME`.
    pub vantage: String,
    /// What came of the run as a whole; only `pass` is green.
    pub verdict: RunVerdict,
    /// The process' exit code.
    pub exit_code: u8,
    /// The exit code in words.
    pub exit_reason: String,
    /// Whether the run came to its own end. False for a run that was interrupted, met its deadline, or never began.
    pub finished: bool,
    /// What ended it early: `SIGHUP`, `SIGINT`, `SIGTERM`, `deadline` or `max-fail`.
    pub ended_by: Option<String>,
    /// How many checks there are of each state.
    pub counts: Counts,
    /// The checks, in the order of the plan.
    pub checks: Vec<CheckRecord>,
    /// Where data is lost, in the order of the checks.
    pub gaps: Vec<GapRecord>,
}

/// What came of a run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunVerdict {
    /// Everything that gates was judged, and is so.
    Pass,
    /// Something that gates was judged, and is not so.
    Fail,
    /// Something that gates could not be judged, nothing was judged, or the run did not finish.
    Error,
}

impl RunVerdict {
    /// The verdict that belongs to an exit code: 0 and 5 (green, but a report could not be written) are a pass, 1 is a fail.
    pub fn of_exit_code(code: u8) -> Self {
        match code {
            0 | 5 => Self::Pass,
            1 => Self::Fail,
            _ => Self::Error,
        }
    }

    /// The word, the same in every format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// How many checks there are of each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Asked, and it is so; with the flaky ones.
    pub pass: u64,
    /// Asked, and it is not so.
    pub fail: u64,
    /// Could not be asked.
    pub error: u64,
    /// Not judged, because of a need.
    pub blocked: u64,
    /// Not judged, by a declared condition.
    pub skip: u64,
    /// Failed or erred under a waiver.
    pub known_gap: u64,
    /// Passes that needed a retry; counted under `pass` too.
    pub flaky: u64,
}

impl Counts {
    /// The counts of these checks.
    pub fn of(checks: &[CheckRecord]) -> Self {
        let mut counts = Self::default();
        for check in checks {
            *counts.slot(check.verdict) += 1;
            counts.flaky += u64::from(check.flaky);
        }
        counts
    }

    /// How many there are of one state.
    pub fn get(mut self, state: State) -> u64 {
        *self.slot(state)
    }

    /// How many checks there are.
    pub fn total(self) -> u64 {
        State::ALL.iter().map(|state| self.get(*state)).sum()
    }

    fn slot(&mut self, state: State) -> &mut u64 {
        match state {
            State::Pass => &mut self.pass,
            State::Fail => &mut self.fail,
            State::Error => &mut self.error,
            State::Blocked => &mut self.blocked,
            State::Skip => &mut self.skip,
            State::KnownGap => &mut self.known_gap,
        }
    }
}

/// How the process will end: decided by the one function that turns a run into an exit code, and told here, so that reports can
/// say it and never decide it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitSummary {
    /// The exit code.
    pub code: u8,
    /// The code in words: `1 critical check failed`.
    pub reason: String,
}

impl ExitSummary {
    /// An exit code and its reason.
    pub fn new(code: u8, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}

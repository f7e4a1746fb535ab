//! The record of a run: the JSON report (`schema: 1`), and the plain data from which every other format is rendered.
//!
//! Keys may be added within a schema version, never renamed or removed. It holds no floating point number, so that nothing in
//! it can fail to be JSON; values that servers sent stand in it as the text they sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::leaves::{Exchange, OriginRecord, Rung, Severity, Table, Timestamp};

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

/// The state of a check.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Asked, and it is so.
    Pass,
    /// Asked, and it is not so.
    Fail,
    /// Could not be asked.
    Error,
    /// Not judged, because a check that it needs failed or erred.
    Blocked,
    /// Not judged, by a declared condition.
    Skip,
    /// Failed or erred under a waiver that still holds.
    KnownGap,
}

impl State {
    /// All states, in the order in which counts are told.
    pub const ALL: [Self; 6] = [
        Self::Pass,
        Self::Fail,
        Self::Error,
        Self::Blocked,
        Self::Skip,
        Self::KnownGap,
    ];

    /// The word, the same in every format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Blocked => "blocked",
            Self::Skip => "skip",
            Self::KnownGap => "known-gap",
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

/// One check and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckRecord {
    /// Full id, unique in the run: `finops-cost[ops]/cost-metric`.
    pub id: String,
    /// The suite's name.
    pub suite: String,
    /// The cluster's name; null in a suite without clusters.
    pub cluster: Option<String>,
    /// The check's own id within its suite.
    pub check_id: String,
    /// The check's kind.
    pub kind: String,
    /// What the check is about: the metric, the name, the URL.
    pub subject: String,
    /// What a person calls it.
    pub title: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Who is to be told.
    pub owner: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// What to look at when it fails, as the suite says.
    pub hint: Option<String>,
    /// Its state.
    pub verdict: State,
    /// A pass that needed a retry.
    pub flaky: bool,
    /// A pass under a waiver: the waiver can go.
    pub fixed: bool,
    /// What the check demands, where it failed (also under a waiver).
    pub expected: Option<String>,
    /// What was found instead.
    pub actual: Option<String>,
    /// The verdict in one sentence; the same text in every format.
    pub message: String,
    /// One line on what was found, also on a pass.
    pub says: String,
    /// What to do about an error, as a sentence.
    pub help: Option<String>,
    /// The full id of the need that blocked it.
    pub blocked_by: Option<String>,
    /// Whether that need gates; where it does not, this check counts as an error. Null where nothing blocked it.
    pub need_gates: Option<bool>,
    /// The waiver that is written for it, holding or expired.
    pub known_gap: Option<WaiverRecord>,
    /// Where it is written; null only for the entry that says that a run did not finish.
    pub origin: Option<OriginRecord>,
    /// How often it was judged; 0 when it was not.
    pub attempts: u32,
    /// When it began; null when it was not judged.
    pub started: Option<Timestamp>,
    /// How long it took, in milliseconds, all attempts together.
    pub took_ms: u64,
    /// What each hop said, in the order of the data's way (metric checks).
    pub ladder: Vec<Rung>,
    /// Tables worth showing, such as the attempts of a DNS lookup.
    pub tables: Vec<Table>,
    /// Remarks that do not change the verdict.
    pub notes: Vec<String>,
    /// The exchanges behind the verdict, in the order of asking.
    pub evidence: Vec<Exchange>,
}

impl CheckRecord {
    /// `finops-cost[ops]`, without clusters `finops-cost`.
    pub fn suite_and_cluster(&self) -> String {
        match &self.cluster {
            Some(cluster) => format!("{}[{cluster}]", self.suite),
            None => self.suite.clone(),
        }
    }

    /// `suites/finops.yaml:58`, where it is written.
    pub fn place(&self) -> Option<String> {
        let origin = self.origin.as_ref()?;
        Some(format!("{}:{}", origin.file, origin.line))
    }

    /// Whether it is blocked by a check that does not gate, so that it counts as an error: nothing may turn green unasked.
    pub fn blocked_unasked(&self) -> bool {
        self.verdict == State::Blocked && self.need_gates == Some(false)
    }

    /// Whether a waiver is written for it that no longer holds.
    pub fn waiver_expired(&self) -> bool {
        self.known_gap.as_ref().is_some_and(|waiver| waiver.expired)
    }
}

/// A waiver and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverRecord {
    /// The last day of the waiver, as written.
    pub until: String,
    /// The ticket.
    pub ticket: Option<String>,
    /// Why it is waived.
    pub reason: Option<String>,
    /// Whether that day had passed when the run began.
    pub expired: bool,
    /// The state that it waived in this run: `fail` or `error`; null where it waived none.
    pub was: Option<State>,
}

/// Where data is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GapRecord {
    /// Stable across runs: follows from suite, cluster and the check's own id alone.
    pub id: String,
    /// Full id of the check that shows it.
    pub check: String,
    /// The metric, as the check selects it.
    pub metric: String,
    /// The cluster; null in a suite without clusters.
    pub cluster: Option<String>,
    /// The last hop that has the series; null where no hop upstream has it.
    pub from: Option<String>,
    /// The first hop after it that has not.
    pub to: String,
    /// How exactly the place is known.
    pub edge: EdgeRecord,
    /// Whether a waiver holds for it.
    pub waived: bool,
    /// Why it is lost, the likeliest first.
    pub causes: Vec<CauseRecord>,
}

/// How exactly the place of a gap is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EdgeRecord {
    /// Between two neighbours.
    Exact,
    /// Somewhere between two hops: those in between could not be asked.
    Interval,
}

/// A catalogued reason for a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CauseRecord {
    /// The cause's id in the catalogue.
    pub id: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// What was found, in a sentence.
    pub says: String,
    /// Numbers of the exchanges that show it.
    pub evidence: Vec<u32>,
    /// What to do.
    pub fix: Option<String>,
    /// Commands to run next.
    pub next: Vec<String>,
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The evidence leaves no other reading.
    Proven,
    /// The evidence points to it.
    Likely,
    /// Nothing speaks against it.
    Possible,
    /// The evidence speaks against it.
    RuledOut,
    /// Could not be looked into.
    NotTested,
}

impl Certainty {
    /// The word, the same in every format.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
            Self::Possible => "possible",
            Self::RuledOut => "ruled-out",
            Self::NotTested => "not-tested",
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

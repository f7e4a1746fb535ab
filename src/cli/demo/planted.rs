//! What a demo plants: a fault by name, which leaves its marks on a whole run, or one that is a catalogued cause, to which the diagnosis
//! of one check must lead.

use std::fmt::Write as _;

use crate::cli::demo::finding::{Finding, find};
use crate::diagnose::cause;
use crate::lab::{
    CauseFault, DEFAULT_FAULT, Edge, FAULTS, Fault, Model, SuiteChange, ThanosVersion, cause_fault,
    cause_faults, fault,
};
use crate::leaves::{Certainty, words};
use crate::report::{CauseRecord, EdgeRecord, GapRecord, Record};

/// The check whose diagnosis must lead to a planted cause.
const CHECK: &str = "finops-cost[ops]/cost-metric";

/// A fault of one of the two tables.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Planted {
    /// By its name.
    Fault(&'static Fault),
    /// By the cause that it is.
    Cause(&'static CauseFault),
}

impl Planted {
    /// The fault that is named: one of the names first, then a cause.
    ///
    /// # Errors
    /// That there is none.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        if let Some(fault) = fault(name) {
            return Ok(Self::Fault(fault));
        }
        if let Some(fault) = cause_fault(name) {
            return Ok(Self::Cause(fault));
        }
        let lists = "`gapcheck demo --list-faults` lists them";
        if cause(name).is_some() {
            return Err(format!(
                "the pipeline of the demo cannot have `{name}` as a fault; {lists}"
            ));
        }
        let names = FAULTS.iter().map(|fault| fault.name);
        let names = names.chain(cause_faults().map(|fault| fault.cause));
        let meant = words::nearest(name, names)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        Err(format!("no fault `{name}`{meant} {lists}"))
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.name,
            Self::Cause(fault) => fault.cause,
        }
    }

    /// Puts it into a healthy model.
    pub(crate) fn plant(self, model: &mut Model) {
        match self {
            Self::Fault(fault) => (fault.plant)(model),
            Self::Cause(fault) => (fault.plant)(model),
        }
    }

    /// What the suite says otherwise with it.
    pub(crate) fn suite(self) -> Option<&'static SuiteChange> {
        match self {
            Self::Fault(_) => None,
            Self::Cause(fault) => fault.suite(),
        }
    }

    /// Whether a run found it and nothing else, and what it found.
    pub(crate) fn found(self, record: &Record, version: ThanosVersion) -> (bool, String) {
        match self {
            Self::Fault(fault) => {
                let found = find(record, FAULTS, version);
                (found == Finding::Fault(fault.name), found.words())
            }
            Self::Cause(fault) => diagnosed(record, fault, version),
        }
    }
}

/// What the diagnosis of the check says, and whether it is what the row of the fault says.
fn diagnosed(record: &Record, fault: &CauseFault, version: ThanosVersion) -> (bool, String) {
    let Some(gap) = record.gaps.iter().find(|gap| gap.check == CHECK) else {
        return (false, format!("no gap of `{CHECK}`"));
    };
    let is_told =
        |cause: &&CauseRecord| cause.id == fault.cause || cause.certainty == Certainty::Proven;
    let mut told: Vec<&CauseRecord> = gap.causes.iter().filter(is_told).collect();
    told.sort_by_key(|cause| cause.id != fault.cause);
    let is_expected = |cause: &&CauseRecord| match cause.id == fault.cause {
        true => cause.certainty.word() == fault.certainty,
        false => fault.beside().contains(&cause.id.as_str()),
    };
    let is_right = told.first().is_some_and(|first| first.id == fault.cause)
        && told.iter().all(is_expected)
        && is_at(gap, fault.edge_on(version));
    let said: Vec<String> = told
        .iter()
        .map(|cause| format!("{}, {}", cause.id, cause.certainty.word()))
        .collect();
    let said = match said.is_empty() {
        true => "no cause".to_owned(),
        false => said.join(" and "),
    };
    (is_right, format!("{said}, {}", place(gap)))
}

fn is_at(gap: &GapRecord, edge: Edge) -> bool {
    (
        gap.from.as_deref(),
        gap.to.as_str(),
        gap.edge == EdgeRecord::Exact,
    ) == (edge.from, edge.to, edge.exact)
}

fn place(gap: &GapRecord) -> String {
    let how = match gap.edge {
        EdgeRecord::Exact => "between",
        EdgeRecord::Interval => "somewhere between",
    };
    match &gap.from {
        Some(from) => format!("{how} {from} and {}", gap.to),
        None => format!("before or at {}", gap.to),
    }
}

/// What can be planted: the faults by name, then, after an empty line, those by cause that have no such name.
pub(crate) fn listing() -> String {
    let causes: Vec<&CauseFault> = cause_faults()
        .filter(|row| fault(row.cause).is_none())
        .collect();
    let names = FAULTS.iter().map(|fault| fault.name.len());
    let width = names.chain(causes.iter().map(|row| row.cause.len())).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for fault in FAULTS {
        let default = match fault.name == DEFAULT_FAULT {
            true => " (default)",
            false => "",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<width$}  {}{default}", fault.name, fault.says);
    }
    text.push('\n');
    for row in causes {
        let _ = writeln!(text, "{:<width$}  {}", row.cause, row.says);
    }
    text
}

//! A row of the tables of faults by cause.

use crate::lab::causing::suite::{SuiteChange, suite_change};
use crate::lab::causing::{downstream, upstream};
use crate::lab::fault::Edge;
use crate::lab::model::Model;
use crate::lab::version::ThanosVersion;

/// A fault that is one catalogued cause.
#[derive(Debug, Clone, Copy)]
pub struct CauseFault {
    /// The id of the cause, and the fault's name on the command line.
    pub cause: &'static str,
    /// What is wrong, in a sentence.
    pub says: &'static str,
    /// Puts it into a healthy model.
    pub plant: fn(&mut Model),
    /// Where the metric is lost.
    pub edge: Edge,
    /// How sure a diagnosis can be: `proven`, `likely` or `possible`.
    pub certainty: &'static str,
}

/// Where the metric is lost as far as Thanos 0.31 tells: its Receive lists ten names of metrics whatever is asked for, so that one that
/// is not among them is neither there nor missing.
const ON_0_31: &[(&str, Edge)] = &[
    ("prometheus-agent", untold("exporter")),
    ("dropped-by-write-relabel", untold("prom")),
    ("older-than-queue", untold("prom")),
    ("remote-write-recent", untold("prom")),
    ("sample-age-limit", untold("prom")),
    ("native-histograms-not-sent", untold("prom")),
    ("dropped-by-receive-relabel", untold("prom")),
    ("receive-data-lost", untold("prom")),
    ("receive-empty", untold("prom")),
    ("other-receive-replica", untold("prom")),
    ("name-translated", untold("prom")),
];

const fn untold(from: &'static str) -> Edge {
    Edge {
        from: Some(from),
        to: "query",
        exact: false,
    }
}

/// Causes that are as true where another one is planted, since they say the same in more general words.
const BESIDE: &[(&str, &[&str])] = &[("renamed-metric", &["metric-not-exposed"])];

impl CauseFault {
    /// Where the metric is lost, as far as this Thanos tells.
    pub fn edge_on(&self, version: ThanosVersion) -> Edge {
        let is_own = |(cause, _): &&(&str, Edge)| *cause == self.cause;
        match version {
            ThanosVersion::V0_31 => ON_0_31.iter().find(is_own).map_or(self.edge, |own| own.1),
            _ => self.edge,
        }
    }

    /// What the suite says otherwise, where the fault is not in the incident's pipeline alone.
    pub fn suite(&self) -> Option<&'static SuiteChange> {
        suite_change(self.cause)
    }

    /// Keys of the incident's check that must be otherwise for the fault to show, with their values in JSON.
    pub fn asks(&self) -> &'static [(&'static str, &'static str)] {
        self.suite().map_or(&[], |change| change.check)
    }

    /// Other causes that are proven, and rightly, where this one is planted.
    pub fn beside(&self) -> &'static [&'static str] {
        let known = BESIDE.iter().find(|(cause, _)| *cause == self.cause);
        known.map_or(&[], |(_, beside)| beside)
    }
}

/// All of them, in the order of the data's way.
pub fn cause_faults() -> impl Iterator<Item = &'static CauseFault> {
    upstream::ROWS.iter().chain(downstream::ROWS)
}

/// The one of that cause.
pub fn cause_fault(cause: &str) -> Option<&'static CauseFault> {
    cause_faults().find(|fault| fault.cause == cause)
}

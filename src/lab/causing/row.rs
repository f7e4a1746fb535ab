//! A row of the tables of faults by cause.

use crate::lab::causing::{downstream, upstream};
use crate::lab::fault::Edge;
use crate::lab::model::Model;

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

/// Causes that are as true where another one is planted, since they say the same in more general words.
const BESIDE: &[(&str, &[&str])] = &[("renamed-metric", &["metric-not-exposed"])];

impl CauseFault {
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

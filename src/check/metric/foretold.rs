//! What is foretold of the series at one hop.

use crate::check::forecast::{Arrival, By};

/// What becomes of the series that the sender has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Foretold {
    /// Those that arrive.
    pub(crate) arrivals: Vec<Arrival>,
    /// Why the others do not, one reason.
    pub(crate) dropped: Option<String>,
}

impl Foretold {
    /// Why none arrives, where the sender has some and rules drop them all.
    pub(crate) fn all_dropped(&self) -> Option<&str> {
        self.dropped.as_deref().filter(|_| self.arrivals.is_empty())
    }

    /// Whether Receive gives this label to all that it takes, in place of the sender's, or may do so.
    pub(crate) fn is_common(&self, label: &str) -> bool {
        self.arrivals.iter().any(|arrival| {
            let last = arrival.steps.iter().rev().find(|step| step.label == label);
            last.is_some_and(|step| step.by == By::ReceiveLabel && step.was.is_some())
                || arrival.open.contains(label) && !arrival.labels.value(label).is_empty()
        })
    }

    /// What a label is foretold to be, and what makes it so.
    pub(crate) fn of_label(&self, label: &str) -> Option<String> {
        let arrival = self.arrivals.first()?;
        if arrival.open.contains(label) {
            return None;
        }
        let because = arrival.because(label)?;
        Some(match arrival.labels.value(label) {
            "" => format!("no label `{label}` is foretold: {because}"),
            value => format!("`{label}` is foretold to be {value:?}: {because}"),
        })
    }
}

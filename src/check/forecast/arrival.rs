//! What is foretold of one series: that a rule drops it, or its labels where it arrives, and what made them so.

use std::collections::BTreeSet;

use crate::leaves::Labels;
use crate::leaves::relabel::{Saw, TraceStep};

/// What becomes of a series on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Forecast {
    /// A rule of `write_relabel_configs` drops it.
    Dropped {
        /// The Prometheus that has the rule.
        sender: String,
        /// The rule at its work.
        step: Box<TraceStep>,
    },
    /// It arrives.
    Arrives(Arrival),
}

/// A series as it arrives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Its labels.
    pub(crate) labels: Labels,
    /// Labels whose value cannot be foretold; there may be such a label or not.
    pub(crate) open: BTreeSet<String>,
    /// What was done to its labels, in order.
    pub(crate) steps: Vec<Step>,
    /// Labels that deduplication takes from the answer. The stores have them, and matchers select by them (Thanos 0.31 and 0.42).
    pub(crate) hidden: Labels,
    /// Of these, the ones whose value cannot be foretold.
    pub(crate) hidden_open: BTreeSet<String>,
}

/// One thing done to one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The label.
    pub(crate) label: String,
    /// Its value before.
    pub(crate) was: Option<String>,
    /// Its value after; none where it was removed.
    pub(crate) now: Option<String>,
    /// By what.
    pub(crate) by: By,
}

/// What changes a label on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// An external label of this Prometheus, which the series did not have.
    External(String),
    /// The series has a label of its own of that name, so that the external label of this Prometheus is not added.
    Own(String),
    /// A rule of this Prometheus' `write_relabel_configs`, from 1.
    Rule(String, usize),
    /// A `--label` of Receive, which wins over the series' own.
    ReceiveLabel,
    /// The tenant under which Receive holds it.
    Tenant,
    /// Receive takes the tenant from this label and removes it (`--receive.split-tenant-label-name`).
    SplitTenant,
    /// Query removes its replica labels (`--query.replica-label`).
    Dedup,
}

impl Forecast {
    /// Why it does not arrive, as a sentence's end.
    pub(crate) fn dropped(&self) -> Option<String> {
        let Self::Dropped { sender, step } = self else {
            return None;
        };
        let saw = match &step.saw {
            Saw::Value { value, .. } => format!(", which sees {value:?}"),
            Saw::Names { .. } => String::new(),
        };
        Some(format!(
            "rule {} (`{}`) of the `write_relabel_configs` of {sender} drops it{saw}",
            step.rule + 1,
            step.action
        ))
    }
}

impl Arrival {
    /// The rule of `write_relabel_configs`, from 1, that changed a label last, and to what.
    pub(crate) fn rule_on(&self, label: &str) -> Option<(usize, Option<&str>)> {
        let last = self.steps.iter().rev().find(|step| step.label == label)?;
        match last.by {
            By::Rule(_, rule) => Some((rule, last.now.as_deref())),
            _ => None,
        }
    }

    /// What made this label what it is, where anything on the way did.
    pub(crate) fn because(&self, label: &str) -> Option<String> {
        let step = self.steps.iter().rev().find(|step| step.label == label)?;
        let was = step.was.as_deref().unwrap_or_default();
        Some(match &step.by {
            By::External(sender) => format!("an external label of {sender}"),
            By::Own(sender) => format!(
                "the series has a `{label}` of its own, so {sender} does not add its external label {was:?}"
            ),
            By::Rule(sender, rule) => {
                format!("rule {rule} of the `write_relabel_configs` of {sender}")
            }
            By::ReceiveLabel => match was {
                "" => "a `--label` of Receive".to_owned(),
                was => format!("a `--label` of Receive, which wins over {was:?}"),
            },
            By::Tenant => "the tenant at Receive".to_owned(),
            By::SplitTenant => {
                format!("Receive takes it for the tenant {was:?} and removes it")
            }
            By::Dedup => "Query removes it as a replica label".to_owned(),
        })
    }

    /// The labels by which it can be selected.
    pub(crate) fn selectable(&self) -> Labels {
        let mut labels = self.labels.clone();
        for (name, value) in self.hidden.iter() {
            labels.insert(name.clone(), value.clone());
        }
        labels
    }

    /// Its value of this label, as far as it can be selected by that; empty where it has none.
    pub(crate) fn selected_by(&self, label: &str) -> &str {
        match self.hidden.get(label) {
            Some(hidden) => hidden,
            None => self.labels.value(label),
        }
    }

    /// Whether the value by which it can be selected cannot be foretold.
    pub(crate) fn is_open(&self, label: &str) -> bool {
        self.open.contains(label) || self.hidden_open.contains(label)
    }

    /// Removes a label from the answer alone, as deduplication does.
    pub(crate) fn hide(&mut self, label: &str) {
        if let Some(value) = self.labels.get(label) {
            self.hidden.insert(label.to_owned(), value.clone());
            self.set(label, None, By::Dedup);
        }
        if self.open.remove(label) {
            self.hidden_open.insert(label.to_owned());
        }
    }

    /// Sets or removes a label, and keeps what was done.
    pub(crate) fn set(&mut self, label: &str, now: Option<&str>, by: By) {
        let was = match now {
            Some(value) => self.labels.insert(label.to_owned(), value.to_owned()),
            None => self.labels.remove(label),
        };
        self.open.remove(label);
        if was.as_deref() != now {
            self.steps.push(Step {
                label: label.to_owned(),
                was,
                now: now.map(str::to_owned),
                by,
            });
        }
    }
}

//! A label set while rules work on it: sorted labels first, then those that were set, in that order.

use crate::leaves::labels::Labels;
use crate::leaves::relabel::trace::Change;

/// Labels in the order in which rules see them, which decides who wins where `labelmap` gives two labels one name.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    base: Labels,
    set: Vec<(String, String)>,
}

impl Series {
    /// A label set, and labels that were added to it before the first rule. Empty labels are no labels.
    pub(crate) fn new<N: AsRef<str>, V: AsRef<str>>(
        labels: &Labels,
        added: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut series = Self {
            base: labels
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
            set: Vec::new(),
        };
        for (name, value) in added {
            if series.get(name.as_ref()).is_empty() {
                series.set(name.as_ref(), value.as_ref());
            }
        }
        series
    }

    /// The value, or the empty text.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.set
            .iter()
            .find(|(other, _)| other == name)
            .map_or_else(|| self.base.value(name), |(_, value)| value)
    }

    /// Sets a label; an empty value removes it. What it changed, if anything.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Option<Change> {
        if value.is_empty() {
            return self.remove(name);
        }
        let was = match self.set.iter_mut().find(|(other, _)| other == name) {
            Some((_, held)) => Some(std::mem::replace(held, value.to_owned())),
            None => {
                self.set.push((name.to_owned(), value.to_owned()));
                self.base.remove(name)
            }
        };
        (was.as_deref() != Some(value)).then(|| Change::Set {
            label: name.to_owned(),
            was,
            value: value.to_owned(),
        })
    }

    /// Removes a label. What it changed, if anything.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Change> {
        let was = match self.set.iter().position(|(other, _)| other == name) {
            Some(at) => self.set.remove(at).1,
            None => self.base.remove(name)?,
        };
        Some(Change::Removed {
            label: name.to_owned(),
            was,
        })
    }

    /// Forgets in which order labels were set.
    pub(crate) fn sort(&mut self) {
        self.base.extend(self.set.drain(..));
    }

    /// A copy of the labels, in order.
    pub(crate) fn in_order(&self) -> Vec<(String, String)> {
        self.base
            .iter()
            .chain(self.set.iter().map(|(name, value)| (name, value)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// The label set that came of it.
    pub(crate) fn into_labels(mut self) -> Labels {
        self.sort();
        self.base
    }
}

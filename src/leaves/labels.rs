//! A label set.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};

/// A label set, sorted by name; `__name__` is the metric's name. A label that is absent and one that is empty are the same to
/// Prometheus, so an empty value reads as absent.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Labels(pub BTreeMap<String, String>);

impl Labels {
    /// The value, or the empty string where the label is absent, as matchers see it.
    pub fn value(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The metric's name, where there is one.
    pub fn metric(&self) -> Option<&str> {
        self.0.get("__name__").map(String::as_str)
    }
}

impl Deref for Labels {
    type Target = BTreeMap<String, String>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Labels {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Labels {
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl fmt::Display for Labels {
    /// As Prometheus writes a series: `up{job="api"}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.metric().unwrap_or_default())?;
        let mut sep = '{';
        for (name, value) in self.0.iter().filter(|(name, _)| *name != "__name__") {
            write!(f, "{sep}{name}={value:?}")?;
            sep = ',';
        }
        match sep {
            '{' if self.metric().is_some() => Ok(()),
            '{' => f.write_str("{}"),
            _ => f.write_char('}'),
        }
    }
}

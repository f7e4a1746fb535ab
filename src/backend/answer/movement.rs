//! How a server's own counters and gauges moved.

use serde::{Deserialize, Serialize};

use crate::leaves::{Labels, Timestamp};

/// How series of a server's own metrics moved over a while.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Movement {
    /// The first reading.
    pub from: Timestamp,
    /// The last reading.
    pub to: Timestamp,
    /// Where it was read: `the history of prom`, `two readings 15s apart`.
    pub read: String,
    /// The series, all of the families asked for.
    pub series: Vec<Moved>,
}

/// One series at both ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// The series, `__name__` among its labels, without the labels that scraping it added.
    pub labels: Labels,
    /// Its value at the first reading; none where it was not there yet.
    pub first: Option<f64>,
    /// Its value at the last reading; none where it had gone.
    pub last: Option<f64>,
    /// How much it grew; a reset to zero counts from zero, as `increase()` has it. Meaningless for gauges.
    pub grew: f64,
}

impl Movement {
    /// The series of that name that have these labels.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Moved> {
        self.series
            .iter()
            .filter(move |moved| moved.labels.metric() == Some(name))
    }

    /// How long the movement was watched, in milliseconds.
    pub fn span_ms(&self) -> i64 {
        self.from.age_ms(self.to)
    }
}

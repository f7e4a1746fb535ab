//! What the Prometheus HTTP API answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::backend::answer::remote_write::RemoteWrite;
use crate::backend::answer::scraping::ScrapeJob;
use crate::leaves::{Labels, Timestamp};

/// How many series a selector has now, with what the server remarked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Series that an instant query of the selector returns (floats and native histograms alike).
    pub series: u64,
    /// The server's warnings: a warning that names a store means that the answer is incomplete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The answer to an instant query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryAnswer {
    /// What was found.
    pub result: QueryResult,
    /// The server's warnings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The server's infos (Prometheus 2.54 and later; Thanos puts them among the warnings).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub infos: Vec<String>,
}

/// The four types of result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "result", rename_all = "lowercase")]
pub enum QueryResult {
    /// One sample a series, at the evaluation time.
    Vector(Vec<Sample>),
    /// Raw samples with their own times, of a range selector.
    Matrix(Vec<Series>),
    /// A number.
    Scalar(SampleValue),
    /// A text.
    String(String),
}

/// One series of an instant vector. Its time is the *evaluation* time and says nothing of the sample's age, so it is not kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The series.
    pub labels: Labels,
    /// Its value.
    pub value: SampleValue,
}

/// One series of a matrix: raw samples, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The series.
    pub labels: Labels,
    /// Its samples with their own times.
    pub samples: Vec<(Timestamp, SampleValue)>,
}

/// A value in the server's own spelling, so that no digit is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleValue {
    /// A float: `-9.994e-07`, `NaN`, `+Inf`.
    Float(String),
    /// A native histogram: its count and sum.
    Histogram {
        /// Observations.
        count: String,
        /// Their sum.
        sum: String,
    },
}

impl SampleValue {
    /// The number to compare: a float, or a histogram's count. Go spells infinities `+Inf` and `-Inf`, which parse too.
    pub fn number(&self) -> f64 {
        let text = match self {
            Self::Float(text) => text,
            Self::Histogram { count, .. } => count,
        };
        text.parse().unwrap_or(f64::NAN)
    }

    /// The value as the server wrote it.
    pub fn raw(&self) -> String {
        match self {
            Self::Float(text) => text.clone(),
            Self::Histogram { count, sum } => {
                format!("histogram of {count} observations, sum {sum}")
            }
        }
    }
}

/// `/api/v1/targets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// Targets that are scraped.
    pub active: Vec<Target>,
    /// Targets dropped by relabelling; may be cut by `keep_dropped_targets`.
    #[serde(default)]
    pub dropped: Vec<DroppedTarget>,
    /// How many were dropped a scrape pool (Prometheus 2.47 and later).
    #[serde(default)]
    pub dropped_counts: BTreeMap<String, u64>,
}

/// A target that is scraped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Labels before relabelling.
    pub discovered: Labels,
    /// Labels that its series get.
    pub labels: Labels,
    /// The scrape pool: the job's name in the configuration.
    pub pool: String,
    /// What is scraped.
    pub url: String,
    /// `up`, `down` or `unknown` (not scraped yet).
    pub health: String,
    /// Why the last scrape failed; empty when it did not.
    pub last_error: String,
    /// When it was last scraped; none before the first scrape (the server then says year 1).
    pub last_scrape: Option<Timestamp>,
    /// Scrape interval as the server writes it, such as `15s`; empty on servers that do not say.
    pub interval: String,
}

/// A target dropped by relabelling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedTarget {
    /// Labels before relabelling.
    pub discovered: Labels,
    /// The scrape pool, where the server says (Prometheus 3.3 and later); else empty.
    #[serde(default)]
    pub pool: String,
}

/// `/api/v1/status/config`: what the running server has loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedConfig {
    /// `global.external_labels`.
    pub external_labels: Labels,
    /// Its `remote_write` blocks, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remote_write: Vec<RemoteWrite>,
    /// Why the `remote_write` blocks could not be read; the list is empty then and says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_write_problem: Option<String>,
    /// Its `scrape_configs`, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scrape_jobs: Vec<ScrapeJob>,
    /// Why the `scrape_configs` could not be read; the list is empty then and says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scrape_jobs_problem: Option<String>,
    /// Whether names are ASCII only, as in Prometheus 2 (`metric_name_validation_scheme: legacy`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub legacy_names: bool,
    /// The whole configuration as the server prints it.
    pub yaml: String,
}

impl LoadedConfig {
    /// The job of a scrape pool, by the pool's name.
    #[must_use]
    pub fn job(&self, pool: &str) -> Option<&ScrapeJob> {
        self.scrape_jobs.iter().find(|job| job.name == pool)
    }
}

/// `/api/v1/status/flags`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags(pub BTreeMap<String, String>);

/// `/api/v1/status/buildinfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The version as the server writes it, such as `2.42.0+ds`; empty where it says none (VictoriaMetrics).
    pub version: String,
    /// What it calls itself, where it does: `Grafana Mimir`. Prometheus and Thanos do not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub application: String,
    /// It tells no revision, no compiler, nothing but a version: VictoriaMetrics answers so, old ones with no version at all and
    /// later ones with that of a Prometheus whose API they have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bare: bool,
}

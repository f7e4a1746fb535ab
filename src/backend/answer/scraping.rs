//! A scrape job, as a running Prometheus shows it.

use serde::{Deserialize, Serialize};

use crate::leaves::relabel::RelabelRule;

/// A `scrape_configs` entry of a loaded configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrapeJob {
    /// Its `job_name`, which names its scrape pool.
    pub name: String,
    /// How often it scrapes, as the server writes it, such as `15s`.
    pub interval: String,
    /// Whether a target's own labels win over those that scraping gives.
    #[serde(default)]
    pub honor_labels: bool,
    /// Whether timestamps on the page are taken.
    #[serde(default)]
    pub honor_timestamps: bool,
    /// Its `relabel_configs`, which choose and shape targets, as shown.
    #[serde(default)]
    pub relabel_configs: Vec<RelabelRule>,
    /// Its `metric_relabel_configs`, which choose and shape what was scraped, as shown.
    #[serde(default)]
    pub metric_relabel_configs: Vec<RelabelRule>,
    /// Whether it scrapes through a proxy: its targets may look otherwise from elsewhere, or be out of reach.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub through_proxy: bool,
}

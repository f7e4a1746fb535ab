//! The table of this family's causes, in the order of the data's way.

use crate::diagnose::cause::Cause;
use crate::diagnose::scraping::{of_samples, of_targets};

/// The causes.
pub(crate) const CAUSES: &[Cause] = &[
    of_targets::CONFIG_NOT_LOADED,
    of_targets::TARGET_NOT_DISCOVERED,
    of_targets::TARGET_DROPPED_BY_RELABEL,
    of_targets::EXPORTER_DOWN,
    of_targets::EXPORTER_ERROR,
    of_targets::SCRAPE_CONTENT_TYPE,
    of_targets::SCRAPE_LIMIT,
    of_samples::METRIC_NOT_EXPOSED,
    of_samples::RENAMED_METRIC,
    of_samples::DROPPED_BY_METRIC_RELABEL,
    of_samples::TIMESTAMP_REFUSED,
    of_samples::RULE_FAILING,
    of_samples::SLOW_SCRAPE,
    of_samples::SERIES_ENDED,
    of_samples::PROMETHEUS_AGENT,
];

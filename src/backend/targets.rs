//! `/api/v1/targets` of a Prometheus.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::backend::answer::{DroppedTarget, Target, Targets};
use crate::backend::failure::Failure;
use crate::backend::go_json::{self, moment};
use crate::backend::json;
use crate::leaves::Labels;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetsData {
    #[serde(deserialize_with = "go_json::list")]
    active_targets: Vec<ActiveTarget>,
    #[serde(default, deserialize_with = "go_json::list")]
    dropped_targets: Vec<Dropped>,
    #[serde(default, deserialize_with = "go_json::strict_map")]
    dropped_target_counts: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActiveTarget {
    #[serde(default, deserialize_with = "go_json::labels")]
    discovered_labels: Labels,
    #[serde(deserialize_with = "go_json::labels")]
    labels: Labels,
    #[serde(default)]
    scrape_pool: String,
    #[serde(default)]
    scrape_url: String,
    #[serde(default)]
    last_error: String,
    #[serde(default)]
    last_scrape: String,
    health: String,
    #[serde(default)]
    scrape_interval: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dropped {
    #[serde(default, deserialize_with = "go_json::labels")]
    discovered_labels: Labels,
    #[serde(default)]
    scrape_pool: String,
}

/// Reads `/api/v1/targets`.
///
/// # Errors
/// A refusal with the server's text, or why this is no list of targets.
pub fn parse_targets(status: u16, content_type: &str, body: &[u8]) -> Result<Targets, Failure> {
    let data = json::read::<TargetsData>("api/v1/targets", status, content_type, body)?.data;
    let active = data
        .active_targets
        .into_iter()
        .map(|target| {
            Ok(Target {
                last_scrape: moment("lastScrape", &target.last_scrape)?,
                discovered: target.discovered_labels,
                labels: target.labels,
                pool: target.scrape_pool,
                url: target.scrape_url,
                health: target.health,
                last_error: target.last_error,
                interval: target.scrape_interval,
            })
        })
        .collect::<Result<_, Failure>>()?;
    let dropped = data
        .dropped_targets
        .into_iter()
        .map(|target| DroppedTarget {
            discovered: target.discovered_labels,
            pool: target.scrape_pool,
        })
        .collect();
    Ok(Targets {
        active,
        dropped,
        dropped_counts: data.dropped_target_counts,
    })
}

//! What Prometheus says of its targets: states, and the metadata of their pages.

use promql_parser::parser::VectorSelector;
use serde_json::{Map, Value, json};

use crate::lab::envelope::Dialect;
use crate::lab::message::{Request, Response};
use crate::lab::model::{Family, Prometheus, Target};
use crate::lab::moment::rfc3339;
use crate::lab::promql::{matches, parse_selector};
use crate::lab::version::PrometheusVersion;

/// The data of `/api/v1/targets`. An unknown `state` gives two empty lists, as the server does.
pub(crate) fn targets(prometheus: &Prometheus, now_ms: i64, request: &Request) -> Value {
    let state = request.param("state").unwrap_or("any");
    let pool = request.param("scrapePool");
    let in_pool = |target: &&Target| pool.is_none_or(|pool| pool.is_empty() || pool == target.job);
    let asked = |one: &str| state == "any" || state == one;
    let mut active = Vec::new();
    let mut dropped = Vec::new();
    let mut counts = Map::new();
    for target in prometheus.found().filter(in_pool) {
        let count = counts.entry(target.job.clone()).or_insert(json!(0));
        if target.dropped {
            *count = json!(count.as_i64().unwrap_or(0) + 1);
            if asked("dropped") {
                dropped.push(dropped_target(prometheus, target));
            }
        } else if asked("active") {
            active.push(active_target(prometheus, target, now_ms));
        }
    }
    let mut data = json!({"activeTargets": active, "droppedTargets": dropped});
    if prometheus.version == PrometheusVersion::V3_14 {
        data["droppedTargetCounts"] = Value::Object(counts);
    }
    data
}

fn active_target(prometheus: &Prometheus, target: &Target, now_ms: i64) -> Value {
    let interval = prometheus.interval_text(target);
    let every = prometheus.interval_of(target);
    let scrapes = (now_ms - prometheus.first_scrape_ms).div_euclid(every);
    let last_ms = prometheus.first_scrape_ms + scrapes * every;
    let failing = prometheus.failing(target);
    let error = failing
        .filter(|(since_ms, _)| *since_ms <= last_ms)
        .map(|(_, error)| error);
    let url = target.scrape_url();
    json!({
        "discoveredLabels": discovered(prometheus, target),
        "labels": target.target_labels(),
        "scrapePool": target.job,
        "scrapeUrl": url,
        "globalUrl": url.replace("127.0.0.1", "host"),
        "lastError": error.clone().unwrap_or_default(),
        "lastScrape": rfc3339(last_ms),
        "lastScrapeDuration": 0.000_869_401,
        "health": if error.is_some() { "down" } else { "up" },
        "scrapeInterval": interval,
        "scrapeTimeout": timeout_text(prometheus),
    })
}

fn dropped_target(prometheus: &Prometheus, target: &Target) -> Value {
    let mut one = json!({"discoveredLabels": discovered(prometheus, target)});
    if prometheus.version == PrometheusVersion::V3_14 {
        one["scrapePool"] = json!(target.job);
    }
    one
}

fn discovered(prometheus: &Prometheus, target: &Target) -> Value {
    let mut labels = target.labels.clone();
    let mut put = |name: &str, value: &str| labels.insert(name.to_owned(), value.to_owned());
    put("__address__", &target.address);
    put("__metrics_path__", "/metrics");
    put("__scheme__", "http");
    put("__scrape_interval__", &prometheus.interval_text(target));
    put("__scrape_timeout__", &timeout_text(prometheus));
    put("job", &target.job);
    if prometheus.version == PrometheusVersion::V3_14 {
        put("__always_scrape_classic_histograms__", "false");
        put("__convert_classic_histograms_to_nhcb__", "false");
        put("__scrape_native_histograms__", "false");
    }
    json!(labels)
}

/// The scrape interval as the configuration says it.
pub(crate) fn seconds_text(prometheus: &Prometheus) -> String {
    format!("{}s", prometheus.scrape_interval_ms / 1000)
}

/// The scrape timeout: ten seconds, or the interval where that is shorter.
pub(crate) fn timeout_text(prometheus: &Prometheus) -> String {
    format!("{}s", (prometheus.scrape_interval_ms / 1000).min(10))
}

/// The answer of `/api/v1/targets/metadata`.
pub(crate) fn of_targets(dialect: Dialect, prometheus: &Prometheus, request: &Request) -> Response {
    let wanted = match request.param("match_target") {
        None | Some("") => None,
        Some(text) => match parse_selector(text) {
            Ok(selector) => Some(selector),
            Err(message) => return dialect.bad("match_target", &message),
        },
    };
    let metric = request.param("metric").unwrap_or("");
    let mut items = Vec::new();
    for target in scraped_now(prometheus) {
        let labels = target.target_labels();
        if !wanted
            .as_ref()
            .is_none_or(|selector: &VectorSelector| matches(selector, &labels))
        {
            continue;
        }
        for family in target.shown() {
            if !metric.is_empty() && family.name != metric {
                continue;
            }
            let mut item = metadata(family);
            item["target"] = json!(labels);
            if metric.is_empty() {
                item["metric"] = json!(family.name);
            }
            items.push(item);
        }
    }
    dialect.success(&json!(items))
}

/// The data of `/api/v1/metadata`.
pub(crate) fn by_metric(prometheus: &Prometheus, request: &Request) -> Value {
    let metric = request.param("metric").unwrap_or("");
    let mut all = Map::new();
    for target in scraped_now(prometheus) {
        for family in target.shown() {
            if metric.is_empty() || family.name == metric {
                all.insert(family.name.clone(), json!([metadata(family)]));
            }
        }
    }
    Value::Object(all)
}

fn scraped_now(prometheus: &Prometheus) -> impl Iterator<Item = &Target> {
    prometheus
        .found()
        .filter(|target| !target.dropped && prometheus.failing(target).is_none())
}

fn metadata(family: &Family) -> Value {
    json!({"type": family.kind, "help": family.help, "unit": ""})
}

#[cfg(test)]
mod tests {
    use super::targets;
    use crate::lab::incident;
    use crate::lab::message::Request;

    const START: i64 = 1_800_000_000_000;

    #[test]
    fn a_target_that_is_down_quotes_its_error() {
        let mut model = incident::healthy(START);
        let exporter = model.exporter_mut().expect("an exporter");
        exporter.down_since_ms = Some(START - 60_000);
        let data = targets(&model.prometheus[0], START, &Request::get("/"));
        assert_eq!(data["activeTargets"][0]["health"], "down");
        assert_eq!(
            data["activeTargets"][0]["lastError"],
            "Get \"http://10.0.3.17:8080/metrics\": dial tcp 10.0.3.17:8080: connect: connection refused"
        );
        assert_eq!(data["activeTargets"][1]["health"], "up");
    }

    #[test]
    fn an_unknown_state_shows_nothing() {
        let model = incident::healthy(START);
        let request = Request::get("/").with("state", "broken");
        let data = targets(&model.prometheus[0], START, &request);
        assert_eq!(data["activeTargets"], serde_json::json!([]));
        assert_eq!(data["droppedTargets"], serde_json::json!([]));
    }
}

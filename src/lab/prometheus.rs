//! Prometheus: the paths of its API, and which of its answers stands behind each.

use serde_json::json;

use crate::lab::catalog::{Catalog, label_of};
use crate::lab::config;
use crate::lab::envelope::Dialect;
use crate::lab::flow::scraped;
use crate::lab::head::stats;
use crate::lab::message::{Request, Response};
use crate::lab::meter::page;
use crate::lab::model::{Model, Prometheus};
use crate::lab::page::{TEXT_FORMAT, TEXT_FORMAT_ESCAPING};
use crate::lab::promql::LOOKBACK_MS;
use crate::lab::rules;
use crate::lab::runtime;
use crate::lab::sender_metrics;
use crate::lab::series::Series;
use crate::lab::targets;
use crate::lab::version::PrometheusVersion;

/// Answers as the Prometheus of a cluster. A cluster that the model lacks has no server: 404.
pub(crate) fn answer(model: &Model, cluster: &str, now_ms: i64, request: &Request) -> Response {
    let Some(prometheus) = model.prometheus(cluster) else {
        return Response::not_found();
    };
    let dialect = Dialect::Prometheus(prometheus.version);
    if let Some(allowed) = allowed(&request.path)
        && !allowed.split(", ").any(|method| method == request.method)
    {
        return Response::wrong_method(allowed);
    }
    if prometheus.running.as_agent && is_of_storage(&request.path) {
        return dialect.error(422, "execution", "unavailable with Prometheus Agent");
    }
    let series = scraped(model, prometheus);
    let catalog = Catalog {
        dialect,
        series: &series,
        now_ms,
        lookback_ms: LOOKBACK_MS,
        warnings: &[],
    };
    match request.path.as_str() {
        "/api/v1/query" => catalog.query(request),
        "/api/v1/query_range" => catalog.query_range(request),
        "/api/v1/series" => catalog.series(request),
        "/api/v1/labels" => catalog.label_names(request),
        "/api/v1/targets" => dialect.success(&targets::targets(prometheus, now_ms, request)),
        "/api/v1/targets/metadata" => targets::of_targets(dialect, prometheus, request),
        "/api/v1/metadata" => dialect.success(&targets::by_metric(prometheus, request)),
        "/api/v1/rules" => dialect.success(&rules::data(prometheus, now_ms)),
        "/api/v1/status/config" => dialect.success(&json!({"yaml": config::yaml(prometheus)})),
        "/api/v1/status/flags" => dialect.success(&runtime::prometheus_flags(prometheus)),
        "/api/v1/status/buildinfo" => {
            dialect.success(&runtime::prometheus_build(prometheus.version))
        }
        "/api/v1/status/runtimeinfo" => {
            dialect.success(&runtime::prometheus_run(prometheus, now_ms))
        }
        "/api/v1/status/tsdb" => dialect.success(&tsdb(prometheus, &series, now_ms, request)),
        "/-/ready" => Response::text("Prometheus Server is Ready.\n"),
        "/-/healthy" => Response::text("Prometheus Server is Healthy.\n"),
        "/metrics" => metrics(prometheus, now_ms),
        "/api/v1/write" => Response::refusal(404, receiver_is_off(prometheus.version)),
        path => match label_of(path) {
            Some(label) => catalog.label_values(request, label),
            None => Response::not_found(),
        },
    }
}

/// Paths that an agent has and does not answer: it stores nothing.
fn is_of_storage(path: &str) -> bool {
    let plain = [
        "query",
        "query_range",
        "series",
        "labels",
        "rules",
        "status/tsdb",
    ];
    path.strip_prefix("/api/v1/")
        .is_some_and(|path| plain.contains(&path))
        || label_of(path).is_some()
}

/// The methods of a path, where the path exists.
fn allowed(path: &str) -> Option<&'static str> {
    Some(match path {
        "/api/v1/query" | "/api/v1/query_range" | "/api/v1/series" | "/api/v1/labels" => {
            "GET, OPTIONS, POST"
        }
        "/api/v1/targets"
        | "/api/v1/targets/metadata"
        | "/api/v1/metadata"
        | "/api/v1/rules"
        | "/api/v1/status/config"
        | "/api/v1/status/flags"
        | "/api/v1/status/buildinfo"
        | "/api/v1/status/runtimeinfo"
        | "/api/v1/status/tsdb" => "GET, OPTIONS",
        "/-/ready" | "/-/healthy" => "GET, HEAD, OPTIONS",
        "/metrics" => "GET, OPTIONS",
        "/api/v1/write" => "OPTIONS, POST",
        _ if label_of(path).is_some() => "GET, OPTIONS",
        _ => return None,
    })
}

/// 2.42 knows no `limit` and always shows ten rows.
fn tsdb(
    prometheus: &Prometheus,
    series: &[Series],
    now_ms: i64,
    request: &Request,
) -> serde_json::Value {
    let limit = match prometheus.version {
        PrometheusVersion::V2_42 => None,
        PrometheusVersion::V3_14 => request.param("limit").and_then(|limit| limit.parse().ok()),
    };
    let all: Vec<&Series> = series.iter().collect();
    stats(&all, now_ms, limit.unwrap_or(10))
}

fn receiver_is_off(version: PrometheusVersion) -> &'static str {
    match version {
        PrometheusVersion::V2_42 => {
            "remote write receiver needs to be enabled with --enable-feature=remote-write-receiver"
        }
        PrometheusVersion::V3_14 => {
            "remote write receiver needs to be enabled with --web.enable-remote-write-receiver"
        }
    }
}

fn metrics(prometheus: &Prometheus, now_ms: i64) -> Response {
    let content_type = match prometheus.version {
        PrometheusVersion::V2_42 => TEXT_FORMAT,
        PrometheusVersion::V3_14 => TEXT_FORMAT_ESCAPING,
    };
    Response::page(
        content_type,
        page(&sender_metrics::meters(prometheus), now_ms),
    )
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::lab::incident;
    use crate::lab::message::Request;

    fn body(path: &str, params: &[(&str, &str)]) -> serde_json::Value {
        let model = incident::healthy(1_800_000_000_000);
        let mut request = Request::get(path);
        for (name, value) in params {
            request = request.with(name, value);
        }
        let answer = answer(&model, "ops", 1_800_000_060_000, &request);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    #[test]
    fn the_cost_metric_is_present_and_tiny() {
        let query = "aws_cost_exporter_current_month_cost{exported_service=\"AWSLambda\"}";
        let answer = body("/api/v1/query", &[("query", query)]);
        assert_eq!(answer["data"]["result"][0]["value"][1], "-9.994e-07");
    }

    #[test]
    fn external_labels_are_not_seen_locally() {
        let answer = body("/api/v1/query", &[("query", "up{cluster=\"ops\"}")]);
        assert_eq!(answer["data"]["result"], serde_json::json!([]));
    }

    #[test]
    fn a_limit_cuts_and_says_so() {
        let answer = body("/api/v1/labels", &[("match[]", "up"), ("limit", "2")]);
        assert_eq!(answer["data"].as_array().map(Vec::len), Some(2));
        assert_eq!(answer["warnings"][0], "results truncated due to limit");
    }

    #[test]
    fn an_unknown_cluster_has_no_server() {
        let model = incident::healthy(0);
        let request = Request::get("/-/ready");
        assert_eq!(answer(&model, "green", 0, &request).status, 404);
    }
}

//! Thanos Receive: its write port, and the port with its own metrics. Neither serves PromQL.

use serde_json::{Value, json};

use crate::lab::envelope::Dialect;
use crate::lab::flow::{Held, held, tenants};
use crate::lab::head::stats;
use crate::lab::message::{Request, Response};
use crate::lab::model::{DEFAULT_TENANT, Model};
use crate::lab::moment::seconds;
use crate::lab::page::Page;
use crate::lab::series::{Series, labels};
use crate::lab::version::ThanosVersion;

/// The header with which a writer or reader names its tenant.
pub(crate) const TENANT_HEADER: &str = "THANOS-TENANT";

/// Answers as the write port, 19291.
pub(crate) fn answer_write(
    model: &Model,
    replica: usize,
    now_ms: i64,
    request: &Request,
) -> Response {
    let tenant = request.header(TENANT_HEADER).unwrap_or(DEFAULT_TENANT);
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/api/v1/receive") if tenant.contains('/') => {
            let text = match model.receive.version {
                ThanosVersion::V0_42 => "tenant name not valid",
                _ => "Tenant name not valid",
            };
            Response::refusal(400, text)
        }
        ("POST", "/api/v1/receive") => Response {
            status: 200,
            headers: Vec::new(),
            body: String::new(),
        },
        ("OPTIONS", "/api/v1/receive" | "/api/v1/status/tsdb") => Response {
            status: 204,
            headers: Vec::new(),
            body: String::new(),
        },
        (_, "/api/v1/receive") => Response::wrong_method("OPTIONS, POST"),
        ("GET", "/api/v1/status/tsdb") => Dialect::Thanos(model.receive.version)
            .success(&tsdb(model, replica, now_ms, tenant, request)),
        (_, "/api/v1/status/tsdb") => Response::wrong_method("GET, OPTIONS"),
        _ => Response::not_found(),
    }
}

/// Answers as the HTTP port, 10902.
pub(crate) fn answer_http(
    model: &Model,
    replica: usize,
    now_ms: i64,
    request: &Request,
) -> Response {
    match (request.method.as_str(), request.path.as_str()) {
        (_, "/-/ready" | "/-/healthy") => Response::text("OK"),
        (_, "/metrics") => {
            let page = metrics(model, replica, now_ms);
            Response::page(model.receive.version.page_type(), page)
        }
        _ => Response::not_found(),
    }
}

/// The heads of the tenants asked for; a tenant it never saw gives no row at all.
fn tsdb(model: &Model, replica: usize, now_ms: i64, tenant: &str, request: &Request) -> Value {
    let head = head_of(model, replica);
    let limit = request
        .param("limit")
        .filter(|_| model.receive.version.keeps_head_limit())
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(10);
    let all = request.param("all_tenants") == Some("true");
    tenants(model.receive.version, &head)
        .into_iter()
        .filter(|one| all || one == tenant)
        .map(|one| {
            let mut row = json!({"tenant": one});
            let series: Vec<&Series> = head
                .iter()
                .filter(|held| held.tenant == one)
                .map(|held| &held.series)
                .collect();
            if let (Value::Object(row), Value::Object(stats)) =
                (&mut row, stats(&series, now_ms, limit))
            {
                row.extend(stats);
            }
            row
        })
        .collect()
}

fn head_of(model: &Model, replica: usize) -> Vec<Held> {
    model
        .receive
        .replicas
        .get(replica)
        .map(|replica| held(model, replica))
        .unwrap_or_default()
}

fn metrics(model: &Model, replica: usize, now_ms: i64) -> String {
    let head = head_of(model, replica);
    let tenants = tenants(model.receive.version, &head);
    let of = |tenant: &str| {
        head.iter()
            .filter(|held| held.tenant == tenant)
            .map(|held| &held.series)
            .collect::<Vec<&Series>>()
    };
    let mut page = Page::default();
    let requests = |series: &[&Series]| {
        series
            .iter()
            .map(|one| one.count(now_ms))
            .max()
            .unwrap_or(0)
    };
    page.family(
        "http_requests_total",
        "counter",
        "Tracks the number of HTTP requests.",
    );
    for tenant in &tenants {
        // The oldest names the tenant of the header, which the default one has not.
        let shown = match model.receive.version {
            ThanosVersion::V0_31 if tenant == DEFAULT_TENANT => "",
            _ => tenant,
        };
        let labels = labels(&[
            ("code", "200"),
            ("handler", "receive"),
            ("method", "post"),
            ("tenant", shown),
        ]);
        page.sample(
            "http_requests_total",
            &labels,
            number(requests(&of(tenant))),
        );
    }
    page.single(
        "process_start_time_seconds",
        "gauge",
        "Start time of the process since unix epoch in seconds.",
        seconds(model.started_ms - 7_200_000),
    );
    page.family(
        "prometheus_tsdb_head_max_time",
        "gauge",
        "Maximum timestamp of the head block. The unit is decided by the library consumer.",
    );
    for tenant in &tenants {
        let newest = of(tenant)
            .iter()
            .filter_map(|one| one.newest(now_ms))
            .map(|(time, _)| time)
            .max()
            .unwrap_or(i64::MIN);
        let labels = labels(&[("tenant", tenant)]);
        page.sample("prometheus_tsdb_head_max_time", &labels, number(newest));
    }
    page.family(
        "prometheus_tsdb_head_series",
        "gauge",
        "Total number of series in the head block.",
    );
    for tenant in &tenants {
        let count = i64::try_from(of(tenant).len()).unwrap_or(i64::MAX);
        let labels = labels(&[("tenant", tenant)]);
        page.sample("prometheus_tsdb_head_series", &labels, number(count));
    }
    build(&mut page, model.receive.version);
    page.single(
        "thanos_receive_replication_factor",
        "gauge",
        "The number of times to replicate incoming write requests.",
        1.0,
    );
    written(&mut page, &tenants, &|tenant| {
        let series = of(tenant);
        let samples = series.iter().map(|one| one.count(now_ms)).sum();
        (requests(&series), samples)
    });
    page.finish()
}

/// The version, as every Thanos component shows it.
pub(crate) fn build(page: &mut Page, version: ThanosVersion) {
    let (branch, revision, tags) = match version {
        ThanosVersion::V0_31 => ("", "HEAD", None),
        ThanosVersion::V0_36 => ("", "HEAD", Some("netgo")),
        ThanosVersion::V0_42 => ("HEAD", "45c4f3948", Some("netgo,slicelabels")),
    };
    let mut all = labels(&[
        ("branch", branch),
        ("goarch", "amd64"),
        ("goos", "linux"),
        ("goversion", "go1.26.8"),
        ("revision", revision),
        ("version", version.number()),
    ]);
    if let Some(tags) = tags {
        all.insert("tags".to_owned(), tags.to_owned());
    }
    page.family(
        "thanos_build_info",
        "gauge",
        "A metric with a constant '1' value labeled by version, revision, branch and goversion.",
    )
    .sample("thanos_build_info", &all, 1.0);
}

/// The histogram of samples a request, by tenant; `of` gives requests and samples.
fn written(page: &mut Page, tenants: &[String], of: &dyn Fn(&str) -> (i64, i64)) {
    let name = "thanos_receive_write_samples";
    page.family(
        name,
        "histogram",
        "The number of sampled received in the incoming write requests.",
    );
    for tenant in tenants {
        let (requests, samples) = of(tenant);
        if requests == 0 {
            continue;
        }
        let base = labels(&[("code", "200"), ("tenant", tenant)]);
        for bound in ["10", "50", "100", "500", "1000", "5000", "10000", "+Inf"] {
            let mut all = base.clone();
            all.insert("le".to_owned(), bound.to_owned());
            let average = samples / requests.max(1);
            let inside = bound.parse().map_or(true, |bound: i64| average <= bound);
            let count = if inside { requests } else { 0 };
            page.sample(&format!("{name}_bucket"), &all, number(count));
        }
        page.sample(&format!("{name}_sum"), &base, number(samples));
        page.sample(&format!("{name}_count"), &base, number(requests));
    }
}

#[expect(clippy::cast_precision_loss, reason = "only the sentinel exceeds 2^53")]
fn number(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::{answer_http, answer_write};
    use crate::lab::incident;
    use crate::lab::message::Request;

    const START: i64 = 1_800_000_000_000;

    #[test]
    fn a_get_of_the_write_path_names_the_method_it_wants() {
        let model = incident::healthy(START);
        let answer = answer_write(&model, 0, START, &Request::get("/api/v1/receive"));
        assert_eq!(answer.status, 405);
        assert_eq!(answer.header("Allow"), Some("OPTIONS, POST"));
    }

    #[test]
    fn no_port_of_receive_answers_promql() {
        let model = incident::healthy(START);
        let request = Request::get("/api/v1/query").with("query", "up");
        assert_eq!(answer_write(&model, 0, START, &request).status, 404);
        assert_eq!(answer_http(&model, 0, START, &request).status, 404);
    }

    #[test]
    fn the_status_lists_names_by_tenant() {
        let model = incident::healthy(START);
        let request = Request::get("/api/v1/status/tsdb")
            .with("all_tenants", "true")
            .with("limit", "10000");
        let answer = answer_write(&model, 0, START, &request);
        assert!(answer.body.contains("\"default-tenant\""));
        assert!(answer.body.contains(incident::COST_METRIC));
        let mut request = Request::get("/api/v1/status/tsdb");
        request
            .headers
            .push(("THANOS-TENANT".to_owned(), "nobody".to_owned()));
        assert_eq!(
            answer_write(&model, 0, START, &request).body,
            r#"{"status":"success","data":[]}"#
        );
    }

    #[test]
    fn the_metrics_count_what_was_written() {
        let model = incident::healthy(START);
        let answer = answer_http(&model, 0, START, &Request::get("/metrics"));
        assert!(
            answer.body.contains(
                "thanos_receive_write_samples_sum{code=\"200\",tenant=\"default-tenant\"}"
            )
        );
    }
}

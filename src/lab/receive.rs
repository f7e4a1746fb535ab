//! Thanos Receive: its write port, and the port with its own metrics. Neither serves PromQL.

use serde_json::{Value, json};

use crate::lab::envelope::Dialect;
use crate::lab::flow::held;
use crate::lab::head::stats;
use crate::lab::message::{Request, Response};
use crate::lab::meter::page;
use crate::lab::model::{DEFAULT_TENANT, Model};
use crate::lab::receive_metrics;
use crate::lab::refusals::ahead;
use crate::lab::sending::{Held, tenants};
use crate::lab::series::Series;
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
    let taking = &model.receive.taking;
    if taking.wants_credentials
        && request.path == "/api/v1/receive"
        && request.header("Authorization").is_none()
    {
        return Response::refusal(401, "Unauthorized").with("WWW-Authenticate", "Basic");
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/api/v1/receive") if tenant.contains('/') => {
            let text = match model.receive.version {
                ThanosVersion::V0_42 => "tenant name not valid",
                _ => "Tenant name not valid",
            };
            Response::refusal(400, text)
        }
        ("POST", "/api/v1/receive") if taking.not_ready_since_ms.is_some() => {
            Response::refusal(503, "Service Unavailable")
        }
        ("POST", "/api/v1/receive") if taking.takes_not(tenant).is_some() => {
            Response::refusal(500, "no matching hashring to handle tenant")
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
        (_, "/-/ready") if model.receive.taking.not_ready_since_ms.is_some() => {
            Response::refusal(503, "NOT OK")
        }
        (_, "/-/ready" | "/-/healthy") => Response::text("OK"),
        (_, "/metrics") => {
            let page = page(&receive_metrics::meters(model, replica), now_ms);
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
            if let Some(newest) = ahead(model, &one) {
                row["headStats"]["maxTime"] = json!(newest);
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

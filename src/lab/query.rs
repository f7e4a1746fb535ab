//! Thanos Query: the API of Prometheus over its stores, and the list of these.

use serde_json::{Value, json};

use crate::lab::catalog::{Catalog, is_readable, label_of};
use crate::lab::envelope::Dialect;
use crate::lab::flow::{held, queried, queried_elsewhere};
use crate::lab::head::merged;
use crate::lab::measure::Measure;
use crate::lab::message::{Request, Response};
use crate::lab::meter::{Meter, page};
use crate::lab::model::{DEFAULT_TENANT, Model, StoreState};
use crate::lab::moment::{parse_step, parse_time};
use crate::lab::name_filter::asked_for;
use crate::lab::promql::LOOKBACK_MS;
use crate::lab::receive::TENANT_HEADER;
use crate::lab::receive_metrics::{build, start};
use crate::lab::rules;
use crate::lab::runtime;
use crate::lab::sending::{Held, replica, tenants};
use crate::lab::series::{Series, labels};
use crate::lab::stores::{Asked, choice, only_external, routers, stores, troubles};
use crate::lab::version::ThanosVersion;

/// Answers as Thanos Query.
pub(crate) fn answer(model: &Model, now_ms: i64, request: &Request) -> Response {
    let dialect = Dialect::Thanos(model.query.version);
    if let Some(allowed) = allowed(model.query.version, &request.path)
        && !allowed.split(", ").any(|method| method == request.method)
    {
        return Response::wrong_method(allowed);
    }
    if let Some(tenant) = only_tenant(model, request)
        && tenant.contains('/')
        && is_read_by_tenant(&request.path)
    {
        return dialect.error(400, "bad_data", "tenant name not valid");
    }
    match request.path.as_str() {
        "/api/v1/query" => evaluated(model, now_ms, request, false),
        "/api/v1/query_range" => evaluated(model, now_ms, request, true),
        "/api/v1/series" => listed(model, now_ms, request, Asked::Series, |catalog| {
            catalog.series(request)
        }),
        "/api/v1/labels" => listed(model, now_ms, request, Asked::Names, |catalog| {
            catalog.label_names(request)
        }),
        "/api/v1/stores" => dialect.success(&stores(model, now_ms)),
        "/api/v1/targets" => dialect.success(&json!({"activeTargets": [], "droppedTargets": []})),
        "/api/v1/metadata" => dialect.success(&json!({})),
        "/api/v1/rules" => dialect.success(&rules::gathered(model, now_ms)),
        "/api/v1/status/flags" => dialect.success(&runtime::query_flags(model)),
        "/api/v1/status/buildinfo" => dialect.success(&runtime::thanos_build(model.query.version)),
        "/api/v1/status/runtimeinfo" => dialect.success(&runtime::query_run(model)),
        "/api/v1/status/tsdb" if model.query.version.has_query_tsdb() => {
            dialect.success(&tsdb(model, now_ms, request))
        }
        "/-/ready" | "/-/healthy" => Response::text("OK"),
        "/metrics" => Response::page(model.query.version.page_type(), metrics(model, now_ms)),
        path => match label_of(path) {
            Some(label) => listed(model, now_ms, request, Asked::Values, |catalog| {
                catalog.label_values(request, label)
            }),
            None => Response::not_found(),
        },
    }
}

/// The methods of a path, where the path exists.
fn allowed(version: ThanosVersion, path: &str) -> Option<&'static str> {
    Some(match path {
        "/api/v1/status/tsdb" if !version.has_query_tsdb() => return None,
        "/api/v1/query" | "/api/v1/query_range" | "/api/v1/series" | "/api/v1/labels" => {
            "GET, OPTIONS, POST"
        }
        "/api/v1/stores"
        | "/api/v1/targets"
        | "/api/v1/metadata"
        | "/api/v1/rules"
        | "/api/v1/status/flags"
        | "/api/v1/status/buildinfo"
        | "/api/v1/status/runtimeinfo"
        | "/api/v1/status/tsdb" => "GET, OPTIONS",
        _ if label_of(path).is_some() => "GET, OPTIONS",
        _ => return None,
    })
}

fn evaluated(model: &Model, now_ms: i64, request: &Request, over_a_range: bool) -> Response {
    let dialect = Dialect::Thanos(model.query.version);
    let (dedup, partial) = match (flag(request, "dedup"), flag(request, "partial_response")) {
        (Ok(dedup), Ok(partial)) => (dedup, partial),
        (Err(text), _) | (_, Err(text)) => return dialect.error(400, "bad_data", &text),
    };
    if let Some(engine) = request.param("engine")
        && model.query.version.knows_engines()
        && !matches!(engine, "" | "prometheus" | "thanos")
    {
        return dialect.error(400, "bad_data", &format!("'{engine}' bad engine"));
    }
    let text = request.param("query").unwrap_or("");
    if let Err(failure) = is_readable(text) {
        return dialect.failure(&failure);
    }
    let fails = model.query.version.fails_without_a_store();
    let mut warnings = troubles(model, now_ms, Asked::Series);
    if !partial {
        warnings.extend(routers(model));
    }
    let has_none = model.query.stores.is_empty() && model.query.asking.others.is_empty();
    if has_none && !partial && fails {
        warnings.push("No StoreAPIs available".to_owned());
    }
    let refused = only_external(model, now_ms, text);
    let first = warnings.first().filter(|_| fails).or(refused.as_ref());
    if !partial && let Some(first) = first {
        let text = format!("expanding series: proxy Series(): {first}");
        return dialect.error(422, "execution", &text);
    }
    warnings.extend(refused);
    let series = visible(model, now_ms, request, dedup);
    let catalog = catalog(model, &series, now_ms, &warnings);
    if over_a_range {
        catalog.query_range(request)
    } else {
        catalog.query(request)
    }
}

fn listed(
    model: &Model,
    now_ms: i64,
    request: &Request,
    asked: Asked,
    list: impl Fn(&Catalog<'_>) -> Response,
) -> Response {
    let dialect = Dialect::Thanos(model.query.version);
    let (dedup, partial) = match (flag(request, "dedup"), flag(request, "partial_response")) {
        (Ok(dedup), Ok(partial)) => (dedup, partial),
        (Err(text), _) | (_, Err(text)) => return dialect.error(400, "bad_data", &text),
    };
    let warnings = troubles(model, now_ms, asked);
    let fails = model.query.version.fails_without_a_store();
    if !partial
        && fails
        && let Some(first) = warnings.first()
    {
        let text = format!("proxy {}(): {first}", asked.call());
        return dialect.error(422, "execution", &text);
    }
    // Names and values come from the stores as they are; only series are deduplicated.
    let series = visible(model, now_ms, request, dedup && asked == Asked::Series);
    list(&catalog(model, &series, now_ms, &warnings))
}

fn catalog<'a>(
    model: &Model,
    series: &'a [Series],
    now_ms: i64,
    warnings: &'a [String],
) -> Catalog<'a> {
    Catalog {
        dialect: Dialect::Thanos(model.query.version),
        series,
        now_ms,
        lookback_ms: model.query.asking.lookback_ms.unwrap_or(LOOKBACK_MS),
        warnings,
    }
}

/// The one tenant whose series are shown, where tenancy is enforced: the one that the header names, else the default.
fn only_tenant<'a>(model: &'a Model, request: &'a Request) -> Option<&'a str> {
    let default = model.query.asking.default_tenant.as_deref();
    let default = default.unwrap_or(DEFAULT_TENANT);
    let named = || request.header(TENANT_HEADER).unwrap_or(default);
    model.query.enforces_tenancy.then(named)
}

/// Paths that show series, or labels of series.
fn is_read_by_tenant(path: &str) -> bool {
    let plain = ["query", "query_range", "series", "labels"];
    path.strip_prefix("/api/v1/")
        .is_some_and(|path| plain.contains(&path))
        || label_of(path).is_some()
}

/// The series of the stores that `storeMatch[]` leaves, deduplicated over the replica labels.
fn visible(model: &Model, now_ms: i64, request: &Request, dedup: bool) -> Vec<Series> {
    let choice = choice(request);
    let named = asked_for(request.param("query"), request.all("match[]"));
    let mut series = queried(model, &choice, &named);
    series.extend(queried_elsewhere(model, &choice, wanted(now_ms, request)));
    if let Some(tenant) = only_tenant(model, request) {
        series.retain(|one| one.labels.get("tenant_id").is_some_and(|of| of == tenant));
    }
    if !dedup {
        return series;
    }
    let asked: Vec<&str> = request.all("replicaLabels[]").collect();
    let replica_labels: Vec<&str> = if asked.is_empty() {
        model
            .query
            .replica_labels
            .iter()
            .map(String::as_str)
            .collect()
    } else {
        asked
    };
    let mut merged: Vec<Series> = Vec::new();
    for mut one in series {
        let whole = one.labels.clone();
        one.labels
            .retain(|label, _| !replica_labels.contains(&label.as_str()));
        match merged.iter_mut().find(|known| known.labels == one.labels) {
            Some(known) => known.merged.push(whole),
            None => {
                one.merged.push(whole);
                merged.push(one);
            }
        }
    }
    merged
}

/// From when on samples are wanted, and in which resolution at most.
fn wanted(now_ms: i64, request: &Request) -> (i64, i64) {
    let time = |name: &str| request.param(name).and_then(parse_time);
    let from_ms = time("time").or(time("start")).unwrap_or(now_ms);
    let resolution = request.param("max_source_resolution");
    (
        from_ms - LOOKBACK_MS,
        resolution.and_then(parse_step).unwrap_or(0),
    )
}

/// A boolean as Go reads it; both parameters are true where they are not given.
fn flag(request: &Request, name: &str) -> Result<bool, String> {
    match request.param(name) {
        None | Some("" | "1" | "t" | "T" | "TRUE" | "true" | "True") => Ok(true),
        Some("0" | "f" | "F" | "FALSE" | "false" | "False") => Ok(false),
        Some(text) => Err(format!(
            "'{name}' parameter: strconv.ParseBool: parsing {text:?}: invalid syntax"
        )),
    }
}

/// The heads of every tenant of every store, without the labels of the stores.
fn tsdb(model: &Model, now_ms: i64, request: &Request) -> Value {
    let held: Vec<Vec<Held>> = model
        .query
        .stores
        .iter()
        .filter(|store| store.state == StoreState::Healthy)
        .filter_map(|store| replica(model, &store.address))
        .map(|replica| held(model, replica))
        .collect();
    let mut heads: Vec<Vec<&Series>> = Vec::new();
    for store in &held {
        for tenant in tenants(model.receive.version, store) {
            let of_tenant = store.iter().filter(|one| one.tenant == tenant);
            heads.push(of_tenant.map(|one| &one.series).collect());
        }
    }
    let limit = request
        .param("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(10);
    let mut data = merged(&heads, now_ms, limit);
    data["headStats"]["chunkCount"] = json!(0);
    data
}

/// Query was started before the first Receive.
fn metrics(model: &Model, now_ms: i64) -> String {
    let mut meters = vec![
        start(runtime::query_began(model)),
        build(model.query.version),
    ];
    let asking = &model.query.asking;
    let empty = asking.names.iter().map(|name| (name, 0.0));
    let names = empty.chain(asking.behind.iter().map(|one| (&one.entry, 1.0)));
    meters.push(Meter::several(
        "thanos_query_endpoints_dns_provider_results",
        "gauge",
        "The number of resolved endpoints for each configured address",
        names
            .map(|(name, count)| (labels(&[("addr", name)]), Measure::fixed(count)))
            .collect(),
    ));
    page(&meters, now_ms)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::answer;
    use crate::lab::incident::{self, COST_METRIC};
    use crate::lab::message::{Request, Response};
    use crate::lab::model::{Model, StoreState};

    const START: i64 = 1_800_000_000_000;

    fn ask(model: &Model, path: &str, params: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path);
        for (name, value) in params {
            request = request.with(name, value);
        }
        answer(model, START + 30_000, &request)
    }

    fn results(answer: &Response) -> Vec<Value> {
        let body: Value = serde_json::from_str(&answer.body).expect("JSON");
        body["data"]["result"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    #[test]
    fn both_clusters_have_a_metric_of_that_name() {
        let model = incident::healthy(START);
        let query = format!("count by (cluster, tenant_id) ({COST_METRIC})");
        let found = results(&ask(&model, "/api/v1/query", &[("query", &query)]));
        let clusters: Vec<&Value> = found.iter().map(|one| &one["metric"]["cluster"]).collect();
        assert_eq!(clusters, [&json!("blue"), &json!("ops")]);
    }

    #[test]
    fn replica_labels_are_gone_unless_asked_for() {
        let model = incident::healthy(START);
        let with = |dedup| {
            let found = results(&ask(
                &model,
                "/api/v1/query",
                &[("query", "up"), ("dedup", dedup)],
            ));
            found[0]["metric"].clone()
        };
        assert_eq!(with("true")["prometheus_replica"], Value::Null);
        assert_eq!(with("true")["receive_replica"], Value::Null);
        assert_eq!(with("false")["receive_replica"], "0");
        assert_eq!(with("false")["prometheus_replica"], "prometheus-k8s-0");
    }

    #[test]
    fn what_deduplication_removes_still_selects() {
        let model = incident::healthy(START);
        let found = |replica: &str| {
            let query = format!("up{{receive_replica={replica:?}}}");
            results(&ask(&model, "/api/v1/query", &[("query", &query)])).len()
        };
        assert!(found("0") > 0);
        assert_eq!(found("7"), 0);
    }

    #[test]
    fn a_store_that_just_died_fails_or_warns() {
        let mut model = incident::healthy(START);
        model.query.stores[0].state = StoreState::JustDied;
        let strict = [("query", "up"), ("partial_response", "false")];
        let answer = ask(&model, "/api/v1/query", &strict);
        assert_eq!(answer.status, 422);
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        let answer = ask(&model, "/api/v1/query", &[("query", "up")]);
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("\"warnings\":[\"fetch series for {"));
    }

    #[test]
    fn a_store_that_is_long_dead_is_left_out_in_silence() {
        let mut model = incident::healthy(START);
        model.query.stores[0].state = StoreState::Unhealthy;
        let strict = [("query", "up"), ("partial_response", "false")];
        let answer = ask(&model, "/api/v1/query", &strict);
        assert_eq!(
            answer.body,
            r#"{"status":"success","data":{"resultType":"vector","result":[],"analysis":{}}}"#
        );
        let stores = ask(&model, "/api/v1/stores", &[]).body;
        assert!(stores.contains("latest balancer error"));
    }

    #[test]
    fn a_query_of_nothing_but_store_labels_is_refused() {
        let model = incident::healthy(START);
        let params = [
            ("query", "{tenant_id=\"default-tenant\"}"),
            ("partial_response", "false"),
        ];
        let answer = ask(&model, "/api/v1/query", &params);
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("(excluding external labels)"));
    }

    #[test]
    fn a_query_that_enforces_tenancy_shows_each_tenant_its_own() {
        let mut model = incident::healthy(START);
        model.prometheus[0].remote_write.tenant = Some("finops".to_owned());
        model.query.enforces_tenancy = true;
        let clusters = |tenant: Option<&str>| {
            let query = format!("count by (cluster) ({COST_METRIC})");
            let mut request = Request::get("/api/v1/query").with("query", &query);
            if let Some(tenant) = tenant {
                let header = ("THANOS-TENANT".to_owned(), tenant.to_owned());
                request.headers.push(header);
            }
            let answer = answer(&model, START + 30_000, &request);
            let found = results(&answer);
            let of = |one: &Value| one["metric"]["cluster"].as_str().unwrap().to_owned();
            (answer.status, found.iter().map(of).collect::<Vec<_>>())
        };
        assert_eq!(clusters(Some("finops")), (200, vec!["ops".to_owned()]));
        assert_eq!(clusters(None), (200, vec!["blue".to_owned()]));
        assert_eq!(clusters(Some("nobody")), (200, Vec::new()));
        assert_eq!(clusters(Some("a/b")), (400, Vec::new()));
        let flags = ask(&model, "/api/v1/status/flags", &[]).body;
        assert!(flags.contains("\"query.enforce-tenancy\":\"true\""));
    }
}

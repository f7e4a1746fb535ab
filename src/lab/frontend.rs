//! Thanos Query Frontend before Query: it passes on what it is asked, aligns range queries with their steps, and keeps answers of these.
//!
//! Instant queries are never kept, nor is what is asked with `dedup=false` or `storeMatch[]`.

use serde_json::{Value, json};

use crate::lab::asking::Kept;
use crate::lab::message::{Request, Response};
use crate::lab::meter::page;
use crate::lab::model::Model;
use crate::lab::moment::{parse_step, parse_time, seconds};
use crate::lab::name_filter::asked_for;
use crate::lab::number::in_decimal;
use crate::lab::query;
use crate::lab::receive_metrics::{build, start};
use crate::lab::runtime;

/// What is newer than this is not kept (`--query-range.response-cache-max-freshness`), in milliseconds.
const NOT_KEPT_MS: i64 = 60_000;

/// Answers as Query Frontend.
pub(crate) fn answer(model: &Model, now_ms: i64, request: &Request) -> Response {
    match request.path.as_str() {
        "/-/ready" | "/-/healthy" => Response::text("OK"),
        "/metrics" => {
            let version = model.query.version;
            let meters = [start(runtime::query_began(model)), build(version)];
            Response::page(version.page_type(), page(&meters, now_ms))
        }
        "/api/v1/query" => written(model, query::answer(model, now_ms, request)),
        "/api/v1/query_range" => {
            let answered = query::answer(model, now_ms, &aligned(request));
            written(model, cached(model, now_ms, request, answered))
        }
        _ => query::answer(model, now_ms, request),
    }
}

/// The same with its start and its end on whole steps; as it is where it cannot be read.
fn aligned(request: &Request) -> Request {
    let mut aligned = request.clone();
    let Some(step_ms) = request.param("step").and_then(parse_step) else {
        return aligned;
    };
    for (key, value) in &mut aligned.params {
        if (key == "start" || key == "end")
            && step_ms > 0
            && let Some(at_ms) = parse_time(value)
        {
            *value = seconds(at_ms - at_ms.rem_euclid(step_ms)).to_string();
        }
    }
    aligned
}

/// An answer without what was empty when it was kept.
fn cached(model: &Model, now_ms: i64, request: &Request, answered: Response) -> Response {
    let named = asked_for(request.param("query"), std::iter::empty());
    let until_ms = now_ms - NOT_KEPT_MS;
    let is_new = request
        .param("start")
        .and_then(parse_time)
        .is_none_or(|start_ms| start_ms > until_ms);
    let is_passed_on = is_new
        || request.param("storeMatch[]").is_some()
        || matches!(request.param("dedup"), Some("0" | "f" | "false" | "False"));
    let kept: Vec<&Kept> = model
        .query
        .asking
        .kept
        .iter()
        .filter(|kept| named.contains(&kept.metric))
        .collect();
    if is_passed_on || kept.is_empty() || answered.status != 200 {
        return answered;
    }
    let Ok(mut body) = serde_json::from_str::<Value>(&answered.body) else {
        return answered;
    };
    let is_blank = |sample: &Value| {
        let at_ms = sample[0].as_f64().map_or(0, |at| (at * 1000.0) as i64);
        kept.iter()
            .any(|kept| (kept.from_ms..=kept.until_ms.min(until_ms)).contains(&at_ms))
    };
    if let Some(Value::Array(series)) = body.pointer_mut("/data/result") {
        for one in &mut *series {
            if let Some(Value::Array(samples)) = one.get_mut("values") {
                samples.retain(|sample| !is_blank(sample));
            }
        }
        series.retain(|one| one["values"].as_array().is_none_or(|all| !all.is_empty()));
    }
    Response {
        body: body.to_string(),
        ..answered
    }
}

/// The result of a query as a Frontend writes it anew.
fn written(model: &Model, mut answered: Response) -> Response {
    if answered.status != 200 {
        return answered;
    }
    if let Ok(mut body) = serde_json::from_str::<Value>(&answered.body) {
        if let Some(analysis) = body.pointer_mut("/data/analysis") {
            *analysis = json!({"name": "", "executionTime": "0s", "children": null});
        }
        body.pointer_mut("/data/result").map(decimal);
        answered.body = body.to_string();
    }
    let varies = model.query.version.frontend_varies();
    answered
        .headers
        .retain(|(name, _)| name != "Vary" || varies);
    answered
}

/// Every value of a result in decimal, however tiny or huge: beside its time, it is the only text in a list.
fn decimal(result: &mut Value) {
    match result {
        Value::Array(sample) if matches!(&sample[..], [Value::Number(_), Value::String(_)]) => {
            let number = sample[1].as_str().and_then(|text| text.parse().ok());
            if let Some(number) = number {
                sample[1] = json!(in_decimal(number));
            }
        }
        Value::Array(all) => all.iter_mut().for_each(decimal),
        Value::Object(one) => ["value", "values"]
            .into_iter()
            .for_each(|key| one.get_mut(key).into_iter().for_each(decimal)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Kept, answer};
    use crate::lab::incident::{self, COST_METRIC};
    use crate::lab::message::Request;
    use crate::lab::query;

    const NOW: i64 = 1_800_000_000_000;

    fn series(request: &Request, of_frontend: bool) -> usize {
        let mut model = incident::healthy(NOW);
        model.query.asking.kept = vec![Kept {
            metric: COST_METRIC.to_owned(),
            from_ms: NOW - 3 * 3_600_000,
            until_ms: NOW,
        }];
        let answered = match of_frontend {
            true => answer(&model, NOW, request),
            false => query::answer(&model, NOW, request),
        };
        let body: Value = serde_json::from_str(&answered.body).expect("JSON");
        body["data"]["result"].as_array().expect("a list").len()
    }

    fn range(metric: &str) -> Request {
        Request::get("/api/v1/query_range")
            .with("query", metric)
            .with("start", &((NOW - 3_720_000) / 1000).to_string())
            .with("end", &((NOW - 120_000) / 1000).to_string())
            .with("step", "60")
    }

    #[test]
    fn an_empty_range_that_was_kept_stays_empty_and_what_passes_by_the_cache_does_not() {
        let kept = range(COST_METRIC);
        assert!(series(&kept, false) > 0);
        assert_eq!(series(&kept, true), 0);
        for (key, value) in [
            ("dedup", "false"),
            ("storeMatch[]", "{__address__=~\".+\"}"),
        ] {
            assert!(series(&kept.clone().with(key, value), true) > 0, "{key}");
        }
        assert!(series(&range("up"), true) > 0);
        let instant = Request::get("/api/v1/query").with("query", COST_METRIC);
        assert!(series(&instant, true) > 0);
    }

    #[test]
    fn what_is_newer_than_a_minute_is_not_kept() {
        let mut fresh = range(COST_METRIC);
        for (key, value) in &mut fresh.params {
            if key == "end" {
                *value = (NOW / 1000).to_string();
            }
        }
        assert!(series(&fresh, true) > 0);
    }
}

//! Recording rules: how they fare, as `/api/v1/rules` says it, and the series that they record.

use serde_json::{Map, Value as Json, json};

use crate::lab::measure::Measure;
use crate::lab::model::{Model, Prometheus, RecordingRule, RuleGroup};
use crate::lab::moment::rfc3339;
use crate::lab::promql::{Computed, Failure, LOOKBACK_MS, Point, instant};
use crate::lab::scrape::plain;
use crate::lab::series::{Arrival, Ended, Labels, NAME, Series, Value};

/// How long after the first scrape the first evaluation is.
const AFTER_THE_SCRAPE_MS: i64 = 1_000;

/// What a time is that never was, as Go prints it.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// The data of `/api/v1/rules` at a Prometheus.
pub(crate) fn data(prometheus: &Prometheus, now_ms: i64) -> Json {
    let series = plain(prometheus);
    let groups = prometheus.rules.iter();
    let groups: Vec<Json> = groups
        .map(|group| of_group(prometheus, group, &series, now_ms, &Labels::new()))
        .collect();
    json!({"groups": groups})
}

/// The data of `/api/v1/rules` at Query: the groups of its sidecars, whose rules carry the external labels of their Prometheus.
pub(crate) fn gathered(model: &Model, now_ms: i64) -> Json {
    let mut groups = Vec::new();
    for cluster in &model.query.rules_of {
        let Some(prometheus) = model.prometheus(cluster) else {
            continue;
        };
        let mut external = prometheus.external_labels.clone();
        external.retain(|name, _| !model.query.replica_labels.contains(name));
        let series = plain(prometheus);
        for group in &prometheus.rules {
            let mut one = of_group(prometheus, group, &series, now_ms, &external);
            one["partialResponseStrategy"] = json!("ABORT");
            groups.push(one);
        }
    }
    json!({"groups": groups})
}

fn of_group(
    prometheus: &Prometheus,
    group: &RuleGroup,
    series: &[Series],
    now_ms: i64,
    more: &Labels,
) -> Json {
    let last_ms = last_evaluation(prometheus, group, now_ms);
    let last = last_ms.map_or_else(|| NEVER.to_owned(), rfc3339);
    let rules: Vec<Json> = group
        .rules
        .iter()
        .map(|rule| {
            let failure = last_ms.and_then(|at_ms| evaluated(rule, series, at_ms).err());
            let mut one = Map::new();
            let mut put = |key: &str, value: Json| one.insert(key.to_owned(), value);
            put("name", json!(rule.record));
            put("query", json!(rule.expr));
            let mut labels = rule.labels.clone();
            labels.extend(more.clone());
            if !labels.is_empty() {
                put("labels", json!(labels));
            }
            let health = match (last_ms, &failure) {
                (None, _) => "unknown",
                (_, Some(_)) => "err",
                _ => "ok",
            };
            put("health", json!(health));
            if let Some(failure) = failure {
                put("lastError", json!(failure.to_string()));
            }
            let took = if last_ms.is_some() {
                0.000_254_602
            } else {
                0.0
            };
            put("evaluationTime", json!(took));
            put("lastEvaluation", json!(last));
            put("type", json!("recording"));
            Json::Object(one)
        })
        .collect();
    json!({
        "name": group.name,
        "file": format!("/etc/prometheus/rules/{}.yml", group.name),
        "rules": rules,
        "interval": group.interval_ms / 1000,
        "limit": 0,
        "evaluationTime": if last_ms.is_some() { 0.000_318_909 } else { 0.0 },
        "lastEvaluation": last,
    })
}

fn first_evaluation(prometheus: &Prometheus) -> i64 {
    prometheus.first_scrape_ms + AFTER_THE_SCRAPE_MS
}

fn last_evaluation(prometheus: &Prometheus, group: &RuleGroup, now_ms: i64) -> Option<i64> {
    let until = group.stopped_since_ms.map_or(now_ms, |at| at.min(now_ms));
    let first = first_evaluation(prometheus);
    let every = group.interval_ms.max(1);
    (until >= first).then(|| first + (until - first) / every * every)
}

/// What a rule gives at a moment.
fn evaluated(rule: &RecordingRule, series: &[Series], at_ms: i64) -> Result<Vec<Point>, Failure> {
    let mut points = match instant(&rule.expr, series, at_ms, LOOKBACK_MS)?.value {
        Computed::Vector(points) => points,
        Computed::Scalar(value) => vec![Point::made(Labels::new(), value)],
        Computed::Matrix(_) | Computed::Text(_) => {
            let text = "rule result is not a vector or scalar".to_owned();
            return Err(Failure::Execution(text));
        }
    };
    for point in &mut points {
        point.labels = named(rule, std::mem::take(&mut point.labels));
    }
    points.sort_by(|a, b| a.labels.cmp(&b.labels));
    if points
        .windows(2)
        .any(|pair| pair[0].labels == pair[1].labels)
    {
        let text = "vector contains metrics with the same labelset after applying rule labels";
        return Err(Failure::Execution(text.to_owned()));
    }
    Ok(points)
}

fn named(rule: &RecordingRule, mut labels: Labels) -> Labels {
    labels.extend(rule.labels.clone());
    labels.insert(NAME.to_owned(), rule.record.clone());
    labels
}

/// The series that the rules record: those that the first evaluation gives, each until it gives them no more.
pub(crate) fn recorded(prometheus: &Prometheus) -> Vec<Series> {
    if prometheus.rules.is_empty() {
        return Vec::new();
    }
    let series = plain(prometheus);
    let first_ms = first_evaluation(prometheus);
    let mut all = Vec::new();
    for group in &prometheus.rules {
        for rule in &group.rules {
            for point in evaluated(rule, &series, first_ms).unwrap_or_default() {
                all.push(of_rule(group, rule, point, &series, first_ms));
            }
        }
    }
    all
}

fn of_rule(
    group: &RuleGroup,
    rule: &RecordingRule,
    point: Point,
    series: &[Series],
    first_ms: i64,
) -> Series {
    let Point { labels, native, .. } = point;
    let mut one = Series {
        labels: labels.clone(),
        since_ms: first_ms,
        every_ms: group.interval_ms,
        ended: None,
        arrival: Arrival::default(),
        value: Value::Constant(0.0),
        merged: Vec::new(),
    };
    let is_given = |at_ms: i64| {
        let given = evaluated(rule, series, at_ms).unwrap_or_default();
        given.iter().any(|found| found.labels == labels)
    };
    let mut ends: Vec<i64> = series
        .iter()
        .filter_map(|one| one.ended)
        .map(|ended| ended.at_ms + if ended.marker { 1 } else { LOOKBACK_MS })
        .filter(|at_ms| *at_ms > first_ms)
        .collect();
    ends.sort_unstable();
    ends.dedup();
    for at_ms in ends
        .into_iter()
        .find(|at_ms| !is_given(*at_ms))
        .into_iter()
        .chain(group.stopped_since_ms)
    {
        one.end(Ended {
            at_ms,
            marker: false,
        });
    }
    if let Some(native) = native {
        one.value = Value::Native(native);
        return one;
    }
    let (rule, series) = (rule.clone(), series.to_vec());
    one.value = Value::Measured(Measure::new(move |at_ms| {
        let given = evaluated(&rule, &series, at_ms).ok()?;
        let found = given.into_iter().find(|found| found.labels == labels);
        found.map(|found| found.value)
    }));
    one
}

#[cfg(test)]
mod tests {
    use super::{data, gathered, recorded};
    use crate::lab::incident;
    use crate::lab::model::Model;

    const START: i64 = 1_800_000_000_000;

    fn healthy() -> Model {
        incident::healthy(START)
    }

    #[test]
    fn a_healthy_group_was_evaluated_lately() {
        let model = healthy();
        let told = data(&model.prometheus[0], START);
        let group = &told["groups"][0];
        assert_eq!(group["rules"][0]["health"], "ok");
        assert!(group["rules"][0].get("lastError").is_none());
        let at: jiff::Timestamp = group["lastEvaluation"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("a moment");
        assert!((0..=15_000).contains(&(START - at.as_millisecond())));
    }

    #[test]
    fn what_a_rule_records_follows_its_sources_to_their_end() {
        let mut model = healthy();
        let series = recorded(&model.prometheus[0]);
        let sum = series[0].newest(START).expect("a sample").1;
        assert!((sum - (1234.5 - 9.994e-07)).abs() < 1e-9, "{sum}");
        let since_ms = START - 600_000;
        for target in &mut model.prometheus[0].targets {
            target.down_since_ms = Some(since_ms);
        }
        let series = recorded(&model.prometheus[0]);
        assert!(
            series[0]
                .newest(START)
                .is_some_and(|(time, _)| time <= since_ms + 1)
        );
        assert_eq!(series[0].instant(START, 300_000), None);
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_says_why() {
        let mut model = healthy();
        // Two costs that nothing but the service told apart.
        model.prometheus[0].rules[0].rules[0].expr = format!(
            "label_replace({}, \"exported_service\", \"x\", \"\", \"\")",
            incident::COST_METRIC
        );
        let told = data(&model.prometheus[0], START);
        let rule = &told["groups"][0]["rules"][0];
        assert_eq!(rule["health"], "err");
        assert!(
            rule["lastError"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        assert_eq!(recorded(&model.prometheus[0]), []);
    }

    #[test]
    fn a_group_that_was_never_evaluated_is_unknown() {
        let told = data(&healthy().prometheus[0], 0);
        assert_eq!(told["groups"][0]["rules"][0]["health"], "unknown");
        assert_eq!(told["groups"][0]["lastEvaluation"], "0001-01-01T00:00:00Z");
    }

    #[test]
    fn query_has_the_rules_of_its_sidecars_only() {
        let mut model = healthy();
        assert_eq!(gathered(&model, START)["groups"], serde_json::json!([]));
        model.query.rules_of.push("ops".to_owned());
        let told = gathered(&model, START);
        assert_eq!(told["groups"][0]["rules"][0]["labels"]["cluster"], "ops");
    }
}

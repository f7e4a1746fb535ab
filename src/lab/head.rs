//! The statistics of a TSDB head, as `/api/v1/status/tsdb` shows them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::lab::series::Series;

/// The statistics of some series; each list is cut after `limit` rows.
pub(crate) fn stats(series: &[&Series], now_ms: i64, limit: usize) -> Value {
    let live: Vec<&&Series> = series
        .iter()
        .filter(|one| one.newest(now_ms).is_some())
        .collect();
    let oldest = live.iter().map(|one| one.since_ms).min();
    let newest = live
        .iter()
        .filter_map(|one| one.newest(now_ms))
        .max_by_key(|one| one.0);
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_pair: BTreeMap<String, usize> = BTreeMap::new();
    let mut bytes: BTreeMap<String, usize> = BTreeMap::new();
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in &live {
        *by_name.entry(one.name().to_owned()).or_default() += 1;
        for (label, value) in &one.labels {
            *by_pair.entry(format!("{label}={value}")).or_default() += 1;
            *bytes.entry(label.clone()).or_default() += label.len() + value.len();
            values
                .entry(label.clone())
                .or_default()
                .insert(value.clone());
        }
    }
    let pairs = by_pair.len();
    let value_counts = values
        .into_iter()
        .map(|(label, values)| (label, values.len()))
        .collect();
    json!({
        "headStats": {
            "numSeries": live.len(),
            "numLabelPairs": pairs,
            "chunkCount": live.len(),
            "minTime": oldest.unwrap_or(i64::MAX),
            "maxTime": newest.map_or(i64::MIN, |(time, _)| time),
        },
        "seriesCountByMetricName": most(by_name, limit),
        "labelValueCountByLabelName": most(value_counts, limit),
        "memoryInBytesByLabelName": most(bytes, limit),
        "seriesCountByLabelValuePair": most(by_pair, limit),
    })
}

fn most(counts: BTreeMap<String, usize>, limit: usize) -> Value {
    let mut rows: Vec<(String, usize)> = counts.into_iter().collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    rows.truncate(limit);
    rows.into_iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::stats;
    use crate::lab::series::{Series, Value, labels};

    #[test]
    fn an_empty_head_shows_its_sentinels() {
        let answer = stats(&[], 0, 10);
        assert_eq!(answer["headStats"]["minTime"], i64::MAX);
        assert_eq!(answer["headStats"]["maxTime"], i64::MIN);
        assert_eq!(answer["seriesCountByMetricName"], serde_json::json!([]));
    }

    #[test]
    fn a_list_is_cut_after_its_limit() {
        let series: Vec<Series> = ["a", "b", "b"]
            .iter()
            .enumerate()
            .map(|(n, name)| Series {
                labels: labels(&[("__name__", name), ("n", &n.to_string())]),
                since_ms: 0,
                every_ms: 1_000,
                ended: None,
                value: Value::Constant(1.0),
            })
            .collect();
        let refs: Vec<&Series> = series.iter().collect();
        let answer = stats(&refs, 2_500, 1);
        assert_eq!(
            answer["seriesCountByMetricName"],
            serde_json::json!([{"name": "b", "value": 2}])
        );
        assert_eq!(answer["headStats"]["maxTime"], 2_000);
        assert_eq!(answer["headStats"]["numLabelPairs"], 5);
    }
}

//! The statistics of a TSDB head, as `/api/v1/status/tsdb` shows them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::lab::series::Series;

/// The statistics of one head; each list is cut after `limit` rows.
pub(crate) fn stats(series: &[&Series], now_ms: i64, limit: usize) -> Value {
    shown(&counted(series, now_ms), limit)
}

/// The statistics of several heads in one, as Query adds them up: it cannot know which labels they share, so pairs
/// are summed, and of the values of a label the largest count is shown.
pub(crate) fn merged(heads: &[Vec<&Series>], now_ms: i64, limit: usize) -> Value {
    let mut all = Head::default();
    for head in heads {
        all.add(counted(head, now_ms));
    }
    shown(&all, limit)
}

#[derive(Default)]
struct Head {
    series: usize,
    pairs: usize,
    oldest: Option<i64>,
    newest: Option<i64>,
    by_name: Counts,
    by_pair: Counts,
    bytes: Counts,
    values: Counts,
}

type Counts = BTreeMap<String, usize>;

impl Head {
    fn add(&mut self, other: Self) {
        self.series += other.series;
        self.pairs += other.pairs;
        self.oldest = self.oldest.into_iter().chain(other.oldest).min();
        self.newest = self.newest.max(other.newest);
        for (sum, more) in [
            (&mut self.by_name, other.by_name),
            (&mut self.by_pair, other.by_pair),
            (&mut self.bytes, other.bytes),
        ] {
            for (name, count) in more {
                *sum.entry(name).or_default() += count;
            }
        }
        for (label, count) in other.values {
            let most = self.values.entry(label).or_default();
            *most = count.max(*most);
        }
    }
}

fn counted(series: &[&Series], now_ms: i64) -> Head {
    let mut head = Head::default();
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in series {
        let Some((newest, _)) = one.newest(now_ms) else {
            continue;
        };
        head.series += 1;
        head.oldest = head.oldest.into_iter().chain([one.since_ms]).min();
        head.newest = head.newest.max(Some(newest));
        *head.by_name.entry(one.name().to_owned()).or_default() += 1;
        for (label, value) in &one.labels {
            *head.by_pair.entry(format!("{label}={value}")).or_default() += 1;
            *head.bytes.entry(label.clone()).or_default() += label.len() + value.len();
            values.entry(label).or_default().insert(value);
        }
    }
    head.pairs = head.by_pair.len();
    head.values = values
        .into_iter()
        .map(|(label, values)| (label.to_owned(), values.len()))
        .collect();
    head
}

fn shown(head: &Head, limit: usize) -> Value {
    json!({
        "headStats": {
            "numSeries": head.series,
            "numLabelPairs": head.pairs,
            "chunkCount": head.series,
            "minTime": head.oldest.unwrap_or(i64::MAX),
            "maxTime": head.newest.unwrap_or(i64::MIN),
        },
        "seriesCountByMetricName": most(&head.by_name, limit),
        "labelValueCountByLabelName": most(&head.values, limit),
        "memoryInBytesByLabelName": most(&head.bytes, limit),
        "seriesCountByLabelValuePair": most(&head.by_pair, limit),
    })
}

fn most(counts: &Counts, limit: usize) -> Value {
    let mut rows: Vec<(&String, &usize)> = counts.iter().collect();
    rows.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    rows.truncate(limit);
    rows.into_iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::stats;
    use crate::lab::series::{Arrival, Series, Value, labels};

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
                arrival: Arrival::default(),
                value: Value::Constant(1.0),
                merged: Vec::new(),
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

//! Two readings of a page of metrics, and what moved between them.

use std::collections::BTreeMap;

use crate::backend::answer::{Moved, Movement, Page};
use crate::backend::movement::names;
use crate::leaves::{Labels, Timestamp};

/// What moved between two readings of a server's page. A counter that is smaller than before counts from zero, and so does one that
/// was not there. Values that are no finite numbers are left out.
pub fn between(
    (first, from): (&Page, Timestamp),
    (last, to): (&Page, Timestamp),
    wanted: &[String],
) -> Movement {
    let mut both: BTreeMap<Labels, (Option<f64>, Option<f64>)> = BTreeMap::new();
    for (labels, value) in values(first, wanted) {
        both.entry(labels.clone()).or_default().0 = Some(value);
    }
    for (labels, value) in values(last, wanted) {
        both.entry(labels.clone()).or_default().1 = Some(value);
    }
    let series = both
        .into_iter()
        .map(|(labels, (first, last))| Moved {
            labels,
            first,
            last,
            grew: last.map_or(0.0, |last| grown(first.unwrap_or(0.0), last)),
        })
        .collect();
    Movement {
        from,
        to,
        read: String::new(),
        series,
    }
}

/// How much a counter grew from one value to the next.
pub(crate) fn grown(before: f64, after: f64) -> f64 {
    if after < before {
        after
    } else {
        after - before
    }
}

fn values<'a>(
    page: &'a Page,
    wanted: &'a [String],
) -> impl Iterator<Item = (&'a Labels, f64)> + 'a {
    page.samples.iter().filter_map(|sample| {
        let metric = sample.labels.metric()?;
        let value: f64 = sample.value.parse().ok()?;
        (names::has(wanted, metric) && value.is_finite()).then_some((&sample.labels, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::exposition::parse_page;

    fn page(text: &str) -> Page {
        parse_page(200, "text/plain", text.as_bytes()).unwrap()
    }

    #[test]
    fn counters_grow_start_and_are_reset() {
        let first = page("a_total 5\nb_total{x=\"1\"} 9\ngone 1\nother 1\nnan NaN\n");
        let last = page("a_total 7\nb_total{x=\"1\"} 2\nb_total{x=\"2\"} 3\nother 4\nnan NaN\n");
        let names = ["a_total", "b_*", "gone", "nan"].map(str::to_owned);
        let moved = between((&first, Timestamp(0)), (&last, Timestamp(15_000)), &names);
        let all: Vec<(String, Option<f64>, Option<f64>, f64)> = moved
            .series
            .iter()
            .map(|m| (m.labels.value("x").to_owned(), m.first, m.last, m.grew))
            .collect();
        assert_eq!(
            all,
            [
                (String::new(), Some(5.0), Some(7.0), 2.0),
                ("1".to_owned(), Some(9.0), Some(2.0), 2.0),
                ("2".to_owned(), None, Some(3.0), 3.0),
                (String::new(), Some(1.0), None, 0.0),
            ]
        );
        assert_eq!(moved.span_ms(), 15_000);
    }
}

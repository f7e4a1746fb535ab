//! What a Prometheus scrapes: from pages to series.

use crate::lab::meter::Meter;
use crate::lab::model::{Prometheus, Target};
use crate::lab::series::{Ended, Labels, NAME, Series, Value};

/// The series of the targets' pages and those of the scrapes themselves: without what follows from them, servers' own metrics and
/// rules.
pub(crate) fn plain(prometheus: &Prometheus) -> Vec<Series> {
    of_targets(prometheus, |_| Vec::new())
}

/// The same with what else stands on the pages of some targets.
pub(crate) fn of_targets(
    prometheus: &Prometheus,
    own: impl Fn(&Target) -> Vec<Meter>,
) -> Vec<Series> {
    prometheus
        .targets
        .iter()
        .filter(|target| !target.dropped)
        .flat_map(|target| of_target(prometheus, target, own(target)))
        .collect()
}

fn of_target(prometheus: &Prometheus, target: &Target, own: Vec<Meter>) -> Vec<Series> {
    let base = target.target_labels();
    let series = |labels: Labels, value: Value| Series {
        labels,
        since_ms: prometheus.first_scrape_ms,
        every_ms: prometheus.scrape_interval_ms,
        ended: None,
        value,
    };
    let mut found = Vec::new();
    let mut on_page = 0.0;
    let mut kept = 0.0;
    for family in &target.page {
        for (own, value) in &family.samples {
            on_page += 1.0;
            let value = if family.kind == "counter" {
                Value::Climbing { per_second: *value }
            } else {
                Value::Constant(*value)
            };
            let mut one = series(joined(&family.name, own, &base), value);
            for at_ms in [target.down_since_ms, family.gone_since_ms]
                .into_iter()
                .flatten()
            {
                one.end(Ended {
                    at_ms,
                    marker: true,
                });
            }
            if survives(target, &mut one) {
                kept += 1.0;
                found.push(one);
            }
        }
    }
    for (name, labels, value) in own.into_iter().flat_map(|meter| meter.series) {
        on_page += 1.0;
        let mut one = series(joined(&name, &labels, &base), Value::Measured(value));
        if let Some(at_ms) = target.down_since_ms {
            one.end(Ended {
                at_ms,
                marker: true,
            });
        }
        if survives(target, &mut one) {
            kept += 1.0;
            found.push(one);
        }
    }
    let since = target.down_since_ms;
    for (name, value) in [
        ("up", 1.0),
        ("scrape_duration_seconds", 0.000_87),
        ("scrape_samples_scraped", on_page),
        ("scrape_samples_post_metric_relabeling", kept),
        ("scrape_series_added", 0.0),
    ] {
        let value = since.map_or(Value::Constant(value), |at_ms| Value::Step {
            before: value,
            at_ms,
            after: 0.0,
        });
        found.push(series(joined(name, &Labels::new(), &base), value));
    }
    found
}

/// Labels of the page under those of the target: a page's label that collides becomes `exported_`.
fn joined(name: &str, own: &Labels, target: &Labels) -> Labels {
    let mut all = target.clone();
    // An empty value is no label.
    for (label, value) in own.iter().filter(|(_, value)| !value.is_empty()) {
        let label = if target.contains_key(label) {
            format!("exported_{label}")
        } else {
            label.clone()
        };
        all.insert(label, value.clone());
    }
    all.insert(NAME.to_owned(), name.to_owned());
    all
}

fn survives(target: &Target, series: &mut Series) -> bool {
    for rule in &target.drops {
        if rule.metric == series.name() {
            let Some(at_ms) = rule.since_ms else {
                return false;
            };
            series.end(Ended {
                at_ms,
                marker: true,
            });
        }
    }
    true
}

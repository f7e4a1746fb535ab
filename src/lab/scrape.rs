//! What a Prometheus scrapes: from pages to series.

use crate::lab::histogram::Histogram;
use crate::lab::meter::Meter;
use crate::lab::model::{Family, Prometheus, Target};
use crate::lab::series::{Arrival, Ended, Labels, NAME, ONLY_ONE, Series, Value};
use crate::lab::upstream::Stamp;

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
        every_ms: prometheus.interval_of(target),
        ended: None,
        arrival: Arrival::default(),
        value,
        merged: Vec::new(),
    };
    let failing_ms = prometheus.failing(target).map(|(since_ms, _)| since_ms);
    let vanished_ms = target.scraping.vanished_ms;
    let mut found = Vec::new();
    let mut on_page = 0.0;
    let mut kept = 0.0;
    for family in &target.page {
        for (name, own, value) in scraped(target, family) {
            on_page += 1.0;
            let mut one = series(joined(&name, &own, &base), value);
            for at_ms in [failing_ms, vanished_ms, family.gone_since_ms]
                .into_iter()
                .flatten()
            {
                one.end(Ended {
                    at_ms,
                    // What has a timestamp of its own is not marked as gone.
                    marker: family.stamp.is_none(),
                });
            }
            if let Some(at_ms) = family.since_ms {
                one.begin(at_ms);
            }
            stamp(family, &mut one);
            if survives(target, &mut one) {
                kept += 1.0;
                if !family.stamp.is_some_and(Stamp::is_refused) {
                    found.push(one);
                }
            }
        }
    }
    for (name, labels, value) in own.into_iter().flat_map(|meter| meter.series) {
        on_page += 1.0;
        let mut one = series(joined(&name, &labels, &base), Value::Measured(value));
        for at_ms in [failing_ms, vanished_ms].into_iter().flatten() {
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
    for (name, value) in [
        ("up", 1.0),
        ("scrape_duration_seconds", 0.000_87),
        ("scrape_samples_scraped", on_page),
        ("scrape_samples_post_metric_relabeling", kept),
        ("scrape_series_added", 0.0),
    ] {
        let value = failing_ms.map_or(Value::Constant(value), |at_ms| Value::Step {
            before: value,
            at_ms,
            after: 0.0,
        });
        let mut one = series(joined(name, &Labels::new(), &base), value);
        if let Some(at_ms) = vanished_ms {
            one.end(Ended {
                at_ms,
                marker: true,
            });
        }
        found.push(one);
    }
    found
}

/// The series that a scrape makes of a family: name, own labels and value.
fn scraped(target: &Target, family: &Family) -> Vec<(String, Labels, Value)> {
    let of_sample = |own: &Labels, value: f64| match family.kind.as_str() {
        "counter" => vec![(
            family.name.clone(),
            own.clone(),
            Value::Climbing { per_second: value },
        )],
        "histogram" if target.scraping.native_histograms => vec![(
            family.name.clone(),
            own.clone(),
            Value::Native(Histogram(vec![value])),
        )],
        "histogram" => classic(&family.name, own, value)
            .into_iter()
            .map(|(name, own, value)| (name, own, Value::Constant(value)))
            .collect(),
        _ => vec![(family.name.clone(), own.clone(), Value::Constant(value))],
    };
    let samples = family.samples.iter();
    samples
        .flat_map(|(own, value)| of_sample(own, *value))
        .collect()
}

/// A histogram of one observation in its classic parts, as a page in text has it: names, labels and values.
pub(crate) fn classic(name: &str, own: &Labels, observed: f64) -> Vec<(String, Labels, f64)> {
    let mut all_of_them = own.clone();
    all_of_them.insert("le".to_owned(), "+Inf".to_owned());
    vec![
        (format!("{name}_bucket"), all_of_them, 1.0),
        (format!("{name}_sum"), own.clone(), observed),
        (format!("{name}_count"), own.clone(), 1.0),
    ]
}

/// Gives a series the times that its page writes.
fn stamp(family: &Family, series: &mut Series) {
    match family.stamp {
        None => {}
        Some(Stamp::Behind(ms)) => {
            series.since_ms -= ms;
            series.arrival.late_ms = ms;
        }
        Some(Stamp::At(at_ms)) => {
            series.since_ms = at_ms;
            series.every_ms = ONLY_ONE;
        }
    }
}

/// How many samples a Prometheus has refused for their timestamps until a moment.
pub(crate) fn refused(prometheus: &Prometheus, at_ms: i64) -> i64 {
    let scrapes = |target: &Target| {
        let every = prometheus.interval_of(target);
        (at_ms - prometheus.first_scrape_ms).div_euclid(every) + 1
    };
    let of_family = |target: &Target, family: &Family| {
        let is_refused = family.stamp.is_some_and(Stamp::is_refused);
        let samples = if is_refused { family.samples.len() } else { 0 };
        scrapes(target).max(0) * i64::try_from(samples).unwrap_or(0)
    };
    let scraped = prometheus.found().filter(|target| !target.dropped);
    scraped
        .map(|target| {
            let families = target.shown().map(|family| of_family(target, family));
            families.sum::<i64>()
        })
        .sum()
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

//! What differs between the series that are foretold at a hop and those found there, in groups.

use std::collections::{BTreeMap, BTreeSet};

use crate::backend::answer::SampleValue;
use crate::leaves::{Labels, words};

/// Series with their values.
pub(crate) type Valued = Vec<(Labels, SampleValue)>;

/// What differs, a sentence's part each; empty where nothing does. Where series of other senders are among those found, only missing
/// ones are told.
pub(crate) fn differences(
    foretold: &Valued,
    found: &Valued,
    ignored: &BTreeSet<String>,
    tol: f64,
    of_all_senders: bool,
) -> Vec<String> {
    let (mut missing, mut extra) = (keyed(foretold, ignored), keyed(found, ignored));
    let mut said: Vec<String> = other_values(&mut missing, &mut extra, tol)
        .into_iter()
        .collect();
    let labels: BTreeSet<String> = missing
        .keys()
        .chain(extra.keys())
        .flat_map(|labels| labels.keys().cloned())
        .collect();
    for label in &labels {
        said.extend(differ_only_in(label, &mut missing, &mut extra));
    }
    let mut alone = |of: &BTreeMap<Labels, Vec<&SampleValue>>, what: &str| {
        if let Some(example) = of.keys().next() {
            let example = words::cut(&example.to_string(), 300);
            said.push(format!(
                "{} {what}, such as {example}",
                words::count(of.len(), "series")
            ));
        }
    };
    alone(&missing, "not found");
    if !of_all_senders {
        alone(&extra, "found that were not foretold");
    }
    said
}

fn keyed<'a>(
    series: &'a Valued,
    ignored: &BTreeSet<String>,
) -> BTreeMap<Labels, Vec<&'a SampleValue>> {
    let mut keyed: BTreeMap<Labels, Vec<&SampleValue>> = BTreeMap::new();
    for (labels, value) in series {
        let key: Labels = labels
            .iter()
            .filter(|(name, value)| !ignored.contains(*name) && !value.is_empty())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        keyed.entry(key).or_default().push(value);
    }
    keyed
}

/// Takes out what is on both sides, and tells of values that differ. Where labels that are ignored make several series one, their
/// values cannot be told apart, and one that is equal will do.
fn other_values(
    missing: &mut BTreeMap<Labels, Vec<&SampleValue>>,
    extra: &mut BTreeMap<Labels, Vec<&SampleValue>>,
    tol: f64,
) -> Option<String> {
    let both: Vec<Labels> = missing
        .keys()
        .filter(|labels| extra.contains_key(*labels))
        .cloned()
        .collect();
    let mut other = Vec::new();
    for labels in both {
        let (Some(foretold), Some(found)) = (missing.remove(&labels), extra.remove(&labels)) else {
            continue;
        };
        let equal = foretold
            .iter()
            .any(|a| found.iter().any(|b| is_equal(a, b, tol)));
        if !equal {
            other.push(format!(
                "{labels}: {} and then {}",
                foretold[0].raw(),
                found[0].raw()
            ));
        }
    }
    let example = words::cut(other.first()?, 300);
    let verb = if other.len() == 1 { "has" } else { "have" };
    Some(format!(
        "{} {verb} other values, such as {example}",
        words::count(other.len(), "series")
    ))
}

fn is_equal(a: &SampleValue, b: &SampleValue, tol: f64) -> bool {
    let (a, b) = (a.number(), b.number());
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tol * a.abs().max(b.abs())
}

fn differ_only_in(
    label: &str,
    missing: &mut BTreeMap<Labels, Vec<&SampleValue>>,
    extra: &mut BTreeMap<Labels, Vec<&SampleValue>>,
) -> Option<String> {
    let without = |labels: &Labels| {
        let mut labels = labels.clone();
        labels.remove(label);
        labels
    };
    let mut by_rest: BTreeMap<Labels, Labels> = extra
        .keys()
        .map(|labels| (without(labels), labels.clone()))
        .collect();
    let pairs: Vec<(Labels, Labels)> = missing
        .keys()
        .filter_map(|labels| Some((labels.clone(), by_rest.remove(&without(labels))?)))
        .collect();
    for (foretold, found) in &pairs {
        missing.remove(foretold);
        extra.remove(found);
    }
    let (foretold, found) = pairs.first()?;
    let value = |labels: &Labels| match labels.value(label) {
        "" => "none".to_owned(),
        value => format!("{value:?}"),
    };
    let verb = if pairs.len() == 1 {
        "differs"
    } else {
        "differ"
    };
    Some(format!(
        "{} {verb} only in `{label}`, such as {} foretold and {} found",
        words::count(pairs.len(), "series"),
        value(foretold),
        value(found)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(all: &[(&str, &str, &str)]) -> Valued {
        all.iter()
            .map(|(job, replica, value)| {
                let labels = [("__name__", "up"), ("job", job), ("replica", replica)];
                (
                    labels.into_iter().collect(),
                    SampleValue::Float((*value).to_owned()),
                )
            })
            .collect()
    }

    fn differ(foretold: &[(&str, &str, &str)], found: &[(&str, &str, &str)]) -> Vec<String> {
        differences(
            &series(foretold),
            &series(found),
            &BTreeSet::new(),
            0.0,
            false,
        )
    }

    #[test]
    fn equal_series_do_not_differ_however_their_values_are_written() {
        assert!(differ(&[("a", "", "-9.994e-07")], &[("a", "", "-0.0000009994")]).is_empty());
        assert!(differ(&[("a", "", "NaN")], &[("a", "", "NaN")]).is_empty());
    }

    #[test]
    fn series_that_differ_in_one_label_are_one_group() {
        assert_eq!(
            differ(
                &[("a", "x", "1"), ("b", "x", "1")],
                &[("a", "y", "1"), ("b", "y", "1")]
            ),
            ["2 series differ only in `replica`, such as \"x\" foretold and \"y\" found"]
        );
    }

    #[test]
    fn missing_extra_and_other_values_are_told_apart() {
        let said = differ(
            &[("a", "", "1"), ("b", "x", "1")],
            &[("a", "", "2"), ("c", "y", "1")],
        );
        assert!(
            said[0].starts_with("1 series has other values, such as up{job=\"a\"}: 1 and then 2")
        );
        assert!(
            said[1].starts_with("1 series not found, such as"),
            "{said:?}"
        );
        assert!(said[2].starts_with("1 series found that were not foretold"));
    }

    #[test]
    fn a_tolerance_and_ignored_labels_are_heeded_and_other_senders_are_not_extra() {
        let (one, other) = (
            series(&[("a", "x", "100")]),
            series(&[("a", "y", "101"), ("z", "y", "1")]),
        );
        let ignored = BTreeSet::from(["replica".to_owned()]);
        assert!(differences(&one, &other, &ignored, 0.01, true).is_empty());
        assert_eq!(differences(&one, &other, &ignored, 0.001, true).len(), 1);
        assert_eq!(differences(&one, &other, &ignored, 0.01, false).len(), 1);
    }
}

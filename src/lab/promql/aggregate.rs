//! Aggregations: count, sum, min, max, avg and group, with their grouping.

use std::collections::BTreeMap;

use promql_parser::parser::LabelModifier;

use crate::lab::histogram::Histogram;
use crate::lab::promql::failure::Failure;
use crate::lab::promql::value::Point;
use crate::lab::series::{Labels, NAME};

/// The points folded by group.
pub(crate) fn of(
    name: &str,
    points: Vec<Point>,
    modifier: Option<&LabelModifier>,
) -> Result<Vec<Point>, Failure> {
    let fold = folding(name).ok_or_else(|| Failure::unknown(&format!("`{name}`")))?;
    let mut groups: BTreeMap<Labels, Group> = BTreeMap::new();
    for point in points {
        let group = groups.entry(group_of(point.labels, modifier)).or_default();
        match point.native {
            Some(native) if !matches!(name, "count" | "group") => group.natives.push(native),
            _ => group.values.push(point.value),
        }
    }
    let folded = groups.into_iter().filter_map(|(labels, group)| {
        let native = group.sum().filter(|_| name == "sum");
        // What is neither numbers alone nor a sum of native histograms is left out.
        if native.is_none() && group.values.is_empty() {
            return None;
        }
        Some(Point {
            labels,
            sampled_ms: None,
            value: native
                .as_ref()
                .map_or_else(|| fold(&group.values), Histogram::count),
            native,
        })
    });
    Ok(folded.collect())
}

/// The points of one group: numbers, and native histograms.
#[derive(Default)]
struct Group {
    values: Vec<f64>,
    natives: Vec<Histogram>,
}

impl Group {
    /// The sum of its native histograms, where it has nothing else.
    fn sum(&self) -> Option<Histogram> {
        let mut natives = self.natives.iter().filter(|_| self.values.is_empty());
        let first = natives.next()?.clone();
        Some(natives.fold(first, Histogram::with))
    }
}

type Fold = fn(&[f64]) -> f64;

fn folding(name: &str) -> Option<Fold> {
    Some(match name {
        "count" => size,
        "sum" => |values| values.iter().sum(),
        "avg" => |values| values.iter().sum::<f64>() / size(values),
        "min" => |values| values.iter().copied().fold(f64::NAN, f64::min),
        "max" => |values| values.iter().copied().fold(f64::NAN, f64::max),
        "group" => |_| 1.0,
        _ => return None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a lab has few series")]
fn size(values: &[f64]) -> f64 {
    values.len() as f64
}

fn group_of(labels: Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        None => Labels::new(),
        Some(LabelModifier::Include(kept)) => labels
            .into_iter()
            .filter(|(name, _)| kept.labels.contains(name))
            .collect(),
        Some(LabelModifier::Exclude(gone)) => labels
            .into_iter()
            .filter(|(name, _)| name != NAME && !gone.labels.contains(name))
            .collect(),
    }
}

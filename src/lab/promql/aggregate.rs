//! Aggregations: count, sum, min, max, avg and group, with their grouping.

use std::collections::BTreeMap;

use promql_parser::parser::LabelModifier;

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
    let mut groups: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    for point in points {
        let key = group_of(point.labels, modifier);
        groups.entry(key).or_default().push(point.value);
    }
    Ok(groups
        .into_iter()
        .map(|(labels, values)| Point {
            labels,
            sampled_ms: None,
            value: fold(&values),
        })
        .collect())
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

//! The functions the lab evaluates.

use promql_parser::label::MatchOp;
use promql_parser::parser::Expr;
use regex::Regex;

use crate::lab::moment::seconds;
use crate::lab::promql::failure::Failure;
use crate::lab::promql::value::{Computed, Line, Point};
use crate::lab::series::{Labels, NAME};

/// An argument of a call: as written, and its value.
pub(crate) struct Argument<'a> {
    /// As written.
    pub(crate) expr: &'a Expr,
    /// Its value.
    pub(crate) value: Computed,
}

/// The value of a function call at a moment.
pub(crate) fn of(
    name: &str,
    arguments: Vec<Argument<'_>>,
    at_ms: i64,
) -> Result<Computed, Failure> {
    let mut arguments = arguments.into_iter();
    let Some(first) = arguments.next() else {
        return match name {
            "time" => Ok(Computed::Scalar(seconds(at_ms))),
            _ => Err(Failure::unknown(&format!("`{name}()`"))),
        };
    };
    match name {
        "timestamp" => timestamp(first.value, at_ms),
        "absent" => absent(first),
        "vector" => match first.value {
            Computed::Scalar(value) => {
                Ok(Computed::Vector(vec![Point::made(Labels::new(), value)]))
            }
            _ => Err(Failure::unknown("`vector` of anything but a scalar")),
        },
        "scalar" => {
            let points = first.value.into_vector()?;
            Ok(Computed::Scalar(match points.as_slice() {
                [only] => only.value,
                _ => f64::NAN,
            }))
        }
        "abs" => Ok(Computed::Vector(
            first
                .value
                .into_vector()?
                .into_iter()
                .filter(|point| point.native.is_none())
                .map(|point| Point::made(point.labels, point.value.abs()))
                .collect(),
        )),
        "label_replace" => {
            let texts: Vec<Computed> = arguments.map(|argument| argument.value).collect();
            label_replace(first.value.into_vector()?, &texts)
        }
        _ => {
            let fold = over_time(name).ok_or_else(|| Failure::unknown(&format!("`{name}`")))?;
            let window = window_seconds(first.expr).unwrap_or(0.0);
            let points = first
                .value
                .into_matrix()?
                .into_iter()
                .filter_map(|line| folded(line, window, (name, fold)))
                .collect();
            Ok(Computed::Vector(points))
        }
    }
}

fn folded(line: Line, window: f64, (name, fold): (&str, Fold)) -> Option<Point> {
    let value = fold(&line.samples, window)?;
    if name == "last_over_time" {
        return Some(Point {
            labels: line.labels,
            sampled_ms: None,
            value,
            native: line.native,
        });
    }
    // Of native histograms the lab counts samples, and no more.
    if line.native.is_some() && !matches!(name, "count_over_time" | "present_over_time") {
        return None;
    }
    Some(Point::made(line.labels, value))
}

fn window_seconds(argument: &Expr) -> Option<f64> {
    match argument {
        Expr::MatrixSelector(matrix) => Some(matrix.range.as_secs_f64()),
        Expr::Paren(paren) => window_seconds(&paren.expr),
        _ => None,
    }
}

/// Samples and the window's length in seconds to one value, if the samples suffice.
type Fold = fn(&[(i64, f64)], f64) -> Option<f64>;

fn over_time(name: &str) -> Option<Fold> {
    Some(match name {
        "last_over_time" => |samples, _| samples.last().map(|sample| sample.1),
        "count_over_time" => |samples, _| Some(size(samples)),
        "present_over_time" => |_, _| Some(1.0),
        "sum_over_time" => |samples, _| Some(samples.iter().map(|sample| sample.1).sum()),
        "avg_over_time" => {
            |samples, _| Some(samples.iter().map(|sample| sample.1).sum::<f64>() / size(samples))
        }
        "min_over_time" => |samples, _| samples.iter().map(|s| s.1).reduce(f64::min),
        "max_over_time" => |samples, _| samples.iter().map(|s| s.1).reduce(f64::max),
        "rate" => |samples, _| per_second(samples),
        "increase" => |samples, window| per_second(samples).map(|rate| rate * window),
        _ => return None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a window has few samples")]
fn size(samples: &[(i64, f64)]) -> f64 {
    samples.len() as f64
}

/// The growth between first and last sample; a counter that falls has begun again at 0.
fn per_second(samples: &[(i64, f64)]) -> Option<f64> {
    let (first, last) = (samples.first()?, samples.last()?);
    if last.0 <= first.0 {
        return None;
    }
    let mut growth = last.1 - first.1;
    for pair in samples.windows(2) {
        if pair[1].1 < pair[0].1 {
            growth += pair[0].1;
        }
    }
    Some(growth / seconds(last.0 - first.0))
}

fn timestamp(value: Computed, at_ms: i64) -> Result<Computed, Failure> {
    let points = value
        .into_vector()?
        .into_iter()
        .map(|point| {
            let time = point.sampled_ms.unwrap_or(at_ms);
            Point::made(point.labels, seconds(time))
        })
        .collect();
    Ok(Computed::Vector(points))
}

/// `absent` gives the labels that the selector fixes.
fn absent(argument: Argument<'_>) -> Result<Computed, Failure> {
    if !argument.value.into_vector()?.is_empty() {
        return Ok(Computed::Vector(Vec::new()));
    }
    let mut fixed = Labels::new();
    if let Expr::VectorSelector(selector) = argument.expr {
        for matcher in &selector.matchers.matchers {
            if matcher.op == MatchOp::Equal && matcher.name != NAME {
                fixed.insert(matcher.name.clone(), matcher.value.clone());
            }
        }
    }
    Ok(Computed::Vector(vec![Point::made(fixed, 1.0)]))
}

fn label_replace(mut points: Vec<Point>, texts: &[Computed]) -> Result<Computed, Failure> {
    let [
        Computed::Text(target),
        Computed::Text(replacement),
        Computed::Text(source),
        Computed::Text(pattern),
    ] = texts
    else {
        return Err(Failure::unknown("`label_replace` without four strings"));
    };
    let pattern = Regex::new(&format!("^(?s:{pattern})$")).map_err(|_| {
        Failure::Execution(format!(
            "invalid regular expression in label_replace(): {pattern}"
        ))
    })?;
    for point in &mut points {
        let value = point.labels.get(source).cloned().unwrap_or_default();
        if let Some(found) = pattern.captures(&value) {
            let mut new = String::new();
            found.expand(replacement, &mut new);
            point.labels.remove(target);
            if !new.is_empty() {
                point.labels.insert(target.clone(), new);
            }
        }
        point.sampled_ms = None;
    }
    Ok(Computed::Vector(points))
}

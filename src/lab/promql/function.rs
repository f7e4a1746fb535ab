//! The functions the lab evaluates.

use promql_parser::parser::{Call, Expr};
use regex::Regex;

use crate::lab::moment::seconds;
use crate::lab::promql::eval::{Evaluation, unknown};
use crate::lab::promql::query::Failure;
use crate::lab::promql::value::{Computed, Line, Point};
use crate::lab::series::{Labels, NAME};

/// The value of a function call.
pub(crate) fn of(evaluation: &Evaluation<'_>, call: &Call) -> Result<Computed, Failure> {
    let name = call.func.name;
    let arguments = &call.args.args;
    let Some(first) = arguments.first() else {
        return match name {
            "time" => Ok(Computed::Scalar(seconds(evaluation.at_ms))),
            _ => Err(unknown(&format!("`{name}()`"))),
        };
    };
    match name {
        "timestamp" => timestamp(evaluation, first),
        "absent" => absent(evaluation, first),
        "vector" => match evaluation.of(first)? {
            Computed::Scalar(value) => {
                Ok(Computed::Vector(vec![Point::made(Labels::new(), value)]))
            }
            _ => Err(unknown("`vector` of anything but a scalar")),
        },
        "scalar" => {
            let points = evaluation.vector(first)?;
            Ok(Computed::Scalar(match points.as_slice() {
                [only] => only.value,
                _ => f64::NAN,
            }))
        }
        "abs" => Ok(Computed::Vector(
            evaluation
                .vector(first)?
                .into_iter()
                .map(|point| Point::made(point.labels, point.value.abs()))
                .collect(),
        )),
        "label_replace" => label_replace(evaluation, arguments),
        _ => {
            let fold = over_time(name).ok_or_else(|| unknown(&format!("`{name}`")))?;
            let keeps_name = name == "last_over_time";
            Ok(Computed::Vector(
                evaluation
                    .matrix(first)?
                    .into_iter()
                    .filter_map(|line| folded(first, line, fold, keeps_name))
                    .collect(),
            ))
        }
    }
}

fn folded(argument: &Expr, line: Line, fold: Fold, keeps_name: bool) -> Option<Point> {
    let window = window_seconds(argument)?;
    let value = fold(&line.samples, window)?;
    let mut point = Point::made(line.labels.clone(), value);
    if keeps_name {
        point.labels = line.labels;
    }
    Some(point)
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

fn timestamp(evaluation: &Evaluation<'_>, argument: &Expr) -> Result<Computed, Failure> {
    let points = evaluation
        .vector(argument)?
        .into_iter()
        .map(|point| {
            let time = point.sampled_ms.unwrap_or(evaluation.at_ms);
            Point::made(point.labels, seconds(time))
        })
        .collect();
    Ok(Computed::Vector(points))
}

/// `absent` gives the labels that the selector fixes.
fn absent(evaluation: &Evaluation<'_>, argument: &Expr) -> Result<Computed, Failure> {
    if !evaluation.vector(argument)?.is_empty() {
        return Ok(Computed::Vector(Vec::new()));
    }
    let mut fixed = Labels::new();
    if let Expr::VectorSelector(selector) = argument {
        for matcher in &selector.matchers.matchers {
            if matcher.op.to_string() == "=" && matcher.name != NAME {
                fixed.insert(matcher.name.clone(), matcher.value.clone());
            }
        }
    }
    Ok(Computed::Vector(vec![Point::made(fixed, 1.0)]))
}

fn label_replace(
    evaluation: &Evaluation<'_>,
    arguments: &[Box<Expr>],
) -> Result<Computed, Failure> {
    let text = |n: usize| match arguments.get(n).map(|argument| evaluation.of(argument)) {
        Some(Ok(Computed::Text(text))) => Ok(text),
        Some(Err(failure)) => Err(failure),
        _ => Err(unknown("`label_replace` without four strings")),
    };
    let (target, replacement, source, pattern) = (text(1)?, text(2)?, text(3)?, text(4)?);
    let pattern = Regex::new(&format!("^(?s:{pattern})$")).map_err(|_| {
        Failure::Execution(format!(
            "invalid regular expression in label_replace(): {pattern}"
        ))
    })?;
    let mut points = evaluation.vector(&arguments[0])?;
    for point in &mut points {
        let value = point.labels.get(&source).cloned().unwrap_or_default();
        if let Some(found) = pattern.captures(&value) {
            let mut new = String::new();
            found.expand(&replacement, &mut new);
            point.labels.remove(&target);
            if !new.is_empty() {
                point.labels.insert(target.clone(), new);
            }
            point.sampled_ms = None;
        }
    }
    Ok(Computed::Vector(points))
}

//! What an expression evaluates to, and how it looks in an answer's `data`.

use serde_json::{Value, json};

use crate::lab::histogram::Histogram;
use crate::lab::moment::unix_seconds;
use crate::lab::promql::failure::Failure;
use crate::lab::series::{Labels, NAME};

/// One series of an instant vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Its labels; the name is gone where an operation changed the meaning.
    pub labels: Labels,
    /// When the sample was taken, where the point comes straight from a selector.
    pub sampled_ms: Option<i64>,
    /// Its value; of a native histogram the count.
    pub value: f64,
    /// The native histogram that it is, if it is one.
    pub native: Option<Histogram>,
}

/// One series of a range vector: its samples, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Its labels.
    pub labels: Labels,
    /// Times in milliseconds since the epoch, and values.
    pub samples: Vec<(i64, f64)>,
    /// The native histogram that each of them is, if they are.
    pub native: Option<Histogram>,
}

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Computed {
    /// An instant vector.
    Vector(Vec<Point>),
    /// A range vector.
    Matrix(Vec<Line>),
    /// A number.
    Scalar(f64),
    /// A string.
    Text(String),
}

impl Point {
    /// A point that an operation made, without name and sampling time.
    pub(crate) fn made(mut labels: Labels, value: f64) -> Self {
        labels.remove(NAME);
        Self {
            labels,
            sampled_ms: None,
            value,
            native: None,
        }
    }
}

impl Computed {
    /// The points of what must be an instant vector.
    pub(crate) fn into_vector(self) -> Result<Vec<Point>, Failure> {
        match self {
            Self::Vector(points) => Ok(points),
            Self::Scalar(_) | Self::Matrix(_) | Self::Text(_) => {
                Err(Failure::mistyped("expected type instant vector"))
            }
        }
    }

    /// The lines of what must be a range vector.
    pub(crate) fn into_matrix(self) -> Result<Vec<Line>, Failure> {
        match self {
            Self::Matrix(lines) => Ok(lines),
            Self::Scalar(_) | Self::Vector(_) | Self::Text(_) => {
                Err(Failure::mistyped("expected type range vector"))
            }
        }
    }

    /// The fields `resultType` and `result`; `number` says how values are written.
    pub(crate) fn to_json(&self, at_ms: i64, number: fn(f64) -> String) -> Value {
        let time = unix_seconds(at_ms);
        match self {
            Self::Scalar(value) => {
                json!({"resultType": "scalar", "result": [time, number(*value)]})
            }
            Self::Text(text) => json!({"resultType": "string", "result": [time, text]}),
            Self::Vector(points) => {
                let items: Vec<Value> = points
                    .iter()
                    .map(|one| match &one.native {
                        Some(native) => {
                            json!({"metric": one.labels, "histogram": [time, native.to_json(number)]})
                        }
                        None => json!({"metric": one.labels, "value": [time, number(one.value)]}),
                    })
                    .collect();
                json!({"resultType": "vector", "result": items})
            }
            Self::Matrix(lines) => {
                let items: Vec<Value> = lines.iter().map(|line| line_json(line, number)).collect();
                json!({"resultType": "matrix", "result": items})
            }
        }
    }
}

fn line_json(line: &Line, number: fn(f64) -> String) -> Value {
    if let Some(native) = &line.native {
        let times = line.samples.iter().map(|(time, _)| unix_seconds(*time));
        let all: Vec<Value> = times
            .map(|time| json!([time, native.to_json(number)]))
            .collect();
        return json!({"metric": line.labels, "histograms": all});
    }
    let values: Vec<Value> = line
        .samples
        .iter()
        .map(|(time, value)| json!([unix_seconds(*time), number(*value)]))
        .collect();
    json!({"metric": line.labels, "values": values})
}

//! Operators with two sides: arithmetic, comparisons and sets.

use promql_parser::parser::token::TokenType;
use promql_parser::parser::{BinModifier, LabelModifier, VectorMatchCardinality};

use crate::lab::promql::failure::Failure;
use crate::lab::promql::value::{Computed, Point};
use crate::lab::series::{Labels, NAME};

/// The value of two sides and the operator between them.
pub(crate) fn of(
    token: TokenType,
    left: Computed,
    right: Computed,
    modifier: Option<&BinModifier>,
) -> Result<Computed, Failure> {
    let name = token.to_string();
    if token.is_set_operator() {
        let right = right.into_vector()?;
        let both = set(&name, left.into_vector()?, &right, modifier);
        return Ok(Computed::Vector(both));
    }
    let operator = Operator {
        apply: operation(&name).ok_or_else(|| Failure::unknown(&format!("`{name}`")))?,
        filters: token.is_comparison_operator() && !modifier.is_some_and(|one| one.return_bool),
    };
    if has_natives(&left) || has_natives(&right) {
        return Err(Failure::unknown(&format!("`{name}` of native histograms")));
    }
    match (left, right) {
        (Computed::Scalar(left), Computed::Scalar(right)) => {
            Ok(Computed::Scalar((operator.apply)(left, right)))
        }
        (Computed::Vector(points), Computed::Scalar(right)) => {
            Ok(operator.over(points, |value| (operator.apply)(value, right)))
        }
        (Computed::Scalar(left), Computed::Vector(points)) => {
            Ok(operator.over(points, |value| (operator.apply)(left, value)))
        }
        (Computed::Vector(left), Computed::Vector(right)) => {
            one_to_one(&operator, left, &right, modifier).map(Computed::Vector)
        }
        _ => Err(Failure::mistyped(
            "binary expression must contain only scalar and instant vector types",
        )),
    }
}

fn has_natives(value: &Computed) -> bool {
    matches!(value, Computed::Vector(points) if points.iter().any(|point| point.native.is_some()))
}

/// The value with its sign turned.
pub(crate) fn negated(value: Computed) -> Result<Computed, Failure> {
    if has_natives(&value) {
        return Err(Failure::unknown("the negation of native histograms"));
    }
    match value {
        Computed::Scalar(value) => Ok(Computed::Scalar(-value)),
        Computed::Vector(points) => Ok(Computed::Vector(
            points
                .into_iter()
                .map(|point| Point::made(point.labels, -point.value))
                .collect(),
        )),
        Computed::Matrix(_) | Computed::Text(_) => Err(Failure::mistyped(
            "unary expression only allowed on expressions of type scalar or instant vector",
        )),
    }
}

struct Operator {
    apply: fn(f64, f64) -> f64,
    /// A comparison without `bool` keeps the point or drops it, and leaves its value alone.
    filters: bool,
}

impl Operator {
    fn over(&self, points: Vec<Point>, apply: impl Fn(f64) -> f64) -> Computed {
        Computed::Vector(
            points
                .into_iter()
                .filter_map(|point| {
                    let value = apply(point.value);
                    self.judged(point, value)
                })
                .collect(),
        )
    }

    fn judged(&self, point: Point, value: f64) -> Option<Point> {
        if self.filters {
            (value != 0.0).then_some(point)
        } else {
            Some(Point::made(point.labels, value))
        }
    }
}

fn operation(name: &str) -> Option<fn(f64, f64) -> f64> {
    Some(match name {
        "+" => |a, b| a + b,
        "-" => |a, b| a - b,
        "*" => |a, b| a * b,
        "/" => |a, b| a / b,
        "%" => |a, b| a % b,
        "^" => f64::powf,
        "==" => |a, b| truth(a.total_cmp(&b).is_eq() || (a == 0.0 && b == 0.0)),
        "!=" => |a, b| truth(!(a.total_cmp(&b).is_eq() || (a == 0.0 && b == 0.0)) || a.is_nan()),
        ">" => |a, b| truth(a > b),
        "<" => |a, b| truth(a < b),
        ">=" => |a, b| truth(a >= b),
        "<=" => |a, b| truth(a <= b),
        _ => return None,
    })
}

fn truth(so: bool) -> f64 {
    if so { 1.0 } else { 0.0 }
}

fn one_to_one(
    operator: &Operator,
    left: Vec<Point>,
    right: &[Point],
    modifier: Option<&BinModifier>,
) -> Result<Vec<Point>, Failure> {
    if modifier.is_some_and(|one| one.card != VectorMatchCardinality::OneToOne) {
        return Err(Failure::unknown("`group_left` and `group_right`"));
    }
    let matching = modifier.and_then(|one| one.matching.as_ref());
    let mut used: Vec<Labels> = Vec::new();
    let mut points = Vec::new();
    for point in left {
        let key = match_key(&point.labels, matching);
        let mut partners = right
            .iter()
            .filter(|other| match_key(&other.labels, matching) == key);
        let Some(partner) = partners.next() else {
            continue;
        };
        if partners.next().is_some() || used.contains(&key) {
            return Err(Failure::Execution(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                    .to_owned(),
            ));
        }
        used.push(key.clone());
        let value = (operator.apply)(point.value, partner.value);
        let mut judged = operator.judged(point, value);
        if !operator.filters
            && let Some(made) = &mut judged
        {
            made.labels = key;
        }
        points.extend(judged);
    }
    Ok(points)
}

fn set(
    name: &str,
    left: Vec<Point>,
    right: &[Point],
    modifier: Option<&BinModifier>,
) -> Vec<Point> {
    let matching = modifier.and_then(|one| one.matching.as_ref());
    let key = |point: &Point| match_key(&point.labels, matching);
    match name {
        "and" => {
            let keys: Vec<Labels> = right.iter().map(key).collect();
            left.into_iter()
                .filter(|point| keys.contains(&key(point)))
                .collect()
        }
        "unless" => {
            let keys: Vec<Labels> = right.iter().map(key).collect();
            left.into_iter()
                .filter(|point| !keys.contains(&key(point)))
                .collect()
        }
        _ => {
            let keys: Vec<Labels> = left.iter().map(key).collect();
            let mut both = left;
            both.extend(
                right
                    .iter()
                    .filter(|point| !keys.contains(&key(point)))
                    .cloned(),
            );
            both
        }
    }
}

fn match_key(labels: &Labels, matching: Option<&LabelModifier>) -> Labels {
    labels
        .iter()
        .filter(|(name, _)| match matching {
            None => *name != NAME,
            Some(LabelModifier::Include(kept)) => kept.labels.contains(*name),
            Some(LabelModifier::Exclude(gone)) => *name != NAME && !gone.labels.contains(*name),
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

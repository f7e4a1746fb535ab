//! The evaluation of an expression at one moment.

use promql_parser::parser::{Expr, MatrixSelector, Offset, UnaryExpr, VectorSelector};

use crate::lab::promql::query::Failure;
use crate::lab::promql::selector::matches;
use crate::lab::promql::value::{Computed, Line, Point};
use crate::lab::promql::{aggregate, binary, function};
use crate::lab::series::Series;

/// The series and the moment at which an expression is evaluated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evaluation<'a> {
    /// All series that could be selected.
    pub series: &'a [Series],
    /// The moment.
    pub at_ms: i64,
    /// How far an instant selector looks back.
    pub lookback_ms: i64,
}

impl Evaluation<'_> {
    /// The value of an expression.
    pub(crate) fn of(&self, expr: &Expr) -> Result<Computed, Failure> {
        match expr {
            Expr::NumberLiteral(number) => Ok(Computed::Scalar(number.val)),
            Expr::StringLiteral(text) => Ok(Computed::Text(text.val.clone())),
            Expr::Paren(paren) => self.of(&paren.expr),
            Expr::Unary(unary) => self.negated(unary),
            Expr::VectorSelector(selector) => Ok(Computed::Vector(self.selected(selector)?)),
            Expr::MatrixSelector(matrix) => Ok(Computed::Matrix(self.windows(matrix)?)),
            Expr::Aggregate(one) => aggregate::of(self, one),
            Expr::Binary(one) => binary::of(self, one),
            Expr::Call(call) => function::of(self, call),
            Expr::Subquery(_) => Err(unknown("subqueries")),
            Expr::Extension(_) => Err(unknown("extensions")),
        }
    }

    /// The value of an expression that must be an instant vector.
    pub(crate) fn vector(&self, expr: &Expr) -> Result<Vec<Point>, Failure> {
        match self.of(expr)? {
            Computed::Vector(points) => Ok(points),
            Computed::Scalar(_) | Computed::Matrix(_) | Computed::Text(_) => Err(Failure::BadData(
                "1:1: parse error: expected type instant vector".to_owned(),
            )),
        }
    }

    /// The value of an expression that must be a range vector.
    pub(crate) fn matrix(&self, expr: &Expr) -> Result<Vec<Line>, Failure> {
        match self.of(expr)? {
            Computed::Matrix(lines) => Ok(lines),
            Computed::Scalar(_) | Computed::Vector(_) | Computed::Text(_) => Err(Failure::BadData(
                "1:1: parse error: expected type range vector".to_owned(),
            )),
        }
    }

    fn negated(&self, unary: &UnaryExpr) -> Result<Computed, Failure> {
        match self.of(&unary.expr)? {
            Computed::Scalar(value) => Ok(Computed::Scalar(-value)),
            Computed::Vector(points) => Ok(Computed::Vector(
                points
                    .into_iter()
                    .map(|point| Point::made(point.labels, -point.value))
                    .collect(),
            )),
            Computed::Matrix(_) | Computed::Text(_) => Err(Failure::BadData(
                "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector"
                    .to_owned(),
            )),
        }
    }

    fn selected(&self, selector: &VectorSelector) -> Result<Vec<Point>, Failure> {
        let at_ms = self.moment(selector)?;
        Ok(self
            .series
            .iter()
            .filter(|one| matches(selector, &one.labels))
            .filter_map(|one| {
                let (time, value) = one.instant(at_ms, self.lookback_ms)?;
                Some(Point {
                    labels: one.labels.clone(),
                    sampled_ms: Some(time),
                    value,
                })
            })
            .collect())
    }

    fn windows(&self, matrix: &MatrixSelector) -> Result<Vec<Line>, Failure> {
        let until_ms = self.moment(&matrix.vs)?;
        let length_ms = i64::try_from(matrix.range.as_millis()).unwrap_or(i64::MAX);
        let after_ms = until_ms.saturating_sub(length_ms);
        Ok(self
            .series
            .iter()
            .filter(|one| matches(&matrix.vs, &one.labels))
            .map(|one| Line {
                labels: one.labels.clone(),
                samples: one.window(after_ms, until_ms),
            })
            .filter(|line| !line.samples.is_empty())
            .collect())
    }

    fn moment(&self, selector: &VectorSelector) -> Result<i64, Failure> {
        if selector.at.is_some() {
            return Err(unknown("the @ modifier"));
        }
        let shift =
            |length: &std::time::Duration| i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        Ok(match &selector.offset {
            None => self.at_ms,
            Some(Offset::Pos(length)) => self.at_ms.saturating_sub(shift(length)),
            Some(Offset::Neg(length)) => self.at_ms.saturating_add(shift(length)),
        })
    }
}

/// The refusal of PromQL that the lab does not evaluate.
pub(crate) fn unknown(what: &str) -> Failure {
    Failure::BadData(format!(
        "1:1: parse error: the lab does not evaluate {what}"
    ))
}

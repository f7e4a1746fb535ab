//! The evaluation of an expression at one moment.

use std::time::Duration;

use promql_parser::parser::{Call, Expr, MatrixSelector, Offset, SubqueryExpr, VectorSelector};

use crate::lab::promql::failure::Failure;
use crate::lab::promql::function::Argument;
use crate::lab::promql::value::{Computed, Line, Point};
use crate::lab::promql::{aggregate, binary, function};
use crate::lab::series::Series;

/// The step of a subquery that names none: the interval of evaluation where no configuration says otherwise.
const STEP_MS: i64 = 60_000;

/// Steps of one subquery, at most.
const MOST_STEPS: i64 = 11_000;

/// The series and the moment at which an expression is evaluated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evaluation<'a> {
    /// All series that could be selected.
    pub(crate) series: &'a [Series],
    /// The moment.
    pub(crate) at_ms: i64,
    /// How far an instant selector looks back.
    pub(crate) lookback_ms: i64,
}

impl Evaluation<'_> {
    /// The value of an expression.
    pub(crate) fn of(&self, expr: &Expr) -> Result<Computed, Failure> {
        match expr {
            Expr::NumberLiteral(number) => Ok(Computed::Scalar(number.val)),
            Expr::StringLiteral(text) => Ok(Computed::Text(text.val.clone())),
            Expr::Paren(paren) => self.of(&paren.expr),
            Expr::Unary(unary) => binary::negated(self.of(&unary.expr)?),
            Expr::VectorSelector(selector) => Ok(Computed::Vector(self.selected(selector)?)),
            Expr::MatrixSelector(matrix) => Ok(Computed::Matrix(self.windows(matrix)?)),
            Expr::Aggregate(one) => {
                let points = self.of(&one.expr)?.into_vector()?;
                let name = one.op.to_string();
                aggregate::of(&name, points, one.modifier.as_ref()).map(Computed::Vector)
            }
            Expr::Binary(one) => binary::of(
                one.op,
                self.of(&one.lhs)?,
                self.of(&one.rhs)?,
                one.modifier.as_ref(),
            ),
            Expr::Call(call) => self.called(call),
            Expr::Subquery(subquery) => Ok(Computed::Matrix(self.steps(subquery)?)),
            Expr::Extension(_) => Err(Failure::unknown("extensions")),
        }
    }

    fn called(&self, call: &Call) -> Result<Computed, Failure> {
        let mut arguments = Vec::new();
        for expr in &call.args.args {
            arguments.push(Argument {
                expr,
                value: self.of(expr)?,
            });
        }
        function::of(call.func.name, arguments, self.at_ms)
    }

    fn selected(&self, selector: &VectorSelector) -> Result<Vec<Point>, Failure> {
        let at_ms = self.moment(selector)?;
        Ok(self
            .series
            .iter()
            .filter(|one| one.is_selected(selector))
            .filter_map(|one| {
                let (time, value) = one.instant(at_ms, self.lookback_ms)?;
                Some(Point {
                    labels: one.labels.clone(),
                    sampled_ms: Some(time),
                    value,
                    native: one.native().cloned(),
                })
            })
            .collect())
    }

    fn windows(&self, matrix: &MatrixSelector) -> Result<Vec<Line>, Failure> {
        let until_ms = self.moment(&matrix.vs)?;
        let after_ms = until_ms.saturating_sub(milliseconds(&matrix.range));
        Ok(self
            .series
            .iter()
            .filter(|one| one.is_selected(&matrix.vs))
            .map(|one| Line {
                labels: one.labels.clone(),
                samples: one.window(after_ms, until_ms),
                native: one.native().cloned(),
            })
            .filter(|line| !line.samples.is_empty())
            .collect())
    }

    /// A subquery: its expression at each whole step of its range, the newest of which may be the moment itself.
    fn steps(&self, subquery: &SubqueryExpr) -> Result<Vec<Line>, Failure> {
        if subquery.at.is_some() || subquery.offset.is_some() {
            return Err(Failure::unknown("subqueries at another moment"));
        }
        let step_ms = subquery.step.as_ref().map_or(STEP_MS, milliseconds).max(1);
        let after_ms = self.at_ms.saturating_sub(milliseconds(&subquery.range));
        if (self.at_ms - after_ms) / step_ms > MOST_STEPS {
            return Err(Failure::unknown("subqueries of so many steps"));
        }
        let mut lines: Vec<Line> = Vec::new();
        let mut at_ms = (after_ms.div_euclid(step_ms) + 1) * step_ms;
        while at_ms <= self.at_ms {
            let then = Self { at_ms, ..*self };
            for point in then.of(&subquery.expr)?.into_vector()? {
                let sample = (at_ms, point.value);
                match lines.iter_mut().find(|line| line.labels == point.labels) {
                    Some(line) => line.samples.push(sample),
                    None => lines.push(Line {
                        labels: point.labels,
                        samples: vec![sample],
                        native: point.native,
                    }),
                }
            }
            at_ms += step_ms;
        }
        Ok(lines)
    }

    fn moment(&self, selector: &VectorSelector) -> Result<i64, Failure> {
        if selector.at.is_some() {
            return Err(Failure::unknown("the @ modifier"));
        }
        Ok(match &selector.offset {
            None => self.at_ms,
            Some(Offset::Pos(length)) => self.at_ms.saturating_sub(milliseconds(length)),
            Some(Offset::Neg(length)) => self.at_ms.saturating_add(milliseconds(length)),
        })
    }
}

fn milliseconds(length: &Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

//! What the engine remarks about a query that it can evaluate.

use promql_parser::parser::Expr;

use crate::lab::promql::selector::selectors;
use crate::lab::series::Series;

/// Metrics that are treated as counters and not named as such, with their column in the query.
pub(crate) fn not_counters(text: &str, expr: &Expr, series: &[Series]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    visit_calls(expr, &mut |name, argument| {
        if !matches!(name, "rate" | "increase") {
            return;
        }
        for selector in selectors(argument) {
            let Some(metric) = &selector.name else {
                continue;
            };
            let counter = ["_total", "_sum", "_count", "_bucket"]
                .iter()
                .any(|end| metric.ends_with(end));
            if !counter && series.iter().any(|one| one.name() == metric) {
                let place = text.find(metric.as_str()).map_or(1, |at| at + 1);
                found.push((metric.clone(), place));
            }
        }
    });
    found
}

fn visit_calls(expr: &Expr, see: &mut dyn FnMut(&str, &Expr)) {
    match expr {
        Expr::Call(call) => {
            for argument in &call.args.args {
                see(call.func.name, argument);
                visit_calls(argument, see);
            }
        }
        Expr::Aggregate(one) => visit_calls(&one.expr, see),
        Expr::Unary(one) => visit_calls(&one.expr, see),
        Expr::Paren(one) => visit_calls(&one.expr, see),
        Expr::Subquery(one) => visit_calls(&one.expr, see),
        Expr::Binary(one) => {
            visit_calls(&one.lhs, see);
            visit_calls(&one.rhs, see);
        }
        Expr::VectorSelector(_)
        | Expr::MatrixSelector(_)
        | Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::Extension(_) => {}
    }
}

//! The text of a query becomes an expression, unless it is none or too large.

use promql_parser::parser::{Expr, parse};

use crate::lab::promql::failure::Failure;
use crate::lab::promql::selector::column;

/// Reads a query.
///
/// # Errors
///
/// The parser's words, in the form of Prometheus.
pub(crate) fn read(text: &str) -> Result<Expr, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::Empty);
    }
    if operators(text) > MOST_OPERATORS {
        return Err(Failure::unknown("an expression as large as this"));
    }
    parse(text).map_err(|message| {
        Failure::BadData(format!(
            "1:{}: parse error: {message}",
            column(text, &message)
        ))
    })
}

/// The evaluation goes as deep as an expression is nested; more than this is nobody's honest question.
const MOST_OPERATORS: usize = 500;

/// How many operators, brackets and set words stand outside strings and selectors.
fn operators(text: &str) -> usize {
    let mut count = 0;
    let mut quote = None;
    let mut braces = 0_usize;
    let mut escaped = false;
    let mut word = String::new();
    for one in text.chars() {
        if let Some(end) = quote {
            if one == end && !escaped {
                quote = None;
            }
            escaped = one == '\\' && !escaped && end != '`';
            continue;
        }
        match one {
            '"' | '\'' | '`' => quote = Some(one),
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            _ if braces > 0 => {}
            '+' | '-' | '*' | '/' | '%' | '^' | '<' | '>' | '=' | '!' | '(' | '[' => count += 1,
            _ => {}
        }
        if one.is_ascii_alphanumeric() || one == '_' {
            word.push(one.to_ascii_lowercase());
        } else {
            count += usize::from(matches!(word.as_str(), "and" | "or" | "unless" | "atan2"));
            word.clear();
        }
    }
    count
}

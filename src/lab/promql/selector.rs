//! Selectors: which series they name.

use promql_parser::label::{Matcher, Matchers};
use promql_parser::parser::{Expr, VectorSelector, parse};

use crate::lab::series::{Labels, NAME};

/// Reads one `match[]`: a selector and nothing else.
///
/// # Errors
///
/// The server's words on what is wrong with it.
pub(crate) fn parse_selector(text: &str) -> Result<VectorSelector, String> {
    match parse(text) {
        Ok(Expr::VectorSelector(selector)) => Ok(selector),
        Ok(_) => Err("expected type instant vector selector".to_owned()),
        Err(message) if message.contains("non-empty matcher") => {
            Err("match[] must contain at least one non-empty matcher".to_owned())
        }
        Err(message) => Err(format!(
            "1:{}: parse error: {message}",
            column(text, &message)
        )),
    }
}

/// Where the parser of Prometheus points: behind the end for what is unfinished, else at the start.
pub(crate) fn column(text: &str, message: &str) -> usize {
    if message.contains("unexpected end") {
        text.chars().count() + 1
    } else {
        1
    }
}

/// Whether a selector names a series with these labels.
pub(crate) fn matches(selector: &VectorSelector, labels: &Labels) -> bool {
    let by_name = selector
        .name
        .as_ref()
        .is_none_or(|name| labels.get(NAME) == Some(name));
    by_name && all_match(&selector.matchers, labels)
}

fn all_match(matchers: &Matchers, labels: &Labels) -> bool {
    if matchers.or_matchers.is_empty() {
        group_matches(&matchers.matchers, labels)
    } else {
        matchers
            .or_matchers
            .iter()
            .any(|group| group_matches(group, labels))
    }
}

/// A label that is missing has the empty value.
fn group_matches(group: &[Matcher], labels: &Labels) -> bool {
    group
        .iter()
        .all(|one| one.is_match(labels.get(&one.name).map_or("", String::as_str)))
}

/// Every selector of an expression.
pub(crate) fn selectors(expr: &Expr) -> Vec<&VectorSelector> {
    match expr {
        Expr::VectorSelector(selector) => vec![selector],
        Expr::MatrixSelector(matrix) => vec![&matrix.vs],
        Expr::Aggregate(one) => selectors(&one.expr),
        Expr::Unary(one) => selectors(&one.expr),
        Expr::Paren(one) => selectors(&one.expr),
        Expr::Subquery(one) => selectors(&one.expr),
        Expr::Binary(one) => {
            let mut both = selectors(&one.lhs);
            both.extend(selectors(&one.rhs));
            both
        }
        Expr::Call(call) => call
            .args
            .args
            .iter()
            .flat_map(|arg| selectors(arg))
            .collect(),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, parse_selector};
    use crate::lab::series::labels;

    fn selects(text: &str) -> bool {
        let series = labels(&[("__name__", "up"), ("job", "api"), ("pod", "a-1")]);
        matches(&parse_selector(text).expect("a selector"), &series)
    }

    #[test]
    fn the_four_operators_match_as_prometheus_does() {
        assert!(selects("up"));
        assert!(selects(r#"{__name__=~"down|up"}"#));
        assert!(selects(r#"up{job="api"}"#));
        assert!(!selects(r#"up{job!="api"}"#));
        assert!(selects(r#"up{pod=~"a-.*"}"#));
        assert!(!selects(r#"up{pod=~"a"}"#), "a regex is anchored");
        assert!(selects(r#"up{pod!~"b.*"}"#));
        assert!(selects(r#"up{absent=""}"#), "a missing label is empty");
        assert!(!selects(r#"up{absent!=""}"#));
    }

    #[test]
    fn a_selector_that_says_nothing_is_refused() {
        assert_eq!(
            parse_selector(r#"{job=~".*"}"#).expect_err("refused"),
            "match[] must contain at least one non-empty matcher"
        );
        assert!(parse_selector("sum(up)").is_err());
    }
}

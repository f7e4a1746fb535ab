//! Batches: many counts in one query, and the answer taken apart again.
//!
//! Members of a batch have equality matchers on the same label names and the same other matchers; the query groups by those names,
//! so that each member finds its own count. A set of at most 255 plain names keeps Prometheus 3 on its fast path (labels/regexp.go),
//! and 12 KB of text stay below VictoriaMetrics' limit of 16,384 bytes a query.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use crate::backend::answer::{Count, QueryAnswer, QueryResult};
use crate::backend::{Failure, FailureClass};
use crate::leaves::{MatchOp, Matcher, Selector, is_metric_name, quoted};

/// Names in one query, at most.
const MOST_NAMES: usize = 255;
/// Text of one query, at most, in bytes.
const MOST_TEXT: usize = 12 * 1024;

/// What members of one batch have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// Label names with an equality matcher, sorted.
    keys: Vec<String>,
    /// The other matchers as text, sorted.
    others: Vec<String>,
}

/// Whether the selector can travel in a batch, and with whom: it has a plain name, and no label is matched twice.
pub(crate) fn shape(selector: &Selector) -> Option<Shape> {
    if !is_metric_name(&selector.metric) {
        return None;
    }
    let (equal, others): (Vec<&Matcher>, Vec<&Matcher>) = selector
        .matchers
        .iter()
        .partition(|m| m.op == MatchOp::Equal);
    let keys: BTreeSet<&str> = equal.iter().map(|m| m.name.as_str()).collect();
    if keys.len() < equal.len()
        || keys.contains("__name__")
        || !keys
            .iter()
            .all(|key| is_metric_name(key) && !key.contains(':'))
    {
        return None;
    }
    let mut others: Vec<String> = others.into_iter().map(Matcher::to_string).collect();
    others.sort_unstable();
    Some(Shape {
        keys: keys.into_iter().map(str::to_owned).collect(),
        others,
    })
}

/// How many of these selectors, from the first, fit into one query; one too long for company still goes, alone.
pub(crate) fn fitting<'a>(selectors: impl IntoIterator<Item = &'a Selector>) -> usize {
    let (mut names, mut values) = (HashSet::new(), HashSet::new());
    let (mut text, mut fit) = (256, 0);
    for selector in selectors {
        if names.insert(&selector.metric) {
            text += selector.metric.len() + 1;
        }
        for matcher in &selector.matchers {
            // A value may grow by escapes; a name stands once, which 256 bytes and the first value's share allow for.
            if values.insert((&matcher.name, &matcher.value)) {
                text += matcher.name.len() + 2 * matcher.value.len() + 6;
            }
        }
        if fit > 0 && (names.len() > MOST_NAMES || text > MOST_TEXT) {
            break;
        }
        fit += 1;
    }
    fit
}

/// The one query that counts all of them.
pub(crate) fn query(shape: &Shape, selectors: &[&Selector]) -> String {
    let mut text = String::from("count by (__name__");
    for key in &shape.keys {
        // Writing to a String cannot fail.
        let _ = write!(text, ",{key}");
    }
    text.push_str(") ({__name__=~\"");
    let names: BTreeSet<&str> = selectors.iter().map(|s| s.metric.as_str()).collect();
    text.push_str(&names.into_iter().collect::<Vec<_>>().join("|"));
    text.push('"');
    for key in &shape.keys {
        let values: BTreeSet<&str> = selectors.iter().filter_map(|s| value(s, key)).collect();
        if values.len() == 1 {
            let _ = write!(
                text,
                ",{key}={}",
                quoted(values.first().copied().unwrap_or_default())
            );
        } else {
            let pattern: Vec<String> = values.into_iter().map(regex::escape).collect();
            let _ = write!(text, ",{key}=~{}", quoted(&pattern.join("|")));
        }
    }
    for other in &shape.others {
        let _ = write!(text, ",{other}");
    }
    text.push_str("})");
    text
}

/// The single query that says the same of one of them.
pub(crate) fn single(selector: &Selector) -> String {
    format!("count({selector})")
}

fn value<'a>(selector: &'a Selector, key: &str) -> Option<&'a str> {
    selector
        .matchers
        .iter()
        .find(|m| m.op == MatchOp::Equal && m.name == key)
        .map(|m| m.value.as_str())
}

/// Each one's own count, in their order.
pub(crate) fn take_apart(
    shape: &Shape,
    selectors: &[&Selector],
    answer: &QueryAnswer,
) -> Result<Vec<Count>, Failure> {
    let QueryResult::Vector(rows) = &answer.result else {
        return Err(Failure::new(
            FailureClass::Malformed,
            "expected a vector in answer to a count",
        ));
    };
    let mut counts: HashMap<Vec<&str>, u64> = HashMap::with_capacity(rows.len());
    for row in rows {
        let mut key = vec![row.labels.value("__name__")];
        key.extend(shape.keys.iter().map(|name| row.labels.value(name)));
        *counts.entry(key).or_default() += whole(row.value.number())?;
    }
    let count = |selector: &&Selector| {
        let mut key = vec![selector.metric.as_str()];
        key.extend(
            shape
                .keys
                .iter()
                .map(|name| value(selector, name).unwrap_or_default()),
        );
        Count {
            series: counts.get(&key).copied().unwrap_or(0),
            warnings: answer.warnings.clone(),
        }
    };
    Ok(selectors.iter().map(count).collect())
}

/// The count that a single query gave: no row is none.
pub(crate) fn count_of(answer: &QueryAnswer) -> Result<Count, Failure> {
    let QueryResult::Vector(rows) = &answer.result else {
        return Err(Failure::new(
            FailureClass::Malformed,
            "expected a vector in answer to a count",
        ));
    };
    let series = rows
        .iter()
        .map(|row| whole(row.value.number()))
        .sum::<Result<u64, Failure>>()?;
    Ok(Count {
        series,
        warnings: answer.warnings.clone(),
    })
}

/// A count as evidence says it.
pub(crate) fn in_words(count: &Count) -> String {
    match count.warnings.as_slice() {
        [] => format!("{} series", count.series),
        warnings => format!("{} series; warnings: {}", count.series, warnings.join("; ")),
    }
}

fn whole(number: f64) -> Result<u64, Failure> {
    if number >= 0.0 && number.fract() == 0.0 && number < 9e15 {
        Ok(number as u64)
    } else {
        Err(Failure::new(
            FailureClass::Malformed,
            format!("`{number}` is no number of series"),
        ))
    }
}

/// Whether a batch that failed so is asked again in halves. Everything else is the answer of all its members.
pub(crate) fn splits(failure: &Failure) -> bool {
    match failure.class {
        FailureClass::Status(400 | 413 | 414) | FailureClass::Refusal(400 | 413 | 414) => true,
        FailureClass::Refusal(422) | FailureClass::Status(422) => {
            !["Addr:", "receive series from", "StoreAPI"]
                .iter()
                .any(|sign| failure.what.contains(sign))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::answer::{Sample, SampleValue};
    use crate::leaves::Labels;

    fn selectors(texts: &[&str]) -> Vec<Selector> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn members_share_a_query_and_find_their_own_counts() {
        let all = selectors(&[
            "a{job=\"x\",s=\"1\"}",
            "b{s=\"2\",job=\"x\"}",
            "a{job=\"x\",s=\"3\"}",
        ]);
        let all: Vec<&Selector> = all.iter().collect();
        let shape = shape(all[0]).unwrap();
        assert!(all.iter().all(|s| super::shape(s).as_ref() == Some(&shape)));
        assert_eq!(
            query(&shape, &all),
            r#"count by (__name__,job,s) ({__name__=~"a|b",job="x",s=~"1|2|3"})"#
        );
        let row = |name: &str, s: &str, count: &str| Sample {
            labels: Labels::from([("__name__", name), ("job", "x"), ("s", s)]),
            value: SampleValue::Float(count.into()),
        };
        let answer = QueryAnswer {
            result: QueryResult::Vector(vec![
                row("a", "1", "4"),
                row("b", "2", "1"),
                row("b", "1", "9"),
            ]),
            warnings: vec!["w".into()],
            infos: Vec::new(),
        };
        let counts: Vec<u64> = take_apart(&shape, &all, &answer)
            .unwrap()
            .iter()
            .map(|c| c.series)
            .collect();
        assert_eq!(counts, [4, 1, 0]);
    }

    #[test]
    fn an_empty_value_finds_series_without_the_label() {
        let all = selectors(&["a{env=\"\"}"]);
        let shape = shape(&all[0]).unwrap();
        let answer = QueryAnswer {
            result: QueryResult::Vector(vec![Sample {
                labels: Labels::from([("__name__", "a")]),
                value: SampleValue::Float("2".into()),
            }]),
            warnings: Vec::new(),
            infos: Vec::new(),
        };
        assert_eq!(
            take_apart(&shape, &[&all[0]], &answer).unwrap()[0].series,
            2
        );
    }

    #[test]
    fn some_selectors_travel_alone() {
        for text in [
            "{__name__=~\"a|b\"}",
            "{\"my.metric\"}",
            "a{x=\"1\",x=\"2\"}",
            "a{\"my.label\"=\"1\"}",
        ] {
            assert_eq!(shape(&text.parse().unwrap()), None, "{text}");
        }
        assert_ne!(
            shape(&"a{x=\"1\"}".parse().unwrap()),
            shape(&"a{y=\"1\"}".parse().unwrap())
        );
        assert_ne!(
            shape(&"a{x!=\"1\"}".parse().unwrap()),
            shape(&"a{x!=\"2\"}".parse().unwrap())
        );
    }

    #[test]
    fn a_query_stays_below_the_limits() {
        let many: Vec<Selector> = (0..1_000)
            .map(|n| Selector::of(&format!("metric_{n:05}")))
            .collect();
        let many: Vec<&Selector> = many.iter().collect();
        assert_eq!(fitting(many.iter().copied()), 255);
        let long: Vec<Selector> = (0..300)
            .map(|n| Selector::of(&format!("m{n}_{}", "x".repeat(200))))
            .collect();
        let long: Vec<&Selector> = long.iter().collect();
        let fit = fitting(long.iter().copied());
        assert!(
            fit > 1 && query(&shape(long[0]).unwrap(), &long[..fit]).len() <= MOST_TEXT,
            "{fit}"
        );
        let huge = Selector::of(&"x".repeat(20_000));
        assert_eq!(
            fitting([&huge, &Selector::of("up")]),
            1,
            "one too long for company still goes, alone"
        );
    }

    #[test]
    fn only_a_refusal_of_the_query_splits() {
        for (class, what, split) in [
            (FailureClass::Refusal(400), "bad", true),
            (FailureClass::Status(414), "too long", true),
            (FailureClass::Refusal(422), "too long query", true),
            (
                FailureClass::Refusal(422),
                "receive series from Addr: 10.0.0.1:10901",
                false,
            ),
            (FailureClass::Refusal(422), "No StoreAPIs available", false),
            (FailureClass::Status(503), "busy", false),
            (FailureClass::Timeout, "late", false),
        ] {
            assert_eq!(splits(&Failure::new(class, what)), split, "{what}");
        }
    }
}

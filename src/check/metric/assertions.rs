//! What must hold of the series that a hop showed: labels, number, values. Presence and age are judged before.

use crate::backend::answer::Sample;
use crate::check::metric::sight::Sight;
use crate::leaves::{Comparison, LabelMatchers, Labels, NumberMatcher, words};

/// What came of one assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// It is so.
    Yes,
    /// It is not so: what was expected, and what was found.
    No(String, String),
    /// It cannot be said, and why.
    Unknown(String),
    /// It cannot be said: why, and what to do about it.
    Unclear(String, String),
}

/// Labels of every selected series.
pub(crate) fn labels(matchers: &LabelMatchers, sight: &Sight, hop: &str) -> Held {
    if matchers.0.is_empty() {
        return Held::Yes;
    }
    let Some(found) = &sight.found else {
        return Held::Unknown(format!("the labels at {hop} cannot be read"));
    };
    for (name, matcher) in &matchers.0 {
        let wrong: Vec<&Sample> = found
            .iter()
            .filter(|sample| !matcher.holds(sample.labels.value(name)))
            .collect();
        let Some(example) = wrong.first() else {
            continue;
        };
        let is = match example.labels.value(name) {
            "" => format!("no label `{name}`"),
            value => format!("`{name}` is {value:?}"),
        };
        let foretold = sight
            .foretold
            .of_label(name)
            .map_or_else(String::new, |foretold| format!("; {foretold}"));
        return Held::No(
            format!("label `{name}` {matcher} on every series at {hop}"),
            format!(
                "{is} on {} at {hop}, such as {}{foretold}",
                of(wrong.len(), found.len()),
                example.labels
            ),
        );
    }
    whole(sight, format!("the labels at {hop}"))
}

/// The number of selected series.
pub(crate) fn series(matcher: &NumberMatcher, sight: &Sight, hop: &str) -> Held {
    let Some(number) = sight.series else {
        return Held::Unknown(format!("the series at {hop} cannot be counted"));
    };
    let holds = matcher.holds(number as f64);
    // Of an incomplete answer only a lower bound is sure.
    let is_sure = match &sight.partial {
        None => true,
        Some(_) => {
            holds
                && matches!(
                    matcher,
                    NumberMatcher::Compare(Comparison::More | Comparison::AtLeast, _)
                )
        }
    };
    if !is_sure {
        return whole(sight, format!("the number of series at {hop}"));
    }
    if holds {
        return Held::Yes;
    }
    Held::No(
        format!("{matcher} series at {hop}"),
        format!("{number} series at {hop}"),
    )
}

/// Every value.
pub(crate) fn value(matcher: &NumberMatcher, sight: &Sight, hop: &str) -> Held {
    let Some(found) = &sight.found else {
        return Held::Unknown(format!("the values at {hop} cannot be read"));
    };
    let wrong: Vec<&Sample> = found
        .iter()
        .filter(|sample| !matcher.holds(sample.value.number()))
        .collect();
    match wrong.first() {
        Some(example) => Held::No(
            format!("every value {matcher} at {hop}"),
            format!(
                "{} on {} at {hop}, such as {}",
                example.value.raw(),
                of(wrong.len(), found.len()),
                named(&example.labels)
            ),
        ),
        None => whole(sight, format!("the values at {hop}")),
    }
}

fn whole(sight: &Sight, what: String) -> Held {
    match &sight.partial {
        None => Held::Yes,
        Some(warning) => Held::Unknown(format!(
            "{what} are not known whole: the answer is incomplete: {warning}"
        )),
    }
}

fn of(some: usize, all: usize) -> String {
    if some == all {
        words::count(all, "series")
    } else {
        format!("{some} of {}", words::count(all, "series"))
    }
}

fn named(labels: &Labels) -> String {
    words::cut(&labels.to_string(), 300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::answer::SampleValue;

    fn sight(values: &[(&str, &str)]) -> Sight {
        let found: Vec<Sample> = values
            .iter()
            .map(|(cluster, value)| Sample {
                labels: Labels::from([("__name__", "cost"), ("cluster", cluster)]),
                value: SampleValue::Float((*value).to_owned()),
            })
            .collect();
        Sight {
            found: Some(found.clone()),
            ..Sight::present(found.len() as u64)
        }
    }

    fn number(text: &str) -> NumberMatcher {
        text.parse().unwrap()
    }

    #[test]
    fn every_series_must_have_the_labels() {
        let matchers = serde_json::from_str("{\"cluster\": \"ops\", \"replica\": false}").unwrap();
        let held = labels(&matchers, &sight(&[("ops", "1"), ("ops", "2")]), "query");
        assert_eq!(held, Held::Yes);
        let Held::No(expected, actual) =
            labels(&matchers, &sight(&[("ops", "1"), ("blue", "2")]), "query")
        else {
            panic!("one series is blue's");
        };
        assert_eq!(expected, "label `cluster` \"ops\" on every series at query");
        assert_eq!(
            actual,
            "`cluster` is \"blue\" on 1 of 2 series at query, such as cost{cluster=\"blue\"}"
        );
    }

    #[test]
    fn a_small_negative_value_is_finite_and_not_more_than_zero() {
        let found = sight(&[("ops", "-9.994e-07")]);
        assert_eq!(value(&number("finite"), &found, "query"), Held::Yes);
        let Held::No(_, actual) = value(&number("> 0"), &found, "query") else {
            panic!("it is negative");
        };
        assert!(actual.starts_with("-9.994e-07 on 1 series at query"));
    }

    #[test]
    fn p04_nan_satisfies_nothing() {
        for matcher in ["finite", "!= 5", "> 0", "<= 0", "0..1"] {
            let held = value(&number(matcher), &sight(&[("ops", "NaN")]), "query");
            assert!(matches!(held, Held::No(..)), "{matcher}");
        }
    }

    #[test]
    fn under_a_warning_only_a_lower_bound_is_sure() {
        let half = Sight {
            partial: Some("store a is down".into()),
            ..sight(&[("ops", "1"), ("ops", "2")])
        };
        assert_eq!(series(&number(">= 2"), &half, "query"), Held::Yes);
        for matcher in [">= 3", "2", "< 5", "1..2"] {
            let held = series(&number(matcher), &half, "query");
            assert!(matches!(held, Held::Unknown(_)), "{matcher}");
        }
        let held = value(&number("finite"), &half, "query");
        assert!(matches!(held, Held::Unknown(_)), "{held:?}");
    }
}

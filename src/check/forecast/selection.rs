//! With which selector series are found where they arrive, when rules or Receive have changed labels that it names.

use std::collections::BTreeSet;

use crate::check::forecast::arrival::{Arrival, By};
use crate::leaves::{MatchOp, Matcher, Selector};

/// Values of one label in one selector, at most; beyond, the label is not asked for.
const MOST_VALUES: usize = 50;

/// The same series as they arrive. A matcher that still holds of all stays; one on a label that has become another selects what it
/// has become; one on a label that is gone or open is left out, unless the series get it only on their way. Labels that rules have set to one value are added, so that
/// leaving out selects no more than it must. Matchers on `fixed` labels stand.
pub(crate) fn selection(asked: &Selector, arrivals: &[Arrival], fixed: &[String]) -> Selector {
    if arrivals.is_empty() {
        return asked.clone();
    }
    let mut selector = asked.clone();
    let names = values("__name__", arrivals);
    if !selector.metric.is_empty() && names != BTreeSet::from([asked.metric.as_str()]) {
        match names.first() {
            Some(name) if names.len() == 1 => selector.metric = (*name).to_owned(),
            _ => {
                selector.metric = String::new();
                selector.matchers.extend(any_of("__name__", &names));
            }
        }
    }
    let labels: BTreeSet<&str> = asked
        .matchers
        .iter()
        .map(|matcher| matcher.name.as_str())
        .filter(|label| !fixed.iter().any(|fixed| fixed == label))
        .filter(|label| !is_added_later(label, arrivals))
        .collect();
    for label in labels {
        let holds = arrivals.iter().all(|arrival| {
            !arrival.is_open(label)
                && asked
                    .matchers
                    .iter()
                    .filter(|matcher| matcher.name == label)
                    .all(|matcher| matcher.matches(&arrival.selectable()))
        });
        if !holds {
            selector = selector.without(label);
            if is_certain(label, arrivals) {
                selector
                    .matchers
                    .extend(any_of(label, &values(label, arrivals)));
            }
        }
    }
    let set_by_rules: BTreeSet<&str> = arrivals
        .iter()
        .flat_map(|arrival| &arrival.steps)
        .filter(|step| matches!(step.by, By::Rule(..)) && step.label != "__name__")
        .map(|step| step.label.as_str())
        .collect();
    for label in set_by_rules {
        let values = values(label, arrivals);
        if let (1, Some(value), true) = (values.len(), values.first(), is_certain(label, arrivals))
            && !value.is_empty()
        {
            selector = selector.and(label, value);
        }
    }
    selector
}

/// Whether the sender's series do not have this label, and get one on the way that is not foretold: a matcher on it means that one.
fn is_added_later(label: &str, arrivals: &[Arrival]) -> bool {
    arrivals
        .iter()
        .all(|arrival| arrival.is_open(label) && arrival.selected_by(label).is_empty())
}

/// Whether every series arrives with a value of this label that is known.
fn is_certain(label: &str, arrivals: &[Arrival]) -> bool {
    arrivals
        .iter()
        .all(|arrival| !arrival.is_open(label) && !arrival.selected_by(label).is_empty())
}

fn values<'a>(label: &str, arrivals: &'a [Arrival]) -> BTreeSet<&'a str> {
    arrivals
        .iter()
        .map(|arrival| arrival.selected_by(label))
        .collect()
}

/// A matcher on any of these values.
fn any_of(label: &str, values: &BTreeSet<&str>) -> Option<Matcher> {
    let (op, value) = match values.iter().collect::<Vec<_>>().as_slice() {
        [only] => (MatchOp::Equal, (**only).to_owned()),
        some if some.len() <= MOST_VALUES => {
            let escaped: Vec<String> = some.iter().map(|value| regex::escape(value)).collect();
            (MatchOp::Regex, escaped.join("|"))
        }
        _ => return None,
    };
    Some(Matcher {
        name: label.to_owned(),
        op,
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Labels;

    fn asked(selector: &str, arrivals: &[Arrival]) -> String {
        selection(&selector.parse().unwrap(), arrivals, &[]).to_string()
    }

    fn arrives(labels: &[(&str, &str)]) -> Arrival {
        Arrival {
            labels: labels.iter().copied().collect::<Labels>(),
            ..Arrival::default()
        }
    }

    #[test]
    fn what_still_holds_stays_as_it_was_written() {
        let up = arrives(&[("__name__", "up"), ("cluster", "ops"), ("job", "api")]);
        let selector = "up{job=~\"a.*\",cluster=\"ops\"}";
        assert_eq!(asked(selector, &[up]), selector);
        assert_eq!(asked(selector, &[]), selector);
    }

    #[test]
    fn a_label_that_became_another_is_asked_for_as_that() {
        let mut renamed = arrives(&[("__name__", "up")]);
        renamed.set("env", Some("ops"), By::Rule("prom".into(), 1));
        assert_eq!(
            asked("up{cluster=\"ops\"}", std::slice::from_ref(&renamed)),
            "up{env=\"ops\"}"
        );
        let central = arrives(&[("__name__", "up"), ("cluster", "central")]);
        assert_eq!(
            asked("up{cluster=\"ops\"}", &[central]),
            "up{cluster=\"central\"}"
        );
        renamed.open.insert("env".into());
        assert_eq!(asked("up{cluster=\"ops\"}", &[renamed]), "up");
    }

    #[test]
    fn a_label_that_only_receive_gives_is_asked_for_as_written() {
        let mut arrival = arrives(&[("__name__", "up")]);
        arrival.open.insert("receive_replica".into());
        let selector = "up{receive_replica=\"0\"}";
        assert_eq!(asked(selector, &[arrival]), selector);
    }

    #[test]
    fn a_label_that_deduplication_removes_still_selects() {
        let mut hidden = arrives(&[("__name__", "up"), ("copy", "1")]);
        hidden.hide("copy");
        assert!(hidden.labels.value("copy").is_empty());
        let selector = "up{copy=\"1\"}";
        assert_eq!(asked(selector, std::slice::from_ref(&hidden)), selector);
        hidden.hidden.insert("copy".into(), "2".into());
        assert_eq!(asked(selector, &[hidden]), "up{copy=\"2\"}");
    }

    #[test]
    fn what_is_fixed_stands() {
        let central = arrives(&[("__name__", "up"), ("cluster", "central")]);
        let ops: Selector = "up{cluster=\"ops\"}".parse().unwrap();
        assert_eq!(selection(&ops, &[central], &["cluster".into()]), ops);
    }

    #[test]
    fn several_values_and_names_are_asked_for_together() {
        let arrivals = ["a.b", "c"].map(|own| arrives(&[("__name__", own), ("cluster", own)]));
        let text = asked("up{cluster=\"ops\"}", &arrivals);
        assert_eq!(text, "{__name__=~\"a\\\\.b|c\",cluster=~\"a\\\\.b|c\"}");
    }
}

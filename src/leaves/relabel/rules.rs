//! A list of rules, and what becomes of a label set under it.

use crate::leaves::labels::Labels;
use crate::leaves::relabel::dialect::Dialect;
use crate::leaves::relabel::form::{Reading, RelabelRule};
use crate::leaves::relabel::refusal::RefusedRule;
use crate::leaves::relabel::rule::Rule;
use crate::leaves::relabel::series::Series;
use crate::leaves::relabel::trace::TraceStep;

/// A list of rules, ready to be applied as a version of Prometheus applies them.
#[derive(Clone, Debug)]
pub struct RelabelRules {
    rules: Vec<Rule>,
}

/// What became of a label set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relabelled {
    /// It is kept, with these labels; there may be none left.
    Kept(Labels),
    /// It is dropped.
    Dropped {
        /// The rule that dropped it, from 0.
        rule: usize,
    },
}

/// What became of a label set, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relabelling {
    /// What became of it.
    pub outcome: Relabelled,
    /// Each rule that was reached.
    pub trace: Vec<TraceStep>,
}

impl RelabelRules {
    /// Makes rules ready.
    ///
    /// # Errors
    /// The first rule that this version refuses, or whose regex cannot be simulated.
    pub fn new(
        written: &[RelabelRule],
        reading: Reading,
        dialect: Dialect,
    ) -> Result<Self, RefusedRule> {
        let rules = written
            .iter()
            .enumerate()
            .map(|(rule, written)| {
                Rule::new(written, reading, dialect).map_err(|why| RefusedRule { rule, why })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }

    /// Applies the rules to a label set.
    pub fn relabel(&self, labels: &Labels) -> Relabelling {
        self.relabel_with(labels, None::<(&str, &str)>)
    }

    /// Applies the rules to a label set to which others are added first, in that order, where it has none of that name: as external
    /// labels are before `write_relabel_configs`.
    pub fn relabel_with<N: AsRef<str>, V: AsRef<str>>(
        &self,
        labels: &Labels,
        added: impl IntoIterator<Item = (N, V)>,
    ) -> Relabelling {
        let mut series = Series::new(labels, added);
        let mut trace = Vec::with_capacity(self.rules.len());
        for (rule, ready) in self.rules.iter().enumerate() {
            let step = ready.apply(rule, &mut series);
            let drops = step.drops;
            trace.push(step);
            if drops {
                return Relabelling {
                    outcome: Relabelled::Dropped { rule },
                    trace,
                };
            }
        }
        Relabelling {
            outcome: Relabelled::Kept(series.into_labels()),
            trace,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy as _, any, prop, proptest};
    use proptest::sample::select;
    use serde_json::json;

    use super::*;
    use crate::leaves::relabel::{Change, Saw};

    fn written(rules: &serde_json::Value) -> Vec<RelabelRule> {
        serde_json::from_value(rules.clone()).unwrap()
    }

    fn ready(rules: &serde_json::Value, reading: Reading, version: &str) -> RelabelRules {
        let dialect = Dialect::of(version).unwrap();
        RelabelRules::new(&written(rules), reading, dialect).unwrap()
    }

    fn refusal(rules: &serde_json::Value, dialect: Dialect) -> String {
        RelabelRules::new(&written(rules), Reading::Written, dialect)
            .unwrap_err()
            .to_string()
    }

    fn kept(relabelling: Relabelling) -> Labels {
        match relabelling.outcome {
            Relabelled::Kept(labels) => labels,
            Relabelled::Dropped { rule } => panic!("dropped by {rule}"),
        }
    }

    #[test]
    fn what_is_missing_is_empty_in_the_configuration_of_an_old_server_and_default_elsewhere() {
        let rules =
            json!([{"source_labels": ["a", "b"], "target_label": "c", "action": "replace"}]);
        let labels = Labels::from([("a", "1"), ("b", "2"), ("c", "3")]);
        for (reading, version, value) in [
            (Reading::Written, "2.42.0", "1;2"),
            (Reading::Loaded, "2.42.0", ""),
            (Reading::Loaded, "3.13.0", ""),
            (Reading::Loaded, "3.14.0", "1;2"),
        ] {
            let after = kept(ready(&rules, reading, version).relabel(&labels));
            assert_eq!(after.value("c"), value, "{reading:?} {version}");
        }
    }

    #[test]
    fn the_trace_says_what_each_rule_saw_and_changed() {
        let rules = json!([
            {"source_labels": ["a", "b"], "target_label": "c"},
            {"action": "labeldrop", "regex": "a|x"},
            {"source_labels": ["c"], "target_label": "$1", "regex": "(.*)2"},
            {"action": "drop", "source_labels": ["c"], "regex": "1;.*"},
            {"action": "drop"},
        ]);
        let labels = Labels::from([("a", "1"), ("b", "2")]);
        let relabelling = ready(&rules, Reading::Written, "2.55.0").relabel(&labels);
        assert_eq!(relabelling.outcome, Relabelled::Dropped { rule: 3 });
        let value = |value: &str, matched| Saw::Value {
            value: value.to_owned(),
            matched,
        };
        let names = |names: &[&str]| Saw::Names {
            matched: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let saw: Vec<Saw> = relabelling
            .trace
            .iter()
            .map(|step| step.saw.clone())
            .collect();
        assert_eq!(
            saw,
            [
                value("1;2", true),
                names(&["a"]),
                value("1;2", true),
                value("1;2", true)
            ]
        );
        assert_eq!(
            relabelling.trace[0].changes,
            [Change::Set {
                label: "c".to_owned(),
                was: None,
                value: "1;2".to_owned()
            }]
        );
        assert_eq!(
            relabelling.trace[1].changes,
            [Change::Removed {
                label: "a".to_owned(),
                was: "1".to_owned()
            }]
        );
        assert_eq!(relabelling.trace[2].refused_target.as_deref(), Some("1;"));
        assert!(relabelling.trace[3].drops);
    }

    #[test]
    fn external_labels_come_before_the_rules_and_only_where_there_is_none() {
        let rules = json!([{"action": "keep", "source_labels": ["cluster"], "regex": "ops"}]);
        let rules = ready(&rules, Reading::Loaded, "3.14.0");
        let external = Labels::from([("cluster", "ops")]);
        let up = Labels::from([("__name__", "up")]);
        let both = Labels::from([("__name__", "up"), ("cluster", "ops")]);
        assert_eq!(kept(rules.relabel_with(&up, external.iter())), both);
        assert_eq!(rules.relabel(&up).outcome, Relabelled::Dropped { rule: 0 });
        let other = Labels::from([("cluster", "dev")]);
        let outcome = rules.relabel_with(&other, external.iter()).outcome;
        assert_eq!(outcome, Relabelled::Dropped { rule: 0 });
    }

    #[test]
    fn an_empty_replacement_removes_the_expanded_target_only_from_2_50_on() {
        let rules = json!([{"source_labels": ["a"], "target_label": "$1", "replacement": ""}]);
        let labels = Labels::from([("a", "b"), ("b", "1")]);
        for (version, value) in [("2.49.0", "1"), ("2.50.0", ""), ("3.14.0", "")] {
            let after = kept(ready(&rules, Reading::Written, version).relabel(&labels));
            assert_eq!(after.value("b"), value, "{version}");
        }
    }

    #[test]
    fn the_last_of_two_labels_that_get_one_name_wins_and_set_labels_stand_last_from_2_43_on() {
        let rules = json!([
            {"target_label": "a", "replacement": "new"},
            {"action": "labelmap", "regex": "a|b", "replacement": "c"},
        ]);
        let labels = Labels::from([("a", "old"), ("b", "1")]);
        for (version, value) in [("2.42.0", "1"), ("2.43.0", "new")] {
            let after = kept(ready(&rules, Reading::Written, version).relabel(&labels));
            assert_eq!(after.value("c"), value, "{version}");
        }
    }

    #[test]
    fn a_labeldrop_without_a_regex_drops_every_label() {
        let rules = ready(
            &json!([{"action": "labeldrop"}]),
            Reading::Written,
            "3.14.0",
        );
        let labels = Labels::from([("__name__", "up"), ("job", "a")]);
        assert_eq!(kept(rules.relabel(&labels)), Labels::default());
    }

    #[test]
    fn alternatives_that_escape_the_anchors_do_so_here_too() {
        let rules = json!([{"action": "labelmap", "regex": "a)|(b", "replacement": "x${1}y"}]);
        let rules = ready(&rules, Reading::Written, "3.14.0");
        let after = kept(rules.relabel(&Labels::from([("aab", "1")])));
        assert_eq!(after, Labels::from([("aab", "1"), ("xyaxby", "1")]));
    }

    #[test]
    fn what_the_server_refuses_is_refused_in_its_words() {
        let newest = Dialect::newest();
        for (rule, why) in [
            (
                json!({"action": "hashmod", "target_label": "a"}),
                "relabel configuration for hashmod requires non-zero modulus",
            ),
            (
                json!({"action": "lowercase"}),
                "relabel configuration for lowercase action requires 'target_label' value",
            ),
            (
                json!({}),
                "relabel configuration for replace action requires 'target_label' value",
            ),
            (
                json!({"action": "uppercase", "target_label": "a", "replacement": "b"}),
                "'replacement' can not be set for uppercase action",
            ),
            (
                json!({"action": "labelmap", "replacement": ""}),
                "\"\" is invalid 'replacement' for labelmap action",
            ),
            (
                json!({"action": "labeldrop", "source_labels": []}),
                "labeldrop action requires only 'regex', and no other fields",
            ),
            (
                json!({"action": "keepequal", "target_label": "a", "regex": "(.*)"}),
                "keepequal action requires only 'source_labels' and `target_label`, and no other fields",
            ),
            (
                json!({"action": "keepequal", "target_label": "a", "separator": null}),
                "keepequal action requires only 'source_labels' and `target_label`, and no other fields",
            ),
            (
                json!({"action": "explode"}),
                "unknown relabel action \"explode\"",
            ),
            (json!({"action": null}), "relabel action cannot be empty"),
            (
                json!({"source_labels": [""], "target_label": "a"}),
                "\"\" is not a valid label name",
            ),
            (
                json!({"regex": "(", "target_label": "a"}),
                "error parsing regexp: missing closing ): `^(?s:()$`",
            ),
        ] {
            let list = json!([{"action": "keep"}, rule]);
            assert_eq!(refusal(&list, newest), format!("relabelling rule 2: {why}"));
        }
    }

    #[test]
    fn what_is_refused_hangs_on_the_version() {
        for (rule, refused, accepted) in [
            (
                json!({"action": "keepequal", "target_label": "a"}),
                "2.40.0",
                "2.41.0",
            ),
            (
                json!({"action": "lowercase", "target_label": "a"}),
                "2.35.0",
                "2.36.0",
            ),
            (json!({"target_label": "a-b"}), "2.55.0", "3.0.0"),
            (json!({"target_label": "${1}-b"}), "3.1.0", "3.2.0"),
            (
                json!({"target_label": "a", "source_labels": ["a-b"]}),
                "2.55.0",
                "3.0.0",
            ),
            (
                json!({"target_label": "a", "regex": "(?<n>x)"}),
                "2.50.0",
                "2.51.0",
            ),
            (
                json!({"action": "lowercase", "target_label": "$a"}),
                "2.50.0",
                "2.49.0",
            ),
        ] {
            let rules = written(&json!([rule]));
            let taken = |version| {
                RelabelRules::new(&rules, Reading::Written, Dialect::of(version).unwrap()).is_ok()
            };
            assert!(!taken(refused), "{rule} at {refused}");
            assert!(taken(accepted), "{rule} at {accepted}");
        }
        let bad = json!([{"target_label": "a-b"}]);
        let legacy = Dialect::newest().with_legacy_names();
        assert!(refusal(&bad, legacy).contains("is invalid 'target_label'"));
    }

    #[test]
    fn a_rule_that_a_server_has_loaded_is_not_refused_for_what_it_prints() {
        let rules = json!([{"action": "keepequal", "source_labels": ["a"], "separator": ";",
            "regex": "(.*)", "target_label": "b", "replacement": "$1"}]);
        let rules = ready(&rules, Reading::Loaded, "2.42.0");
        let after = kept(rules.relabel(&Labels::from([("a", "1"), ("b", "1")])));
        assert_eq!(after.len(), 2);
    }

    proptest! {
        #[test]
        fn no_rule_is_a_panic(
            action in select(vec!["replace", "labelmap", "labeldrop", "labelkeep", "hashmod", "lowercase", "uppercase", "keep", "dropequal"]),
            texts in prop::collection::vec(any::<String>().prop_map(|text| text.replace('\0', "$1")), 5),
            modulus in any::<u64>(),
            version in select(vec!["2.30.0", "2.42.0", "2.55.0", "3.0.0", "3.14.0"]),
            loaded in any::<bool>(),
        ) {
            let rules = [RelabelRule {
                source_labels: Some(vec!["a".to_owned(), texts[0].clone()]),
                separator: Some(texts[1].clone()),
                regex: Some(texts[2].clone()),
                modulus: Some(modulus),
                target_label: Some(texts[3].clone()),
                replacement: Some(texts[4].clone()),
                action: Some(action.to_owned()),
            }];
            let reading = if loaded { Reading::Loaded } else { Reading::Written };
            if let Ok(rules) = RelabelRules::new(&rules, reading, Dialect::of(version).unwrap()) {
                let labels = Labels::from([("a", "x"), (texts[0].as_str(), texts[3].as_str())]);
                let relabelling = rules.relabel(&labels);
                assert_eq!(relabelling.trace.len(), 1);
            }
        }
    }
}

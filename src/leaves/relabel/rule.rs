//! One rule, ready to be applied.

use crate::leaves::go_regex::{GoRegex, Template};
use crate::leaves::relabel::action::Action;
use crate::leaves::relabel::dialect::Dialect;
use crate::leaves::relabel::form::{Reading, RelabelRule};
use crate::leaves::relabel::hash;
use crate::leaves::relabel::letter_case;
use crate::leaves::relabel::refusal::{Checked, Refusal};
use crate::leaves::relabel::series::Series;
use crate::leaves::relabel::trace::{Saw, TraceStep};

/// A rule with its defaults filled in and its regex compiled.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    dialect: Dialect,
    action: Action,
    sources: Vec<String>,
    separator: String,
    regex: GoRegex,
    modulus: u64,
    target: String,
    target_template: Template,
    replacement: Template,
}

impl Rule {
    /// Reads a rule as that version does.
    pub(crate) fn new(
        written: &RelabelRule,
        reading: Reading,
        dialect: Dialect,
    ) -> Result<Self, Refusal> {
        let empty_is_left_out = reading == Reading::Loaded && !dialect.shows_empty_texts();
        let or_default = |text: &Option<String>, default: &str| match text {
            Some(text) => text.clone(),
            None if empty_is_left_out => String::new(),
            None => default.to_owned(),
        };
        let separator = or_default(&written.separator, ";");
        let replacement = or_default(&written.replacement, "$1");
        let pattern = written.regex.as_deref().unwrap_or("(.*)");
        let regex = GoRegex::new(&dialect.anchored(pattern), dialect.go())?;
        let action = match written.action.as_deref() {
            None => Action::Replace,
            Some("") => return Err(Refusal::EmptyAction),
            Some(name) => {
                Action::of(name, dialect).ok_or_else(|| Refusal::UnknownAction(name.to_owned()))?
            }
        };
        let sources = written.source_labels.clone().unwrap_or_default();
        let target = written.target_label.clone().unwrap_or_default();
        let modulus = written.modulus.unwrap_or_default();
        if reading == Reading::Written {
            if let Some(bad) = sources.iter().find(|name| !dialect.may_be_source(name)) {
                return Err(Refusal::SourceLabel(bad.clone()));
            }
            Checked {
                action,
                target: &target,
                replacement: &replacement,
                separator: &separator,
                modulus,
                has_sources: written.source_labels.is_some(),
                has_regex: written.regex.is_some(),
            }
            .check(dialect)?;
        } else if action == Action::HashMod && modulus == 0 {
            return Err(Refusal::ZeroModulus);
        }
        Ok(Self {
            dialect,
            action,
            sources,
            separator,
            regex,
            modulus,
            target_template: Template::new(&target),
            target,
            replacement: Template::new(&replacement),
        })
    }

    /// Applies the rule, and says what it saw and did; none of it is kept where it drops the series.
    pub(crate) fn apply(&self, rule: usize, series: &mut Series) -> TraceStep {
        if self.dialect.sorts_before_each_rule() {
            series.sort();
        }
        let mut step = TraceStep {
            rule,
            action: self.action,
            saw: Saw::Names {
                matched: Vec::new(),
            },
            drops: false,
            refused_target: None,
            changes: Vec::new(),
        };
        match self.action {
            Action::LabelMap | Action::LabelDrop | Action::LabelKeep => {
                self.apply_to_names(series, &mut step);
            }
            _ => self.apply_to_values(series, &mut step),
        }
        step
    }

    fn apply_to_values(&self, series: &mut Series, step: &mut TraceStep) {
        let values: Vec<&str> = self.sources.iter().map(|name| series.get(name)).collect();
        let value = values.join(&self.separator);
        let matched = match self.action {
            Action::Keep | Action::Drop | Action::Replace => self.regex.is_match(&value),
            Action::KeepEqual | Action::DropEqual => series.get(&self.target) == value,
            _ => true,
        };
        match self.action {
            Action::Keep | Action::KeepEqual => step.drops = !matched,
            Action::Drop | Action::DropEqual => step.drops = matched,
            Action::Lowercase => step.note(series.set(&self.target, &letter_case::lower(&value))),
            Action::Uppercase => step.note(series.set(&self.target, &letter_case::upper(&value))),
            Action::HashMod => {
                let shard = hash::shard(&value, self.modulus).to_string();
                step.note(series.set(&self.target, &shard));
            }
            _ => self.replace(&value, series, step),
        }
        step.saw = Saw::Value { value, matched };
    }

    fn replace(&self, value: &str, series: &mut Series, step: &mut TraceStep) {
        let Some(found) = self.regex.captures(value) else {
            return;
        };
        let target = self.regex.expand(&self.target_template, &found);
        let removed = if self.dialect.removes_expanded_target() {
            &target
        } else {
            &self.target
        };
        if !self.dialect.is_label_name(&target) {
            if !self.dialect.removes_expanded_target() {
                step.note(series.remove(removed));
            }
            step.refused_target = Some(target);
            return;
        }
        let set = self.regex.expand(&self.replacement, &found);
        step.note(if set.is_empty() {
            series.remove(removed)
        } else {
            series.set(&target, &set)
        });
    }

    fn apply_to_names(&self, series: &mut Series, step: &mut TraceStep) {
        let mut matched = Vec::new();
        for (name, value) in series.in_order() {
            let matches = self.regex.is_match(&name);
            match self.action {
                Action::LabelMap if matches => {
                    let to = self.regex.replace_all(&name, &self.replacement);
                    step.note(series.set(&to, &value));
                }
                Action::LabelDrop if matches => step.note(series.remove(&name)),
                Action::LabelKeep if !matches => step.note(series.remove(&name)),
                _ => {}
            }
            if matches {
                matched.push(name);
            }
        }
        step.saw = Saw::Names { matched };
    }
}

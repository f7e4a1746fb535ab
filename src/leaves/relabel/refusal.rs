//! What the server refuses, in its words.

use crate::leaves::go_regex::GoRegexError;
use crate::leaves::relabel::action::Action;
use crate::leaves::relabel::dialect::Dialect;

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The regex is refused, or (the one thing here that the server would take) cannot be simulated.
    #[error(transparent)]
    Regex(#[from] GoRegexError),
    /// No such action, or not in this version.
    #[error("unknown relabel action {0:?}")]
    UnknownAction(String),
    /// The action is there and empty.
    #[error("relabel action cannot be empty")]
    EmptyAction,
    /// The name of a source label is none.
    #[error("{0:?} is not a valid label name")]
    SourceLabel(String),
    /// There is nothing to divide by.
    #[error("relabel configuration for hashmod requires non-zero modulus")]
    ZeroModulus,
    /// The action needs a target label.
    #[error("relabel configuration for {0} action requires 'target_label' value")]
    NoTarget(Action),
    /// The target can be no label.
    #[error("{0:?} is invalid 'target_label' for {1} action")]
    Target(String, Action),
    /// The replacement can be no label.
    #[error("{0:?} is invalid 'replacement' for {1} action")]
    Replacement(String, Action),
    /// The action has no replacement.
    #[error("'replacement' can not be set for {0} action")]
    ReplacementSet(Action),
    /// The action compares, and takes nothing else.
    #[error("{0} action requires only 'source_labels' and `target_label`, and no other fields")]
    OnlySourceAndTarget(Action),
    /// The action looks at names, and takes nothing else.
    #[error("{0} action requires only 'regex', and no other fields")]
    OnlyRegex(Action),
}

/// A rule that cannot be used, and so a list that cannot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("relabelling rule {}: {why}", .rule + 1)]
pub struct RefusedRule {
    /// Its place in the list, from 0.
    pub rule: usize,
    /// What is wrong with it.
    #[source]
    pub why: Refusal,
}

/// What the checks look at: a rule with its defaults filled in.
pub(crate) struct Checked<'r> {
    pub(crate) action: Action,
    pub(crate) target: &'r str,
    pub(crate) replacement: &'r str,
    pub(crate) separator: &'r str,
    pub(crate) modulus: u64,
    /// Whether there is a list of source labels, though it be empty.
    pub(crate) has_sources: bool,
    /// Whether there is a regex, though it be the default one.
    pub(crate) has_regex: bool,
}

impl Checked<'_> {
    /// Refuses what that version refuses when it loads a rule, in its order.
    pub(crate) fn check(&self, dialect: Dialect) -> Result<(), Refusal> {
        let action = self.action;
        let target = || self.target.to_owned();
        let bare = self.modulus == 0 && self.separator == ";" && self.replacement == "$1";
        let compares = matches!(action, Action::KeepEqual | Action::DropEqual);
        let cases = matches!(action, Action::Lowercase | Action::Uppercase);
        let names = matches!(action, Action::LabelDrop | Action::LabelKeep);
        if self.modulus == 0 && action == Action::HashMod {
            Err(Refusal::ZeroModulus)
        } else if action.needs_target() && self.target.is_empty() {
            Err(Refusal::NoTarget(action))
        } else if action.needs_target()
            && action != Action::HashMod
            && !self.has_good_target(dialect)
        {
            Err(Refusal::Target(target(), action))
        } else if (cases || compares) && self.replacement != "$1" {
            Err(Refusal::ReplacementSet(action))
        } else if action == Action::LabelMap && !dialect.is_label_template(self.replacement) {
            Err(Refusal::Replacement(self.replacement.to_owned(), action))
        } else if action == Action::HashMod && !self.has_good_target(dialect) {
            Err(Refusal::Target(target(), action))
        } else if compares && (self.has_regex || !bare) {
            Err(Refusal::OnlySourceAndTarget(action))
        } else if names && (self.has_sources || !self.target.is_empty() || !bare) {
            Err(Refusal::OnlyRegex(action))
        } else {
            Ok(())
        }
    }

    fn has_good_target(&self, dialect: Dialect) -> bool {
        let expands = self.action == Action::Replace && self.target.contains('$');
        let as_template = dialect.takes_variables_in_any_target() && self.action != Action::HashMod;
        if expands || as_template {
            dialect.is_label_template(self.target)
        } else {
            dialect.is_label_name(self.target)
        }
    }
}

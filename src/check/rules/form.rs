//! The form of `rules`: what a user writes, and which rules it means.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de};

use crate::backend::answer::{Rule, RuleGroup};
use crate::backend::{Backend, BackendKind, World};
use crate::check::given::given;
use crate::leaves::AgeLimit;

/// A rule, or every rule of a group, is evaluated: lately, and without an error.
///
/// ```yaml
/// - rules: job:aws_cost:sum
///   at: prom
///   fresh: 2m
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// A rule by the metric that it records (or the alert's name), or a group of rules by its name. All that have the name are meant.
    #[serde(deserialize_with = "name")]
    #[schemars(length(min = 1))]
    pub rules: String,
    /// The Prometheus or the Thanos Query to ask; the first Prometheus of the pipeline where none is named.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub at: Option<String>,
    /// How long ago the last evaluation may be, by the server's clock: `2m` means at most. Twice the group's interval by default.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "AgeLimit")]
    pub fresh: Option<AgeLimit>,
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    match text.trim() {
        "" => Err(de::Error::custom(
            "the name of a rule or of a group is expected",
        )),
        name => Ok(name.to_owned()),
    }
}

impl Rules {
    /// The server that is asked.
    pub(crate) fn asked<'a>(&self, world: &'a World) -> Option<&'a std::sync::Arc<Backend>> {
        match &self.at {
            Some(at) => world.backend(at),
            None => world.first(BackendKind::Prometheus),
        }
    }

    /// The rules of this group that are meant; none where neither it nor a rule of it has the name.
    pub(crate) fn meant<'a>(&self, group: &'a RuleGroup) -> Option<Vec<&'a Rule>> {
        if group.name == self.rules {
            return Some(group.rules.iter().collect());
        }
        let named: Vec<&Rule> = group
            .rules
            .iter()
            .filter(|rule| rule.name == self.rules)
            .collect();
        (!named.is_empty()).then_some(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_wanted() {
        let read = |form: &str| serde_json::from_str::<Rules>(form);
        assert_eq!(read(r#"{"rules":" a:b "}"#).unwrap().rules, "a:b");
        for form in [
            r#"{"rules":""}"#,
            r#"{"rules":null}"#,
            r#"{"rules":["a"]}"#,
            r#"{"rules":"a","fresh":null}"#,
            r#"{"rules":"a","group":"b"}"#,
            "{}",
        ] {
            assert!(read(form).is_err(), "{form}");
        }
    }
}

//! What a label must be.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::leaves::go_regex::GoRegex;
use crate::leaves::labels::Labels;

/// What a label's value must be: `ops` (equal), `/aws-.*/` (the whole value matches, as in Prometheus), `true` (present), `false` (absent),
/// or one of `{eq: x}`, `{not: x}`, `{one_of: [a, b]}`, `{matches: re}`, `{prefix: x}`.
#[derive(Clone, Debug)]
pub enum LabelMatcher {
    /// Equal to the text.
    Equal(String),
    /// Not equal to the text; an absent label is not equal either.
    Not(String),
    /// The whole value matches.
    Matches(GoRegex, String),
    /// Starts with the text.
    Prefix(String),
    /// One of the texts.
    OneOf(Vec<String>),
    /// There is such a label.
    Present,
    /// There is no such label.
    Absent,
}

impl PartialEq for LabelMatcher {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for LabelMatcher {}

impl LabelMatcher {
    /// Whether a value passes; an absent label and an empty one are the same.
    pub fn holds(&self, value: &str) -> bool {
        match self {
            Self::Equal(text) => value == text,
            Self::Not(text) => value != text,
            Self::Matches(re, _) => re.is_match(value),
            Self::Prefix(text) => value.starts_with(text.as_str()),
            Self::OneOf(texts) => texts.iter().any(|text| text == value),
            Self::Present => !value.is_empty(),
            Self::Absent => value.is_empty(),
        }
    }

    fn matching<E: de::Error>(pattern: &str) -> Result<Self, E> {
        let re = GoRegex::whole(pattern).map_err(|why| {
            E::custom(format!(
                "`{pattern}` is not a regular expression: {}",
                why.reason()
            ))
        })?;
        Ok(Self::Matches(re, pattern.to_owned()))
    }

    fn text<E: de::Error>(text: &str) -> Result<Self, E> {
        match text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
        {
            Some(pattern) if !pattern.is_empty() => Self::matching(pattern),
            _ => Ok(Self::Equal(text.to_owned())),
        }
    }
}

impl fmt::Display for LabelMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(text) => write!(f, "{text:?}"),
            Self::Not(text) => write!(f, "not {text:?}"),
            Self::Matches(_, pattern) => write!(f, "/{pattern}/"),
            Self::Prefix(text) => write!(f, "{text:?}…"),
            Self::OneOf(texts) => write!(f, "one of {texts:?}"),
            Self::Present => f.write_str("present"),
            Self::Absent => f.write_str("absent"),
        }
    }
}

impl<'de> Deserialize<'de> for LabelMatcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = LabelMatcher;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a label value, `/regex/`, true (present), false (absent), or one of `eq`, `not`, `one_of`, `matches`, `prefix`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<LabelMatcher, E> {
                LabelMatcher::text(text)
            }
            fn visit_bool<E: de::Error>(self, present: bool) -> Result<LabelMatcher, E> {
                Ok(if present {
                    LabelMatcher::Present
                } else {
                    LabelMatcher::Absent
                })
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<LabelMatcher, E> {
                Err(E::custom(format!(
                    "label values are strings: write \"{number}\""
                )))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<LabelMatcher, E> {
                Err(E::custom(format!(
                    "label values are strings: write \"{number}\""
                )))
            }
            fn visit_f64<E: de::Error>(self, _: f64) -> Result<LabelMatcher, E> {
                Err(E::custom("label values are strings: write it in quotes"))
            }
            fn visit_map<A: de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<LabelMatcher, A::Error> {
                const KEYS: &[&str] = &["eq", "not", "one_of", "matches", "prefix"];
                let Some(key) = map.next_key::<String>()? else {
                    return Err(de::Error::custom(
                        "an empty matcher asserts nothing; write one of `eq`, `not`, `one_of`, `matches`, `prefix`",
                    ));
                };
                let matcher = match key.as_str() {
                    "eq" => LabelMatcher::Equal(map.next_value()?),
                    "not" => LabelMatcher::Not(map.next_value()?),
                    "prefix" => LabelMatcher::Prefix(map.next_value()?),
                    "matches" => {
                        LabelMatcher::matching(map.next_value::<Cow<'_, str>>()?.trim_matches('/'))?
                    }
                    "one_of" => {
                        let texts: Vec<String> = map.next_value()?;
                        if texts.is_empty() {
                            return Err(de::Error::custom("an empty `one_of` can never hold"));
                        }
                        LabelMatcher::OneOf(texts)
                    }
                    other => return Err(de::Error::unknown_field(other, KEYS)),
                };
                match map.next_key::<String>()? {
                    None => Ok(matcher),
                    Some(second) => Err(de::Error::custom(format!(
                        "`{key}` and `{second}` in one matcher; a label takes one"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl schemars::JsonSchema for LabelMatcher {
    fn schema_name() -> Cow<'static, str> {
        "LabelMatcher".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What the label must be: a text (equal), `/regex/` (the whole value matches), true (present), false (absent), or a map.",
            "anyOf": [
                { "type": ["string", "boolean"] },
                { "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": {
                    "eq": { "type": "string" }, "not": { "type": "string" }, "matches": { "type": "string" }, "prefix": { "type": "string" },
                    "one_of": { "type": "array", "items": { "type": "string" }, "minItems": 1 }
                } }
            ]
        })
    }
}

/// What several labels must be, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
#[schemars(extend("minProperties" = 1))]
pub struct LabelMatchers(pub BTreeMap<String, LabelMatcher>);

impl LabelMatchers {
    /// The first label that is not what it must be: its name, what was expected, and what it is.
    pub fn broken<'a>(
        &'a self,
        labels: &'a Labels,
    ) -> Option<(&'a str, &'a LabelMatcher, &'a str)> {
        self.0
            .iter()
            .map(|(name, matcher)| (name.as_str(), matcher, labels.value(name)))
            .find(|(_, matcher, value)| !matcher.holds(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_holds_where_it_should() {
        for (form, value, holds) in [
            ("\"ops\"", "ops", true),
            ("\"ops\"", "ops2", false),
            ("\"/aws-.*/\"", "aws-cost", true),
            ("\"/aws/\"", "aws-cost", false),
            ("\"//\"", "//", true),
            ("true", "", false),
            ("true", "x", true),
            ("false", "", true),
            ("{\"not\": \"a\"}", "", true),
            ("{\"one_of\": [\"a\", \"b\"]}", "b", true),
            ("{\"matches\": \"a+\"}", "aaa", true),
            ("{\"prefix\": \"a\"}", "abc", true),
        ] {
            let matcher: LabelMatcher = serde_json::from_str(form).unwrap();
            assert_eq!(matcher.holds(value), holds, "{form} on {value:?}");
        }
    }

    #[test]
    fn numbers_and_empty_matchers_are_refused() {
        for (form, says) in [
            ("200", "label values are strings: write \"200\""),
            ("{}", "asserts nothing"),
            ("{\"one_of\": []}", "never hold"),
            ("{\"eqq\": \"a\"}", "unknown field `eqq`"),
            ("\"/(/\"", "not a regular expression"),
        ] {
            let why = serde_json::from_str::<LabelMatcher>(form)
                .unwrap_err()
                .to_string();
            assert!(why.contains(says), "{form}: {why}");
        }
    }
}

//! `body`: what the text of an answer must hold.

use std::borrow::Cow;
use std::fmt;

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::check::connection::Unmet;
use crate::leaves::{OneOrMore, ValueMatcher, searched, words};

/// As much of a body as a message shows, in bytes.
const SHOWN: usize = 200;

/// What the body must hold: texts in it, expressions that match somewhere in it, and values of its JSON by their pointers.
#[derive(Clone, Debug, Default)]
pub struct BodyDemand {
    /// Texts that must be in it.
    pub contains: Vec<String>,
    /// Expressions that must match somewhere.
    pub matches: Vec<Regex>,
    /// What values must be, by JSON pointer (RFC 6901).
    pub pointers: Vec<(String, ValueMatcher)>,
}

impl BodyDemand {
    /// Which demands the body does not meet.
    pub(crate) fn unmet(&self, body: &str) -> Vec<Unmet> {
        let shown = || shown(body);
        let mut unmet: Vec<Unmet> = self
            .contains
            .iter()
            .filter(|part| !body.contains(part.as_str()))
            .map(|part| Unmet::new(format!("a body that contains {part:?}"), shown()))
            .collect();
        unmet.extend(
            self.matches
                .iter()
                .filter(|re| !re.is_match(body))
                .map(|re| Unmet::new(format!("a body that matches /{re}/"), shown())),
        );
        if self.pointers.is_empty() {
            return unmet;
        }
        match serde_json::from_str::<Value>(body.trim_start_matches('\u{feff}')) {
            Err(why) => unmet.push(Unmet::new(
                "a body in JSON",
                format!("the body is not JSON ({why}): {}", shown()),
            )),
            Ok(json) => unmet.extend(self.pointers.iter().filter_map(|(pointer, matcher)| {
                let value = json.pointer(pointer);
                (!matcher.holds(value)).then(|| {
                    let found = value.map_or_else(
                        || "no such value".to_owned(),
                        |value| words::cut(&value.to_string(), SHOWN),
                    );
                    Unmet::new(
                        format!("`{pointer}` {matcher}"),
                        format!("`{pointer}` {found}"),
                    )
                })
            })),
        }
        unmet
    }
}

fn shown(body: &str) -> String {
    match body.trim() {
        "" => "the body is empty".to_owned(),
        text => format!("the body is {:?}", words::cut(text, SHOWN)),
    }
}

impl<'de> Deserialize<'de> for BodyDemand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BodyVisitor;
        impl<'de> Visitor<'de> for BodyVisitor {
            type Value = BodyDemand;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of `contains`, `matches` and JSON pointers such as `/status`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BodyDemand, A::Error> {
                let mut demand = BodyDemand::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "contains" => demand.contains = map.next_value::<OneOrMore<_>>()?.0,
                        "matches" => {
                            for written in map.next_value::<OneOrMore<String>>()?.0 {
                                demand.matches.push(searched(&written)?);
                            }
                        }
                        pointer if pointer.starts_with('/') => {
                            if let Some(why) = no_pointer(pointer) {
                                return Err(A::Error::custom(why));
                            }
                            demand.pointers.push((key.clone(), map.next_value()?));
                        }
                        other => {
                            const KEYS: &[&str] = &["contains", "matches", "/json/pointer"];
                            return Err(A::Error::unknown_field(other, KEYS));
                        }
                    }
                }
                if demand.contains.iter().any(String::is_empty) {
                    return Err(A::Error::custom("every body contains an empty text"));
                }
                if demand.contains.is_empty()
                    && demand.matches.is_empty()
                    && demand.pointers.is_empty()
                {
                    return Err(A::Error::custom(
                        "an empty map asserts nothing; write `contains`, `matches` or a JSON pointer such as `/status`",
                    ));
                }
                Ok(demand)
            }
        }
        deserializer.deserialize_any(BodyVisitor)
    }
}

/// Why it is no JSON pointer: `~` stands only in `~0` and `~1`.
fn no_pointer(text: &str) -> Option<String> {
    text.split('~')
        .skip(1)
        .any(|after| !after.starts_with(['0', '1']))
        .then(|| format!("`{text}` is no JSON pointer: `~` is written `~0`, and `/` in a key `~1`"))
}

impl JsonSchema for BodyDemand {
    fn schema_name() -> Cow<'static, str> {
        "BodyDemand".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let texts = json_schema!({ "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 }
        ] });
        let matcher = generator.subschema_for::<ValueMatcher>();
        json_schema!({
            "description": "What the body must hold: `contains` texts, `matches` expressions found anywhere in it, and values of its JSON by their pointers (`/status`).",
            "type": "object", "minProperties": 1, "additionalProperties": false,
            "properties": { "contains": texts.clone(), "matches": texts },
            "patternProperties": { "^/([^~]|~[01])*$": matcher }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Result<BodyDemand, String> {
        serde_json::from_str(form).map_err(|why| why.to_string())
    }

    fn said(form: &str, body: &str) -> Vec<String> {
        read(form)
            .unwrap()
            .unmet(body)
            .into_iter()
            .map(|unmet| format!("{} | {}", unmet.expected, unmet.actual))
            .collect()
    }

    #[test]
    fn texts_expressions_and_pointers_are_each_told() {
        let form = r#"{"contains": ["Ready", "up"], "matches": "/v\\d+/", "/a~1b/0": "> 1", "/none": true}"#;
        assert_eq!(
            said(form, r#"{"a/b": [1], "c": "Ready"}"#),
            [
                r#"a body that contains "up" | the body is "{\"a/b\": [1], \"c\": \"Ready\"}""#,
                r#"a body that matches /v\d+/ | the body is "{\"a/b\": [1], \"c\": \"Ready\"}""#,
                "`/a~1b/0` > 1 | `/a~1b/0` 1",
                "`/none` true | `/none` no such value",
            ]
        );
        assert!(
            said(
                form,
                "\u{feff}{\"a/b\": [2], \"none\": true, \"c\": \"Ready up v1\"}"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_login_page_is_no_json() {
        let said = said(
            r#"{"/status": "ok"}"#,
            "<!DOCTYPE html><title>Log in</title>",
        );
        assert_eq!(said.len(), 1);
        assert!(said[0].starts_with(
            "a body in JSON | the body is not JSON (expected value at line 1 column 1)"
        ));
        assert!(said[0].contains("Log in"));
    }

    #[test]
    fn what_asserts_nothing_is_refused() {
        for (form, says) in [
            ("{}", "asserts nothing"),
            (r#"{"contains": []}"#, "asserts nothing"),
            (r#"{"contains": ""}"#, "every body contains"),
            (r#"{"matches": "("}"#, "not a regular expression"),
            (r#"{"matches": "//"}"#, "matches everything"),
            (r#"{"status": 5}"#, "unknown field `status`"),
            (r#"{"/a~2": 5}"#, "no JSON pointer"),
            (r#""text""#, "a map of"),
        ] {
            let why = read(form).unwrap_err();
            assert!(why.contains(says), "{form}: {why}");
        }
    }
}

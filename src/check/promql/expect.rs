//! What a `promql` check expects of its result.

use std::borrow::Cow;
use std::fmt;

use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, de};

use crate::leaves::NumberMatcher;

/// What the result must be. A number or a comparison (`"> 0"`) holds for every series, of which there must be at least one; a map
/// names what is compared: `every`, `any`, `count`, `scalar`, or `empty: true`. Several of them must all hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// Every value, and there is at least one.
    pub every: Option<NumberMatcher>,
    /// At least one value.
    pub any: Option<NumberMatcher>,
    /// The number of series; 0 counts as a number.
    pub count: Option<NumberMatcher>,
    /// The value of an expression that gives one number, such as `scalar(..)` or `1 + 1`.
    pub scalar: Option<NumberMatcher>,
    /// That there is no series; holds only when the answer is whole.
    pub empty: bool,
}

const FORM: &str = "a comparison such as \"> 0\" for every series, or a map with `every`, `any`, `count`, `scalar` or `empty: true`";

const KEYS: &[&str] = &["every", "any", "count", "scalar", "empty"];

impl Expect {
    fn of_every<'de, E: de::Error, V: IntoDeserializer<'de, E>>(value: V) -> Result<Self, E> {
        Ok(Self {
            every: Some(NumberMatcher::deserialize(value.into_deserializer())?),
            ..Self::default()
        })
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(every) = &self.every {
            parts.push(format!("every result {every}"));
        }
        if let Some(any) = &self.any {
            parts.push(format!("at least one result {any}"));
        }
        if let Some(count) = &self.count {
            parts.push(format!("{count} series"));
        }
        if let Some(scalar) = &self.scalar {
            parts.push(format!("the number {scalar}"));
        }
        if self.empty {
            parts.push("no series".to_owned());
        }
        f.write_str(&parts.join(", "))
    }
}

impl<'de> Deserialize<'de> for Expect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Expect;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(FORM)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expect, E> {
                if text == "empty" {
                    return Err(E::custom("write {empty: true} for a result without series"));
                }
                Expect::of_every(text)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Expect, E> {
                Expect::of_every(number)
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Expect, E> {
                Expect::of_every(number)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Expect, E> {
                Expect::of_every(number)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Expect, A::Error> {
                let mut expect = Expect::default();
                let mut others = false;
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "every" => expect.every = Some(map.next_value()?),
                        "any" => expect.any = Some(map.next_value()?),
                        "count" => expect.count = Some(map.next_value()?),
                        "scalar" => expect.scalar = Some(map.next_value()?),
                        "empty" => {
                            if !map.next_value::<bool>()? {
                                return Err(de::Error::custom(
                                    "`empty: false` says little; write {count: \">= 1\"}",
                                ));
                            }
                            expect.empty = true;
                        }
                        other => return Err(de::Error::unknown_field(other, KEYS)),
                    }
                    others |= key != "empty";
                }
                match (others, expect.empty) {
                    (false, false) => Err(de::Error::custom(format!(
                        "an empty map asserts nothing; {FORM} is expected"
                    ))),
                    (true, true) => Err(de::Error::custom(
                        "`empty` stands alone: a result without series has nothing else",
                    )),
                    _ => Ok(expect),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl schemars::JsonSchema for Expect {
    fn schema_name() -> Cow<'static, str> {
        "Expect".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let number = generator.subschema_for::<NumberMatcher>();
        schemars::json_schema!({
            "description": "What the result must be: a number or a comparison (`\"> 0\"`) holds for every series, of which there must be at least one; a map names what is compared. NaN satisfies nothing.",
            "anyOf": [
                { "type": "number" },
                { "type": "string", "minLength": 1 },
                { "type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
                    "every": number, "any": number, "count": number, "scalar": number,
                    "empty": { "const": true }
                } }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_and_says_what_it_expects() {
        for (form, says) in [
            ("\"> 0\"", "every result > 0"),
            ("5", "every result 5"),
            ("-1.5", "every result -1.5"),
            ("\"finite\"", "every result finite"),
            ("{\"any\": \"1..10\"}", "at least one result 1..10"),
            (
                "{\"every\": \"> 0\", \"count\": 3}",
                "every result > 0, 3 series",
            ),
            ("{\"scalar\": 2}", "the number 2"),
            ("{\"empty\": true}", "no series"),
        ] {
            let expect: Expect = serde_json::from_str(form).unwrap();
            assert_eq!(expect.to_string(), says);
        }
    }

    #[test]
    fn what_asserts_nothing_or_cannot_be_is_refused() {
        for (form, says) in [
            ("{}", "asserts nothing"),
            ("{\"empty\": false}", "count: \">= 1\""),
            ("{\"empty\": true, \"count\": 0}", "stands alone"),
            ("{\"evry\": 1}", "unknown field `evry`"),
            ("\"empty\"", "{empty: true}"),
            ("\"soon\"", "is not a number"),
            ("null", "invalid type"),
        ] {
            let why = serde_json::from_str::<Expect>(form)
                .unwrap_err()
                .to_string();
            assert!(why.contains(says), "{form}: {why}");
        }
    }
}

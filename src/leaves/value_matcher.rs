//! What a JSON value must be.

use std::borrow::Cow;
use std::fmt;

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::leaves::number_matcher::NumberMatcher;
use crate::leaves::one_or_more::OneOrMore;
use crate::leaves::words;

/// What a JSON value must be: `ready`, `5`, `true`, `null` (equal), `/v1\..*/` (the whole text matches), `"> 5"` or `"1..10"` (a number in
/// these bounds), `[a, b]` (a list of exactly these, in this order), or a map of `eq`, `not`, `contains`, `one_of`, `all`, `any`, `len`,
/// `matches`, `exists`, or `approx` with `tol`, all of which must hold. A value that is not there satisfies only `exists: false`.
#[derive(Clone, Debug)]
pub enum ValueMatcher {
    /// Equal to this.
    Equal(Value),
    /// A number that passes.
    Number(NumberMatcher),
    /// A text that matches as a whole.
    Whole(Regex, String),
    /// A list of exactly these items, in this order.
    Items(Vec<ValueMatcher>),
    /// All of these hold.
    Every(Vec<Demand>),
}

/// One key of a matcher's map.
#[derive(Clone, Debug)]
pub enum Demand {
    /// Passes this matcher (`eq: x`).
    Is(ValueMatcher),
    /// Is there, and does not pass.
    Not(ValueMatcher),
    /// Each of these is in it: as a part of a text, an item of a list, a key of a map.
    Contains(Vec<ValueMatcher>),
    /// Passes one of these.
    OneOf(Vec<ValueMatcher>),
    /// A list with at least one item, all of which pass.
    All(ValueMatcher),
    /// A list with an item that passes.
    Any(ValueMatcher),
    /// The number of characters of a text, items of a list, keys of a map.
    Len(NumberMatcher),
    /// A text in which the expression matches somewhere.
    Matches(Regex, String),
    /// Is there, or is not.
    Exists(bool),
}

const KEYS: &[&str] = &[
    "eq", "not", "contains", "one_of", "all", "any", "len", "matches", "exists", "approx", "tol",
];

impl ValueMatcher {
    /// Whether the value passes; `None` is a value that is not there.
    pub fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Every(demands), _) => demands.iter().all(|demand| demand.holds(value)),
            (_, None) => false,
            (Self::Equal(wanted), Some(value)) => is_equal(wanted, value),
            (Self::Number(matcher), Some(value)) => {
                value.as_f64().is_some_and(|number| matcher.holds(number))
            }
            (Self::Whole(re, _), Some(value)) => {
                value.as_str().is_some_and(|text| re.is_match(text))
            }
            (Self::Items(wanted), Some(value)) => value.as_array().is_some_and(|items| {
                items.len() == wanted.len()
                    && wanted
                        .iter()
                        .zip(items)
                        .all(|(matcher, item)| matcher.holds(Some(item)))
            }),
        }
    }

    fn text<E: de::Error>(text: &str) -> Result<Self, E> {
        if let Some(pattern) = text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
            .filter(|pattern| !pattern.is_empty())
        {
            let re = Regex::new(&format!("^(?s:{pattern})$"))
                .map_err(|why| not_a_regex(pattern, &why))?;
            return Ok(Self::Whole(re, pattern.to_owned()));
        }
        let compares = text.starts_with(['<', '>', '=', '!']) || text.contains("..");
        match text.parse::<NumberMatcher>() {
            Ok(matcher) if compares => Ok(Self::Number(matcher)),
            _ => Ok(Self::Equal(Value::from(text))),
        }
    }
}

impl Demand {
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), _) => value.is_some() == *wanted,
            (_, None) => false,
            (Self::Is(matcher), _) => matcher.holds(value),
            (Self::Not(matcher), _) => !matcher.holds(value),
            (Self::OneOf(matchers), _) => matchers.iter().any(|matcher| matcher.holds(value)),
            (Self::Contains(matchers), Some(value)) => {
                matchers.iter().all(|matcher| is_in(matcher, value))
            }
            (Self::All(matcher), Some(Value::Array(items))) => {
                !items.is_empty() && items.iter().all(|item| matcher.holds(Some(item)))
            }
            (Self::Any(matcher), Some(Value::Array(items))) => {
                items.iter().any(|item| matcher.holds(Some(item)))
            }
            (Self::All(_) | Self::Any(_), Some(_)) => false,
            (Self::Len(matcher), Some(value)) => {
                length(value).is_some_and(|length| matcher.holds(length as f64))
            }
            (Self::Matches(re, _), Some(value)) => {
                value.as_str().is_some_and(|text| re.is_match(text))
            }
        }
    }
}

/// Numbers are equal by value (`5` and `5.0`), everything else by itself.
fn is_equal(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => wanted == value,
    }
}

fn is_in(matcher: &ValueMatcher, value: &Value) -> bool {
    match (value, matcher) {
        (Value::String(text), ValueMatcher::Equal(Value::String(part))) => text.contains(part),
        (Value::String(_), _) => matcher.holds(Some(value)),
        (Value::Array(items), _) => items.iter().any(|item| matcher.holds(Some(item))),
        (Value::Object(map), _) => map
            .keys()
            .any(|key| matcher.holds(Some(&Value::from(key.as_str())))),
        _ => false,
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(map) => Some(map.len()),
        _ => None,
    }
}

fn not_a_regex<E: de::Error>(pattern: &str, why: &regex::Error) -> E {
    let why = why.to_string();
    let last = why.lines().last().unwrap_or_default();
    E::custom(format!(
        "`{pattern}` is not a regular expression: {}",
        last.trim().trim_start_matches("error: ")
    ))
}

/// An expression that is searched for anywhere, written with or without the slashes.
///
/// # Errors
/// Why it is none, in the reader's own error type.
pub fn searched<E: de::Error>(written: &str) -> Result<Regex, E> {
    let pattern = written
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'))
        .unwrap_or(written);
    if pattern.is_empty() {
        return Err(E::custom("an empty expression matches everything"));
    }
    Regex::new(pattern).map_err(|why| not_a_regex(pattern, &why))
}

impl fmt::Display for ValueMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(value) => write!(f, "{value}"),
            Self::Number(matcher) => write!(f, "{matcher}"),
            Self::Whole(_, pattern) => write!(f, "/{pattern}/"),
            Self::Items(items) => write!(f, "[{}]", joined(items)),
            Self::Every(demands) => {
                let said: Vec<String> = demands.iter().map(ToString::to_string).collect();
                f.write_str(&words::list(&said))
            }
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(matcher) => write!(f, "{matcher}"),
            Self::Not(matcher) => write!(f, "not {matcher}"),
            Self::Contains(all) => write!(f, "contains {}", joined(all)),
            Self::OneOf(all) => write!(f, "one of {}", joined(all)),
            Self::All(matcher) => write!(f, "all items {matcher}"),
            Self::Any(matcher) => write!(f, "any item {matcher}"),
            Self::Len(matcher) => write!(f, "length {matcher}"),
            Self::Matches(_, pattern) => write!(f, "matches /{pattern}/"),
            Self::Exists(true) => f.write_str("present"),
            Self::Exists(false) => f.write_str("absent"),
        }
    }
}

fn joined(matchers: &[ValueMatcher]) -> String {
    let said: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    said.join(", ")
}

impl<'de> Deserialize<'de> for ValueMatcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MatcherVisitor)
    }
}

struct MatcherVisitor;

impl<'de> Visitor<'de> for MatcherVisitor {
    type Value = ValueMatcher;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a value, `/regex/`, a comparison such as \"> 5\", a list, or a map of matchers",
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ValueMatcher, E> {
        ValueMatcher::text(text)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<ValueMatcher, E> {
        Ok(ValueMatcher::Equal(flag.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<ValueMatcher, E> {
        Ok(ValueMatcher::Equal(number.into()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<ValueMatcher, E> {
        Ok(ValueMatcher::Equal(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<ValueMatcher, E> {
        if number.is_finite() {
            Ok(ValueMatcher::Equal(number.into()))
        } else {
            Err(E::custom(format!("no JSON value is `{number}`")))
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<ValueMatcher, E> {
        Ok(ValueMatcher::Equal(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ValueMatcher, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        if items.is_empty() {
            return Err(de::Error::custom(
                "an empty list asserts nothing; write {len: 0} for a list without items",
            ));
        }
        Ok(ValueMatcher::Items(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ValueMatcher, A::Error> {
        let mut demands = Vec::new();
        let (mut approx, mut tol) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            demands.push(match key.as_str() {
                // The value itself, whatever it looks like.
                "eq" => Demand::Is(ValueMatcher::Equal(map.next_value()?)),
                "not" => Demand::Not(map.next_value()?),
                "contains" => Demand::Contains(map.next_value::<OneOrMore<_>>()?.0),
                "one_of" => match map.next_value()? {
                    ValueMatcher::Items(items) => Demand::OneOf(items),
                    _ => return Err(de::Error::custom("`one_of` takes a list")),
                },
                "all" => Demand::All(map.next_value()?),
                "any" => Demand::Any(map.next_value()?),
                "len" => Demand::Len(map.next_value()?),
                "matches" => {
                    let written: Cow<'_, str> = map.next_value()?;
                    let re: Regex = searched(&written)?;
                    let pattern = re.as_str().to_owned();
                    Demand::Matches(re, pattern)
                }
                "exists" => Demand::Exists(map.next_value()?),
                "approx" => {
                    approx = Some(map.next_value::<f64>()?);
                    continue;
                }
                "tol" => {
                    tol = Some(map.next_value::<f64>()?);
                    continue;
                }
                other => return Err(de::Error::unknown_field(other, KEYS)),
            });
        }
        match (approx, tol) {
            (None, None) => {}
            (Some(approx), Some(tol)) if approx.is_finite() && tol.is_finite() && tol >= 0.0 => {
                let matcher = ValueMatcher::Number(NumberMatcher::Approx { approx, tol });
                demands.push(Demand::Is(matcher));
            }
            _ => {
                return Err(de::Error::custom(
                    "`approx` and `tol` belong together, `tol` being 0 or more: {approx: 0.3, tol: 0.01}",
                ));
            }
        }
        let absent = |demand: &Demand| matches!(demand, Demand::Exists(false));
        if demands.is_empty() {
            return Err(de::Error::custom(format!(
                "an empty map asserts nothing; write one of {}",
                KEYS.join(", ")
            )));
        }
        if demands.len() > 1 && demands.iter().any(absent) {
            return Err(de::Error::custom(
                "a value that is not there (`exists: false`) can hold nothing else",
            ));
        }
        Ok(ValueMatcher::Every(demands))
    }
}

impl JsonSchema for ValueMatcher {
    fn schema_name() -> Cow<'static, str> {
        "ValueMatcher".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Self>();
        let number = generator.subschema_for::<NumberMatcher>();
        let list = json_schema!({ "type": "array", "items": one.clone(), "minItems": 1 });
        json_schema!({
            "description": "What the value must be: equal to a scalar, `/regex/` (the whole text), `\"> 5\"` (a number), a list of exactly these items, or a map of matchers.",
            "anyOf": [
                { "type": ["string", "number", "boolean", "null"] },
                list.clone(),
                { "type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
                    "eq": {}, "not": one.clone(), "contains": one.clone(), "one_of": list, "all": one.clone(), "any": one,
                    "len": number, "matches": { "type": "string", "minLength": 1 }, "exists": { "type": "boolean" },
                    "approx": { "type": "number" }, "tol": { "type": "number", "minimum": 0 }
                } }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Result<ValueMatcher, String> {
        serde_json::from_str(form).map_err(|why| why.to_string())
    }

    #[test]
    fn each_form_holds_where_it_should() {
        for (form, value, holds) in [
            ("\"ok\"", "\"ok\"", true),
            ("\"ok\"", "\"ok2\"", false),
            ("\"5\"", "5", false),
            ("5", "5.0", true),
            ("5", "\"5\"", false),
            ("true", "true", true),
            ("null", "null", true),
            ("\"/v1\\\\..*/\"", "\"v1.2\"", true),
            ("\"/v1/\"", "\"v1.2\"", false),
            ("\"/v1/\"", "1", false),
            ("\"> 5\"", "6", true),
            ("\"> 5\"", "\"6\"", false),
            ("\"1..3\"", "2", true),
            ("\">> text\"", "\">> text\"", true),
            ("{\"eq\": \"> 5\"}", "\"> 5\"", true),
            ("{\"eq\": [1, {\"a\": 2}]}", "[1, {\"a\": 2}]", true),
            ("[1, \"> 1\"]", "[1, 2]", true),
            ("[1]", "[1, 2]", false),
            ("{\"not\": 5}", "6", true),
            ("{\"contains\": \"part\"}", "\"a part of\"", true),
            (
                "{\"contains\": [10901, 19291]}",
                "[10901, 10902, 19291]",
                true,
            ),
            ("{\"contains\": [10901, 1]}", "[10901]", false),
            ("{\"contains\": \"key\"}", "{\"key\": 1}", true),
            ("{\"contains\": 5}", "5", false),
            ("{\"one_of\": [\"a\", \"b\"]}", "\"b\"", true),
            ("{\"one_of\": [\"a\", \"b\"]}", "\"c\"", false),
            ("{\"all\": \"> 0\"}", "[1, 2]", true),
            ("{\"all\": \"> 0\"}", "[1, 0]", false),
            ("{\"all\": \"> 0\"}", "[]", false),
            ("{\"any\": \"> 0\"}", "[0, 1]", true),
            ("{\"any\": \"> 0\"}", "{}", false),
            ("{\"len\": 2}", "\"äö\"", true),
            ("{\"len\": 0}", "[]", true),
            ("{\"len\": \">= 1\"}", "5", false),
            ("{\"matches\": \"b+\"}", "\"abba\"", true),
            ("{\"matches\": \"/^b/\"}", "\"abba\"", false),
            ("{\"exists\": true}", "null", true),
            ("{\"exists\": false}", "null", false),
            (
                "{\"approx\": 0.3, \"tol\": 0.001}",
                "0.30000000000000004",
                true,
            ),
            ("{\"len\": 3, \"contains\": \"a\"}", "\"abc\"", true),
            ("{\"len\": 3, \"contains\": \"z\"}", "\"abc\"", false),
        ] {
            let value: Value = serde_json::from_str(value).unwrap();
            let matcher = read(form).unwrap();
            assert_eq!(matcher.holds(Some(&value)), holds, "{form} on {value}");
        }
    }

    #[test]
    fn what_is_not_there_satisfies_only_exists_false() {
        for form in ["null", "{\"not\": 5}", "{\"len\": 0}", "{\"exists\": true}"] {
            assert!(!read(form).unwrap().holds(None), "{form}");
        }
        assert!(read("{\"exists\": false}").unwrap().holds(None));
    }

    #[test]
    fn g_y22_what_asserts_nothing_is_refused() {
        for (form, says) in [
            ("[]", "asserts nothing"),
            ("{}", "asserts nothing"),
            ("{\"contains\": []}", "asserts nothing"),
            ("{\"one_of\": []}", "asserts nothing"),
            ("{\"all\": []}", "asserts nothing"),
            ("{\"one_of\": 5}", "takes a list"),
            (
                "{\"contain\": 5}",
                "unknown field `contain`, expected one of",
            ),
            ("{\"matches\": \"(\"}", "not a regular expression"),
            ("{\"matches\": \"\"}", "matches everything"),
            ("{\"exists\": false, \"len\": 1}", "can hold nothing else"),
            ("{\"approx\": 1}", "belong together"),
            ("\"/(/\"", "not a regular expression"),
        ] {
            let why = read(form).unwrap_err();
            assert!(why.contains(says), "{form}: {why}");
        }
    }

    #[test]
    fn it_says_what_it_demands() {
        for (form, said) in [
            ("\"ok\"", "\"ok\""),
            ("\"> 5\"", "> 5"),
            ("[1, \"/a/\"]", "[1, /a/]"),
            (
                "{\"len\": \">= 1\", \"contains\": [1, 2]}",
                "length >= 1 and contains 1, 2",
            ),
            ("{\"not\": {\"one_of\": [1]}}", "not one of 1"),
        ] {
            assert_eq!(read(form).unwrap().to_string(), said);
        }
    }
}

//! What a number must be.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// A comparison sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// What a number must be: `5`, `"> 0"`, `"1..10"` (both ends belong to it), `finite`, or `{approx: 0.3, tol: 0.01}`.
/// NaN satisfies none of them.
#[derive(Clone, Debug, PartialEq)]
pub enum NumberMatcher {
    /// Compared with a number.
    Compare(Comparison, f64),
    /// Within a range, both ends included.
    Range(f64, f64),
    /// Neither NaN nor infinite.
    Finite,
    /// Within `tol` of a number.
    Approx {
        /// The number.
        approx: f64,
        /// How far from it is still good.
        tol: f64,
    },
}

const FORM: &str = "a number, a comparison such as \"> 0\", a range such as \"1..10\", `finite`, or {approx: 0.3, tol: 0.01}";

const SIGNS: [(&str, Comparison); 7] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("<", Comparison::Less),
    (">", Comparison::More),
    ("=", Comparison::Equal),
];

impl NumberMatcher {
    /// Whether the number passes. NaN never does. Equality is exact: use `approx` for computed floats.
    pub fn holds(&self, number: f64) -> bool {
        if number.is_nan() {
            return false;
        }
        match *self {
            Self::Compare(Comparison::Equal, other) => number == other,
            Self::Compare(Comparison::NotEqual, other) => number != other,
            Self::Compare(Comparison::Less, other) => number < other,
            Self::Compare(Comparison::AtMost, other) => number <= other,
            Self::Compare(Comparison::More, other) => number > other,
            Self::Compare(Comparison::AtLeast, other) => number >= other,
            Self::Range(low, high) => (low..=high).contains(&number),
            Self::Finite => number.is_finite(),
            Self::Approx { approx, tol } => (number - approx).abs() <= tol,
        }
    }
}

impl FromStr for NumberMatcher {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not {FORM}");
        let number = |text: &str| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|n| n.is_finite())
                .ok_or_else(refuse)
        };
        let text = text.trim();
        if text == "finite" {
            return Ok(Self::Finite);
        }
        if let Some((low, high)) = text.split_once("..") {
            let (low, high) = (number(low)?, number(high)?);
            if low > high {
                return Err(format!(
                    "the range `{text}` is empty: {low} is more than {high}"
                ));
            }
            return Ok(Self::Range(low, high));
        }
        match SIGNS.iter().find(|(sign, _)| text.starts_with(sign)) {
            Some((sign, comparison)) => {
                Ok(Self::Compare(*comparison, number(&text[sign.len()..])?))
            }
            None => Ok(Self::Compare(Comparison::Equal, number(text)?)),
        }
    }
}

impl fmt::Display for NumberMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(Comparison::Equal, number) => write!(f, "{number}"),
            Self::Compare(comparison, number) => {
                let sign = SIGNS
                    .iter()
                    .find(|(_, known)| known == comparison)
                    .map_or("==", |(sign, _)| *sign);
                write!(f, "{sign} {number}")
            }
            Self::Range(low, high) => write!(f, "{low}..{high}"),
            Self::Finite => f.write_str("finite"),
            Self::Approx { approx, tol } => write!(f, "{approx} ± {tol}"),
        }
    }
}

impl<'de> Deserialize<'de> for NumberMatcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = NumberMatcher;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(FORM)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<NumberMatcher, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<NumberMatcher, E> {
                Ok(NumberMatcher::Compare(Comparison::Equal, number as f64))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<NumberMatcher, E> {
                Ok(NumberMatcher::Compare(Comparison::Equal, number as f64))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<NumberMatcher, E> {
                if number.is_finite() {
                    Ok(NumberMatcher::Compare(Comparison::Equal, number))
                } else {
                    Err(E::custom(format!(
                        "`{number}` can never be compared; {FORM} is expected"
                    )))
                }
            }
            fn visit_map<A: de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<NumberMatcher, A::Error> {
                let (mut approx, mut tol) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "approx" => approx = Some(map.next_value::<f64>()?),
                        "tol" => tol = Some(map.next_value::<f64>()?),
                        other => return Err(de::Error::unknown_field(other, &["approx", "tol"])),
                    }
                }
                match (approx, tol) {
                    (Some(approx), Some(tol))
                        if approx.is_finite() && tol.is_finite() && tol >= 0.0 =>
                    {
                        Ok(NumberMatcher::Approx { approx, tol })
                    }
                    _ => Err(de::Error::custom(
                        "`approx` and `tol` belong together, `tol` being 0 or more: {approx: 0.3, tol: 0.01}",
                    )),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl schemars::JsonSchema for NumberMatcher {
    fn schema_name() -> Cow<'static, str> {
        "NumberMatcher".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What the number must be: `5`, `\"> 0\"`, `\"1..10\"`, `finite`, or {approx, tol}. NaN satisfies none.",
            "anyOf": [
                { "type": "number" },
                { "type": "string", "minLength": 1 },
                { "type": "object", "required": ["approx", "tol"], "additionalProperties": false,
                  "properties": { "approx": { "type": "number" }, "tol": { "type": "number", "minimum": 0 } } }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_holds_where_it_should() {
        for (form, number, holds) in [
            ("5", 5.0, true),
            ("\"> 0\"", 0.0, false),
            ("\">0\"", 1e-9, true),
            ("\"1..10\"", 10.0, true),
            ("\"1..10\"", 10.1, false),
            ("\"finite\"", f64::INFINITY, false),
            ("\"finite\"", -9.994e-7, true),
            ("\"!= 3\"", f64::NAN, false),
            ("{\"approx\": 0.3, \"tol\": 0.001}", 0.1 + 0.2, true),
            ("0.3", 0.1 + 0.2, false),
        ] {
            let matcher: NumberMatcher = serde_json::from_str(form).unwrap();
            assert_eq!(matcher.holds(number), holds, "{form} on {number}");
        }
    }

    #[test]
    fn what_can_never_hold_is_refused() {
        for form in [
            "\"10..1\"",
            "\"> nan\"",
            "\"> soon\"",
            "\"\"",
            "{\"approx\": 1}",
            "{\"approx\": 1, \"tol\": -1}",
            "\"1e400\"",
        ] {
            assert!(
                serde_json::from_str::<NumberMatcher>(form).is_err(),
                "{form}"
            );
        }
    }
}

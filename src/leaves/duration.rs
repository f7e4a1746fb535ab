//! Durations in Prometheus' own grammar, used everywhere a user writes one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A duration as Prometheus writes it: `30s`, `5m`, `1h30m`, `1d`, `250ms`; units in descending order, whole numbers.
/// A day is 24 hours, a week 7 days, a year 365 days (Prometheus `model.ParseDuration`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromDuration(pub Duration);

const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The form a duration must have, for messages.
pub(crate) const DURATION_FORM: &str = "a duration such as `30s`, `5m` or `1h30m`";

impl FromStr for PromDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not {DURATION_FORM}");
        if text == "0" {
            return Ok(Self::default());
        }
        let (mut rest, mut next_unit, mut total) = (text, 0, 0u64);
        if rest.is_empty() {
            return Err(refuse());
        }
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number: u64 = rest[..digits].parse().map_err(|_| refuse())?;
            rest = &rest[digits..];
            let letters = rest.len()
                - rest
                    .trim_start_matches(|c: char| c.is_ascii_lowercase())
                    .len();
            let unit = UNITS
                .iter()
                .position(|(name, _)| *name == &rest[..letters])
                .filter(|at| *at >= next_unit)
                .ok_or_else(refuse)?;
            total = number
                .checked_mul(UNITS[unit].1)
                .and_then(|ms| total.checked_add(ms))
                .filter(|ms| *ms <= i64::MAX as u64)
                .ok_or_else(|| format!("`{text}` is too long a duration"))?;
            next_unit = unit + 1;
            rest = &rest[letters..];
        }
        Ok(Self(Duration::from_millis(total)))
    }
}

impl fmt::Display for PromDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if left == 0 {
            return f.write_str("0s");
        }
        // Years and weeks are left out: `400d` reads better than `1y5w`.
        for (name, ms) in UNITS.iter().skip(2) {
            let count = left / ms;
            left %= ms;
            if count > 0 {
                write!(f, "{count}{name}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for PromDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PromDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = PromDuration;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(DURATION_FORM)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<PromDuration, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<PromDuration, E> {
                if number == 0 {
                    return Ok(PromDuration::default());
                }
                Err(E::custom(format!(
                    "`{number}` has no unit; write `{number}s` for seconds"
                )))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl schemars::JsonSchema for PromDuration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A Prometheus duration: `30s`, `5m`, `1h30m`, `1d`, `250ms`.",
            "anyOf": [
                { "type": "string", "pattern": "^(0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?|.*\\$\\{\\{.*)$", "minLength": 1 },
                { "const": 0 }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_grammar_is_read_and_written() {
        for (text, ms) in [
            ("0", 0),
            ("250ms", 250),
            ("1m30s", 90_000),
            ("1h", 3_600_000),
            ("2d", 172_800_000),
        ] {
            let parsed: PromDuration = text.parse().unwrap();
            assert_eq!(parsed.0.as_millis(), ms, "{text}");
            if text != "0" {
                assert_eq!(parsed.to_string(), text);
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "5",
            "soon",
            "-5s",
            "1.5h",
            "1s1m",
            "1m1m",
            "5 minutes",
            "1M",
            "9999999999999999999y",
            "99999999999y",
        ] {
            assert!(text.parse::<PromDuration>().is_err(), "{text}");
        }
    }
}

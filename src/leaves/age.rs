//! Limits on ages and lags: a bare duration means "at most".

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::leaves::duration::PromDuration;

/// How old something may be: `10m` (at most), `"< 10m"`, `"<= 10m"`, `"> 1h"`, `">= 1h"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeLimit {
    /// The comparison as written, without the duration.
    pub op: &'static str,
    /// What the age is compared with.
    pub limit: PromDuration,
}

impl AgeLimit {
    /// Whether this age, in milliseconds, is within the limit. A negative age (a clock ahead) counts as zero.
    pub fn holds(&self, age_ms: i64) -> bool {
        let age = Duration::from_millis(age_ms.max(0).unsigned_abs());
        match self.op {
            "<" => age < self.limit.0,
            ">" => age > self.limit.0,
            ">=" => age >= self.limit.0,
            _ => age <= self.limit.0,
        }
    }
}

impl FromStr for AgeLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (op, rest) = ["<=", ">=", "<", ">"]
            .into_iter()
            .find_map(|op| text.strip_prefix(op).map(|rest| (op, rest.trim_start())))
            .unwrap_or(("<=", text));
        Ok(Self {
            op,
            limit: rest.parse()?,
        })
    }
}

impl fmt::Display for AgeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.op {
            "<=" => write!(f, "at most {}", self.limit),
            op => write!(f, "{op} {}", self.limit),
        }
    }
}

impl Serialize for AgeLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} {}", self.op, self.limit))
    }
}

impl<'de> Deserialize<'de> for AgeLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl schemars::JsonSchema for AgeLimit {
    fn schema_name() -> Cow<'static, str> {
        "AgeLimit".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "How old: `10m` means at most ten minutes; `\"< 10m\"` and `\"> 1h\"` are possible too.",
            "type": "string", "minLength": 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_duration_means_at_most() {
        let limit: AgeLimit = "10m".parse().unwrap();
        assert!(limit.holds(600_000) && !limit.holds(600_001) && limit.holds(-5));
        assert_eq!(limit.to_string(), "at most 10m");
        assert!("> 1h".parse::<AgeLimit>().unwrap().holds(3_600_001));
        assert!("soon".parse::<AgeLimit>().is_err());
    }
}

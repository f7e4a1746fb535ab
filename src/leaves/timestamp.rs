//! Moments: milliseconds since the epoch, always shown as UTC.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment in milliseconds since 1970-01-01T00:00:00Z, as Prometheus and Thanos count. Shown as UTC; the sentinels of Thanos'
/// time ranges (±2^63, and year 0 of a sidecar without blocks) and anything else outside the calendar are shown as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment, by this machine's clock. Only the door and the lab's servers have a use for it.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }

    /// A moment from Prometheus' seconds with fractions.
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1000.0).round() as i64)
    }

    /// Seconds with fractions, as Prometheus' `time` parameter takes them.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// How long before `now` this was, in milliseconds; negative when it lies ahead.
    pub fn age_ms(self, now: Self) -> i64 {
        now.0.saturating_sub(self.0)
    }

    /// This moment moved by so many milliseconds.
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Reads RFC 3339 (`2026-11-23T10:00:00Z`).
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Self(t.as_millisecond()))
    }

    /// Reads an HTTP `Date` header (RFC 9110).
    pub fn from_http_date(text: &str) -> Option<Self> {
        let zoned = jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(text)
            .ok()?;
        Some(Self(zoned.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_rfc3339(&text)
            .or_else(|| {
                text.strip_suffix(" ms")
                    .and_then(|ms| ms.parse().ok())
                    .map(Self)
            })
            .ok_or_else(|| de::Error::custom(format!("`{text}` is not a UTC time")))
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "UTC, RFC 3339." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_incidents_min_time_is_the_seventeenth() {
        assert_eq!(
            Timestamp(1_763_419_939_419).to_string(),
            "2025-11-17T22:52:19.419Z"
        );
    }

    #[test]
    fn sentinels_survive_a_round_trip() {
        for ms in [
            i64::MAX,
            i64::MIN,
            -62_167_219_200_000,
            0,
            1_763_419_939_419,
        ] {
            let text = serde_json::to_string(&Timestamp(ms)).unwrap();
            assert_eq!(
                serde_json::from_str::<Timestamp>(&text).unwrap(),
                Timestamp(ms),
                "{text}"
            );
        }
    }

    #[test]
    fn http_dates_are_read() {
        assert_eq!(
            Timestamp::from_http_date("Mon, 23 Nov 2026 11:11:34 GMT")
                .unwrap()
                .to_string(),
            "2026-11-23T11:11:34Z"
        );
        assert_eq!(Timestamp::from_http_date("yesterday"), None);
    }
}

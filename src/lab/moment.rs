//! Times and durations as the servers read and write them. The lab counts milliseconds since the epoch.

use jiff::Timestamp;
use serde_json::{Number, Value, json};

/// RFC 3339 in UTC with nanoseconds, as Go prints a time in JSON.
pub(crate) fn rfc3339(ms: i64) -> String {
    at(ms).strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}

/// RFC 3339 in UTC with whole seconds.
pub(crate) fn rfc3339_seconds(ms: i64) -> String {
    at(ms).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The form of the HTTP header `Date`.
pub(crate) fn http_date(ms: i64) -> String {
    at(ms).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Unix seconds with milliseconds, as samples carry them in JSON.
pub(crate) fn unix_seconds(ms: i64) -> Value {
    if ms % 1000 == 0 {
        return json!(ms / 1000);
    }
    Number::from_f64(seconds(ms)).map_or(Value::Null, Value::Number)
}

/// Milliseconds as a number of seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "times stay far below 2^53 milliseconds"
)]
pub(crate) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// A duration as configurations write it: `15s`, `14m`.
pub(crate) fn duration(ms: i64) -> String {
    match ms {
        _ if ms % 3_600_000 == 0 && ms > 0 => format!("{}h", ms / 3_600_000),
        _ if ms % 60_000 == 0 && ms > 0 => format!("{}m", ms / 60_000),
        _ => format!("{}s", ms / 1000),
    }
}

/// Reads a time parameter: Unix seconds with a fraction, or RFC 3339.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return from_seconds(seconds);
    }
    text.parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond)
}

/// Reads a step or a window: seconds with a fraction, or a Prometheus duration such as `5m`.
pub(crate) fn parse_step(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return from_seconds(seconds);
    }
    let length = promql_parser::util::parse_duration(text).ok()?;
    i64::try_from(length.as_millis()).ok()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked in the line before"
)]
fn from_seconds(seconds: f64) -> Option<i64> {
    let ms = (seconds * 1000.0).round();
    (ms.abs() < 1e16).then_some(ms as i64)
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::{http_date, parse_step, parse_time, rfc3339, unix_seconds};

    #[test]
    fn the_incident_s_min_time_is_the_seventeenth() {
        assert_eq!(rfc3339(1_763_419_939_419), "2025-11-17T22:52:19.419000000Z");
    }

    #[test]
    fn dates_of_headers_are_in_the_imf_form() {
        assert_eq!(
            http_date(1_795_432_836_832),
            "Mon, 23 Nov 2026 11:20:36 GMT"
        );
    }

    #[test]
    fn whole_seconds_have_no_fraction() {
        assert_eq!(unix_seconds(1_000).to_string(), "1");
        assert_eq!(unix_seconds(1_500).to_string(), "1.5");
    }

    #[test]
    fn times_come_as_seconds_or_rfc3339() {
        assert_eq!(parse_time("1600000000.5"), Some(1_600_000_000_500));
        assert_eq!(parse_time("1970-01-01T00:00:01Z"), Some(1_000));
        assert_eq!(parse_time("yesterday"), None);
        assert_eq!(parse_time("NaN"), None);
        assert_eq!(parse_step("5m"), Some(300_000));
        assert_eq!(parse_step("15"), Some(15_000));
    }
}

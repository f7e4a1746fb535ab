//! The `Retry-After` header: how long a server asks to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::leaves::Timestamp;

/// Reads seconds or a date (measured from the server's own `Date`, else from this machine's clock). Anything else is no hint.
pub(crate) fn read(text: &str, date: Option<Timestamp>) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let until = Timestamp::from_http_date(text)?;
    let now = date.unwrap_or_else(|| {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    });
    let wait = until.0.saturating_sub(now.0);
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h13_seconds_and_dates_are_hints_and_junk_is_none() {
        let date = Timestamp::from_http_date("Mon, 23 Nov 2026 11:00:00 GMT");
        for (text, wait) in [
            ("2", Some(2)),
            (" 86400 ", Some(86_400)),
            ("Mon, 23 Nov 2026 11:00:30 GMT", Some(30)),
            ("Mon, 23 Nov 2026 10:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
            ("99999999999999999999999999", None),
        ] {
            assert_eq!(read(text, date), wait.map(Duration::from_secs), "{text:?}");
        }
    }
}

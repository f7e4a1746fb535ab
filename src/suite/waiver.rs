//! A waiver: a gap that is known, until a day.

use serde::{Deserialize, Serialize};

use crate::leaves::Timestamp;
use crate::suite::cluster::ClusterChoice;

/// A gap that is known and waived until a day (that day included, UTC). After it the check's own verdict counts again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownGap {
    /// The last day of the waiver, as written: `2027-01-15`.
    pub until: String,
    /// The first moment at which it no longer holds.
    pub expires: Timestamp,
    /// The ticket.
    pub ticket: Option<String>,
    /// Why it is waived.
    pub reason: Option<String>,
}

/// `known_gap:` as written. While it holds, the check's failure or error is shown as a known gap and does not gate; afterwards
/// it counts again.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownGapForm {
    /// The last day of the waiver, in UTC: `2027-01-15`.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub(crate) until: String,
    /// The ticket under which the gap is being closed.
    pub(crate) ticket: Option<String>,
    /// Why it is waived.
    pub(crate) reason: Option<String>,
    /// The clusters in which it is waived; all of the check's without this key.
    pub(crate) clusters: Option<ClusterChoice>,
}

impl KnownGapForm {
    /// The waiver.
    ///
    /// # Errors
    /// `until` is not a day.
    pub(crate) fn waiver(&self) -> Result<KnownGap, String> {
        let day: jiff::civil::Date = self
            .until
            .parse()
            .ok()
            .filter(|_| self.until.len() == 10)
            .ok_or_else(|| format!("`{}` is not a day such as `2027-01-15`", self.until))?;
        let expires = day
            .tomorrow()
            .ok()
            .and_then(|next| next.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .ok_or_else(|| format!("`{}` lies outside of the calendar", self.until))?;
        Ok(KnownGap {
            until: self.until.clone(),
            expires: Timestamp(expires.timestamp().as_millisecond()),
            ticket: self.ticket.clone(),
            reason: self.reason.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(until: &str) -> KnownGapForm {
        KnownGapForm {
            until: until.to_owned(),
            ticket: None,
            reason: None,
            clusters: None,
        }
    }

    #[test]
    fn a_waiver_holds_through_its_last_day_in_utc() {
        let waiver = form("2027-01-15").waiver().unwrap();
        assert_eq!(waiver.expires.to_string(), "2027-01-16T00:00:00Z");
    }

    #[test]
    fn anything_but_a_day_is_refused() {
        for until in [
            "tomorrow",
            "2027-02-30",
            "2027-01-15T00:00:00",
            "20270115",
            "",
        ] {
            assert!(form(until).waiver().is_err(), "{until}");
        }
    }
}

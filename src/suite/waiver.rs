//! A waiver: a gap that is known, until a day.

use serde::{Deserialize, Serialize};

use crate::leaves::Timestamp;

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

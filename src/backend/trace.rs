//! What a client tells of one exchange, for the evidence.

use serde::{Deserialize, Serialize};

use crate::backend::failure::Failure;
use crate::leaves::Timestamp;

/// What was sent and what came back, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The request as a person would repeat it: `GET http://...`, `POST http://... query=...`, `A name @server`. Without credentials.
    pub request: String,
    /// HTTP status, where there is one.
    pub status: Option<u16>,
    /// The server's own clock (`Date` header), where it was sent.
    pub date: Option<Timestamp>,
    /// The answer in short; cut to a few hundred bytes.
    pub excerpt: String,
}

/// A finished exchange: its trace, and the typed answer or failure.
pub type Exchanged<T> = (Trace, Result<T, Failure>);

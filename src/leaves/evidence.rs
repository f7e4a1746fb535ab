//! Evidence: the exchanges behind a verdict.

use serde::{Deserialize, Serialize};

use crate::leaves::timestamp::Timestamp;

/// One question that was put to the world for a check, and what came back. Written by the door alone; holds no secret, because
/// a question names a backend and never a credential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Exchange {
    /// Number of this exchange within its check, from 1, in the order of asking.
    pub n: u32,
    /// The backend's name, or the host that was asked.
    pub backend: String,
    /// What was asked, in words: `instant query`, `stores`, `A record`.
    pub question: String,
    /// The request that was sent: `GET http://...`, `dig A name @server`.
    pub request: String,
    /// Where the question travelled in a batch: the single request that asks the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single: Option<String>,
    /// HTTP status, where there is one.
    pub status: Option<u16>,
    /// When the answer came.
    pub at: Timestamp,
    /// How long it took, in milliseconds, all attempts together.
    pub took_ms: u64,
    /// How often it was sent: 1 without transport retries.
    pub attempts: u32,
    /// The answer in short, or why none came; cut to a few hundred bytes.
    pub answer: String,
}

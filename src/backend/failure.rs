//! Why nothing came back, or nothing usable.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What sort of failure it was; decides on retries, on splitting batches, and on fail or error where the connection is the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// The address refused the connection.
    Refused,
    /// No route, network down, no permission.
    Unreachable,
    /// The name does not exist, has no address, or its name server failed.
    Name,
    /// No answer in time; `what` names the phase.
    Timeout,
    /// The TLS handshake or the verification of the certificate failed.
    Tls,
    /// The connection broke before the answer was whole.
    Broken,
    /// An HTTP status that is no answer to the question.
    Status(u16),
    /// The server understood and refused: Prometheus' `status: error`, with its status.
    Refusal(u16),
    /// A gRPC code that is no answer to the question: 14 is UNAVAILABLE, 7 PERMISSION_DENIED.
    Rpc(u8),
    /// Not that API: HTML, another content type, no JSON.
    NotThatApi,
    /// JSON or text that cannot be read as the answer.
    Malformed,
    /// More bytes than are read.
    TooLarge,
    /// A limit of this machine: open files, local ports.
    Local,
    /// The run's deadline came first.
    Deadline,
    /// The run was interrupted.
    Interrupted,
    /// A replayed recording does not hold this question.
    NotRecorded,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The sort of failure.
    pub class: FailureClass,
    /// What went wrong, with target, phase and elapsed time where they matter: a fragment.
    pub what: String,
    /// What to do, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// How long the server asks to wait (`Retry-After`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
    /// Number of the exchange in the evidence of the check that was told so; set by the door.
    #[serde(skip)]
    pub n: Option<u32>,
}

impl Failure {
    /// A failure without help.
    pub fn new(class: FailureClass, what: impl Into<String>) -> Self {
        Self {
            class,
            what: what.into(),
            help: None,
            retry_after: None,
            n: None,
        }
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether the same question may be sent once more: connection failures before an answer began, 429, 502, 503 and 504,
    /// and gRPC's UNAVAILABLE.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.class,
            FailureClass::Refused
                | FailureClass::Unreachable
                | FailureClass::Broken
                | FailureClass::Status(429 | 502 | 503 | 504)
                | FailureClass::Refusal(429 | 502 | 503 | 504)
                | FailureClass::Rpc(14)
        )
    }

    /// Whether the connection itself failed, which is a *fail* for checks whose subject is the connection.
    pub fn is_connection(&self) -> bool {
        matches!(
            self.class,
            FailureClass::Refused
                | FailureClass::Unreachable
                | FailureClass::Name
                | FailureClass::Timeout
                | FailureClass::Tls
                | FailureClass::Broken
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

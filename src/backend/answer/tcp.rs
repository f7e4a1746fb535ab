//! What a connection showed.

use serde::{Deserialize, Serialize};

use crate::backend::failure::Failure;
use crate::leaves::Timestamp;

/// A connection to a host and port, with a TLS handshake where asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpAnswer {
    /// Every address that was tried, in order.
    pub attempts: Vec<ConnectAttempt>,
    /// The address that answered, `ip:port`; none where no one did.
    pub address: Option<String>,
    /// The handshake, where it was asked for and the connection stands.
    pub tls: Option<Result<TlsSeen, Failure>>,
}

/// One address that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectAttempt {
    /// `ip:port`, or the name where it did not resolve.
    pub address: String,
    /// Why it failed; none where it answered.
    pub failure: Option<Failure>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What the TLS handshake showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSeen {
    /// `TLSv1.3`, `TLSv1.2`.
    pub version: String,
    /// Why the chain or the name is not trusted; none where it is.
    pub untrusted: Option<String>,
    /// The names the leaf certificate is valid for.
    pub names: Vec<String>,
    /// The leaf's issuer.
    pub issuer: String,
    /// Start of the leaf's validity.
    pub not_before: Timestamp,
    /// End of the leaf's validity.
    pub not_after: Timestamp,
}

//! What a plain HTTP request brought.

use serde::{Deserialize, Serialize};

use crate::backend::answer::tcp::TlsSeen;

/// A whole HTTP answer. Redirects are not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The headers in the order sent, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// The certificate, on https.
    pub tls: Option<TlsSeen>,
}

//! A `remote_write` block, as a running Prometheus shows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::leaves::relabel::RelabelRule;

/// A `remote_write` block of a loaded configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteWrite {
    /// Its name; empty where none was given, and the server then makes one up for its counters.
    pub name: String,
    /// Where it leads, as shown; the server masks a password.
    pub url: String,
    /// Headers that it adds. The value is kept where the header names a tenant, and is `<masked>` elsewhere: the server shows tokens
    /// in headers as they are.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Its `write_relabel_configs`, as shown: see [`crate::leaves::relabel::Reading::Loaded`].
    #[serde(default)]
    pub write_relabel_configs: Vec<RelabelRule>,
    /// The message it sends: `prometheus.WriteRequest` or `io.prometheus.write.v2.Request`; empty on servers that know only one.
    #[serde(default)]
    pub protobuf_message: String,
    /// Whether native histograms are sent.
    #[serde(default)]
    pub send_native_histograms: bool,
    /// Samples older than this are dropped unsent, as the server writes it; empty where there is no limit.
    #[serde(default)]
    pub sample_age_limit: String,
    /// Whether a 429 is tried again, and not lost.
    #[serde(default)]
    pub retry_on_http_429: bool,
    /// The key that gives it credentials, such as `basic_auth`; none where it sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// Whether it has TLS settings of its own: an authority, a client certificate, a server name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_tls: bool,
    /// Whether it goes through a proxy, which then resolves the name and makes the connection.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub through_proxy: bool,
}

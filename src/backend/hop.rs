//! A hop or a backend as a suite writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use url::Url;

use crate::backend::kind::BackendKind;
use crate::leaves::{PromDuration, Secret, SecretText};

/// A station of the pipeline, or a backend beside it: a name, its kind, and where it answers.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hop {
    /// The name that `at:` and `through:` take.
    pub name: String,
    /// What kind of system it is.
    pub kind: BackendKind,
    /// Base address of its HTTP API (exporter: of its metrics page; VictoriaMetrics cluster: vmselect's with the path of the account,
    /// `http://vmselect:8481/select/0/prometheus`).
    #[schemars(with = "Option<String>")]
    pub url: Option<Url>,
    /// Receive's remote write port, 19291 by default; `/api/v1/status/tsdb` answers there too.
    #[schemars(with = "Option<String>")]
    pub write: Option<Url>,
    /// The metrics port of Receive, of a sidecar or a store gateway, 10902 by default.
    #[schemars(with = "Option<String>")]
    pub http: Option<Url>,
    /// The gRPC port of a Thanos component, 10901 by default: `host:port` or `http://host:port` in plain text,
    /// `https://host:port` under TLS.
    #[serde(default, deserialize_with = "grpc_address")]
    #[schemars(with = "Option<String>")]
    pub grpc: Option<Url>,
    /// The tenant sent with each request, in the header of its kind.
    pub tenant: Option<String>,
    /// Another header for the tenant than its kind's (`THANOS-TENANT`).
    pub tenant_header: Option<String>,
    /// Further headers sent with each request; a value may be a secret.
    #[serde(default)]
    pub headers: BTreeMap<String, SecretText>,
    /// Bearer token; must be a secret.
    pub token: Option<Secret>,
    /// HTTP basic authentication.
    pub basic_auth: Option<BasicAuth>,
    /// TLS settings for https addresses.
    pub tls: Option<TlsFiles>,
    /// Requests in flight at once, at most (16 by default).
    pub max_parallel: Option<u16>,
    /// Requests a second, at most; unlimited by default.
    pub rate: Option<f64>,
    /// Timeout of one attempt at this hop, in place of the check's.
    pub timeout: Option<PromDuration>,
    /// The configured stores of a Query (`--endpoint` values), where its `/api/v1/status/flags` is closed.
    pub endpoints: Option<Vec<String>>,
    /// The Prometheus that scrapes it, by its name in the suite: the history of its own metrics is read there.
    pub meta: Option<String>,
    /// Send credentials over plain http too; only loopback addresses take them otherwise.
    #[serde(default)]
    pub allow_plaintext: bool,
}

/// HTTP basic authentication.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicAuth {
    /// The user's name.
    pub username: SecretText,
    /// The password; must be a secret.
    pub password: Secret,
}

/// TLS settings of a hop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// PEM file of the authorities to trust, in place of the system's.
    pub ca: Option<String>,
    /// PEM file of the client certificate.
    pub cert: Option<String>,
    /// PEM file of the client key, or a secret that holds the PEM itself.
    pub key: Option<SecretText>,
    /// Name to verify the certificate against, where it is not the host's.
    pub server_name: Option<String>,
}

/// An address that may stand without its scheme, which is then plain text, as in the flags of Thanos.
fn grpc_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let whole = match text.contains("://") {
        true => text,
        false => format!("http://{text}"),
    };
    Url::parse(&whole).map(Some).map_err(de::Error::custom)
}

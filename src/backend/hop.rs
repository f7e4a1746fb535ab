//! A hop or a backend as a suite writes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, de};
use url::Url;

use crate::backend::kind::BackendKind;
use crate::leaves::{OneOrMore, PromDuration, Secret, SecretText};

/// A station of the pipeline, or a backend beside it: a name, its kind, and where it answers.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hop {
    /// The name that `at:` and `through:` take.
    pub name: String,
    /// What kind of system it is.
    pub kind: BackendKind,
    /// Base address of its HTTP API (exporter: of its metrics page; VictoriaMetrics cluster: vmselect's with the path of the account,
    /// `http://vmselect:8481/select/0/prometheus`). A list gives one address a replica.
    #[schemars(with = "Option<String>")]
    pub url: Option<OneOrMore<Url>>,
    /// Receive's remote write port, 19291 by default; `/api/v1/status/tsdb` answers there too. A list gives one address a replica.
    #[schemars(with = "Option<String>")]
    pub write: Option<OneOrMore<Url>>,
    /// The metrics port of Receive, of a sidecar or a store gateway, 10902 by default. A list gives one address a replica.
    #[schemars(with = "Option<String>")]
    pub http: Option<OneOrMore<Url>>,
    /// The gRPC port of a Thanos component, 10901 by default: `host:port` or `http://host:port` in plain text,
    /// `https://host:port` under TLS. A list gives one address a replica.
    #[serde(default, deserialize_with = "grpc_addresses")]
    #[schemars(with = "Option<String>")]
    pub grpc: Option<OneOrMore<Url>>,
    /// Ask each address that an A or AAAA record of the host names, as a replica; looked up when the suite runs.
    #[serde(default)]
    pub expand: bool,
    /// Of the replicas, `all` must be as a check demands (the default), or `any` will do. Behind a hashring, a series is on one Receive
    /// only (on as many as the replication factor says): write `any` there.
    pub replicas: Option<Replicas>,
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
    /// Set on one replica of a hop: which one it is. No suite writes it.
    #[serde(skip)]
    #[schemars(skip)]
    pub replica: Option<Replica>,
}

/// How many of a hop's replicas must be as a check demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Replicas {
    /// Every one.
    #[default]
    All,
    /// At least one.
    Any,
}

/// Which replica of which hop a hop is.
#[derive(Clone, Debug)]
pub struct Replica {
    /// What tells it from the others: its host and port, or its whole address where another replica has the same.
    pub label: String,
    /// The hop as written, with the addresses of all.
    pub of: Arc<Hop>,
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

/// Addresses that may stand without their scheme, which is then plain text, as in the flags of Thanos.
fn grpc_addresses<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<OneOrMore<Url>>, D::Error> {
    let Some(texts) = Option::<OneOrMore<String>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let whole = |text: String| match text.contains("://") {
        true => text,
        false => format!("http://{text}"),
    };
    let urls: Result<Vec<Url>, _> = texts
        .0
        .into_iter()
        .map(|text| Url::parse(&whole(text)))
        .collect();
    urls.map(|urls| Some(OneOrMore(urls)))
        .map_err(de::Error::custom)
}

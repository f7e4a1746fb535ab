//! The Prometheus HTTP API, as Prometheus, VictoriaMetrics and Thanos Query serve it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::form_urlencoded;

use crate::backend::address::{address, without_password};
use crate::backend::answer::{Build, Flags, LoadedConfig, QueryAnswer, Targets};
use crate::backend::client::Clients;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::go_json;
use crate::backend::json;
use crate::backend::kind::{BackendKind, Capability};
use crate::backend::loaded_config;
use crate::backend::outgoing::Outgoing;
use crate::backend::query_how::QueryHow;
use crate::backend::query_result::Data;
pub use crate::backend::targets::parse_targets;
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;
use crate::leaves::{Timestamp, quoted, words};

/// Bytes of a query beyond which it is posted: servers and proxies limit the length of an address, some to 4 KB.
const LONGEST_GET: usize = 2_000;

/// Runs an instant query, now or at a given time. Short queries are sent by GET, long ones as a form. A Thanos Query is asked for
/// deduplicated and complete answers only, a VictoriaMetrics for its newest samples.
pub async fn query(
    clients: &Clients,
    backend: &Backend,
    query: &str,
    at: Option<Timestamp>,
    timeout: Duration,
) -> Exchanged<QueryAnswer> {
    let how = QueryHow {
        at,
        ..QueryHow::default()
    };
    query_as(clients, backend, query, &how, timeout).await
}

/// Runs an instant query in another way than the usual.
pub async fn query_as(
    clients: &Clients,
    backend: &Backend,
    query: &str,
    how: &QueryHow,
    timeout: Duration,
) -> Exchanged<QueryAnswer> {
    let mut url = match address(backend, Capability::Query, "api/v1/query") {
        Ok(url) => url,
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    let parameters = parameters(backend, query, how);
    let outgoing = if query.len() <= LONGEST_GET {
        url.query_pairs_mut().extend_pairs(&parameters);
        Outgoing::get(backend, url)
    } else {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&parameters)
            .finish();
        Outgoing {
            method: Method::POST,
            form: Some(form),
            ..Outgoing::get(backend, url)
        }
    };
    clients
        .exchange(outgoing, timeout, |status, content_type, body| {
            let (mut answer, is_passed_on) = read_query("api/v1/query", status, content_type, body)?;
            if is_passed_on && backend.kind() == BackendKind::ThanosQuery {
                answer.infos.push(format!(
                    "this came through a Thanos Query Frontend: write `kind: thanos-query-frontend` for hop `{}`",
                    backend.name()
                ));
            }
            Ok(answer)
        })
        .await
}

/// What goes with an instant query to this backend.
pub(crate) fn parameters<'a>(
    backend: &Backend,
    query: &'a str,
    how: &'a QueryHow,
) -> Vec<(&'static str, Cow<'a, str>)> {
    let mut parameters: Vec<(&str, Cow<'_, str>)> = vec![("query", query.into())];
    if let Some(at) = how.at {
        parameters.push(("time", at.seconds().to_string().into()));
    }
    match backend.kind() {
        BackendKind::ThanosQuery | BackendKind::ThanosQueryFrontend => {
            parameters.push(("dedup", (!how.undeduplicated).to_string().into()));
            parameters.push(("partial_response", how.partial.to_string().into()));
            if let Some(store) = &how.store {
                let only = format!("{{__address__={}}}", quoted(store));
                parameters.push(("storeMatch[]", only.into()));
            }
            if let Some(resolution) = &how.resolution {
                parameters.push(("max_source_resolution", resolution.into()));
            }
        }
        // Else it answers for 30 seconds ago, and a sample just written is not there.
        BackendKind::VictoriaMetrics => parameters.push(("nocache", "1".into())),
        BackendKind::VictoriaMetricsCluster => {
            parameters.push(("nocache", "1".into()));
            parameters.push(("deny_partial_response", "1".into()));
        }
        _ => {}
    }
    parameters
}

/// The request of an instant query, whatever its length, as a person would repeat it.
pub fn query_request(backend: &Backend, query: &str) -> String {
    query_as_request(backend, query, &QueryHow::default())
}

/// The request of an instant query that is answered in another way than the usual.
pub fn query_as_request(backend: &Backend, query: &str, how: &QueryHow) -> String {
    match address(backend, Capability::Query, "api/v1/query") {
        Ok(mut url) => {
            url.query_pairs_mut()
                .extend_pairs(parameters(backend, query, how));
            format!("GET {}", without_password(&url))
        }
        Err(failure) => failure.what,
    }
}

/// Asks which targets there are, scraped and dropped.
pub async fn targets(
    clients: &Clients,
    backend: &Backend,
    timeout: Duration,
) -> Exchanged<Targets> {
    let path = "api/v1/targets";
    get(
        clients,
        backend,
        Capability::Targets,
        path,
        timeout,
        parse_targets,
    )
    .await
}

/// Asks which configuration is loaded.
pub async fn config(
    clients: &Clients,
    backend: &Backend,
    timeout: Duration,
) -> Exchanged<LoadedConfig> {
    let path = "api/v1/status/config";
    let (mut trace, config) = get(
        clients,
        backend,
        Capability::Config,
        path,
        timeout,
        parse_config,
    )
    .await;
    if let Ok(config) = &config {
        // As it was read, without the tokens that the server shows in headers.
        trace.excerpt = words::cut(&config.yaml, 300);
    }
    (trace, config)
}

/// Asks which flags the server was started with.
pub async fn flags(clients: &Clients, backend: &Backend, timeout: Duration) -> Exchanged<Flags> {
    let path = "api/v1/status/flags";
    get(
        clients,
        backend,
        Capability::Flags,
        path,
        timeout,
        parse_flags,
    )
    .await
}

/// Asks which version it is.
pub async fn build(clients: &Clients, backend: &Backend, timeout: Duration) -> Exchanged<Build> {
    let path = "api/v1/status/buildinfo";
    get(
        clients,
        backend,
        Capability::Build,
        path,
        timeout,
        parse_build,
    )
    .await
}

/// Asks a backend for one of its JSON documents.
pub(crate) async fn get<T>(
    clients: &Clients,
    backend: &Backend,
    capability: Capability,
    path: &str,
    timeout: Duration,
    parse: fn(u16, &str, &[u8]) -> Result<T, Failure>,
) -> Exchanged<T> {
    match address(backend, capability, path) {
        Ok(url) => {
            clients
                .exchange(Outgoing::get(backend, url), timeout, parse)
                .await
        }
        Err(failure) => (Trace::default(), Err(failure)),
    }
}

/// Reads the answer to an instant query.
///
/// # Errors
/// A refusal with the server's text, or why this is no answer to a query.
pub fn parse_query(status: u16, content_type: &str, body: &[u8]) -> Result<QueryAnswer, Failure> {
    read_query("api/v1/query", status, content_type, body).map(|(answer, _)| answer)
}

/// The answer, and whether a Query Frontend passed it on.
pub(crate) fn read_query(
    path: &str,
    status: u16,
    content_type: &str,
    body: &[u8],
) -> Result<(QueryAnswer, bool), Failure> {
    let answered = json::read::<Data>(path, status, content_type, body)?;
    let is_passed_on = answered.data.is_passed_on();
    let result = answered.data.into_result().map_err(|problem| {
        Failure::new(
            FailureClass::Malformed,
            format!("unexpected result of a query: {problem}"),
        )
    })?;
    let answer = QueryAnswer {
        result,
        warnings: answered.warnings,
        infos: answered.infos,
    };
    Ok((answer, is_passed_on))
}

#[derive(Deserialize)]
struct ConfigData {
    yaml: String,
}

/// Reads `/api/v1/status/config`.
///
/// # Errors
/// A refusal with the server's text, or why this is no configuration.
pub fn parse_config(status: u16, content_type: &str, body: &[u8]) -> Result<LoadedConfig, Failure> {
    let data = json::read::<ConfigData>("api/v1/status/config", status, content_type, body)?.data;
    loaded_config::read(data.yaml)
}

#[derive(Deserialize)]
struct FlagsData(#[serde(deserialize_with = "go_json::strict_map")] BTreeMap<String, String>);

/// Reads `/api/v1/status/flags`.
///
/// # Errors
/// A refusal with the server's text, or why these are no flags.
pub fn parse_flags(status: u16, content_type: &str, body: &[u8]) -> Result<Flags, Failure> {
    json::read::<FlagsData>("api/v1/status/flags", status, content_type, body)
        .map(|answered| Flags(answered.data.0))
}

#[derive(Deserialize)]
struct BuildData {
    #[serde(default)]
    version: String,
    #[serde(default)]
    application: String,
    #[serde(flatten)]
    rest: BTreeMap<String, IgnoredAny>,
}

/// Reads `/api/v1/status/buildinfo`.
///
/// # Errors
/// A refusal with the server's text, or why this tells no build.
pub fn parse_build(status: u16, content_type: &str, body: &[u8]) -> Result<Build, Failure> {
    json::read::<BuildData>("api/v1/status/buildinfo", status, content_type, body).map(|answered| {
        Build {
            bare: answered.data.application.is_empty() && answered.data.rest.is_empty(),
            version: answered.data.version,
            application: answered.data.application,
        }
    })
}

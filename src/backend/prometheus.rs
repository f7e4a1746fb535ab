//! The Prometheus HTTP API, as Prometheus, VictoriaMetrics and Thanos Query serve it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded;

use crate::backend::answer::{
    Build, DroppedTarget, Flags, LoadedConfig, QueryAnswer, Target, Targets,
};
use crate::backend::client::{Clients, Outgoing};
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::json;
use crate::backend::kind::{AddressKey, BackendKind, Capability};
use crate::backend::loaded_config;
use crate::backend::query_result::Data;
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;
use crate::leaves::{Labels, Timestamp, words};

/// Bytes of a query beyond which it is posted: servers and proxies limit the length of an address, some to 4 KB.
const LONGEST_GET: usize = 2_000;

/// Prometheus' year 1: never.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Runs an instant query, now or at a given time. Short queries are sent by GET, long ones as a form. A Thanos Query is asked for
/// deduplicated and complete answers only, a VictoriaMetrics for its newest samples.
pub async fn query(
    clients: &Clients,
    backend: &Backend,
    query: &str,
    at: Option<Timestamp>,
    timeout: Duration,
) -> Exchanged<QueryAnswer> {
    let mut url = match address(backend, Capability::Query, "api/v1/query") {
        Ok(url) => url,
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    let parameters = parameters(backend, query, at);
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
    clients.exchange(outgoing, timeout, parse_query).await
}

/// What goes with an instant query to this backend.
fn parameters<'a>(
    backend: &Backend,
    query: &'a str,
    at: Option<Timestamp>,
) -> Vec<(&'static str, Cow<'a, str>)> {
    let mut parameters: Vec<(&str, Cow<'_, str>)> = vec![("query", query.into())];
    if let Some(at) = at {
        parameters.push(("time", at.seconds().to_string().into()));
    }
    match backend.kind() {
        BackendKind::ThanosQuery => {
            parameters.push(("dedup", "true".into()));
            parameters.push(("partial_response", "false".into()));
        }
        // Else it answers for 30 seconds ago, and a sample just written is not there.
        BackendKind::VictoriaMetrics => parameters.push(("nocache", "1".into())),
        _ => {}
    }
    parameters
}

/// The request of an instant query, whatever its length, as a person would repeat it.
pub fn query_request(backend: &Backend, query: &str) -> String {
    match address(backend, Capability::Query, "api/v1/query") {
        Ok(mut url) => {
            url.query_pairs_mut()
                .extend_pairs(parameters(backend, query, None));
            format!("GET {url}")
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
    get(
        clients,
        backend,
        Capability::Config,
        path,
        timeout,
        parse_config,
    )
    .await
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
    // Every server that answers queries tells its build.
    get(
        clients,
        backend,
        Capability::Query,
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

/// The address of that path at a backend, below its own path.
pub(crate) fn address(
    backend: &Backend,
    capability: Capability,
    path: &str,
) -> Result<Url, Failure> {
    match backend.answers(capability) {
        Some(base) => Ok(below(base, path)),
        None => {
            let key = backend
                .kind()
                .answers(capability)
                .map_or("url", AddressKey::word);
            Err(Failure::new(
                FailureClass::NotThatApi,
                format!(
                    "`{}` of kind `{}` has no address that answers `/{path}`",
                    backend.name(),
                    backend.kind().word()
                ),
            )
            .help(format!(
                "Give the hop a `{key}`, or ask a hop that can answer."
            )))
        }
    }
}

/// `http://host/prefix` and `api/v1/query` make `http://host/prefix/api/v1/query`; a query in the base stays.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url.set_fragment(None);
    url
}

/// Reads the answer to an instant query.
///
/// # Errors
/// A refusal with the server's text, or why this is no answer to a query.
pub fn parse_query(status: u16, content_type: &str, body: &[u8]) -> Result<QueryAnswer, Failure> {
    let answered = json::read::<Data>("api/v1/query", status, content_type, body)?;
    let result = answered.data.into_result().map_err(|problem| {
        Failure::new(
            FailureClass::Malformed,
            format!("unexpected result of a query: {problem}"),
        )
    })?;
    Ok(QueryAnswer {
        result,
        warnings: answered.warnings,
        infos: answered.infos,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TargetsData {
    #[serde(deserialize_with = "json::list")]
    active_targets: Vec<ActiveTarget>,
    #[serde(default, deserialize_with = "json::list")]
    dropped_targets: Vec<Dropped>,
    #[serde(default, deserialize_with = "json::strict_map")]
    dropped_target_counts: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActiveTarget {
    #[serde(default, deserialize_with = "json::labels")]
    discovered_labels: Labels,
    #[serde(deserialize_with = "json::labels")]
    labels: Labels,
    #[serde(default)]
    scrape_pool: String,
    #[serde(default)]
    scrape_url: String,
    #[serde(default)]
    last_error: String,
    #[serde(default)]
    last_scrape: String,
    health: String,
    #[serde(default)]
    scrape_interval: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dropped {
    #[serde(default, deserialize_with = "json::labels")]
    discovered_labels: Labels,
    #[serde(default)]
    scrape_pool: String,
}

/// Reads `/api/v1/targets`.
///
/// # Errors
/// A refusal with the server's text, or why this is no list of targets.
pub fn parse_targets(status: u16, content_type: &str, body: &[u8]) -> Result<Targets, Failure> {
    let data = json::read::<TargetsData>("api/v1/targets", status, content_type, body)?.data;
    let active = data
        .active_targets
        .into_iter()
        .map(|target| {
            Ok(Target {
                last_scrape: moment("lastScrape", &target.last_scrape)?,
                discovered: target.discovered_labels,
                labels: target.labels,
                pool: target.scrape_pool,
                url: target.scrape_url,
                health: target.health,
                last_error: target.last_error,
                interval: target.scrape_interval,
            })
        })
        .collect::<Result<_, Failure>>()?;
    let dropped = data
        .dropped_targets
        .into_iter()
        .map(|target| DroppedTarget {
            discovered: target.discovered_labels,
            pool: target.scrape_pool,
        })
        .collect();
    Ok(Targets {
        active,
        dropped,
        dropped_counts: data.dropped_target_counts,
    })
}

/// A time as Go writes it; its year 1 is never.
pub(crate) fn moment(field: &str, text: &str) -> Result<Option<Timestamp>, Failure> {
    if text.is_empty() || text == NEVER {
        return Ok(None);
    }
    Timestamp::from_rfc3339(text).map(Some).ok_or_else(|| {
        let shown = words::cut(text, 60);
        Failure::new(
            FailureClass::Malformed,
            format!("`{field}` is `{shown}`, expected a time"),
        )
    })
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
struct FlagsData(#[serde(deserialize_with = "json::strict_map")] BTreeMap<String, String>);

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
}

/// Reads `/api/v1/status/buildinfo`.
///
/// # Errors
/// A refusal with the server's text, or why this tells no build.
pub fn parse_build(status: u16, content_type: &str, body: &[u8]) -> Result<Build, Failure> {
    json::read::<BuildData>("api/v1/status/buildinfo", status, content_type, body).map(|answered| {
        Build {
            version: answered.data.version,
        }
    })
}

//! What a server says of itself and of the names it knows: runtime, metadata of targets, values of labels.

use std::time::Duration;

use serde::Deserialize;

use crate::backend::address::address;
use crate::backend::answer::{Exposure, Exposures, LabelValues, Runtime};
use crate::backend::client::Clients;
use crate::backend::failure::Failure;
use crate::backend::go_json::{self, moment};
use crate::backend::json;
use crate::backend::kind::Capability;
use crate::backend::outgoing::Outgoing;
use crate::backend::prometheus::get;
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;
use crate::leaves::{Labels, Selector};

const RUNTIME: &str = "api/v1/status/runtimeinfo";
const METADATA: &str = "api/v1/targets/metadata";

/// Asks when the process began, and whether the configuration on disk is the one that runs.
pub async fn runtime(
    clients: &Clients,
    backend: &Backend,
    timeout: Duration,
) -> Exchanged<Runtime> {
    get(
        clients,
        backend,
        Capability::Flags,
        RUNTIME,
        timeout,
        parse_runtime,
    )
    .await
}

/// Asks which targets expose a metric.
pub async fn exposures(
    clients: &Clients,
    backend: &Backend,
    metric: &str,
    timeout: Duration,
) -> Exchanged<Exposures> {
    let mut url = match address(backend, Capability::Targets, METADATA) {
        Ok(url) => url,
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    url.query_pairs_mut().append_pair("metric", metric);
    clients
        .exchange(Outgoing::get(backend, url), timeout, parse_exposures)
        .await
}

/// Asks for the values of a label, of all series or of those that a selector names.
pub async fn label_values(
    clients: &Clients,
    backend: &Backend,
    label: &str,
    of: Option<&Selector>,
    timeout: Duration,
) -> Exchanged<LabelValues> {
    let path = format!("api/v1/label/{label}/values");
    let mut url = match address(backend, Capability::Query, &path) {
        Ok(url) => url,
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    if let Some(selector) = of {
        url.query_pairs_mut()
            .append_pair("match[]", &selector.to_string());
    }
    clients
        .exchange(Outgoing::get(backend, url), timeout, parse_label_values)
        .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeData {
    #[serde(default)]
    start_time: String,
    #[serde(default)]
    last_config_time: String,
    reload_config_success: Option<bool>,
}

/// Reads `/api/v1/status/runtimeinfo`.
///
/// # Errors
/// A refusal with the server's text, or why this tells nothing of a process.
pub fn parse_runtime(status: u16, content_type: &str, body: &[u8]) -> Result<Runtime, Failure> {
    let data = json::read::<RuntimeData>(RUNTIME, status, content_type, body)?.data;
    Ok(Runtime {
        started: moment("startTime", &data.start_time)?,
        last_config: moment("lastConfigTime", &data.last_config_time)?,
        reload_ok: data.reload_config_success,
    })
}

#[derive(Deserialize)]
struct ExposureData {
    #[serde(deserialize_with = "go_json::labels")]
    target: Labels,
    #[serde(rename = "type", default)]
    kind: String,
}

/// Reads `/api/v1/targets/metadata`.
///
/// # Errors
/// A refusal with the server's text, or why this is no metadata.
pub fn parse_exposures(status: u16, content_type: &str, body: &[u8]) -> Result<Exposures, Failure> {
    let data = json::read::<Vec<ExposureData>>(METADATA, status, content_type, body)?.data;
    let exposures = data.into_iter().map(|each| Exposure {
        target: each.target,
        kind: each.kind,
    });
    Ok(Exposures(exposures.collect()))
}

#[derive(Deserialize)]
struct Values(#[serde(deserialize_with = "go_json::list")] Vec<String>);

/// Reads `/api/v1/label/NAME/values`.
///
/// # Errors
/// A refusal with the server's text, or why these are no values.
pub fn parse_label_values(
    status: u16,
    content_type: &str,
    body: &[u8],
) -> Result<LabelValues, Failure> {
    let answered = json::read::<Values>("api/v1/label/../values", status, content_type, body)?;
    Ok(LabelValues {
        values: answered.data.0,
        warnings: answered.warnings,
    })
}

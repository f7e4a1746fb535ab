//! What only Thanos serves: a Query's stores, and the head of a Receive tenant by tenant.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::backend::address::address;
use crate::backend::answer::{Store, Stores, TSDB_LIMIT, TenantHead, TsdbStatus};
use crate::backend::client::Clients;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::go_json::{self, moment};
use crate::backend::json;
use crate::backend::kind::Capability;
use crate::backend::outgoing::Outgoing;
use crate::backend::prometheus::get;
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;
use crate::leaves::Labels;

/// The path of the head's statistics, at a Receive's remote write port.
const TSDB_STATUS: &str = "api/v1/status/tsdb";

/// Asks a Query which stores it sees.
pub async fn stores(clients: &Clients, backend: &Backend, timeout: Duration) -> Exchanged<Stores> {
    let path = "api/v1/stores";
    get(
        clients,
        backend,
        Capability::Stores,
        path,
        timeout,
        parse_stores,
    )
    .await
}

/// Asks a Receive what its head holds, all tenants.
pub async fn tsdb_status(
    clients: &Clients,
    backend: &Backend,
    timeout: Duration,
) -> Exchanged<TsdbStatus> {
    let mut url = match address(backend, Capability::TsdbStatus, TSDB_STATUS) {
        Ok(url) => url,
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    url.query_pairs_mut()
        .append_pair("all_tenants", "true")
        .append_pair("limit", &TSDB_LIMIT.to_string());
    clients
        .exchange(Outgoing::get(backend, url), timeout, parse_tsdb_status)
        .await
}

#[derive(Deserialize)]
struct StoresData(
    #[serde(deserialize_with = "go_json::strict_map")] BTreeMap<String, Option<Vec<StoreData>>>,
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoreData {
    name: String,
    #[serde(default)]
    last_check: Option<String>,
    /// A text or null; other versions may write a Go error as an object.
    #[serde(default)]
    last_error: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "go_json::list")]
    label_sets: Vec<LabelSet>,
    min_time: i64,
    max_time: i64,
}

#[derive(Deserialize)]
struct LabelSet(#[serde(deserialize_with = "go_json::labels")] Labels);

/// Reads `/api/v1/stores` of a Query.
///
/// # Errors
/// A refusal with the server's text, or why this is no list of stores.
pub fn parse_stores(status: u16, content_type: &str, body: &[u8]) -> Result<Stores, Failure> {
    let data = json::read::<StoresData>("api/v1/stores", status, content_type, body)?.data;
    let mut stores = Vec::new();
    for (component, listed) in data.0 {
        for store in listed.unwrap_or_default() {
            stores.push(Store {
                component: component.clone(),
                last_check: moment("lastCheck", store.last_check.as_deref().unwrap_or_default())?,
                last_error: store.last_error.and_then(|error| match error {
                    serde_json::Value::Null => None,
                    serde_json::Value::String(text) if text.is_empty() => None,
                    serde_json::Value::String(text) => Some(text),
                    other => Some(other.to_string()),
                }),
                name: store.name,
                label_sets: store.label_sets.into_iter().map(|set| set.0).collect(),
                min_time: store.min_time,
                max_time: store.max_time,
            });
        }
    }
    Ok(Stores(stores))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeadData {
    #[serde(default)]
    tenant: String,
    head_stats: HeadStats,
    #[serde(default, deserialize_with = "go_json::list")]
    series_count_by_metric_name: Vec<NameCount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeadStats {
    num_series: u64,
    min_time: i64,
    max_time: i64,
}

#[derive(Deserialize)]
struct NameCount {
    name: String,
    value: u64,
}

/// Reads `/api/v1/status/tsdb` of a Receive, which is an array with one entry a tenant.
///
/// # Errors
/// A refusal with the server's text, or why this is no Receive's head: a Prometheus and a Query answer one head without tenants.
pub fn parse_tsdb_status(
    status: u16,
    content_type: &str,
    body: &[u8],
) -> Result<TsdbStatus, Failure> {
    let data = match json::read::<Vec<HeadData>>(TSDB_STATUS, status, content_type, body) {
        Ok(answered) => answered.data,
        Err(failure) => {
            let one = json::read::<serde_json::Map<String, serde_json::Value>>(
                TSDB_STATUS,
                status,
                content_type,
                body,
            );
            if one.is_ok() {
                return Err(Failure::new(
                    FailureClass::NotThatApi,
                    "one head without tenants, expected a Receive's list of tenants",
                )
                .help("This is a Prometheus, a VictoriaMetrics or a Query: give as `write` Receive's remote write port (19291 by default)."));
            }
            return Err(failure);
        }
    };
    let heads = data
        .into_iter()
        .map(|head| TenantHead {
            tenant: head.tenant,
            series: head.head_stats.num_series,
            min_time: head.head_stats.min_time,
            max_time: head.head_stats.max_time,
            metrics: head
                .series_count_by_metric_name
                .into_iter()
                .map(|count| (count.name, count.value))
                .collect(),
        })
        .collect();
    Ok(TsdbStatus(heads))
}

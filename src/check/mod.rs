//! Floor 3: the kinds of check. One file a kind: its YAML form, what it asks, how it judges. No YAML and no HTTP in here.

mod at_store;
mod completeness;
mod connection;
mod findings;
mod forecast;
mod given;
mod hop_name;
mod kind;
mod replicas;
mod table;
mod tenant_header;
mod tls;
mod turned_out;

mod dns;
mod http;
mod metric;
mod metrics;
mod promql;
mod receive;
mod remote_write;
mod rules;
mod scrape;
mod store;
mod storeapi;
mod tcp;

pub(crate) use completeness::{
    Completeness, LONGEST_SINCE_CHECK_MS, SELECTING, configured, in_time, is_at, labels_allow,
    missing_by_warning, only_tenant,
};
pub use dns::{Dns, Lookup};
pub(crate) use dns::{Gave, Lookups, review_lookup};
pub(crate) use forecast::{Arrival, Forecast, Leg, Way};
pub use http::{BodyDemand, Http, HttpMethod, Sending};
pub use kind::CheckKind;
pub use metric::{Metric, Same, SameHow};
pub(crate) use metric::{Sight, look, way, without_replicas};
pub use metrics::Metrics;
pub use promql::{Expect, Promql};
pub use receive::Receive;
pub(crate) use receive::{REQUESTS, WRITES, counters as receive_counters};
pub use remote_write::RemoteWriteCheck;
pub(crate) use remote_write::{
    QUEUE_NAMES, Queue, State as QueueState, leads_to, queues, seen as queue_seen,
    state as queue_state,
};
pub(crate) use replicas::{replicas, servers};
pub use rules::Rules;
pub use scrape::{Scrape, TargetSelector, Up};
pub(crate) use scrape::{elsewhere, exporter_at, is_other, page_of, through_proxy};
pub use store::Store;
pub(crate) use store::{
    expanded, host_and_port, hosts, is_empty as store_is_empty, resolved as host_addresses,
};
pub use storeapi::StoreApi;
pub use table::{Check, KINDS, KindRow, LATER_KINDS};
pub use tcp::Tcp;
pub use tls::{Tls, TlsDemand, TlsVersion};

pub(crate) use receive::{READY_PATH, WRITE_PATH, is_write_path};
pub(crate) use tenant_header::{DEFAULT_TENANT, tenant as tenant_of};
pub(crate) use turned_out::turned_out;

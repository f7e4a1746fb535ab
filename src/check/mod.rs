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

pub use dns::{Dns, Lookup};
pub use http::{BodyDemand, Http, HttpMethod, Sending};
pub use kind::CheckKind;
pub use metric::{Metric, Same, SameHow};
pub use metrics::Metrics;
pub use promql::{Expect, Promql};
pub use receive::Receive;
pub use remote_write::RemoteWriteCheck;
pub use rules::Rules;
pub use scrape::{Scrape, TargetSelector, Up};
pub use store::Store;
pub use storeapi::StoreApi;
pub use table::{Check, KINDS, KindRow, LATER_KINDS};
pub use tcp::Tcp;
pub use tls::{Tls, TlsDemand, TlsVersion};

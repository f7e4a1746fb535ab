//! Floor 3: the kinds of check. One file a kind: its YAML form, what it asks, how it judges. No YAML and no HTTP in here.

mod completeness;
mod connection;
mod given;
mod hop_name;
mod kind;
mod table;
mod tls;

mod dns;
mod http;
mod metric;
mod metrics;
mod promql;
mod scrape;
mod storeapi;
mod tcp;

pub use dns::{Dns, Lookup};
pub use http::{BodyDemand, Http, HttpMethod, Sending};
pub use kind::CheckKind;
pub use metric::Metric;
pub use metrics::Metrics;
pub use promql::{Expect, Promql};
pub use scrape::{Scrape, TargetSelector, Up};
pub use storeapi::StoreApi;
pub use table::{Check, KINDS, KindRow, LATER_KINDS};
pub use tcp::Tcp;
pub use tls::{Tls, TlsDemand, TlsVersion};

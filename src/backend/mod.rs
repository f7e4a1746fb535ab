//! Floor 1: one client per protocol, each giving typed answers or a typed failure. Knows no check and no suite.

mod address;
mod client;
mod client_setting;
mod connecting;
mod credentials;
mod error_chain;
mod exposition_line;
mod failure;
mod go_json;
mod hop;
mod http_failure;
mod http_status;
mod json;
mod kind;
mod loaded_config;
mod outgoing;
mod probe;
mod proxy;
mod query_result;
mod retry_after;
mod server_text;
mod socket;
mod targets;
mod tls_failure;
mod tls_files;
mod trace;
mod world;
mod wrong_endpoint;

pub mod answer;
pub mod dns;
pub mod exposition;
pub mod http_probe;
pub mod prometheus;
pub mod storeapi;
pub mod tcp;
pub mod thanos;
pub mod tls;

pub use client::{BODY_CAP, Clients};
pub use failure::{Failure, FailureClass};
pub use hop::{BasicAuth, Hop, TlsFiles};
pub use kind::{AddressKey, BACKEND_KINDS, BackendKind, Capability, KindRow};
pub use probe::{DnsProbe, HttpProbe, TcpProbe, TlsProbe};
pub use trace::{Exchanged, Trace};
pub use world::{Backend, World};

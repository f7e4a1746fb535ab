//! Floor 1: one client per protocol, each giving typed answers or a typed failure. Knows no check and no suite.

mod client;
mod failure;
mod hop;
mod kind;
mod probe;
mod trace;
mod world;

pub mod answer;
pub mod dns;
pub mod exposition;
pub mod http_probe;
pub mod prometheus;
pub mod tcp;
pub mod thanos;
pub mod tls;

pub use client::Clients;
pub use failure::{Failure, FailureClass};
pub use hop::{BasicAuth, Hop, TlsFiles};
pub use kind::{AddressKey, BACKEND_KINDS, BackendKind, Capability, KindRow};
pub use probe::{DnsProbe, HttpProbe, TcpProbe, TlsProbe};
pub use trace::{Exchanged, Trace};
pub use world::{Backend, World};

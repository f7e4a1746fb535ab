//! The lab: a small metrics pipeline inside the process, into which a named fault can be put.
//!
//! It is a pure function from a request to an answer over a [`Model`] and a clock; [`start`] puts loopback
//! servers around it. What it answers is held against recordings of the real servers by a test.

mod answer;
mod catalog;
mod config;
mod dns;
mod dns_server;
mod envelope;
mod exporter;
mod fault;
mod flags;
mod flow;
mod head;
mod message;
mod meter;
mod model;
mod moment;
mod number;
mod page;
mod plant;
mod prometheus;
mod promql;
mod query;
mod receive;
mod receive_metrics;
mod rules;
mod runtime;
mod sender_metrics;
mod series;
mod server;
mod station;
mod storeapi;
mod storeapi_message;
mod storeapi_server;
mod stores;
mod targets;
mod version;
mod zone;

pub mod incident;

pub use answer::answer;
pub use dns::{Reply, Transport, answer as answer_dns, answer_bytes as answer_dns_bytes};
pub use fault::{DEFAULT_FAULT, Edge, FAULTS, Fault, Marks, Red, fault};
pub use message::{Request, Response};
pub use model::{
    DEFAULT_TENANT, DropRule, Family, Model, Prometheus, Query, Receive, RemoteWrite, Replica,
    Store, StoreState, Target, WriteRule,
};
pub use series::{Labels, labels};
pub use server::{Clock, ReplicaPorts, RunningLab, Sender, start};
pub use station::Station;
pub use storeapi::{RpcReply, answer as answer_storeapi};
pub use version::{PrometheusVersion, ThanosVersion};
pub use zone::{Data, Record, Zone};

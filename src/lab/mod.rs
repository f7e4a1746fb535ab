//! The lab: a small metrics pipeline inside the process, into which a named fault can be put.
//!
//! It is pure: a [`Model`] says how the world is (only causes are stored in it), and what each server says follows from it and a
//! moment. There are two ways in, and neither needs a socket:
//!
//! | entry | for | what it is |
//! | --- | --- | --- |
//! | [`answer()`] | HTTP | `(&Model, &Station, now, &Request) -> Response`; [`Response`] has no date and no length |
//! | [`answer_storeapi`] | gRPC | `(&Model, &Station, now, path, message) -> RpcReply`, messages without their frames |
//!
//! (and [`answer_dns`] for names). A [`Station`] that is closed answers as if it were open: whoever calls the entries asks
//! [`Model::is_open`] first. [`start`] puts loopback servers around them, and tells the model where its servers are.
//!
//! A fault is a row of [`FAULTS`]: its name, the cause to which it must lead, what a run of the incident's suite must show, and `plant`,
//! a function that changes a healthy model and nothing else. A fault never says what a server answers; where a new one needs
//! something that the model cannot say, the model learns it, and every station downstream shows what follows.
//!
//! Versions are values of the model, too ([`PrometheusVersion`], [`ThanosVersion`], [`Model::with_thanos`]); where real servers differ,
//! `version.rs` says so in a method with a name, and `tests/lab_recordings` holds what each version answers against what the real one
//! answered.
//!
//! A server's own metrics are functions of the moment (`meter.rs`), so that a target that shows them (`Target::shows`) gives them a
//! history; a Prometheus without such a target knows nothing of itself, as in life.

mod answer;
mod asking;
mod catalog;
mod causing;
mod config;
mod dns;
mod dns_server;
mod elsewhere;
mod envelope;
mod exporter;
mod fault;
mod flags;
mod flow;
mod frontend;
mod head;
mod histogram;
mod measure;
mod message;
mod meter;
mod model;
mod moment;
mod name_filter;
mod number;
mod page;
mod plant;
mod plant_downstream;
mod prometheus;
mod promql;
mod query;
mod receive;
mod receive_metrics;
mod receiving;
mod refusals;
mod rules;
mod runtime;
mod scrape;
mod sender_metrics;
mod sending;
mod series;
mod server;
mod station;
mod storeapi;
mod storeapi_message;
mod storeapi_server;
mod stores;
mod target_scrapes;
mod targets;
mod upstream;
mod version;
mod zone;

pub mod incident;

pub use answer::{answer, clock};
pub use asking::{Asking, Behind, Kept, OtherStore};
pub use causing::{CauseFault, SuiteChange, cause_fault, cause_faults};
pub use dns::{Reply, Transport, answer as answer_dns, answer_bytes as answer_dns_bytes};
pub use fault::{DEFAULT_FAULT, Edge, FAULTS, Fault, Marks, Red, fault};
pub use message::{Request, Response};
pub use model::{
    DEFAULT_TENANT, DropRule, Family, Model, Prometheus, Query, Receive, RemoteWrite, Replica,
    Store, StoreState, Target, WriteRule,
};
pub use receiving::{Hashring, Refusing, Rename, Taking, Trouble};
pub use series::{Labels, labels};
pub use server::{Clock, ReplicaPorts, RunningLab, Sender, start};
pub use station::Station;
pub use storeapi::{RpcReply, answer as answer_storeapi};
pub use upstream::{Queueing, Running, Scraping, Spoilt, Stamp};
pub use version::{PrometheusVersion, ThanosVersion};
pub use zone::{Data, Record, Zone};

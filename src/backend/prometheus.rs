//! prometheus.

use std::time::Duration;

use crate::backend::answer::{Build, Flags, LoadedConfig, QueryAnswer, Targets};
use crate::backend::{Backend, Clients, Exchanged, Failure, FailureClass, Trace};
use crate::leaves::Timestamp;

/// To be written.
pub async fn query(
    _: &Clients,
    _: &Backend,
    _: &str,
    _: Option<Timestamp>,
    _: Duration,
) -> Exchanged<QueryAnswer> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

/// To be written.
pub async fn targets(_: &Clients, _: &Backend, _: Duration) -> Exchanged<Targets> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

/// To be written.
pub async fn config(_: &Clients, _: &Backend, _: Duration) -> Exchanged<LoadedConfig> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

/// To be written.
pub async fn flags(_: &Clients, _: &Backend, _: Duration) -> Exchanged<Flags> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

/// To be written.
pub async fn build(_: &Clients, _: &Backend, _: Duration) -> Exchanged<Build> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

/// The URL of an instant query.
pub fn query_url(_: &Backend, _: &str) -> String {
    String::new()
}

//! thanos.

use std::time::Duration;

use crate::backend::answer::{Stores, TsdbStatus};
use crate::backend::{Backend, Clients, Exchanged, Failure, FailureClass, Trace};

/// To be written.
pub async fn stores(_: &Clients, _: &Backend, _: Duration) -> Exchanged<Stores> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

/// To be written.
pub async fn tsdb_status(_: &Clients, _: &Backend, _: Duration) -> Exchanged<TsdbStatus> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

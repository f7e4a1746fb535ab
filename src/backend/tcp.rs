//! tcp.

use std::time::Duration;

use crate::backend::answer::TcpAnswer;
use crate::backend::{Exchanged, Failure, FailureClass, TcpProbe, Trace};

/// To be written.
pub async fn connect(_: &TcpProbe, _: Duration) -> Exchanged<TcpAnswer> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

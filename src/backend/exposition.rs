//! exposition.

use std::time::Duration;

use crate::backend::answer::Page;
use crate::backend::{Backend, Clients, Exchanged, Failure, FailureClass, Trace};

/// To be written.
pub async fn page(_: &Clients, _: &Backend, _: Duration) -> Exchanged<Page> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

/// To be written.
pub async fn page_at(_: &Clients, _: &str, _: Duration) -> Exchanged<Page> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

//! http_probe.

use std::time::Duration;

use crate::backend::answer::HttpAnswer;
use crate::backend::{Exchanged, Failure, FailureClass, HttpProbe, Trace};

/// To be written.
pub async fn fetch(_: &HttpProbe, _: Duration) -> Exchanged<HttpAnswer> {
    (
        Trace::default(),
        Err(Failure::new(FailureClass::Local, "not written yet")),
    )
}

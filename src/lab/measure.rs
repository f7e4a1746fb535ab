//! A value as a function of the moment.

use std::fmt;
use std::sync::Arc;

/// A value that follows from the moment, in milliseconds since the epoch; none while the server does not show it.
#[derive(Clone)]
pub(crate) struct Measure(Arc<dyn Fn(i64) -> Option<f64> + Send + Sync>);

impl Measure {
    /// A value that may not be there yet.
    pub(crate) fn new(of: impl Fn(i64) -> Option<f64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }

    /// A value that is always there.
    pub(crate) fn shown(of: impl Fn(i64) -> f64 + Send + Sync + 'static) -> Self {
        Self::new(move |at_ms| Some(of(at_ms)))
    }

    /// A value that does not move.
    pub(crate) fn fixed(value: f64) -> Self {
        Self::shown(move |_| value)
    }

    /// The value at a moment.
    pub(crate) fn at(&self, at_ms: i64) -> Option<f64> {
        (self.0)(at_ms)
    }
}

impl fmt::Debug for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Measure")
    }
}

/// Two measures are the same where they are one.
impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

//! How a live door is set up.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::Backend;
use crate::leaves::Redactor;

/// How a live door is set up.
#[derive(Debug)]
pub struct DoorOptions {
    /// Every backend that may be asked.
    pub backends: Vec<Arc<Backend>>,
    /// Requests in flight at once to one backend whose hop does not say; 16 by default.
    pub parallel: Option<u16>,
    /// Whether counts may travel together.
    pub batching: bool,
    /// When the run ends whatever happens: no retry waits beyond it.
    pub deadline: Option<Duration>,
    /// Whether to keep all for a recording.
    pub record: bool,
    /// From where the run looks, as reports say it.
    pub vantage: String,
    /// Knows the run's secrets: no excerpt of an answer shows one, even where a server echoes it.
    pub redactor: Redactor,
}

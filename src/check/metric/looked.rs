//! A hop that was looked at, and what it showed.

use crate::check::metric::replicated::Replicated;
use crate::check::metric::sight::Sight;

/// One hop and what it showed.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) hop: String,
    pub(crate) kind: &'static str,
    pub(crate) sight: Sight,
    /// What each replica showed, where the hop has some.
    pub(crate) replicas: Option<Replicated>,
}

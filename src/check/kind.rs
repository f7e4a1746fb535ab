//! What every kind of check can do.

use std::future::Future;
use std::sync::Arc;

use crate::ask::Ask;
use crate::backend::{Backend, World};
use crate::leaves::{Complaint, Judged};

/// A kind of check: the form that is read from YAML is the check itself.
pub trait CheckKind {
    /// What the check is about, for its id and its title: the metric, the name, the URL.
    fn subject(&self) -> String;

    /// What is wrong with the check in this pipeline, found before anything is sent.
    fn review(&self, world: &World) -> Vec<Complaint>;

    /// The one hop of which all that the check says is asked: where that hop has replicas, the check is judged at each. None where it
    /// asks no hop, or looks at replicas itself.
    fn asked_hop<'w>(&self, _world: &'w World) -> Option<&'w Arc<Backend>> {
        None
    }

    /// Asks, and judges.
    fn judge(&self, ask: &Ask) -> impl Future<Output = Judged> + Send;
}

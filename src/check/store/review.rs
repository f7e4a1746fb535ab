//! What is wrong with a `store` check before anything is sent.

use crate::backend::{Capability, World};
use crate::check::hop_name::{cannot, known};
use crate::check::store::form::Store;
use crate::leaves::Complaint;

/// What is wrong with the check in this pipeline.
pub(crate) fn review(check: &Store, world: &World) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let hop = known(world, "store", &check.store);
    let query = match &check.at {
        Some(at) => known(world, "at", at).map(|hop| (hop, "at")),
        None => match world.first_answering(Capability::Stores) {
            Some(hop) => Ok((hop, "store")),
            None => Err(
                Complaint::about("store", "the pipeline has no thanos-query hop to ask")
                    .help("Name the Thanos Query that must see the store with `at:`."),
            ),
        },
    };
    match (&hop, &query) {
        (Ok(hop), Ok((query, _))) if hop.name() == query.name() => complaints.push(
            Complaint::about(
                "store",
                format!("`{}` is asked whether it sees itself", hop.name()),
            )
            .help("Name in `store` the hop that holds the data."),
        ),
        (Ok(hop), _) if check.component(hop).is_none() => complaints.push(
            Complaint::about(
                "store",
                format!(
                    "hop `{}` of kind {} is no store of a Thanos Query",
                    hop.name(),
                    hop.kind().word()
                ),
            )
            .help("Name a thanos-receive, a thanos-sidecar, a thanos-store, a thanos-query, or a prometheus with a sidecar; or say with `kind:` what it is."),
        ),
        _ => {}
    }
    match query {
        Ok((query, key)) => complaints.extend(cannot(query, key, "`store`", Capability::Stores)),
        Err(complaint) => complaints.push(complaint),
    }
    complaints.extend(hop.err());
    complaints
}

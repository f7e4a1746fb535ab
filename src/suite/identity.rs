//! Whose series? Where clusters share a hop, each sender needs labels that tell it from the others.

use std::sync::Arc;

use crate::check::Check;
use crate::leaves::Mistake;
use crate::suite::loaded_suite::Entry;
use crate::suite::row_draft::{Hops, RowDraft};

/// Notes a hop that several clusters share and that is asked for metrics, where nothing says which series are whose: neither
/// `identity:` nor a Prometheus in the pipeline, whose external labels would.
pub(crate) fn review_identity(
    drafts: &[RowDraft<'_>],
    entries: &[Vec<Arc<Entry>>],
    hops: &Hops,
    mistakes: &mut Vec<Mistake>,
) {
    for form in &hops.pipeline {
        let sharers: Vec<usize> = (0..drafts.len())
            .filter(|&at| {
                let world = &drafts[at].world;
                world.identity.is_none()
                    && world.sender().is_none()
                    && world
                        .backend(&form.name)
                        .is_some_and(|hop| hop.kind().row().gathers)
            })
            .collect();
        let key = |at: usize| {
            drafts[at]
                .world
                .backend(&form.name)
                .map(|hop| hop.key.clone())
        };
        let Some((first, second)) = sharers.iter().enumerate().find_map(|(n, &first)| {
            let second = sharers[n + 1..]
                .iter()
                .find(|&&second| key(second) == key(first))?;
            Some((first, *second))
        }) else {
            continue;
        };
        let asked = [first, second]
            .iter()
            .flat_map(|&at| &entries[at])
            .any(|entry| asks(&entry.check, &form.name));
        if asked {
            let cluster = drafts[second]
                .cluster
                .map_or("this cluster", |cluster| &*cluster.name);
            mistakes.push(
                Mistake::new(
                    form.origin.clone(),
                    format!("which series at `{}` are {cluster}'s? Several clusters share this hop, and nothing tells their series apart", form.name),
                )
                .help("Say `identity: { cluster: \"${{ cluster.name }}\" }`, or put the Prometheus of each cluster into the pipeline."),
            );
        }
    }
}

/// Whether a check asks this hop for a metric.
fn asks(check: &Check, hop: &str) -> bool {
    let Check::Metric(metric) = check else {
        return false;
    };
    match (&metric.at, &metric.through) {
        (Some(at), _) => at == hop,
        (None, Some(through)) => through.iter().any(|name| name == hop),
        (None, None) => true,
    }
}

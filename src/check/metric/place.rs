//! Where a hop stands: before the sender's labels are on the series, or after. Decides with which selector it is asked.

use crate::backend::{Backend, World};
use crate::leaves::{Labels, Selector};

/// Labels by which replicas of one sender differ: they name a copy, not a sender, and deduplication removes them.
const REPLICA_LABELS: [&str; 3] = ["prometheus_replica", "__replica__", "replica"];

/// Labels that no sender has as its identity, because targets bring them.
const TARGET_LABELS: [&str; 3] = ["__name__", "instance", "job"];

/// Whether series carry the sender's identity at this hop: everywhere after the pipeline's Prometheus, and at systems beside the
/// way that hold the series of several senders.
pub(crate) fn is_shared(world: &World, hop: &Backend) -> bool {
    let origin = world
        .sender()
        .and_then(|prometheus| world.position(prometheus.name()));
    match (world.position(hop.name()), origin) {
        (Some(at), Some(origin)) => at > origin,
        (Some(_), None) | (None, _) => hop.kind().row().gathers,
    }
}

/// Whether a matcher on this label could be one on the sender's identity.
pub(crate) fn could_be_identity(label: &str) -> bool {
    !TARGET_LABELS.contains(&label)
}

/// The labels of a sender that tell it from others: those that name a replica are left out.
pub(crate) fn without_replicas(labels: &Labels) -> Labels {
    labels
        .iter()
        .filter(|(name, _)| !REPLICA_LABELS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The selector where series do not carry the identity yet.
pub(crate) fn before_sending(selector: &Selector, identity: &Labels) -> Selector {
    identity
        .keys()
        .fold(selector.clone(), |selector, label| selector.without(label))
}

/// The selector where they do. A matcher that the user wrote on such a label stands.
pub(crate) fn after_sending(selector: &Selector, identity: &Labels) -> Selector {
    identity
        .iter()
        .fold(selector.clone(), |selector, (label, value)| {
            selector.and(label, value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_left_out_before_sending_and_added_after() {
        let identity = Labels::from([("cluster", "ops"), ("region", "eu")]);
        let selector: Selector = "up{job=\"api\",cluster=\"blue\"}".parse().unwrap();
        assert_eq!(
            before_sending(&selector, &identity).to_string(),
            "up{job=\"api\"}"
        );
        assert_eq!(
            after_sending(&selector, &identity).to_string(),
            "up{job=\"api\",cluster=\"blue\",region=\"eu\"}"
        );
    }

    #[test]
    fn series_are_shared_after_the_sender_and_where_senders_meet() {
        let hop = |name: &str, kind: &str| {
            let form = serde_json::json!({ "name": name, "kind": kind });
            std::sync::Arc::new(Backend::of(serde_json::from_value(form).unwrap()))
        };
        for sender in ["prometheus", "prometheus-agent"] {
            let world = World {
                pipeline: vec![
                    hop("page", "exporter"),
                    hop("sender", sender),
                    hop("sidecar", "thanos-sidecar"),
                    hop("query", "thanos-query"),
                ],
                beside: vec![
                    hop("front", "thanos-query-frontend"),
                    hop("bucket", "thanos-store"),
                    hop("other", "thanos-sidecar"),
                    hop("meta", "prometheus"),
                ],
                ..World::default()
            };
            let shared: Vec<&str> = world
                .pipeline
                .iter()
                .chain(&world.beside)
                .filter(|hop| is_shared(&world, hop))
                .map(|hop| hop.name())
                .collect();
            assert_eq!(shared, ["sidecar", "query", "front", "bucket"]);
        }
    }

    #[test]
    fn a_replica_is_no_sender() {
        let labels = Labels::from([("cluster", "ops"), ("prometheus_replica", "a")]);
        assert_eq!(
            without_replicas(&labels),
            Labels::from([("cluster", "ops")])
        );
    }
}

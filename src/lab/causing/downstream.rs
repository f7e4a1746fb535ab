//! Faults at the receiver, between stores and Query, and at Query.

use crate::lab::causing::{CauseFault, store_plants};
use crate::lab::fault::Edge;
use crate::lab::{plant, plant_downstream};

const AT_RECEIVE: Edge = Edge {
    from: Some("prom"),
    to: "receive",
    exact: true,
};

const AT_QUERY: Edge = Edge {
    from: Some("receive"),
    to: "query",
    exact: true,
};

/// Query itself could not say.
const UNTOLD_AT_QUERY: Edge = Edge {
    from: Some("receive"),
    to: "query",
    exact: false,
};

/// Without a Receive between.
const PAST_PROMETHEUS: Edge = Edge {
    from: Some("prom"),
    to: "query",
    exact: true,
};

/// Query alone is asked, and refuses.
const UNTOLD_ALONE: Edge = Edge {
    from: None,
    to: "query",
    exact: false,
};

const AT_PROMETHEUS: Edge = Edge {
    from: Some("exporter"),
    to: "prom",
    exact: true,
};

/// The faults, in the order of the data's way.
pub(crate) const ROWS: &[CauseFault] = &[
    CauseFault {
        cause: "receive-not-ready",
        says: "Receive is not ready since twenty minutes, and every sender waits",
        plant: plant_downstream::receive_not_ready,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "no-hashring-for-tenant",
        says: "the only hashring is for a tenant that nobody writes as",
        plant: plant_downstream::no_hashring_for_tenant,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "receive-quorum",
        says: "Receive reaches no quorum of its peers",
        plant: plant_downstream::receive_quorum,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "receive-overloaded",
        says: "writes time out in Receive",
        plant: plant_downstream::receive_overloaded,
        edge: AT_RECEIVE,
        certainty: "likely",
    },
    CauseFault {
        cause: "duplicate-writers",
        says: "a second Prometheus of ops writes the same series with other values, and Receive takes those",
        plant: plant_downstream::duplicate_writers,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "samples-too-old",
        says: "after a long wait the Prometheus of ops sends what is too old for Receive",
        plant: plant_downstream::samples_too_old,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "future-sample-blocks",
        says: "samples that ops once sent from the future keep the present ones out",
        plant: plant_downstream::future_sample_blocks,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "receive-limits",
        says: "the writes of ops are above a limit of Receive",
        plant: plant_downstream::receive_limits,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "dropped-by-receive-relabel",
        says: "the relabelling of Receive drops the metric without a word to the sender",
        plant: plant::missing_at_receive,
        edge: AT_RECEIVE,
        certainty: "likely",
    },
    CauseFault {
        cause: "tenant-split-by-label",
        says: "Receive takes the label `namespace` for the tenant",
        plant: plant_downstream::tenant_split_by_label,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "receive-empty",
        says: "this Receive only passes on what it takes",
        plant: plant_downstream::receive_empty,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "other-receive-replica",
        says: "another Receive holds the metric than the one that Query asks",
        plant: plant_downstream::other_receive_replica,
        edge: AT_RECEIVE,
        certainty: "proven",
    },
    CauseFault {
        cause: "receive-data-lost",
        says: "Receive was started again without what it held, and the metric's newest sample was in that",
        plant: plant_downstream::receive_data_lost,
        edge: AT_QUERY,
        certainty: "likely",
    },
    CauseFault {
        cause: "label-overridden-by-receive",
        says: "Receive has a `--label` of its own for `cluster`",
        plant: plant_downstream::label_overridden,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-behind-vip",
        says: "Query knows its two Receives by the one address of their service, and reaches the one without the metric",
        plant: store_plants::behind_vip,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-not-configured",
        says: "Query is configured with another Receive than the one that has the metric",
        plant: plant_downstream::store_not_configured,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-never-reached",
        says: "Query is configured with Receive and never reached it",
        plant: plant_downstream::store_never_reached,
        edge: UNTOLD_AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-discovery-empty",
        says: "the name by which Query discovers Receives gives none",
        plant: plant_downstream::store_discovery_empty,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-unhealthy",
        says: "Query cannot reach its store any more and leaves it out without a warning",
        plant: plant::store_unhealthy,
        edge: UNTOLD_AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-excluded-by-time",
        says: "Query asks a store gateway alone, whose blocks end an hour and a half ago",
        plant: store_plants::excluded_by_time,
        edge: PAST_PROMETHEUS,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-excluded-by-label",
        says: "the sidecar of ops advertises `cluster=ops-eu`, and the suite asks for `cluster=ops`",
        plant: store_plants::excluded_by_label,
        edge: PAST_PROMETHEUS,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-labels-duplicate",
        says: "the sidecars of two Prometheus servers advertise the same external labels",
        plant: store_plants::labels_duplicate,
        edge: PAST_PROMETHEUS,
        certainty: "likely",
    },
    CauseFault {
        cause: "partial-response",
        says: "the store of Query has just died, and its answers are not whole",
        plant: plant_downstream::partial_response,
        edge: UNTOLD_AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-too-slow",
        says: "the store of Query sends nothing in time",
        plant: plant_downstream::store_too_slow,
        edge: UNTOLD_AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "metric-name-filter",
        says: "Receive filters by names, and its StoreAPI has not learned of the metric, which is new",
        plant: plant_downstream::metric_name_filter,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "store-hidden-by-selector",
        says: "rules of Query leave out the tenant that has the metric",
        plant: plant_downstream::store_hidden_by_selector,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "tenant-enforced",
        says: "Query shows one tenant only, and by default another than the one that has the metric",
        plant: plant_downstream::tenant_enforced,
        edge: UNTOLD_AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "dedup-hides",
        says: "Query takes `pod` for a label of replicas and removes it",
        plant: plant_downstream::dedup_hides,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "query-lookback",
        says: "the samples are further apart than Query looks back",
        plant: plant_downstream::query_lookback,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "downsampling",
        says: "the only store gateway has downsampled blocks and no raw ones",
        plant: store_plants::downsampled,
        edge: PAST_PROMETHEUS,
        certainty: "proven",
    },
    CauseFault {
        cause: "only-external-labels",
        says: "the suite names no metric, and no label but the external ones of a sidecar",
        plant: store_plants::only_external_labels,
        edge: UNTOLD_ALONE,
        certainty: "proven",
    },
    CauseFault {
        cause: "clock-skew",
        says: "the clock of the Prometheus of ops is twenty minutes late",
        plant: plant_downstream::clock_skew,
        edge: AT_QUERY,
        certainty: "proven",
    },
    CauseFault {
        cause: "matcher-excludes",
        says: "the suite asks for a namespace that does not exist",
        plant: store_plants::nothing,
        edge: AT_PROMETHEUS,
        certainty: "proven",
    },
    CauseFault {
        cause: "name-translated",
        says: "what stands between ops and Receive adds a unit to the name of the metric",
        plant: plant_downstream::name_translated,
        edge: AT_QUERY,
        certainty: "proven",
    },
];

//! Seeds that once showed a mistake, each with the faults that it planted then: a new row of a table changes what a seed would choose.

/// Seeds, their faults, and what came out wrong.
pub(crate) const KEPT: &[(u64, &[&str], &str)] = &[
    (
        245,
        &["metric-missing-at-query"],
        "two Receives of 0.31 were said to hold the same, though each lists ten names only",
    ),
    (
        328,
        &["metric-missing-at-receive"],
        "Receive was said not to drop it, because the queue of the sender could not be asked",
    ),
    (
        547,
        &["wrong-tenant"],
        "another cluster's series under the tenant that is asked for acquitted the sender",
    ),
    (
        699,
        &["wrong-tenant"],
        "the same, where the heads of Receive tell the name alone",
    ),
    (
        10012,
        &["store-not-configured"],
        "Query lists one replica of two, and was said to list the store of the hop",
    ),
    (
        10021,
        &["label-overridden-by-receive"],
        "a series that Query shows deduplicated was not known for the one that was sent",
    ),
    (
        10116,
        &["tenant-split-by-label"],
        "the same of a series that a label moved to another tenant",
    ),
];

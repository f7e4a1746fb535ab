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
];

//! Seeds that once showed a mistake, each with the faults that it planted then: a new row of a table changes what a seed would choose.

/// Seeds, their faults, and what came out wrong.
pub(crate) const KEPT: &[(u64, &[&str], &str)] = &[];

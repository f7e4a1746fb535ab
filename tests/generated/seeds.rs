//! Seeds that once showed a mistake of the diagnosis; they hold as long as the generator draws the same from them.

/// Seeds, each with what came out wrong.
pub(crate) const KEPT: &[(u64, &str)] = &[];

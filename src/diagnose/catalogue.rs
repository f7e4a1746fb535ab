//! The catalogue of causes: the tables of all families, in the order of the data's way.

use crate::diagnose::cause::Cause;
use crate::diagnose::{accepting, joining, querying, scraping, sending};

/// The families' tables.
const FAMILIES: &[&[Cause]] = &[
    scraping::CAUSES,
    sending::CAUSES,
    accepting::CAUSES,
    joining::CAUSES,
    querying::CAUSES,
];

/// All causes, in the order of the data's way.
pub fn causes() -> impl Iterator<Item = &'static Cause> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The cause with that id.
pub fn cause(id: &str) -> Option<&'static Cause> {
    causes().find(|cause| cause.id == id)
}

/// Where a cause stands on the way; unknown ids come last.
pub(crate) fn place(id: &str) -> usize {
    causes()
        .position(|cause| cause.id == id)
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_spelt_as_users_write_them() {
        let mut seen = BTreeSet::new();
        for cause in causes() {
            assert!(seen.insert(cause.id), "{} stands twice", cause.id);
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(cause.id.chars().all(is_plain), "{}", cause.id);
        }
    }

    #[test]
    fn every_cause_is_documented_and_yields_only_to_causes_that_exist() {
        for cause in causes() {
            for text in [
                cause.title,
                cause.about,
                cause.asks,
                cause.certainty,
                cause.fix,
            ] {
                assert!(!text.trim().is_empty(), "{}", cause.id);
            }
            for text in [cause.about, cause.asks, cause.certainty, cause.fix] {
                assert!(text.ends_with('.'), "{}: {text}", cause.id);
            }
            assert!(!cause.parts.is_empty(), "{}", cause.id);
            for other in cause.yields_to {
                assert!(super::cause(other).is_some(), "{}: {other}", cause.id);
                assert_ne!(*other, cause.id);
            }
        }
    }
}

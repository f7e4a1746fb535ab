//! Faults on the way into Prometheus and out of it.

use gapcheck::diagnose::{Part, cause};
use gapcheck::lab::{CauseFault, Model, ThanosVersion, cause_faults, incident};
use gapcheck::leaves::Timestamp;

use crate::stage::must_be_found;

/// The rows of causes that act on the way into Prometheus or out of it.
fn upstream() -> impl Iterator<Item = &'static CauseFault> {
    let only = std::env::var("B1_ONLY").ok();
    let acts_here = |row: &&CauseFault| {
        let parts = cause(row.cause).map_or(&[][..], |cause| cause.parts);
        matches!(parts.first(), Some(Part::Scraping | Part::Sending))
    };
    cause_faults().filter(acts_here).filter(move |row| {
        only.as_ref()
            .is_none_or(|only| only.split(',').any(|o| o == row.cause))
    })
}

fn planted(row: &CauseFault, version: ThanosVersion) -> Model {
    let mut model = incident::healthy(Timestamp::now().0).with_thanos(version);
    (row.plant)(&mut model);
    model
}

#[test]
fn each_fault_upstream_is_found_with_its_edge_and_its_certainty() {
    let mut wrong = Vec::new();
    for row in upstream() {
        let model = planted(row, ThanosVersion::V0_42);
        if let Err(panic) = std::panic::catch_unwind(|| must_be_found(row, model)) {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            wrong.push(format!("{}: {text}", row.cause));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n---\n"));
}

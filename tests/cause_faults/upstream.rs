//! Faults on the way into Prometheus and out of it.

use std::panic::catch_unwind;

use gapcheck::diagnose::{Cause, Part, cause, causes};
use gapcheck::lab::{
    CauseFault, FAULTS, Model, ThanosVersion, cause_fault, cause_faults, incident,
};
use gapcheck::leaves::Timestamp;

use crate::stage::must_be_found;

/// Causes that no fault of the lab is, and why.
const NOT_PLANTED: &[(&str, &str)] = &[
    (
        "cached-empty",
        "a Query Frontend keeps no answer of an instant query, and a check of a metric asks no other",
    ),
    (
        "wrong-datasource",
        "no kind of backend is a Grafana, so that nobody could be asked what its data source shows",
    ),
];

/// Whether a cause stands before those of the receiver, in the order of the data's way.
fn is_upstream(id: &str) -> bool {
    let of_receiver = |cause: &&Cause| cause.parts.first() == Some(&Part::Accepting);
    causes()
        .take_while(|cause| !of_receiver(cause))
        .any(|cause| cause.id == id)
}

fn planted(row: &CauseFault, version: ThanosVersion) -> Model {
    let mut model = incident::healthy(Timestamp::now().0).with_thanos(version);
    (row.plant)(&mut model);
    model
}

/// All of them that are not found as their rows say.
fn all_are_found(version: ThanosVersion) {
    let mut wrong = Vec::new();
    for row in cause_faults().filter(|row| is_upstream(row.cause)) {
        let model = planted(row, version);
        if let Err(panic) = catch_unwind(|| must_be_found(row, model)) {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            wrong.push(text);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n---\n"));
}

#[test]
fn each_fault_upstream_is_found_on_thanos_0_42() {
    all_are_found(ThanosVersion::V0_42);
}

#[test]
fn each_fault_upstream_is_found_on_thanos_0_36() {
    all_are_found(ThanosVersion::V0_36);
}

#[test]
fn each_fault_upstream_is_found_on_thanos_0_31() {
    all_are_found(ThanosVersion::V0_31);
}

#[test]
fn every_cause_can_be_planted_or_it_is_said_why_not() {
    for cause in causes() {
        let is_planted = cause_fault(cause.id).is_some();
        let excused = NOT_PLANTED.iter().find(|(id, _)| *id == cause.id);
        assert_ne!(is_planted, excused.is_some(), "{}", cause.id);
    }
}

#[test]
fn rows_name_causes_of_the_catalogue_once_and_certainties_that_exist() {
    let mut seen = std::collections::BTreeSet::new();
    for row in cause_faults() {
        assert!(cause(row.cause).is_some(), "{}", row.cause);
        assert!(seen.insert(row.cause), "{} stands twice", row.cause);
        assert!(
            ["proven", "likely", "possible"].contains(&row.certainty),
            "{}",
            row.cause
        );
        // One name, one fault.
        for named in FAULTS.iter().filter(|named| named.name == row.cause) {
            assert_eq!(named.cause, Some(row.cause));
        }
    }
}

//! Each fault at the receiver, between stores and Query, and at Query, on every version of Thanos on which it can be.

use gapcheck::lab::{CauseFault, Edge, ThanosVersion, cause_fault, incident};
use gapcheck::leaves::{Timestamp, Verdict};

use crate::stage::{diagnosed_asking, must_be_found};

/// Where a version shows less: its edge and how sure a diagnosis can be.
const OTHERWISE: &[(&str, ThanosVersion, Edge, &str)] = &[
    // Its Receive lists ten names of metrics, whatever is asked for.
    (
        "dropped-by-receive-relabel",
        ThanosVersion::V0_31,
        PAST_RECEIVE,
        "possible",
    ),
    (
        "other-receive-replica",
        ThanosVersion::V0_31,
        PAST_RECEIVE,
        "not-tested",
    ),
    (
        "name-translated",
        ThanosVersion::V0_31,
        PAST_RECEIVE,
        "proven",
    ),
    // They have no tenant before something was written.
    (
        "receive-empty",
        ThanosVersion::V0_31,
        PAST_RECEIVE,
        "proven",
    ),
    (
        "receive-empty",
        ThanosVersion::V0_36,
        PAST_RECEIVE,
        "proven",
    ),
];

/// Receive itself could not say.
const PAST_RECEIVE: Edge = Edge {
    from: Some("prom"),
    to: "query",
    exact: false,
};

fn on(version: ThanosVersion, cause: &str) -> CauseFault {
    let mut fault = *cause_fault(cause).unwrap_or_else(|| panic!("a fault `{cause}`"));
    let otherwise = OTHERWISE
        .iter()
        .find(|(id, of, ..)| *id == cause && *of == version);
    if let Some((_, _, edge, certainty)) = otherwise {
        (fault.edge, fault.certainty) = (*edge, certainty);
    }
    // Writes that wait are not counted by Receive before.
    if cause == "receive-overloaded" && version == ThanosVersion::V0_31 {
        fault.certainty = "possible";
    }
    fault
}

fn must_be_found_on(versions: &[ThanosVersion], cause: &str) {
    for version in versions {
        let fault = on(*version, cause);
        let mut model = incident::healthy(Timestamp::now().0).with_thanos(*version);
        (fault.plant)(&mut model);
        must_be_found(&fault, model);
    }
}

macro_rules! found_on {
    ($versions:expr; $($name:ident $cause:literal),+ $(,)?) => {
        $(#[test]
        fn $name() {
            must_be_found_on($versions, $cause);
        })+
    };
}

found_on! { &ThanosVersion::ALL;
    receive_that_is_not_ready "receive-not-ready",
    no_hashring_for_a_tenant "no-hashring-for-tenant",
    peers_that_are_down "receive-quorum",
    writes_that_time_out "receive-overloaded",
    two_writers_of_one_series "duplicate-writers",
    samples_that_come_too_late "samples-too-old",
    a_sample_from_the_future "future-sample-blocks",
    writes_above_a_limit "receive-limits",
    relabelling_of_receive "dropped-by-receive-relabel",
    a_label_that_becomes_the_tenant "tenant-split-by-label",
    a_receive_that_only_routes "receive-empty",
    a_metric_on_another_receive "other-receive-replica",
    a_receive_that_lost_its_head "receive-data-lost",
    a_label_of_receive_over_the_sent_one "label-overridden-by-receive",
    receives_behind_one_address "store-behind-vip",
    a_store_that_is_not_configured "store-not-configured",
    a_store_that_was_never_reached "store-never-reached",
    a_name_without_a_store "store-discovery-empty",
    a_store_that_died "store-unhealthy",
    blocks_that_end_too_early "store-excluded-by-time",
    a_label_that_contradicts_the_store "store-excluded-by-label",
    two_sidecars_with_equal_labels "store-labels-duplicate",
    a_store_that_has_just_died "partial-response",
    a_store_that_sends_nothing "store-too-slow",
    a_label_that_deduplication_removes "dedup-hides",
    samples_that_are_far_apart "query-lookback",
    blocks_of_another_resolution "downsampling",
    a_selector_of_store_labels "only-external-labels",
    a_matcher_that_nothing_has "matcher-excludes",
    a_clock_that_is_late "clock-skew",
    a_name_that_is_translated "name-translated",
}

// 0.31 has neither tenancy nor rules for stores.
found_on! { &[ThanosVersion::V0_36, ThanosVersion::V0_42];
    a_tenant_that_rules_of_query_hide "store-hidden-by-selector",
    a_query_of_another_tenant "tenant-enforced",
}

// Others know no such filter.
found_on! { &[ThanosVersion::V0_42];
    a_name_that_receive_has_not_told_yet "metric-name-filter",
}

#[test]
fn two_writers_of_the_same_values_are_not_why_a_check_of_something_else_is_red() {
    let fault = on(ThanosVersion::V0_42, "duplicate-writers");
    let mut model = incident::healthy(Timestamp::now().0);
    let pages: Vec<_> = model.prometheus[0]
        .targets
        .iter()
        .map(|one| one.page.clone())
        .collect();
    (fault.plant)(&mut model);
    let twin = model.prometheus.last_mut().expect("a twin");
    for (target, page) in twin.targets.iter_mut().zip(pages) {
        target.page = page;
    }
    let (judged, diagnosis) = diagnosed_asking(model.clone(), fault.asks());
    assert_eq!((judged.verdict, diagnosis), (Verdict::Pass, None));
    let (judged, diagnosis) = diagnosed_asking(model, &[("value", "\"> 5000\"")]);
    assert!(
        matches!(judged.verdict, Verdict::Fail { .. }),
        "{judged:#?}"
    );
    assert_eq!(diagnosis, None);
}

//! Two faults at once: the one that is first on the way is named first and as surely as alone, the second is not ruled out, and no
//! third cause is called proven.

use gapcheck::lab::{CauseFault, cause_fault, incident};
use gapcheck::leaves::{Certainty, Diagnosis, RungState, Timestamp, Verdict};

use serde_json::json;

use crate::stage::{COST, diagnosed, diagnosed_by, diagnosed_through};

/// Before Prometheus, with whatever is wrong behind it.
const AT_THE_EXPORTER: &[(&str, &str)] = &[
    ("metric-not-exposed", "store-behind-vip"),
    ("metric-not-exposed", "downsampling"),
    ("metric-not-exposed", "store-excluded-by-label"),
    ("dropped-by-metric-relabel", "store-excluded-by-time"),
    ("dropped-by-metric-relabel", "store-labels-duplicate"),
    ("matcher-excludes", "store-not-configured"),
    ("matcher-excludes", "receive-empty"),
    ("metric-not-exposed", "tenant-mismatch"),
    ("metric-not-exposed", "receive-not-ready"),
    ("metric-not-exposed", "no-hashring-for-tenant"),
    ("metric-not-exposed", "receive-limits"),
    ("metric-not-exposed", "tenant-split-by-label"),
    ("metric-not-exposed", "store-not-configured"),
    ("metric-not-exposed", "store-too-slow"),
    ("metric-not-exposed", "dedup-hides"),
    ("metric-not-exposed", "metric-name-filter"),
    ("metric-not-exposed", "name-translated"),
    ("dropped-by-metric-relabel", "receive-quorum"),
    ("dropped-by-metric-relabel", "receive-empty"),
    ("dropped-by-metric-relabel", "dropped-by-receive-relabel"),
    ("dropped-by-metric-relabel", "store-never-reached"),
    ("dropped-by-metric-relabel", "store-unhealthy"),
    ("dropped-by-metric-relabel", "label-overridden-by-receive"),
];

/// At the door of Receive.
const AT_RECEIVE: &[(&str, &str)] = &[
    ("receive-not-ready", "receive-quorum"),
    ("receive-not-ready", "receive-empty"),
    ("receive-not-ready", "tenant-split-by-label"),
    ("receive-not-ready", "store-not-configured"),
    ("receive-not-ready", "clock-skew"),
    ("no-hashring-for-tenant", "receive-overloaded"),
    ("no-hashring-for-tenant", "other-receive-replica"),
    ("no-hashring-for-tenant", "label-overridden-by-receive"),
    ("no-hashring-for-tenant", "store-discovery-empty"),
    ("no-hashring-for-tenant", "tenant-enforced"),
    ("receive-quorum", "receive-empty"),
    ("receive-quorum", "store-behind-vip"),
    ("receive-quorum", "tenant-split-by-label"),
    ("receive-quorum", "partial-response"),
    ("receive-quorum", "query-lookback"),
];

/// Behind that door.
const IN_RECEIVE: &[(&str, &str)] = &[
    ("future-sample-blocks", "tenant-split-by-label"),
    ("future-sample-blocks", "store-unhealthy"),
    ("future-sample-blocks", "store-hidden-by-selector"),
    ("receive-limits", "tenant-split-by-label"),
    ("receive-limits", "store-not-configured"),
    ("receive-limits", "store-too-slow"),
    ("receive-limits", "metric-name-filter"),
    ("tenant-split-by-label", "store-never-reached"),
    ("tenant-split-by-label", "tenant-enforced"),
    ("tenant-split-by-label", "dedup-hides"),
    ("receive-empty", "store-unhealthy"),
    ("receive-empty", "clock-skew"),
    ("dropped-by-receive-relabel", "store-not-configured"),
    ("dropped-by-receive-relabel", "query-lookback"),
];

/// Between the stores and Query.
const AT_QUERY: &[(&str, &str)] = &[
    ("store-behind-vip", "store-hidden-by-selector"),
    ("label-overridden-by-receive", "store-not-configured"),
    ("label-overridden-by-receive", "partial-response"),
    ("label-overridden-by-receive", "dedup-hides"),
    ("store-not-configured", "store-unhealthy"),
    ("store-not-configured", "store-too-slow"),
    ("store-never-reached", "name-translated"),
    ("store-never-reached", "query-lookback"),
    ("store-unhealthy", "dedup-hides"),
    ("store-unhealthy", "clock-skew"),
    ("partial-response", "store-hidden-by-selector"),
    ("store-unhealthy", "metric-name-filter"),
    ("store-not-configured", "metric-name-filter"),
    ("store-too-slow", "store-hidden-by-selector"),
    ("store-too-slow", "name-translated"),
];

fn fault(cause: &str) -> &'static CauseFault {
    cause_fault(cause).unwrap_or_else(|| panic!("a fault `{cause}`"))
}

/// As what a cause is named; one that only follows from another stands under it.
fn named(diagnosis: &Diagnosis, cause: &str) -> Option<Certainty> {
    let mut findings = diagnosis.findings.iter();
    let own = findings.find(|finding| finding.cause == cause);
    own.map(|finding| finding.certainty)
}

fn must_be_told(pairs: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (first, second) in pairs {
        let (one, two) = (fault(first), fault(second));
        let mut model = incident::healthy(Timestamp::now().0);
        (one.plant)(&mut model);
        (two.plant)(&mut model);
        let suite = one.suite().or(two.suite());
        let (judged, diagnosis) = diagnosed_by(model, suite);
        let pair = format!("{first} + {second}");
        let Some(diagnosis) = diagnosis else {
            wrong.push(format!("{pair}: no diagnosis: {judged:#?}"));
            continue;
        };
        let leads = diagnosis.findings.first();
        let third: Vec<&str> = diagnosis
            .findings
            .iter()
            .filter(|finding| finding.certainty == Certainty::Proven)
            .map(|finding| finding.cause.as_str())
            .filter(|cause| cause != first && cause != second)
            .collect();
        let is_first = leads
            .is_some_and(|leads| leads.cause == *first && leads.certainty.word() == one.certainty);
        let is_kept = named(&diagnosis, second) != Some(Certainty::RuledOut);
        if !is_first || !is_kept || !third.is_empty() {
            wrong.push(format!(
                "{pair}: {:?} is named first, {second} {:?}, and {third:?} proven: {:?}",
                leads.map(|leads| (&leads.cause, leads.certainty)),
                named(&diagnosis, second),
                diagnosis.gap,
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_exporter_loses_is_named_before_what_is_behind_it() {
    must_be_told(AT_THE_EXPORTER);
}

#[test]
fn what_receive_refuses_is_named_before_what_is_behind_it() {
    must_be_told(AT_RECEIVE);
}

#[test]
fn what_receive_loses_is_named_before_what_is_behind_it() {
    must_be_told(IN_RECEIVE);
}

#[test]
fn what_does_not_reach_query_is_named_before_what_query_does() {
    must_be_told(AT_QUERY);
}

/// With a label of Receive's own in place of the one that tells the senders apart, what another sender has looks like this one's.
#[test]
fn what_other_senders_hold_under_the_label_of_receive_does_not_hide_that_this_one_s_is_lost() {
    let other = "label-overridden-by-receive";
    for (lost_by, named_first) in [
        ("samples-too-old", ("samples-too-old", Certainty::Proven)),
        ("name-translated", (other, Certainty::Likely)),
    ] {
        let planted = || {
            let mut model = incident::healthy(Timestamp::now().0);
            (fault(other).plant)(&mut model);
            (fault(lost_by).plant)(&mut model);
            model
        };
        let (judged, diagnosis) = diagnosed(planted());
        let is_red = matches!(judged.verdict, Verdict::Fail { .. });
        assert!(is_red, "{lost_by}: {:?}", judged.verdict);
        let diagnosis = diagnosis.unwrap_or_else(|| panic!("{lost_by}: no diagnosis"));
        assert_eq!(diagnosis.shows, RungState::Unknown, "{lost_by}");
        let first = &diagnosis.findings[0];
        assert_eq!((first.cause.as_str(), first.certainty), named_first);
        for cause in [lost_by, other] {
            let found = named(&diagnosis, cause);
            assert_ne!(found, Some(Certainty::RuledOut), "{lost_by}: {cause}");
        }
        let mut proven = diagnosis.findings.iter();
        let third =
            proven.find(|found| found.certainty == Certainty::Proven && found.cause != lost_by);
        assert_eq!(third, None, "{lost_by}");
        // A check that demands no label must not pass either: whose series those are is not known.
        let plain = json!({ "metric": COST, "tenant": "default-tenant", "fresh": "10m" });
        let through = ["exporter", "prom", "receive", "query"];
        let (judged, _) = diagnosed_through(planted(), plain, &through);
        let is_untold = matches!(judged.verdict, Verdict::Error { .. });
        assert!(is_untold, "{lost_by}: {:?}", judged.verdict);
    }
}

#[test]
fn there_are_more_than_thirty_pairs() {
    let count: usize = [AT_THE_EXPORTER, AT_RECEIVE, IN_RECEIVE, AT_QUERY]
        .iter()
        .map(|pairs| pairs.len())
        .sum();
    assert!(count >= 60, "{count} pairs");
}

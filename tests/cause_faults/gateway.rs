//! A Query that has a store gateway where a sidecar should be: what it lacks is too new for it, or there in another resolution only.

use gapcheck::lab::{Model, OtherStore, ThanosVersion, incident};
use gapcheck::leaves::{Certainty, Timestamp};
use serde_json::json;

use crate::stage::{COST, diagnosed_through};

/// The pipeline of a Prometheus whose blocks a store gateway serves, and nobody else.
fn behind_a_gateway(version: ThanosVersion, change: impl FnOnce(&mut OtherStore)) -> Model {
    let mut model = incident::healthy(Timestamp::now().0).with_thanos(version);
    let labels = model.prometheus[0].external_labels.clone();
    let mut gateway = OtherStore {
        address: "127.0.0.9:10901".to_owned(),
        component: "store".to_owned(),
        labels,
        cluster: "ops".to_owned(),
        until_ms: None,
        resolution_ms: 0,
    };
    change(&mut gateway);
    model.query.stores.clear();
    model.query.asking.others.push(gateway);
    model
}

/// The causes that are proven.
fn proven(model: Model) -> Vec<String> {
    let through = ["exporter", "prom", "query"];
    let check = json!({ "metric": COST, "through": through, "series": ">= 1", "fresh": "10m" });
    let (judged, diagnosis) = diagnosed_through(model, check, &through);
    let diagnosis = diagnosis.unwrap_or_else(|| panic!("no diagnosis: {judged:#?}"));
    assert_eq!(
        (diagnosis.gap.from.as_deref(), diagnosis.gap.to.as_str()),
        (Some("prom"), "query"),
        "{diagnosis:#?}"
    );
    let of_certainty = diagnosis
        .findings
        .into_iter()
        .filter(|finding| finding.certainty == Certainty::Proven);
    of_certainty.map(|finding| finding.cause).collect()
}

#[test]
fn what_is_too_new_for_the_only_store_is_excluded_by_time() {
    for version in ThanosVersion::ALL {
        let model = behind_a_gateway(version, |gateway| {
            gateway.until_ms = Some(Timestamp::now().0 - 90 * 60_000);
        });
        assert_eq!(
            proven(model),
            ["store-excluded-by-time"],
            "{}",
            version.word()
        );
    }
}

#[test]
fn what_is_there_in_another_resolution_only_is_downsampled() {
    for version in ThanosVersion::ALL {
        let model = behind_a_gateway(version, |gateway| gateway.resolution_ms = 300_000);
        assert_eq!(proven(model), ["downsampling"], "{}", version.word());
    }
}

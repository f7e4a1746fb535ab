//! The guard against false accusations: nothing planted, nothing found.

use gapcheck::lab::{Kept, ThanosVersion, cause_fault, incident};
use gapcheck::leaves::{Certainty, Timestamp, Verdict};

use crate::stage::{COST, diagnosed, diagnosed_at_the_frontend};

#[test]
fn the_healthy_lab_has_no_finding_on_any_version() {
    for version in [
        ThanosVersion::V0_31,
        ThanosVersion::V0_36,
        ThanosVersion::V0_42,
    ] {
        let model = incident::healthy(Timestamp::now().0).with_thanos(version);
        let (judged, diagnosis) = diagnosed(model);
        assert_eq!(judged.verdict, Verdict::Pass, "{judged:#?}");
        assert_eq!(diagnosis, None);
    }
}

#[test]
fn behind_a_query_frontend_it_has_none_either() {
    for version in ThanosVersion::ALL {
        let model = incident::healthy(Timestamp::now().0).with_thanos(version);
        let (judged, diagnosis) = diagnosed_at_the_frontend(model);
        assert_eq!(judged.verdict, Verdict::Pass, "{judged:#?}");
        assert_eq!(diagnosis, None);
    }
}

/// Why `cached-empty` is no fault of the lab: a check of a metric asks instant queries, which no Frontend keeps.
#[test]
fn what_a_frontend_keeps_of_range_queries_makes_no_check_of_a_metric_red() {
    for version in ThanosVersion::ALL {
        let mut model = incident::healthy(Timestamp::now().0).with_thanos(version);
        let (from_ms, until_ms) = (model.started_ms - 3 * 3_600_000, model.started_ms);
        model.query.asking.kept.push(Kept {
            metric: COST.to_owned(),
            from_ms,
            until_ms,
        });
        let (judged, diagnosis) = diagnosed_at_the_frontend(model);
        assert_eq!(judged.verdict, Verdict::Pass, "{judged:#?}");
        assert_eq!(diagnosis, None);
    }
}

/// What is lost before a Frontend is told as it is told without one, and its cache is not accused, whatever it keeps.
#[test]
fn a_frontend_behind_the_gap_changes_nothing() {
    for cause in [
        "exporter-down",
        "dropped-by-write-relabel",
        "receive-limits",
        "tenant-split-by-label",
        "store-unhealthy",
        "store-not-configured",
        "metric-name-filter",
        "query-lookback",
    ] {
        let fault = cause_fault(cause).expect("a fault");
        let mut model = incident::healthy(Timestamp::now().0);
        (fault.plant)(&mut model);
        let (from_ms, until_ms) = (model.started_ms - 3 * 3_600_000, model.started_ms);
        model.query.asking.kept.push(Kept {
            metric: COST.to_owned(),
            from_ms,
            until_ms,
        });
        let (judged, diagnosis) = diagnosed_at_the_frontend(model);
        let diagnosis = diagnosis.unwrap_or_else(|| panic!("{cause}: {judged:#?}"));
        let proven: Vec<&str> = diagnosis
            .findings
            .iter()
            .filter(|finding| finding.certainty == Certainty::Proven)
            .map(|finding| finding.cause.as_str())
            .collect();
        assert_eq!(proven, [cause], "{diagnosis:#?}");
        // Where Query could not say, the Frontend could not either.
        let to = match (fault.edge.to, fault.edge.exact) {
            ("query", false) => "front",
            (to, _) => to,
        };
        let gap = (diagnosis.gap.from.as_deref(), diagnosis.gap.to.as_str());
        assert_eq!(gap, (fault.edge.from, to), "{cause}");
    }
}

//! The guard against false accusations: nothing planted, nothing found.

use gapcheck::lab::{ThanosVersion, incident};
use gapcheck::leaves::{Timestamp, Verdict};

use crate::stage::diagnosed;

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

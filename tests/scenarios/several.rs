//! Two faults one behind the other.

use crate::judging::{judged, suite};
use crate::rigs::{self, REFUSED};

#[test]
fn s44_of_two_faults_the_first_on_the_way_is_named_first() {
    rigs::start();
    let hops = [
        ("exporter", "exporter", REFUSED.dropped.url()),
        ("prom", "prometheus", REFUSED.prom.url()),
        ("central", "prometheus", REFUSED.not_found.url()),
    ];
    judged(&suite(
        "refused",
        &hops,
        &["id: it, metric: dropped_target_cost"],
    ))
    .is("fail")
    .at("exporter > prom")
    .proves(&["target-dropped-by-relabel", "write-url-wrong"]);
}

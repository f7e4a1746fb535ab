//! What is broken behind the place at which the metric is lost: it would not arrive even if it came so far.

use crate::check::look;
use crate::diagnose::case::Case;
use crate::diagnose::catalogue::cause;
use crate::diagnose::control::{probe, without_many};
use crate::diagnose::looking::look_into;
use crate::leaves::{Certainty, Edge, Finding, Rung, RungState, find_gap};

/// Causes that are proven by what becomes of all that is sent, whichever series is asked for.
const OF_ALL: [&str; 13] = [
    "no-remote-write",
    "write-url-wrong",
    "write-unauthorized",
    "write-name-unresolved",
    "write-connection-failed",
    "receiver-errors",
    "write-rate-limited",
    "remote-write-v2-unsupported",
    "receive-not-ready",
    "no-hashring-for-tenant",
    "receive-quorum",
    "store-not-configured",
    "store-never-reached",
];

/// What is proven to be broken behind the place at which the metric is lost, by the control series: it comes farther than the metric,
/// and is lost behind it.
pub(crate) async fn behind(case: &Case<'_>) -> Vec<Finding> {
    let world = case.ask.world();
    let Some(lost_at) = world.position(&case.gap.to) else {
        return Vec::new();
    };
    let is_behind = |hop: &str| world.position(hop).is_some_and(|at| at > lost_at);
    let goes_on = case
        .stations
        .iter()
        .any(|station| is_behind(station.hop.name()));
    let (true, RungState::Absent, Some(control)) = (goes_on, case.shows, probe(case)) else {
        return Vec::new();
    };
    let ladder = look(&without_many(control.clone(), case), case.ask).await;
    let rungs: Vec<Rung> = ladder
        .hops
        .iter()
        .filter_map(|looked| {
            let hop = world.backend(&looked.hop)?;
            Some(looked.sight.rung(hop.name(), hop.kind().word()))
        })
        .collect();
    let comes_farther = find_gap(&rungs).is_some_and(|gap| {
        let from = gap.from.as_deref().and_then(|hop| world.position(hop));
        gap.edge == Edge::Exact && from.is_some_and(|from| from >= lost_at)
    });
    if !comes_farther {
        return Vec::new();
    }
    let Some(second) = Case::of(case.ask, &control, &rungs).await else {
        return Vec::new();
    };
    let mut findings = look_into(&second, |cause| OF_ALL.contains(&cause.id)).await;
    // What was looked into for the metric itself stands.
    let parts = |finding: &Finding| cause(&finding.cause).map_or(&[][..], |cause| cause.parts);
    findings.retain(|finding| {
        let is_new = !parts(finding).iter().any(|part| case.parts.contains(part));
        finding.certainty == Certainty::Proven && is_new
    });
    for finding in &mut findings {
        finding.says = format!("behind that, {}", finding.says);
        finding.in_short = finding
            .in_short
            .as_ref()
            .map(|says| format!("behind that, {says}"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_that_is_looked_for_behind_exists() {
        for id in OF_ALL {
            assert!(cause(id).is_some(), "{id}");
        }
    }
}

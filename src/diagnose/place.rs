//! Where the data is lost once the cause is known: a Receive that counts the series of all senders does not vouch for this one's, and
//! a proven cause before it says that they never came.

use crate::backend::BackendKind;
use crate::diagnose::case::Case;
use crate::diagnose::catalogue::cause;
use crate::diagnose::part::Part;
use crate::leaves::{Certainty, Edge, Finding, Gap, RungState};

/// Causes for which what the sender sends lies under another tenant than the one that is asked for.
const BY_TENANT: [&str; 2] = ["tenant-mismatch", "tenant-header-lost"];

/// The gap of the case; where the first finding proves that this sender's series never reached the hop that seems to have them, the
/// edge before that hop.
pub(crate) fn place(case: &Case<'_>, findings: &[Finding]) -> Gap {
    let told = || case.gap.clone();
    let Some(first) = findings
        .first()
        .filter(|finding| finding.certainty == Certainty::Proven)
    else {
        return told();
    };
    let is_before = cause(&first.cause)
        .is_some_and(|cause| cause.parts.iter().all(|part| *part <= Part::Accepting));
    let Some(at) = case
        .stations
        .iter()
        .position(|station| Some(station.hop.name()) == case.gap.from.as_deref())
    else {
        return told();
    };
    let is_others = is_before && case.stations[at].sight.of_all_senders;
    // What is there under the wanted tenant is another sender's where this one's is under another.
    let is_elsewhere = BY_TENANT.contains(&first.cause.as_str())
        && case.stations[at].hop.kind() == BackendKind::ThanosReceive;
    if !is_others && !is_elsewhere {
        return told();
    }
    let vouches = case.stations[..at].iter().rposition(|station| {
        station.sight.state == RungState::Present && !station.sight.of_all_senders
    });
    Gap {
        from: vouches.map(|at| case.stations[at].hop.name().to_owned()),
        to: case.stations[at].hop.name().to_owned(),
        edge: match vouches {
            Some(before) if before + 1 == at => Edge::Exact,
            _ => Edge::Interval,
        },
    }
}

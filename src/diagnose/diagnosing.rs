//! The diagnosis of one red check: where the data is lost, whether the whole way is broken, and why.

use futures_util::future::join;

use crate::ask::Ask;
use crate::check::Check;
use crate::diagnose::behind::behind;
use crate::diagnose::case::Case;
use crate::diagnose::control::control;
use crate::diagnose::looking::look_into;
use crate::diagnose::place::place;
use crate::diagnose::ranking::rank;
use crate::diagnose::settling::unsettled;
use crate::diagnose::why_empty::why_empty;
use crate::leaves::{Certainty, Diagnosis, Finding, Judged, RungState, Verdict};

/// Why a check is red: for a `metric` that failed or could not be judged, the first edge of the pipeline that loses it, and the
/// causes with their proof. None for other kinds, and where nothing is lost.
pub async fn diagnose(check: &Check, ask: &Ask, judged: &Judged) -> Option<Diagnosis> {
    let Check::Metric(metric) = check else {
        return None;
    };
    if !matches!(judged.verdict, Verdict::Fail { .. } | Verdict::Error { .. }) {
        return None;
    }
    let case = Case::of(ask, metric, &judged.ladder).await?;
    let look = look_into(&case, |_| true);
    let (unsettled, (control, (why_empty, findings))) = join(
        unsettled(&case),
        join(control(&case), join(why_empty(&case), look)),
    )
    .await;
    let is_proven = |finding: &Finding| finding.certainty == Certainty::Proven;
    let findings = match findings.iter().any(is_proven) {
        // Two faults may stand one behind the other: without the first, the second would be the cause.
        true => rank([findings, behind(&case).await].concat()),
        false => rank(findings),
    };
    // What is there, or could not be asked at all, is no gap unless something is found to be wrong on the way.
    let is_gap = match case.shows {
        RungState::Absent | RungState::Stale => true,
        RungState::Unknown => case.gap.from.is_some(),
        RungState::Present => false,
    };
    if !is_gap && !findings.iter().any(explains) {
        return None;
    }
    Some(Diagnosis {
        ladder: case.rungs(),
        gap: place(&case, &findings),
        shows: case.shows,
        control,
        why_empty: unsettled.into_iter().chain(why_empty).collect(),
        findings,
    })
}

fn explains(finding: &Finding) -> bool {
    matches!(finding.certainty, Certainty::Proven | Certainty::Likely)
}

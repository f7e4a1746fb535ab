//! The diagnosis of one red check: where the data is lost, whether the whole way is broken, and why.

use futures_util::future::{join, join_all};

use crate::ask::Ask;
use crate::check::Check;
use crate::diagnose::case::Case;
use crate::diagnose::catalogue::causes;
use crate::diagnose::cause::Cause;
use crate::diagnose::control::control;
use crate::diagnose::ranking::rank;
use crate::diagnose::settling::unsettled;
use crate::diagnose::why_empty::why_empty;
use crate::leaves::{Diagnosis, Finding, Judged, RungState, Verdict};

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
    let (unsettled, (control, (why_empty, findings))) = join(
        unsettled(&case),
        join(control(&case), join(why_empty(&case), look_into(&case))),
    )
    .await;
    let findings = rank(findings);
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
        gap: case.gap,
        shows: case.shows,
        control,
        why_empty: unsettled.into_iter().chain(why_empty).collect(),
        findings,
    })
}

fn explains(finding: &Finding) -> bool {
    use crate::leaves::Certainty::{Likely, Proven};
    matches!(finding.certainty, Proven | Likely)
}

/// Looks into every cause that can act where the gap is.
async fn look_into(case: &Case<'_>) -> Vec<Finding> {
    let acts_here = |cause: &&Cause| {
        cause.parts.iter().any(|part| case.parts.contains(part))
            && (case.shows != RungState::Present || cause.spoils)
    };
    join_all(causes().filter(acts_here).map(|cause| async move {
        let found = (cause.look)(case).await;
        Finding {
            cause: cause.id.to_owned(),
            certainty: found.certainty,
            says: found.says,
            evidence: found.evidence,
            fix: found.fix.or_else(|| Some(cause.fix.to_owned())),
            next: found.next,
            consequences: Vec::new(),
        }
    }))
    .await
}

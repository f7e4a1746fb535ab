//! The look into causes.

use futures_util::future::join_all;

use crate::diagnose::case::Case;
use crate::diagnose::catalogue::causes;
use crate::diagnose::cause::Cause;
use crate::diagnose::figure::{in_short, whole};
use crate::leaves::{Certainty, Finding, RungState};

/// Looks into every cause that can act where the gap is, of those that are wanted.
pub(crate) async fn look_into(case: &Case<'_>, is_wanted: impl Fn(&Cause) -> bool) -> Vec<Finding> {
    let acts_here = |cause: &&Cause| {
        is_wanted(cause)
            && cause.parts.iter().any(|part| case.parts.contains(part))
            && (case.shows != RungState::Present || cause.spoils)
    };
    join_all(causes().filter(acts_here).map(|cause| async move {
        let found = (cause.look)(case).await;
        Finding {
            cause: cause.id.to_owned(),
            certainty: found.certainty,
            says: whole(&found.says),
            in_short: in_short(&found.says),
            evidence: found.evidence,
            fix: found.fix.or_else(|| Some(cause.fix.to_owned())),
            // What is not so needs no further look.
            next: match found.certainty {
                Certainty::RuledOut => Vec::new(),
                _ => found.next,
            },
            consequences: Vec::new(),
        }
    }))
    .await
}

//! From what each look found to the findings in the order in which a person should read them.

use crate::diagnose::catalogue::{cause, place};
use crate::leaves::{Certainty, Finding};

/// The findings, the surest first; causes of one certainty as they follow on the data's way. What only follows from a proven cause
/// stands under it and is not named beside it.
pub(crate) fn rank(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| (finding.certainty, place(&finding.cause)));
    let proven: Vec<String> = findings
        .iter()
        .filter(|finding| finding.certainty == Certainty::Proven)
        .map(|finding| finding.cause.clone())
        .collect();
    let (mut kept, mut yielding) = (Vec::new(), Vec::new());
    for finding in findings {
        match yields(&finding, &proven) {
            Some(to) => yielding.push((to, finding)),
            None => kept.push(finding),
        }
    }
    for (to, finding) in yielding {
        if let Some(over) = kept.iter_mut().find(|kept| kept.cause == to) {
            // What only may be so must not read as if it were: without the other, it would be that sure.
            let perhaps = match finding.certainty {
                Certainty::Proven => String::new(),
                less => format!(" (else {})", less.word()),
            };
            over.consequences
                .push(format!("{}{perhaps}: {}", finding.cause, finding.short()));
            over.evidence.extend(finding.evidence);
        }
    }
    for finding in &mut kept {
        finding.evidence.sort_unstable();
        finding.evidence.dedup();
    }
    kept
}

/// The proven cause to which this one yields: the first on the way that does not itself yield to another.
fn yields(finding: &Finding, proven: &[String]) -> Option<String> {
    if !matches!(
        finding.certainty,
        Certainty::Proven | Certainty::Likely | Certainty::Possible
    ) {
        return None;
    }
    let mut over = Vec::from_iter(above(&finding.cause, proven));
    let mut seen = over.clone();
    // A chain ends at the cause that yields to nothing that is proven.
    while let Some(next) = over.pop() {
        let above: Vec<&String> = above(next, proven)
            .filter(|id| !seen.contains(id))
            .collect();
        if above.is_empty() {
            return Some(next.clone());
        }
        seen.extend(&above);
        over.extend(above);
    }
    None
}

fn above<'a>(id: &str, proven: &'a [String]) -> impl Iterator<Item = &'a String> + use<'a> {
    let to = cause(id).map_or(&[][..], |cause| cause.yields_to);
    let own = id.to_owned();
    proven
        .iter()
        .filter(move |proven| **proven != own && to.contains(&proven.as_str()))
}

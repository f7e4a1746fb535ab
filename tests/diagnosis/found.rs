//! What a diagnosis is compared with.

use gapcheck::leaves::{Certainty, Diagnosis, Finding};

/// The ids of the causes that are called proven.
pub(crate) fn proven(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis
        .findings
        .iter()
        .filter(|finding| finding.certainty == Certainty::Proven)
        .map(|finding| finding.cause.as_str())
        .collect()
}

/// What was found of one cause.
#[track_caller]
pub(crate) fn of<'a>(diagnosis: &'a Diagnosis, cause: &str) -> &'a Finding {
    let found = diagnosis
        .findings
        .iter()
        .find(|finding| finding.cause == cause);
    found.unwrap_or_else(|| panic!("nothing is said of {cause}: {:#?}", diagnosis.findings))
}

/// This cause, and no other, is proven; what it says holds all these words.
#[track_caller]
pub(crate) fn only<'a>(diagnosis: &'a Diagnosis, cause: &str, words: &[&str]) -> &'a Finding {
    assert_eq!(proven(diagnosis), [cause], "{:#?}", diagnosis.findings);
    let finding = of(diagnosis, cause);
    for word in words {
        assert!(finding.says.contains(word), "{word}: {}", finding.says);
    }
    assert!(
        !finding.evidence.is_empty(),
        "nothing shows it: {finding:#?}"
    );
    finding
}

/// The gap as `from > to`.
pub(crate) fn edge(diagnosis: &Diagnosis) -> String {
    let from = diagnosis.gap.from.as_deref().unwrap_or("-");
    format!("{from} > {}", diagnosis.gap.to)
}

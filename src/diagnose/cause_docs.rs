//! What is documented of each cause: the source of `gapcheck explain` and of the pages of the causes.

/// What is documented of one cause.
#[derive(Clone, Copy, Debug)]
pub struct CauseDocs {
    /// Its id, as findings name it.
    pub id: &'static str,
    /// What it is, in one line.
    pub title: &'static str,
    /// How it shows, what proves it and what to do, in Markdown.
    pub docs: &'static str,
}

/// All causes that are documented.
pub const CAUSE_DOCS: &[CauseDocs] = &[];

/// The page of the cause with this id, in Markdown; none where there is no such cause.
pub fn explain_cause(word: &str) -> Option<String> {
    let cause = CAUSE_DOCS.iter().find(|cause| cause.id == word)?;
    Some(format!("{}\n\n{}", cause.title, cause.docs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_cause_has_no_page() {
        assert_eq!(explain_cause("metric"), None);
        for cause in CAUSE_DOCS {
            assert!(explain_cause(cause.id).is_some_and(|page| page.starts_with(cause.title)));
        }
    }
}

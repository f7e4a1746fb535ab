//! A cause: what happens, what is asked, how sure it is, what to do.

use serde::Serialize;

use crate::cli::explain::page::Page;
use crate::diagnose;
use crate::leaves::words;

/// What is documented of a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CauseDocs {
    /// Its id.
    cause: &'static str,
    /// What it is, in a few words.
    title: &'static str,
    /// The parts of the way at which it acts.
    acts_at: Vec<&'static str>,
    /// What happens.
    about: &'static str,
    /// What is asked.
    asks: &'static str,
    /// What makes it proven, likely, ruled out.
    certainty: &'static str,
    /// What to do.
    fix: &'static str,
    /// Causes of which it is only a consequence.
    yields_to: &'static [&'static str],
    /// Where more is written.
    see: &'static [&'static str],
}

/// The docs of the cause with this id.
pub(crate) fn cause(word: &str) -> Option<CauseDocs> {
    let cause = diagnose::cause(word)?;
    Some(CauseDocs {
        cause: cause.id,
        title: cause.title,
        acts_at: cause.parts.iter().map(|part| part.words()).collect(),
        about: cause.about,
        asks: cause.asks,
        certainty: cause.certainty,
        fix: cause.fix,
        yields_to: cause.yields_to,
        see: cause.see,
    })
}

impl CauseDocs {
    /// Writes the docs on a page.
    pub(crate) fn write(&self, page: &mut Page) {
        page.heading(&format!("{}: {}", self.cause, self.title));
        page.prose(&format!("Acts at: {}.", words::list(&self.acts_at)), 2);
        page.prose(&format!("\n{}", self.about), 2);
        for (term, text) in [
            ("asks", self.asks),
            ("how sure", self.certainty),
            ("what to do", self.fix),
        ] {
            page.term(term, text);
        }
        if !self.yields_to.is_empty() {
            let over = format!(
                "{}, where one of them is proven.",
                words::list(self.yields_to)
            );
            page.term("stands under", &over);
        }
        if !self.see.is_empty() {
            page.term("see also", &self.see.join(", "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_of_the_catalogue_can_be_explained() {
        for row in diagnose::causes() {
            let docs = cause(row.id).unwrap();
            assert!(!docs.acts_at.is_empty(), "{}", row.id);
        }
        assert_eq!(cause("metric"), None);
    }
}

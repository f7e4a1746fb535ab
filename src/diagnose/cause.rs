//! A row of the catalogue of causes.

use std::pin::Pin;

use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::part::Part;

/// A look at one cause in one case. It asks through the case, and what others asked before is not asked again.
pub(crate) type Look = for<'a> fn(&'a Case<'a>) -> Pin<Box<dyn Future<Output = Found> + Send + 'a>>;

/// A catalogued reason for a gap. The texts are user documentation: `gapcheck explain`, the pages under `docs/causes/`.
pub struct Cause {
    /// What users see in every format; stable.
    pub id: &'static str,
    /// The cause in a few words, as a title.
    pub title: &'static str,
    /// The parts of the way at which it loses data: it is looked for where the gap lies in one of them.
    pub parts: &'static [Part],
    /// What happens and how it shows, traps included; a paragraph or two.
    pub about: &'static str,
    /// What gapcheck asks, and of whom.
    pub asks: &'static str,
    /// What makes it proven, what likely or possible, what rules it out.
    pub certainty: &'static str,
    /// What to do about it, as sentences.
    pub fix: &'static str,
    /// Where more is written: issues, documents, pages of the servers' own documentation.
    pub see: &'static [&'static str],
    /// Whether it can also spoil a metric that arrives: its labels, its values, its tenant.
    pub spoils: bool,
    /// Causes of which it is only a consequence, or a more general word: where one of them is proven, it stands under it.
    pub yields_to: &'static [&'static str],
    pub(crate) look: Look,
}

impl std::fmt::Debug for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cause")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

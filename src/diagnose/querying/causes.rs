//! The table of this family's causes, in the order of the data's way.

use crate::diagnose::cause::Cause;
use crate::diagnose::part::Part;
use crate::diagnose::querying::matcher_excludes;

/// The causes.
pub(crate) const CAUSES: &[Cause] = &[Cause {
    id: "matcher-excludes",
    title: "A matcher keeps the series away",
    parts: &[
        Part::Scraping,
        Part::Sending,
        Part::Accepting,
        Part::Joining,
        Part::Querying,
    ],
    about: "The series is there, but not with the label value that the selector asks for: a typing mistake, a label that is only \
            added further down the way, a variable of a dashboard that is empty. The answer is an empty list and no error.",
    asks: "The hop that shows nothing is asked for the same selector without one matcher, for each matcher in turn.",
    certainty: "Proven when dropping exactly one matcher brings series back at the same hop. Ruled out when dropping any one of them \
                brings nothing.",
    fix: "Compare that label's values at the hops of the ladder, and correct the selector or what sets the label.",
    see: &[],
    spoils: false,
    yields_to: &[],
    look: |case| Box::pin(matcher_excludes::look(case)),
}];

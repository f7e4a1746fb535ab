//! Floor 0: the words everything above is said in. Leaves know nothing of each other's users.

mod age;
mod duration;
mod evidence;
mod gap;
mod ink;
mod label_matcher;
mod labels;
mod ladder;
mod mistake;
mod number_matcher;
mod origin;
mod secret;
mod selector;
mod table;
mod timestamp;
mod verdict;
pub mod words;

pub use age::AgeLimit;
pub use duration::PromDuration;
pub use evidence::Exchange;
pub use gap::{Edge, Gap, find_gap};
pub use ink::{Ink, visible};
pub use label_matcher::{LabelMatcher, LabelMatchers};
pub use labels::Labels;
pub use ladder::{Rung, RungState};
pub use mistake::{Complaint, Mistake};
pub use number_matcher::{Comparison, NumberMatcher};
pub use origin::{Origin, OriginRecord, Place};
pub use secret::{Redactor, SECRET_KEY, SHORTEST_SECRET, Secret, SecretText};
pub use selector::{MatchOp, Matcher, Selector, is_metric_name, quoted};
pub use table::Table;
pub use timestamp::Timestamp;
pub use verdict::{Judged, Severity, Verdict};

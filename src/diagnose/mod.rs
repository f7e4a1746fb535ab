//! Floor 6: from a red check to the gap and its causes. One folder a family of causes, each with its table; the catalogue is all of
//! them. A cause is looked into through the door like everything else, and knows no format.

mod behind;
mod case;
mod catalogue;
mod cause;
mod control;
mod diagnosing;
mod figure;
mod found;
mod looking;
mod next;
mod page;
mod part;
mod place;
mod ranking;
mod same_series;
mod settling;
mod why_empty;

mod accepting;
mod joining;
mod querying;
mod scraping;
mod sending;

pub mod doctor;

pub use crate::leaves::{Edge, Gap, find_gap};
pub use catalogue::{cause, causes};
pub use cause::Cause;
pub use diagnosing::diagnose;
pub use page::{contents, page};
pub use part::Part;

//! `scrape`: its form, which targets it means, and how it judges them.

mod exposed;
mod form;
mod judge;
mod targets;
mod vantage;

pub(crate) use exposed::{exporter_at, page_of};
pub use form::{Scrape, Up};
pub use targets::TargetSelector;
pub(crate) use vantage::{elsewhere, is_other, through_proxy};

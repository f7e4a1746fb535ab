//! `scrape`: its form, which targets it means, and how it judges them.

mod exposed;
mod form;
mod judge;
mod targets;

pub(crate) use exposed::page_of;
pub use form::{Scrape, Up};
pub use targets::TargetSelector;

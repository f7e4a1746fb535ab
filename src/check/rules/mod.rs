//! `rules`: its form, which rules it means, and how it judges them.

mod form;
mod judge;

pub use form::Rules;

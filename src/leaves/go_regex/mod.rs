//! Go's regular expressions (RE2), as Prometheus uses them, on Rust's engine: what Go accepts is translated, what Go refuses is
//! refused in Go's words, and what cannot be translated is an error of its own, never "does not match".
//!
//! The character tables are Unicode 15 in Go and newer here: letters that came with Unicode 16 or later may be classed differently.

mod class;
mod error;
mod escape;
mod parse;
mod pattern;
mod piece;
mod template;
mod unicode_class;

pub use error::GoRegexError;
pub use parse::GoVersion;
pub use pattern::GoRegex;
pub use template::Template;

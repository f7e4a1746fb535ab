//! A plain HTTP request, as it stands: no redirect is followed, no compression offered, and the answer is read up to a limit.

mod body;
mod fetch;

pub use fetch::{answered, fetch};

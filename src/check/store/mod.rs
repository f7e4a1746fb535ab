//! `store`: its form, which of the listed stores it means, what Query is configured with, and how it judges.

mod address;
mod configured;
mod form;
mod judge;
mod range;
mod review;
mod which;

pub(crate) use address::{host_and_port, hosts, resolved};
pub(crate) use configured::expanded;
pub use form::Store;
pub(crate) use range::is_empty;

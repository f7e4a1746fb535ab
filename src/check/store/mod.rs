//! `store`: its form, which of the listed stores it means, what Query is configured with, and how it judges.

mod address;
mod configured;
mod form;
mod judge;
mod range;
mod review;
mod which;

pub use form::Store;

//! `receive`: its form, its doors, what it holds, what it takes, and how all of that is judged.

mod doors;
mod form;
mod holding;
mod judge;
mod named;
mod review;
mod taking;

pub use form::Receive;

pub(crate) use doors::{READY_PATH, WRITE_PATH, is_write_path};
pub(crate) use taking::{REQUESTS, WRITES, counters};

//! The built binary, as a shell sees it. Tests of a row of the catalogue of faults carry its id in their names.

#[path = "../support/mod.rs"]
mod support;

mod arguments;
mod demo;
mod doctor;
mod doctor_recorded;
mod exit_codes;
mod explain;
mod reports;
mod secrets;
mod signals;
mod steady;
mod trace;

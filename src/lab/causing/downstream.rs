//! Faults at the receiver, between stores and Query, and at Query.

use crate::lab::causing::CauseFault;

/// The faults, in the order of the data's way.
pub(crate) const ROWS: &[CauseFault] = &[];

//! Faults on the way into Prometheus and out of it.

use crate::lab::causing::CauseFault;

/// The faults, in the order of the data's way.
pub(crate) const ROWS: &[CauseFault] = &[];

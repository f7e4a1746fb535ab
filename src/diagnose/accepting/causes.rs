//! The table of this family's causes, in the order of the data's way.

use crate::diagnose::cause::Cause;

/// The causes.
pub(crate) const CAUSES: &[Cause] = &[];

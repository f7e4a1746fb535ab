//! Floor 5: suites x clusters x selection to steps: ids, needs, cycles. No network.

mod step;

pub use step::{Plan, Step};

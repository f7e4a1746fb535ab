//! Floor 5: suites x clusters x selection to steps: ids, needs, cycles. No network.

mod ids;
mod needs;
mod planning;
mod selection;
mod step;

pub use planning::{PlanError, plan};
pub use selection::{Selection, id_glob};
pub use step::{Plan, Step};

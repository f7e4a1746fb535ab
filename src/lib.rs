//! gapcheck finds the hop where your metrics go missing.
//!
//! Being written: the architecture section follows with the floors.

pub mod ask;
pub mod backend;
pub mod check;
pub mod diagnose;
pub mod leaves;
pub mod plan;
pub mod run;
pub mod suite;

//! Relabelling, as Prometheus does it, version by version: rules as they are written or shown, what the server refuses, and what
//! becomes of a label set, rule by rule.

mod action;
mod dialect;
mod form;
mod hash;
mod letter_case;
mod refusal;
mod rule;
mod rules;
mod series;
mod trace;

pub use action::Action;
pub use dialect::Dialect;
pub use form::{Reading, RelabelRule};
pub use refusal::{Refusal, RefusedRule};
pub use rules::{RelabelRules, Relabelled, Relabelling};
pub use trace::{Change, Saw, TraceStep};

//! `promql`: an expression has the result it should have.

use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::World;
use crate::check::kind::CheckKind;
use crate::leaves::{Complaint, Judged, Verdict};

/// An expression has the result it should have.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Promql {
    /// The subject.
    pub promql: String,
    /// The hop or backend to ask.
    pub at: String,
}

impl CheckKind for Promql {
    fn subject(&self) -> String {
        self.promql.to_string()
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        Vec::new()
    }

    async fn judge(&self, _ask: &Ask) -> Judged {
        Judged::of(Verdict::error("not written yet", "Wait."), "")
    }
}

//! `tcp`: a port answers.

use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::World;
use crate::check::kind::CheckKind;
use crate::leaves::{Complaint, Judged, Verdict};

/// A port answers.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tcp {
    /// The subject.
    pub tcp: String,
}

impl CheckKind for Tcp {
    fn subject(&self) -> String {
        self.tcp.to_string()
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        Vec::new()
    }

    async fn judge(&self, _ask: &Ask) -> Judged {
        Judged::of(Verdict::error("not written yet", "Wait."), "")
    }
}

//! `http`: a url answers.

use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::World;
use crate::check::kind::CheckKind;
use crate::leaves::{Complaint, Judged, Verdict};

/// A URL answers.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The subject.
    pub http: String,
}

impl CheckKind for Http {
    fn subject(&self) -> String {
        self.http.to_string()
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        Vec::new()
    }

    async fn judge(&self, _ask: &Ask) -> Judged {
        Judged::of(Verdict::error("not written yet", "Wait."), "")
    }
}

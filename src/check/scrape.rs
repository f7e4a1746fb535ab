//! `scrape`: the targets of a job are scraped.

use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::World;
use crate::check::kind::CheckKind;
use crate::leaves::{Complaint, Judged, Verdict};

/// The targets of a job are scraped.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scrape {
    /// The subject.
    pub scrape: String,
    /// The Prometheus to ask.
    pub at: Option<String>,
}

impl CheckKind for Scrape {
    fn subject(&self) -> String {
        self.scrape.to_string()
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        Vec::new()
    }

    async fn judge(&self, _ask: &Ask) -> Judged {
        Judged::of(Verdict::error("not written yet", "Wait."), "")
    }
}

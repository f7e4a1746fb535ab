//! `metrics`: several metrics are there.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::World;
use crate::check::kind::CheckKind;
use crate::leaves::{
    AgeLimit, Complaint, Judged, LabelMatchers, NumberMatcher, PromDuration, Selector, Verdict,
};

/// Several metrics are there.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// The subject.
    pub metrics: Vec<Selector>,
    /// The hop to ask.
    pub at: Option<String>,
    /// The hops the data passes, in order.
    pub through: Option<Vec<String>>,
    /// What the labels of every selected series must be at the last hop.
    #[serde(default)]
    pub labels: LabelMatchers,
    /// What the labels must be at other hops, by hop.
    #[serde(default)]
    pub labels_at: BTreeMap<String, LabelMatchers>,
    /// How many series of each metric must be selected at the last hop.
    pub series: Option<NumberMatcher>,
    /// What every value must be at the last hop.
    pub value: Option<NumberMatcher>,
    /// How old the newest sample may be.
    pub fresh: Option<AgeLimit>,
    /// Count a sample in this window as presence.
    pub window: Option<PromDuration>,
    /// The tenant under which the series must be held.
    pub tenant: Option<String>,
}

impl CheckKind for Metrics {
    fn subject(&self) -> String {
        crate::leaves::words::list(
            &self
                .metrics
                .iter()
                .map(Selector::to_string)
                .collect::<Vec<_>>(),
        )
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        Vec::new()
    }

    async fn judge(&self, _ask: &Ask) -> Judged {
        Judged::of(Verdict::error("not written yet", "Wait."), "")
    }
}

//! `metric`: a metric is there.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::World;
use crate::check::kind::CheckKind;
use crate::leaves::{
    AgeLimit, Complaint, Judged, LabelMatchers, NumberMatcher, PromDuration, Selector, Verdict,
};

/// A metric is there.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The subject.
    pub metric: Selector,
    /// The hop to ask; without `at` and `through`, every hop of the pipeline that can answer.
    pub at: Option<String>,
    /// The hops the data passes, in order; the first one that loses it is named.
    pub through: Option<Vec<String>>,
    /// What the labels of every selected series must be at the last hop.
    #[serde(default)]
    pub labels: LabelMatchers,
    /// What the labels must be at other hops, by hop.
    #[serde(default)]
    pub labels_at: BTreeMap<String, LabelMatchers>,
    /// How many series must be selected at the last hop.
    pub series: Option<NumberMatcher>,
    /// What every value must be at the last hop; NaN satisfies nothing.
    pub value: Option<NumberMatcher>,
    /// How old the newest sample may be, by the server's clock and the sample's own time.
    pub fresh: Option<AgeLimit>,
    /// Count a sample in this window as presence, in place of what an instant query shows.
    pub window: Option<PromDuration>,
    /// The tenant under which the series must be held.
    pub tenant: Option<String>,
}

impl CheckKind for Metric {
    fn subject(&self) -> String {
        self.metric.to_string()
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        Vec::new()
    }

    async fn judge(&self, _ask: &Ask) -> Judged {
        Judged::of(Verdict::error("not written yet", "Wait."), "")
    }
}

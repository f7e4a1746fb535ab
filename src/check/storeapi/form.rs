//! The form of `storeapi`: what a user writes.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::backend::{Backend, Capability, World};
use crate::check::given::{given, matchers};
use crate::leaves::{AgeLimit, LabelMatchers, NumberMatcher, PromDuration, Selector};

/// How far back is asked, where no `window` is given.
const LAST_HOUR: Duration = Duration::from_secs(3600);

/// A store holds series: a Thanos component is asked over gRPC, past every Query.
///
/// ```yaml
/// - storeapi: aws_cost_exporter_current_month_cost
///   at: receive
///   tenant: finops
///   fresh: 2m
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreApi {
    /// A metric name, or a selector: `up{job="api"}`. At least one matcher must be on a label that the store does not add itself. At
    /// hops that clusters share, the identity of this cluster is added to it.
    pub storeapi: Selector,
    /// The hop to ask, at its `grpc` address; the first one of the pipeline that has one, where none is named.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub at: Option<String>,
    /// The tenant that must hold the series: the label `tenant_id`, which the store itself adds.
    #[serde(default, deserialize_with = "given")]
    #[schemars(
        skip_serializing_if = "Option::is_none",
        with = "String",
        length(min = 1)
    )]
    pub tenant: Option<String>,
    /// How many series must be held: `">= 1"` (the default), `3`, `0` for none.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub series: Option<NumberMatcher>,
    /// What the labels of every such series must be.
    #[serde(default, deserialize_with = "matchers")]
    #[schemars(extend("minProperties" = 1))]
    pub labels: LabelMatchers,
    /// How old the newest sample may be, by the end of its chunk and this machine's clock: `2m` means at most.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "AgeLimit")]
    pub fresh: Option<AgeLimit>,
    /// How far back samples count; `1h` by default, or as far as `fresh` looks.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "PromDuration")]
    pub window: Option<PromDuration>,
    /// What the health service must say: `true` for SERVING.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "bool")]
    pub serving: Option<bool>,
}

impl StoreApi {
    /// The store that is asked.
    pub(crate) fn asked<'a>(&self, world: &'a World) -> Option<&'a Arc<Backend>> {
        match &self.at {
            Some(at) => world.backend(at),
            None => world
                .pipeline
                .iter()
                .find(|hop| hop.answers(Capability::StoreApi).is_some()),
        }
    }

    /// How far back it is asked.
    pub(crate) fn back(&self) -> Duration {
        match (&self.window, &self.fresh) {
            (Some(window), _) => window.0,
            (None, Some(fresh)) => LAST_HOUR.max(fresh.limit.0),
            (None, None) => LAST_HOUR,
        }
    }
}

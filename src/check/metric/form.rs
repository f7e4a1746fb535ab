//! The form of `metric`: what a user writes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::check::given::{given, given_some, matchers, matchers_by_hop};
use crate::check::metric::same_form::Same;
use crate::leaves::{AgeLimit, LabelMatchers, NumberMatcher, OneOrMore, PromDuration, Selector};

/// A metric is there, at one hop or through several; where it is lost, the check names the first edge that loses it.
///
/// ```yaml
/// - metric: 'aws_cost_exporter_current_month_cost{job="aws-cost-exporter"}'
///   through: [exporter, prom, receive, query]
///   labels: { cluster: ops, prometheus_replica: false }
///   series: ">= 1"
///   value: finite
///   fresh: 10m
/// ```
///
/// Present means that an instant query shows it now, as a dashboard would; on an exporter that it stands on the page; in a Receive
/// that its head lists the name and took samples of that tenant in the last five minutes, or that its StoreAPI shows the series; one
/// that stores nothing passes on what the next one has. What could not be asked is an error, never a failure and never a pass; so is
/// presence at a hop where the label that tells this sender's series from others' is not theirs any more, because a `--label` of
/// Receive replaces it: `identity:` may name another.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// A metric name, or a selector: `up{job="api"}`. It selects; the keys beside it say what must hold of what was selected. At
    /// hops that clusters share, the identity of this cluster is added to it.
    pub metric: Selector,
    /// The hop to ask; without `at` and `through`, every hop of the pipeline that can answer.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub at: Option<String>,
    /// The hops the data passes, in order; the first edge that loses it is named.
    #[serde(default, deserialize_with = "given_some")]
    #[schemars(
        skip_serializing_if = "Option::is_none",
        with = "Vec<String>",
        length(min = 1)
    )]
    pub through: Option<Vec<String>>,
    /// What the labels of every selected series must be at the last hop.
    #[serde(default, deserialize_with = "matchers")]
    #[schemars(extend("minProperties" = 1))]
    pub labels: LabelMatchers,
    /// What the labels must be at other hops, by hop: `labels_at: { prom: { job: aws-cost-exporter } }`.
    #[serde(default, deserialize_with = "matchers_by_hop")]
    #[schemars(extend("minProperties" = 1))]
    pub labels_at: BTreeMap<String, LabelMatchers>,
    /// How many series must be selected at the last hop: `">= 1"`, `3`, `"1..10"`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub series: Option<NumberMatcher>,
    /// What every value must be at the last hop: `finite`, `"> 0"`. NaN satisfies nothing; of a native histogram the count is taken.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub value: Option<NumberMatcher>,
    /// How old the newest sample may be, by the server's clock and the sample's own time: `10m` means at most. A hop whose newest
    /// sample is older counts as one that has lost the metric.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "AgeLimit")]
    pub fresh: Option<AgeLimit>,
    /// Count a sample in this window as presence, in place of what an instant query shows: for metrics that come rarely.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "PromDuration")]
    pub window: Option<PromDuration>,
    /// The tenant under which the series must be held: at Receive the tenant of the head, and of the series in its StoreAPI where the
    /// hop gives `grpc:`; at Query the tenant label.
    #[serde(default, deserialize_with = "given")]
    #[schemars(
        skip_serializing_if = "Option::is_none",
        with = "String",
        length(min = 1)
    )]
    pub tenant: Option<String>,
    /// Tenants, one or a list, to whom the last hop that reads by tenant (Query, Mimir, Cortex) must not show the series: asked there
    /// once more as each of them. An empty answer counts only where that hop is known to enforce tenancy.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "OneOrMore<String>")]
    pub not_seen_by: Option<OneOrMore<String>>,
    /// How far the newest sample of a hop may be behind that of the hop before it, by the samples' own times: `2m`. Only hops that
    /// answer PromQL are compared.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "PromDuration")]
    pub lag: Option<PromDuration>,
    /// Whether every hop that answers PromQL shows the same series as the pipeline's first Prometheus, with the same values and the
    /// labels that are foretold there: `true`, or `{ settle: 30s, ignore: [replica], tol: 0.01 }`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "Same")]
    pub same: Option<Same>,
}

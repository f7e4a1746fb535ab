//! The form of `promql`: what a user writes.

use serde::Deserialize;

use crate::check::promql::expect::Expect;

/// An expression has the result it should have.
///
/// ```yaml
/// - promql: sum(rate(http_requests_total[5m]))
///   at: query
///   expect: "> 0"
/// - promql: up{job="api"} == 0
///   at: prom
///   expect: { empty: true }
/// ```
///
/// The expression is sent as it stands; the identity of a cluster is not added to it. A comparison on a result without series fails
/// with "no series"; only `empty` and `count` can pass on one, and only when the answer is whole. NaN satisfies nothing. Native
/// histograms are counted and not compared: make numbers of them with `histogram_count(..)` and its like.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Promql {
    /// The expression, in PromQL, evaluated as an instant query.
    #[schemars(length(min = 1))]
    pub promql: String,
    /// The hop or backend to ask.
    #[schemars(length(min = 1))]
    pub at: String,
    /// What the result must be: `"> 0"` for every series, or `{ every, any, count, scalar }`, or `{ empty: true }`.
    pub expect: Expect,
}

//! `metrics`: several metrics are there; one check a name, asked together.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::World;
use crate::check::given::{given, given_some, matchers, matchers_by_hop, some};
use crate::check::kind::CheckKind;
use crate::check::metric::{Metric, Same};
use crate::leaves::{
    AgeLimit, Complaint, Judged, LabelMatchers, NumberMatcher, OneOrMore, PromDuration, Selector,
    Verdict, words,
};

/// Several metrics are there. Each becomes a `metric` check of its own, with an id, a verdict and a gap of its own; they are asked
/// together.
///
/// ```yaml
/// - metrics: [kube_pod_info, kube_node_info, node_load1]
///   at: query
///   fresh: 5m
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Metric names or selectors.
    #[serde(deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub metrics: Vec<Selector>,
    /// The hop to ask; without `at` and `through`, every hop of the pipeline that can answer.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub at: Option<String>,
    /// The hops the data passes, in order; the first edge that loses a metric is named.
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
    /// What the labels must be at other hops, by hop.
    #[serde(default, deserialize_with = "matchers_by_hop")]
    #[schemars(extend("minProperties" = 1))]
    pub labels_at: BTreeMap<String, LabelMatchers>,
    /// How many series of each metric must be selected at the last hop.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub series: Option<NumberMatcher>,
    /// What every value must be at the last hop; NaN satisfies nothing.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub value: Option<NumberMatcher>,
    /// How old the newest sample of each may be: `10m` means at most.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "AgeLimit")]
    pub fresh: Option<AgeLimit>,
    /// Count a sample in this window as presence, in place of what an instant query shows.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "PromDuration")]
    pub window: Option<PromDuration>,
    /// The tenant under which the series must be held.
    #[serde(default, deserialize_with = "given")]
    #[schemars(
        skip_serializing_if = "Option::is_none",
        with = "String",
        length(min = 1)
    )]
    pub tenant: Option<String>,
    /// Tenants, one or a list, to whom the last hop that reads by tenant (Query, Mimir, Cortex) must not show the series.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "OneOrMore<String>")]
    pub not_seen_by: Option<OneOrMore<String>>,
    /// How far the newest sample of each at a hop may be behind that of the hop before it, by the samples' own times: `2m`. Only hops that
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

impl Metrics {
    /// One `metric` check a name, in the order written.
    pub fn each(self) -> Vec<Metric> {
        let one = |metric| Metric {
            metric,
            at: self.at.clone(),
            through: self.through.clone(),
            labels: self.labels.clone(),
            labels_at: self.labels_at.clone(),
            series: self.series.clone(),
            value: self.value.clone(),
            fresh: self.fresh,
            window: self.window,
            tenant: self.tenant.clone(),
            not_seen_by: self.not_seen_by.clone(),
            lag: self.lag,
            same: self.same.clone(),
        };
        self.metrics.iter().cloned().map(one).collect()
    }
}

impl CheckKind for Metrics {
    fn subject(&self) -> String {
        let names: Vec<String> = self.metrics.iter().map(Selector::to_string).collect();
        words::few(&names, 5)
    }

    fn review(&self, world: &World) -> Vec<Complaint> {
        let mut complaints: Vec<Complaint> = Vec::new();
        for (at, metric) in self.clone().each().iter().enumerate() {
            for mut complaint in metric.review(world) {
                if complaint.key.first().is_some_and(|key| key == "metric") {
                    complaint.key = vec!["metrics".to_owned(), at.to_string()];
                }
                if !complaints.contains(&complaint) {
                    complaints.push(complaint);
                }
            }
            if self.metrics[..at].contains(&metric.metric) {
                complaints.push(
                    Complaint::about("metrics", format!("`{}` twice", metric.metric)).item(at),
                );
            }
        }
        complaints
    }

    /// Judges all of them together, for whoever does not take them apart.
    async fn judge(&self, ask: &Ask) -> Judged {
        let mut together = Judged::of(Verdict::Pass, "");
        let mut says = Vec::new();
        for metric in self.clone().each() {
            let judged = metric.judge(ask).await;
            says.push(format!("{}: {}", metric.metric, judged.says));
            together.notes.extend(judged.notes);
            let is_worse = match (&together.verdict, &judged.verdict) {
                (Verdict::Fail { .. }, _) | (_, Verdict::Pass) => false,
                (Verdict::Pass, _) => true,
                (_, verdict) => matches!(verdict, Verdict::Fail { .. }),
            };
            if is_worse {
                together.verdict = judged.verdict;
                together.ladder = judged.ladder;
            } else if together.ladder.is_empty() {
                together.ladder = judged.ladder;
            }
        }
        together.says = says.join("; ");
        together
    }
}

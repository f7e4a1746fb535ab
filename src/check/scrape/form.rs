//! The form of `scrape`: what a user writes.

use serde::Deserialize;

use crate::backend::{Backend, Capability, World};
use crate::check::given::{given, matchers};
use crate::check::scrape::targets::TargetSelector;
use crate::leaves::{AgeLimit, LabelMatchers, OneOrMore, Selector};

/// The targets of a job are scraped: Prometheus has them, and their last scrape went well.
///
/// ```yaml
/// - scrape: aws-cost-exporter
///   exposes: aws_cost_exporter_current_month_cost
///   labels: { namespace: finops }
///   fresh: 2m
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scrape {
    /// A job, one instance of it (`job/instance`), or a selector over target labels (`{job="api",namespace="finops"}`).
    pub scrape: TargetSelector,
    /// The Prometheus to ask; the first one of the pipeline where none is named.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub at: Option<String>,
    /// Whether `all` targets must be up (the default) or `any` will do.
    #[serde(default)]
    pub up: Up,
    /// What the labels of every such target must be.
    #[serde(default, deserialize_with = "matchers")]
    #[schemars(extend("minProperties" = 1))]
    pub labels: LabelMatchers,
    /// How long ago the last scrape may be, by the server's clock: `2m` means at most.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "AgeLimit")]
    pub fresh: Option<AgeLimit>,
    /// Metrics, one or a list, that the targets' own pages must have now. The pages are fetched from where gapcheck runs. Where one
    /// may be another than the page that Prometheus scrapes (behind a proxy, on the loopback of its machine, of far another size), it
    /// fails nothing: the check is an error.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "OneOrMore<Selector>")]
    pub exposes: Option<OneOrMore<Selector>>,
}

/// How many of the targets must be up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Up {
    /// Every one.
    #[default]
    All,
    /// At least one.
    Any,
}

impl Scrape {
    /// The metrics that must be exposed.
    pub(crate) fn metrics(&self) -> &[Selector] {
        self.exposes.as_ref().map_or(&[], |metrics| &metrics.0)
    }

    /// The Prometheus that is asked.
    pub(crate) fn asked<'a>(&self, world: &'a World) -> Option<&'a std::sync::Arc<Backend>> {
        match &self.at {
            Some(at) => world.backend(at),
            None => world.first_answering(Capability::Targets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_metric_or_several_are_exposed_and_none_is_refused() {
        let read =
            |form: &str| serde_json::from_str::<Scrape>(form).map(|scrape| scrape.metrics().len());
        assert_eq!(read("{\"scrape\": \"a\", \"exposes\": \"up\"}").unwrap(), 1);
        assert_eq!(
            read("{\"scrape\": \"a\", \"exposes\": [\"a\", \"b\"]}").unwrap(),
            2
        );
        for form in ["[]", "null", "5", "\"\"", "[5]"] {
            let form = format!("{{\"scrape\": \"a\", \"exposes\": {form}}}");
            assert!(read(&form).is_err(), "{form}");
        }
    }
}

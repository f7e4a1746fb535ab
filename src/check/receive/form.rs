//! The form of `receive`: what a user writes.

use serde::Deserialize;

use crate::check::given::given;
use crate::leaves::{AgeLimit, NumberMatcher, OneOrMore, Selector};

/// A Thanos Receive is ready, answers on its write path, takes the samples that are sent to it, and holds them.
///
/// ```yaml
/// - receive: receive
///   tenant: default-tenant
///   accepted: "> 0"
///   rejected: 0
///   holds: aws_cost_exporter_current_month_cost
///   fresh: 2m
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receive {
    /// The hop. That it is ready is asked at its `http` address, that it answers on the write path at its `write` address; each where
    /// the hop gives it.
    pub receive: String,
    /// The tenant that must be held, and to which the other keys refer; all tenants together where none is named.
    #[serde(default, deserialize_with = "given")]
    #[schemars(
        skip_serializing_if = "Option::is_none",
        with = "String",
        length(min = 1)
    )]
    pub tenant: Option<String>,
    /// How many samples a second it must take over HTTP (`"> 0"`), by its own counters. Their history is read where the hop names the
    /// Prometheus that scrapes it (`meta:`) or the pipeline's does, else they are read twice.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub accepted: Option<NumberMatcher>,
    /// How many writes a second it may answer with another status than 200 (`0`), by its own counters.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub rejected: Option<NumberMatcher>,
    /// Metrics, one or a list, that it must hold: names in the head of this replica, by its status; whole selectors with their
    /// matchers, within the last hour, by its StoreAPI where the hop gives `grpc:`. The series of all senders count.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "OneOrMore<Selector>")]
    pub holds: Option<OneOrMore<Selector>>,
    /// How old the newest sample in its head may be: `2m` means at most. Without `tenant`, the newest of all tenants.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "AgeLimit")]
    pub fresh: Option<AgeLimit>,
}

impl Receive {
    /// The metrics that it must hold.
    pub(crate) fn metrics(&self) -> &[Selector] {
        self.holds.as_ref().map_or(&[], |metrics| &metrics.0)
    }

    /// Whether its heads are asked for.
    pub(crate) fn asks_heads(&self) -> bool {
        self.holds.is_some() || self.fresh.is_some() || self.tenant.is_some()
    }

    /// Whether its counters are asked for.
    pub(crate) fn asks_counters(&self) -> bool {
        self.accepted.is_some() || self.rejected.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_says_something() {
        let read = |form: &str| serde_json::from_str::<Receive>(form);
        let plain = read(r#"{"receive":"r"}"#).unwrap();
        assert!(!plain.asks_heads() && !plain.asks_counters());
        let full = read(r#"{"receive":"r","accepted":"> 0","rejected":0,"holds":"up"}"#).unwrap();
        assert!(full.asks_heads() && full.asks_counters() && full.metrics().len() == 1);
        for form in [
            "{}",
            r#"{"receive":"r","accepted":null}"#,
            r#"{"receive":"r","holds":[]}"#,
            r#"{"receive":"r","fresh":null}"#,
            r#"{"receive":"r","ready":true}"#,
        ] {
            assert!(read(form).is_err(), "{form}");
        }
    }
}

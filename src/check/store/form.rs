//! The form of `store`: what a user writes.

use std::sync::Arc;

use serde::Deserialize;

use crate::backend::{Backend, BackendKind, Capability, World};
use crate::check::given::{given, matchers};
use crate::leaves::{LabelMatchers, NumberMatcher, PromDuration};

/// A Thanos Query sees the store of a hop, and it is well: without an error, and checked in the last ten seconds.
///
/// ```yaml
/// - store: receive
///   at: query
///   labels: { tenant_id: default-tenant }
///   covers: 5m
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The hop whose store must be listed: known by its address, as written and as resolved, else by `kind` and `labels`.
    pub store: String,
    /// The Thanos Query to ask, itself or through its Frontend; the first one of the pipeline where none is named.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub at: Option<String>,
    /// The component under which Query lists it; by default what the hop's kind is: `receive` for a Receive, `sidecar` for a
    /// Prometheus and for a sidecar, `store` for a store gateway, `query` for a Query.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "Component")]
    pub kind: Option<Component>,
    /// What the labels of one of its label sets must be; a Receive has a set a tenant (`tenant_id`).
    #[serde(default, deserialize_with = "matchers")]
    #[schemars(extend("minProperties" = 1))]
    pub labels: LabelMatchers,
    /// Whether it must be well (the default). With `false`, to be listed is enough.
    #[serde(default = "yes")]
    pub healthy: bool,
    /// How far back from now its time range must reach: outside of it, Query does not ask the store.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "PromDuration")]
    pub covers: Option<PromDuration>,
    /// How many such stores must be listed.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub replicas: Option<NumberMatcher>,
}

fn yes() -> bool {
    true
}

/// What a store is, as Query groups them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Component {
    /// A Receive.
    Receive,
    /// A sidecar of a Prometheus.
    Sidecar,
    /// A store gateway.
    Store,
    /// A ruler.
    Rule,
    /// Another Query.
    Query,
}

impl Component {
    /// The word in `/api/v1/stores`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Sidecar => "sidecar",
            Self::Store => "store",
            Self::Rule => "rule",
            Self::Query => "query",
        }
    }

    /// What a hop of that kind is to a Query.
    fn of(kind: BackendKind) -> Option<Self> {
        match kind {
            BackendKind::ThanosReceive => Some(Self::Receive),
            BackendKind::Prometheus | BackendKind::ThanosSidecar => Some(Self::Sidecar),
            BackendKind::ThanosStore => Some(Self::Store),
            BackendKind::ThanosQuery => Some(Self::Query),
            _ => None,
        }
    }
}

impl Store {
    /// The Query that is asked.
    pub(crate) fn asked<'a>(&self, world: &'a World) -> Option<&'a Arc<Backend>> {
        match &self.at {
            Some(at) => world.backend(at),
            None => world.first_answering(Capability::Stores),
        }
    }

    /// The component that is looked for.
    pub(crate) fn component(&self, hop: &Backend) -> Option<Component> {
        self.kind.or_else(|| Component::of(hop.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_says_something() {
        let read = |form: &str| serde_json::from_str::<Store>(form);
        let plain = read(r#"{"store":"receive"}"#).unwrap();
        assert!(plain.healthy && plain.covers.is_none());
        for form in [
            "{}",
            r#"{"store":"r","labels":{}}"#,
            r#"{"store":"r","covers":null}"#,
            r#"{"store":"r","healthy":"on"}"#,
            r#"{"store":"r","kind":"prometheus"}"#,
            r#"{"store":"r","replicas":null}"#,
        ] {
            assert!(read(form).is_err(), "{form}");
        }
    }
}

//! The keys that every check may have, whatever its kind; and the defaults for them.

use std::fmt;
use std::time::Duration;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::backend::NameLookup;
use crate::leaves::{PromDuration, Severity};
use crate::suite::cluster::ClusterChoice;
use crate::suite::waiver::KnownGapForm;

/// The timeout of one attempt where nothing else is said.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// The keys that every check may have.
#[derive(Clone, Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommonKeys {
    /// The check's id within its suite; a stable one is made of kind and subject where none is given.
    pub(crate) id: Option<String>,
    /// What a person calls it.
    pub(crate) title: Option<String>,
    /// Words to select it by.
    pub(crate) tags: Option<Vec<String>>,
    /// Who is to be told.
    pub(crate) owner: Option<String>,
    /// What to look at when it fails.
    pub(crate) hint: Option<String>,
    /// `critical` (gates) or `warning`.
    pub(crate) severity: Option<Severity>,
    /// The clusters it is for; all of the suite's without this key.
    #[expect(
        dead_code,
        reason = "read by itself, before templates are filled in for each cluster; here for the schema"
    )]
    pub(crate) clusters: Option<ClusterChoice>,
    /// Ids of checks that must pass first; where one does not, this check is blocked.
    pub(crate) needs: Option<Needs>,
    /// Poll until it passes, at most this long; without it the check is judged once.
    pub(crate) within: Option<PromDuration>,
    /// Timeout of one attempt at one question.
    pub(crate) timeout: Option<PromDuration>,
    /// A gap that is known and waived until a day.
    pub(crate) known_gap: Option<KnownGapForm>,
}

/// The names of the common keys of this version.
pub(crate) const COMMON_KEYS: &[&str] = &[
    "id",
    "title",
    "tags",
    "owner",
    "hint",
    "severity",
    "clusters",
    "needs",
    "within",
    "timeout",
    "known_gap",
];

/// What checks take where they say nothing themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defaults {
    /// Timeout of one attempt at one question (10s where nothing is said).
    pub(crate) timeout: Option<PromDuration>,
    /// `critical` or `warning` (critical where nothing is said).
    pub(crate) severity: Option<Severity>,
    /// Who is to be told (the suite's owner where nothing is said).
    pub(crate) owner: Option<String>,
    /// Tags that every check has.
    pub(crate) tags: Option<Vec<String>>,
    /// Poll each check until it passes, at most this long.
    pub(crate) within: Option<PromDuration>,
    /// Name server in place of the system's, for `dns` checks and for the names that a diagnosis looks up: `10.96.0.10`. The
    /// hosts of hops are looked up by the system all the same.
    pub(crate) resolver: Option<String>,
    /// Search list in place of the system's, for the same lookups.
    pub(crate) search: Option<Vec<String>>,
    /// Names with fewer dots are tried through the search list first, in the same lookups (the system's `ndots` where nothing is said).
    pub(crate) ndots: Option<u8>,
}

impl Defaults {
    /// How names are looked up.
    pub(crate) fn names(&self) -> NameLookup {
        NameLookup {
            resolver: self.resolver.clone(),
            search: self.search.clone(),
            ndots: self.ndots,
        }
    }
}

/// One id, or a list of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Needs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ids;
        impl<'de> Visitor<'de> for Ids {
            type Value = Needs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of a check, or a list of ids")
            }
            fn visit_str<E: de::Error>(self, id: &str) -> Result<Needs, E> {
                Ok(Needs(vec![id.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Needs, A::Error> {
                let mut ids = Vec::new();
                while let Some(id) = seq.next_element()? {
                    ids.push(id);
                }
                Ok(Needs(ids))
            }
        }
        deserializer.deserialize_any(Ids)
    }
}

impl schemars::JsonSchema for Needs {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Needs".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The id of a check, or a list of ids.",
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_common_keys_is_the_type_s() {
        let schema = schemars::SchemaGenerator::default().into_root_schema_for::<CommonKeys>();
        let properties = schema.as_value()["properties"].as_object().unwrap();
        assert_eq!(
            properties.keys().map(String::as_str).collect::<Vec<_>>(),
            COMMON_KEYS
        );
    }
}

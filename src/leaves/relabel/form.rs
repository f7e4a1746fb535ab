//! A rule as it stands in a file or in a loaded configuration.

use serde::{Deserialize, Deserializer, Serialize};

/// A relabelling rule as it is written; a key that is missing is `None`. What it means then depends on the [`Reading`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelabelRule {
    /// The labels whose values are looked at, joined by `separator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_labels: Option<Vec<String>>,
    /// What stands between the values; `;` by default.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// What the values, or the names of labels, must match as a whole; `(.*)` by default.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// The number of shards of `hashmod`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modulus: Option<u64>,
    /// The label that is set or compared.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub target_label: Option<String>,
    /// What is set; `$1` by default.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// What the rule does, in any case; `replace` by default.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// Where a rule was read, which says what a missing key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// In a file written by hand: what is missing has its default, and what the server would refuse is refused.
    Written,
    /// In the configuration that a server shows. It has taken the rules, so they are not checked again. A `separator` or a
    /// `replacement` that is missing is empty where the version leaves empty ones out (before 3.14).
    Loaded,
}

/// A text that is there; YAML's null is the empty one, as Prometheus reads it.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(
        Option::<String>::deserialize(deserializer)?.unwrap_or_default(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> RelabelRule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn missing_null_and_empty_are_told_apart() {
        assert_eq!(read("{}").regex, None);
        assert_eq!(read(r#"{"regex":null}"#).regex.as_deref(), Some(""));
        assert_eq!(read(r#"{"regex":""}"#).regex.as_deref(), Some(""));
        assert_eq!(read(r#"{"source_labels":null}"#).source_labels, None);
        assert_eq!(
            read(r#"{"source_labels":[]}"#).source_labels,
            Some(Vec::new())
        );
    }

    #[test]
    fn unknown_keys_and_wrong_types_are_refused() {
        for bad in [
            r#"{"regexp":"a"}"#,
            r#"{"separator":{}}"#,
            r#"{"modulus":-1}"#,
            r#"{"modulus":"7"}"#,
            r#"{"source_labels":"a"}"#,
        ] {
            assert!(serde_json::from_str::<RelabelRule>(bad).is_err(), "{bad}");
        }
    }
}

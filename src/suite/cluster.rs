//! The clusters file: one row a cluster, every key of a row is `cluster.<key>` in suites.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::leaves::{Mistake, Origin};
use crate::suite::naming::{bad_name, meant, no_truths};
use crate::suite::node::{Node, NodeKind};

/// A row of the clusters file.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// The cluster's name.
    pub(crate) name: Arc<str>,
    /// Where the row stands.
    pub(crate) origin: Origin,
    /// Its tags.
    pub(crate) tags: Vec<String>,
    /// `name`, and the keys as written.
    columns: Vec<(String, Node)>,
}

impl Cluster {
    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.columns()
            .find(|(name, _)| *name == key)
            .map(|(_, node)| node)
    }

    /// All keys and values.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.columns
            .iter()
            .map(|(name, node)| (name.as_str(), node))
    }
}

/// The rows of a clusters file.
pub(crate) fn read_clusters(
    file: &Arc<Path>,
    root: &Node,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Cluster> {
    let wrong = |node: &Node, message: String| Mistake::new(node.origin(file), message);
    let Some(entries) = root.entries() else {
        mistakes.push(
            wrong(
                root,
                format!("{} stands where a map is expected", root.words()),
            )
            .help("A clusters file says `clusters: { NAME: { key: value } }`."),
        );
        return Vec::new();
    };
    for (key, _) in entries {
        let name = key.as_text().unwrap_or_default();
        if name != "clusters" && name != "version" {
            mistakes.push(
                wrong(
                    key,
                    format!(
                        "unknown key `{name}` in a clusters file{}",
                        meant(name, ["clusters", "version"])
                    ),
                )
                .help("A clusters file says `clusters: { NAME: { key: value } }`."),
            );
        }
    }
    let Some(rows) = root.get("clusters") else {
        mistakes.push(wrong(
            root,
            "a clusters file has the key `clusters`, and this one has none".to_owned(),
        ));
        return Vec::new();
    };
    let Some(rows) = rows.entries() else {
        mistakes.push(wrong(
            rows,
            format!(
                "{} stands where a map of clusters is expected",
                rows.words()
            ),
        ));
        return Vec::new();
    };
    rows.iter()
        .filter_map(|(key, row)| read_row(file, key, row, mistakes))
        .collect()
}

fn read_row(
    file: &Arc<Path>,
    key: &Node,
    row: &Node,
    mistakes: &mut Vec<Mistake>,
) -> Option<Cluster> {
    let name = key.as_text().unwrap_or_default();
    if let Some(why) = bad_name("a cluster", name) {
        mistakes.push(Mistake::new(key.origin(file), why));
        return None;
    }
    let entries = match &row.kind {
        NodeKind::Null => &[],
        NodeKind::Map(entries) => entries.as_slice(),
        _ => {
            mistakes.push(Mistake::new(
                row.origin(file),
                format!("{} stands where the keys of cluster `{name}` are expected, such as {{ prom: http://.. }}", row.words()),
            ));
            return None;
        }
    };
    let mut columns = vec![("name".to_owned(), Node::text(key.place, name))];
    let mut tags = Vec::new();
    for (column, value) in entries {
        let word = column.as_text().unwrap_or_default();
        if word == "name" {
            mistakes.push(Mistake::new(
                column.origin(file),
                "`name` is the cluster's own name and cannot be given again",
            ));
            continue;
        }
        if value.has_template() {
            mistakes.push(Mistake::new(
                value.origin(file),
                "templates do not work in a clusters file",
            ));
            continue;
        }
        no_truths(file, value, mistakes);
        if word == "tags" {
            match value.items() {
                Some(items) => tags.extend(
                    items
                        .iter()
                        .filter_map(|item| item.as_text().map(str::to_owned)),
                ),
                None => mistakes.push(Mistake::new(
                    value.origin(file),
                    format!(
                        "{} stands where a list of tags is expected, such as [hub]",
                        value.words()
                    ),
                )),
            }
        }
        columns.push((word.to_owned(), value.clone()));
    }
    Some(Cluster {
        name: name.into(),
        origin: key.origin(file),
        tags,
        columns,
    })
}

/// Which clusters are meant: a name, a list of names, `all`, or `{ tags: [..] }` (rows that have one of these tags).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClusterChoice {
    All,
    Names(Vec<String>),
    Tags(Vec<String>),
}

impl ClusterChoice {
    /// Whether a cluster is meant.
    pub(crate) fn takes(&self, cluster: &Cluster) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.iter().any(|name| **name == *cluster.name),
            Self::Tags(tags) => tags.iter().any(|tag| cluster.tags.contains(tag)),
        }
    }

    /// Notes the names and tags that no cluster has; `node` is the choice as written.
    pub(crate) fn review(
        &self,
        file: &Arc<Path>,
        node: &Node,
        clusters: &[Cluster],
        mistakes: &mut Vec<Mistake>,
    ) {
        let names = || clusters.iter().map(|cluster| &*cluster.name);
        let tags = || {
            clusters
                .iter()
                .flat_map(|cluster| cluster.tags.iter().map(String::as_str))
        };
        let (words, listed, what): (_, _, fn(&str, String) -> String) = match self {
            Self::All => return,
            _ if clusters.is_empty() => {
                mistakes.push(
                    Mistake::new(
                        node.origin(file),
                        "clusters are chosen here, and the suite has none",
                    )
                    .help("Say `clusters:` at the top of the suite."),
                );
                return;
            }
            Self::Names(words) => (words, node, |word, meant| {
                format!("no cluster `{word}`{meant}")
            }),
            Self::Tags(words) => (words, node.get("tags").unwrap_or(node), |word, meant| {
                format!("no cluster has the tag `{word}`{meant}")
            }),
        };
        for (at, word) in words.iter().enumerate() {
            let is_tag = matches!(self, Self::Tags(_));
            let known: Vec<&str> = if is_tag {
                tags().collect()
            } else {
                names().collect()
            };
            if known.contains(&word.as_str()) {
                continue;
            }
            let place = listed
                .items()
                .and_then(|items| items.get(at))
                .unwrap_or(listed);
            let mut mistake = Mistake::new(
                place.origin(file),
                what(word, meant(word, known.iter().copied())),
            );
            if !known.is_empty() && !mistake.message.contains("did you mean") {
                let mut known = known;
                known.sort_unstable();
                known.dedup();
                mistake = mistake.help(format!(
                    "The clusters file has {}.",
                    crate::leaves::words::few(&known, 8)
                ));
            }
            mistakes.push(mistake);
        }
    }
}

const CHOICE: &str = "a cluster's name, a list of names, `all`, or { tags: [..] }";

impl<'de> Deserialize<'de> for ClusterChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;
        impl<'de> Visitor<'de> for Choice {
            type Value = ClusterChoice;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(CHOICE)
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<ClusterChoice, E> {
                Ok(match name {
                    "all" => ClusterChoice::All,
                    name => ClusterChoice::Names(vec![name.to_owned()]),
                })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ClusterChoice, A::Error> {
                let mut names: Vec<String> = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                if names.is_empty() {
                    return Err(de::Error::custom(format!(
                        "an empty list chooses no cluster: {CHOICE} is expected"
                    )));
                }
                Ok(ClusterChoice::Names(names))
            }
            fn visit_map<A: de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<ClusterChoice, A::Error> {
                let mut tags: Vec<String> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key != "tags" {
                        return Err(de::Error::unknown_field(&key, &["tags"]));
                    }
                    tags = map.next_value()?;
                }
                if tags.is_empty() {
                    return Err(de::Error::custom(format!(
                        "no tags choose no cluster: {CHOICE} is expected"
                    )));
                }
                Ok(ClusterChoice::Tags(tags))
            }
        }
        deserializer.deserialize_any(Choice)
    }
}

impl schemars::JsonSchema for ClusterChoice {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ClusterChoice".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A cluster's name, a list of names, `all`, or `{ tags: [..] }` (clusters that have one of these tags).",
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
                { "type": "object", "properties": { "tags": { "type": "array", "items": { "type": "string" }, "minItems": 1 } }, "required": ["tags"], "additionalProperties": false }
            ]
        })
    }
}

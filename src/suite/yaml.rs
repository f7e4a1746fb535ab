//! YAML text to a tree with places. This file and `yaml_fault` are the only ones that see the YAML library.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{Options, Spanned};

use crate::leaves::Place;
use crate::suite::node::{Node, NodeKind};
use crate::suite::yaml_fault::{DEEPEST, MOST_ALIASED, YamlFault, empty_block, fault, place};

/// Reads a text. With `Err` nothing of it can be used; equal keys are told beside a tree that keeps the first of them.
pub(crate) fn parse(text: &str) -> Result<(Node, Vec<YamlFault>), YamlFault> {
    let raw: Raw =
        serde_yaml::from_str_with_options(text, options()).map_err(|error| fault(text, &error))?;
    let mut faults = Vec::new();
    let node = finish(raw, text, &mut faults);
    Ok((node, faults))
}

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_nodes: 5_000_000,
            max_events: 20_000_000,
            max_depth: DEEPEST,
            flow_nesting_limit: DEEPEST,
            max_aliases: MOST_ALIASED,
            max_recorded_anchor_events: MOST_ALIASED * 4,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_yaml::alias_limits! {
            max_total_replayed_events: MOST_ALIASED,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        with_snippet: false,
        reject_unsupported_tags: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
    }
}

/// A value as the parser gave it: without its exact spelling where the parser made a number of it.
struct Raw {
    place: Place,
    kind: RawKind,
}

enum RawKind {
    Typed,
    Text(String),
    Seq(Vec<Raw>),
    Map(Vec<(Raw, Raw)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<RawKind>::deserialize(deserializer)?;
        Ok(Self {
            place: place(&spanned.defined),
            kind: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for RawKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whatever;
        impl<'de> Visitor<'de> for Whatever {
            type Value = RawKind;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_bool<E>(self, _: bool) -> Result<RawKind, E> {
                Ok(RawKind::Typed)
            }
            fn visit_i64<E>(self, _: i64) -> Result<RawKind, E> {
                Ok(RawKind::Typed)
            }
            fn visit_u64<E>(self, _: u64) -> Result<RawKind, E> {
                Ok(RawKind::Typed)
            }
            fn visit_i128<E>(self, _: i128) -> Result<RawKind, E> {
                Ok(RawKind::Typed)
            }
            fn visit_u128<E>(self, _: u128) -> Result<RawKind, E> {
                Ok(RawKind::Typed)
            }
            fn visit_f64<E>(self, _: f64) -> Result<RawKind, E> {
                Ok(RawKind::Typed)
            }
            fn visit_unit<E>(self) -> Result<RawKind, E> {
                Ok(RawKind::Typed)
            }
            fn visit_none<E>(self) -> Result<RawKind, E> {
                Ok(RawKind::Typed)
            }
            fn visit_str<E>(self, text: &str) -> Result<RawKind, E> {
                Ok(RawKind::Text(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<RawKind, E> {
                Ok(RawKind::Text(text))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawKind, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(RawKind::Seq(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawKind, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(RawKind::Map(entries))
            }
        }
        deserializer.deserialize_any(Whatever)
    }
}

/// The tree with exact spellings; equal keys are noted and only the first is kept.
fn finish(raw: Raw, text: &str, faults: &mut Vec<YamlFault>) -> Node {
    let place = raw.place;
    let written = text
        .get(place.start as usize..place.end as usize)
        .unwrap_or("");
    let kind = match raw.kind {
        RawKind::Typed => match written.trim() {
            "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
            spelling => NodeKind::Scalar {
                text: spelling.into(),
                plain: true,
            },
        },
        RawKind::Text(value) => {
            if value.is_empty() {
                faults.extend(empty_block(text, place));
            }
            NodeKind::Scalar {
                plain: !written.starts_with(['"', '\'', '|', '>']),
                text: value.into(),
            }
        }
        RawKind::Seq(items) => NodeKind::Seq(
            items
                .into_iter()
                .map(|item| finish(item, text, faults))
                .collect(),
        ),
        RawKind::Map(entries) => map(entries, text, faults),
    };
    Node { place, kind }
}

fn map(entries: Vec<(Raw, Raw)>, text: &str, faults: &mut Vec<YamlFault>) -> NodeKind {
    let mut seen: HashMap<Box<str>, Place> = HashMap::new();
    let mut kept = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let (key, value) = (finish(key, text, faults), finish(value, text, faults));
        let Some(name) = key.as_text() else {
            faults.push(YamlFault {
                place: key.place,
                message: format!("a key must be text, and this is {}", key.words()),
                help: Some("Quote templates: \"${{ x }}\".".to_owned()).filter(|_| {
                    text[..key.place.start as usize].ends_with('{')
                        || text[..key.place.start as usize].ends_with('$')
                }),
                first: None,
            });
            continue;
        };
        match seen.get(name) {
            Some(first) => faults.push(YamlFault {
                place: key.place,
                message: format!(
                    "the key `{name}` stands twice, first at {}:{}",
                    first.line, first.column
                ),
                help: Some("Keep one of them.".to_owned()),
                first: Some(*first),
            }),
            None => {
                seen.insert(name.into(), key.place);
                kept.push((key, value));
            }
        }
    }
    NodeKind::Map(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        let (node, faults) = parse(text).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        node
    }

    #[test]
    fn places_and_spellings_are_exact() {
        let node = tree("a: 1.10\n\"ä\": [no, 0x1F, 'x']\nb:\n  c: 2026-01-01\n");
        let a = node.get("a").unwrap();
        assert_eq!(
            (a.place.line, a.place.column, a.as_text()),
            (1, 4, Some("1.10"))
        );
        let items = node.get("ä").unwrap().items().unwrap();
        let spelled: Vec<_> = items
            .iter()
            .map(|i| (i.as_text().unwrap(), i.place.column))
            .collect();
        assert_eq!(spelled, [("no", 7), ("0x1F", 11), ("x", 17)]);
        assert!(matches!(
            items[2].kind,
            NodeKind::Scalar { plain: false, .. }
        ));
        assert_eq!(
            node.get("b").unwrap().get("c").unwrap().as_text(),
            Some("2026-01-01")
        );
        let (key, _) = node.entry("b").unwrap();
        assert_eq!((key.place.line, key.place.column), (3, 1));
    }

    #[test]
    fn equal_keys_are_told_with_both_places() {
        let (_, faults) = parse("a: 1\nb: {c: 1, c: 2}\na: 2\n").unwrap();
        let told: Vec<_> = faults
            .iter()
            .map(|f| (f.place.line, f.place.column, f.first.unwrap().line))
            .collect();
        assert_eq!(told, [(2, 11, 2), (3, 1, 1)]);
    }

    #[test]
    fn merge_keys_are_merged_and_the_explicit_key_wins() {
        let node = tree("x: &d {a: 1, b: 2}\ny:\n  <<: *d\n  b: 3\n");
        let y = node.get("y").unwrap();
        assert_eq!(y.get("a").unwrap().as_text(), Some("1"));
        assert_eq!(y.get("b").unwrap().as_text(), Some("3"));
    }

    #[test]
    fn first_mistakes_are_told_in_plain_words() {
        for (text, line, column, said) in [
            (
                "a:\n  value: > 5\n",
                2,
                10,
                "`>` starts a YAML block: quote it: \"> 5\"",
            ),
            (
                "a:\n  - { url: ${{ x }} }\n",
                2,
                12,
                "quote templates inside { } or [ ]: \"${{ x }}\"",
            ),
            ("a:\n\tb: 1\n", 2, 1, "a tab cannot indent YAML"),
            (
                "a: 1\n---\nb: 2\n",
                3,
                1,
                "a second document starts here, and a suite is one document",
            ),
        ] {
            let fault = match parse(text) {
                Err(fault) => fault,
                Ok((_, mut faults)) => faults.remove(0),
            };
            assert_eq!(
                (fault.place.line, fault.place.column, fault.message.as_str()),
                (line, column, said),
                "{text}"
            );
        }
    }
}

//! Reads a tree into types: a serde deserializer whose errors carry the place of the innermost value, or of the key that nobody knows.

use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

use crate::leaves::words;
use crate::suite::node::{Node, NodeKind};
use crate::suite::plain_scalar::{Ambiguous, Plain, is_other_truth, plain};
use crate::suite::read_error::{NO_VALUE, ReadError, ReadFault};
use crate::suite::secret_entry::SecretEntry;

/// Reads a type from a value.
pub(crate) fn read<'a, T: Deserialize<'a>>(node: &'a Node) -> Result<T, ReadError> {
    T::deserialize(NodeReader(node))
}

/// The deserializer over one value.
#[derive(Clone, Copy)]
pub(crate) struct NodeReader<'a>(pub(crate) &'a Node);

impl<'a> NodeReader<'a> {
    /// The value as text, in its exact spelling.
    fn text(self) -> Result<&'a str, ReadError> {
        match &self.0.kind {
            NodeKind::Scalar { text, plain } if *plain && is_other_truth(text) => Err(ReadError {
                place: None,
                keys: Vec::new(),
                what: ReadFault::OtherTruth(text.to_string()),
            }),
            NodeKind::Scalar { text, .. } => Ok(text),
            NodeKind::Null => Err(ReadError::other(NO_VALUE)),
            _ => Err(ReadError::other(format!(
                "{} stands where text is expected",
                self.0.words()
            ))),
        }
    }

    fn any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.kind {
            NodeKind::Null => visitor.visit_unit(),
            NodeKind::Scalar { text, plain: false } => visitor.visit_borrowed_str(text),
            NodeKind::Scalar { text, plain: true } => visit(text, meaning(text)?, visitor),
            NodeKind::Secret(secret) => visitor.visit_map(SecretEntry(Some(secret))),
            NodeKind::Seq(items) => visitor.visit_seq(Items { items, at: 0 }),
            NodeKind::Map(entries) => visitor.visit_map(Entries {
                entries,
                value: None,
            }),
        }
    }

    /// A number may stand in quotes: values from the command line and from the environment are texts.
    fn number<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.kind {
            NodeKind::Scalar { text, plain: false } => match plain(text) {
                Ok(Plain::Truth(_)) | Err(_) => visitor.visit_borrowed_str(text),
                Ok(number) => visit(text, number, visitor),
            },
            _ => self.any(visitor),
        }
    }
}

fn meaning(text: &str) -> Result<Plain, ReadError> {
    plain(text).map_err(|refused| match refused {
        Ambiguous::Other(why) => ReadError::other(why),
        Ambiguous::Truth => ReadError {
            place: None,
            keys: Vec::new(),
            what: ReadFault::OtherTruth(text.to_owned()),
        },
    })
}

fn visit<'a, V: Visitor<'a>>(
    text: &'a str,
    plain: Plain,
    visitor: V,
) -> Result<V::Value, ReadError> {
    match plain {
        Plain::Truth(value) => visitor.visit_bool(value),
        Plain::Whole(value) => visitor.visit_u64(value),
        Plain::Negative(value) => visitor.visit_i64(value),
        Plain::Fraction(value) => visitor.visit_f64(value),
        Plain::Text => visitor.visit_borrowed_str(text),
    }
}

macro_rules! with_place {
    ($($method:ident => $how:ident),* $(,)?) => {
        $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.$how(visitor).map_err(|error| error.at(self.0.place))
        })*
    };
}

impl<'a> de::Deserializer<'a> for NodeReader<'a> {
    type Error = ReadError;

    with_place! {
        deserialize_any => any,
        deserialize_bool => any,
        deserialize_i8 => number, deserialize_i16 => number, deserialize_i32 => number, deserialize_i64 => number, deserialize_i128 => number,
        deserialize_u8 => number, deserialize_u16 => number, deserialize_u32 => number, deserialize_u64 => number, deserialize_u128 => number,
        deserialize_f32 => number, deserialize_f64 => number,
        deserialize_unit => any,
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.text()
            .and_then(|text| visitor.visit_borrowed_str(text))
            .map_err(|error| error.at(self.0.place))
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.0.is_null() {
            return Err(ReadError::other(NO_VALUE).at(self.0.place));
        }
        visitor
            .visit_some(self)
            .map_err(|error| error.at(self.0.place))
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor
            .visit_newtype_struct(self)
            .map_err(|error| error.at(self.0.place))
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.kind {
            NodeKind::Seq(items) => visitor.visit_seq(Items { items, at: 0 }),
            NodeKind::Null => Err(ReadError::other(NO_VALUE)),
            NodeKind::Scalar { text, .. } => Err(ReadError::other(format!(
                "{} stands where a list is expected: write [{}]",
                self.0.words(),
                words::cut(text, 60)
            ))),
            _ => Err(ReadError::other(format!(
                "{} stands where a list is expected, such as [a, b]",
                self.0.words()
            ))),
        }
        .map_err(|error| error.at(self.0.place))
    }

    fn deserialize_tuple<V: Visitor<'a>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.0.kind {
            NodeKind::Map(entries) => visitor.visit_map(Entries {
                entries,
                value: None,
            }),
            NodeKind::Null => Err(ReadError::other(NO_VALUE)),
            _ => Err(ReadError::other(format!(
                "{} stands where a map is expected, such as {{ key: value }}",
                self.0.words()
            ))),
        }
        .map_err(|error| error.at(self.0.place))
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.0.kind {
            NodeKind::Map(entries) if entries.len() == 1 => {
                let (key, value) = &entries[0];
                visitor.visit_enum(Variant {
                    key,
                    value: Some(value),
                })
            }
            NodeKind::Scalar { .. } => self.text().and_then(|_| {
                visitor.visit_enum(Variant {
                    key: self.0,
                    value: None,
                })
            }),
            _ => Err(ReadError::other(format!(
                "{} stands where a word is expected",
                self.0.words()
            ))),
        }
        .map_err(|error| error.at(self.0.place))
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }
}

impl<'a> IntoDeserializer<'a, ReadError> for NodeReader<'a> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

struct Items<'a> {
    items: &'a [Node],
    at: usize,
}

impl<'a> de::SeqAccess<'a> for Items<'a> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let Some(item) = self.items.get(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        seed.deserialize(NodeReader(item))
            .map(Some)
            .map_err(|error| error.at(item.place).under(&(self.at - 1).to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.at)
    }
}

struct Entries<'a> {
    entries: &'a [(Node, Node)],
    value: Option<(&'a Node, &'a Node)>,
}

impl<'a> de::MapAccess<'a> for Entries<'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some(((key, value), rest)) = self.entries.split_first() else {
            return Ok(None);
        };
        self.entries = rest;
        self.value = Some((key, value));
        let name = key.as_text().unwrap_or_default();
        // A key is text whatever it looks like: `on:` and `1:` are names.
        seed.deserialize(BorrowedStrDeserializer::new(name))
            .map(Some)
            .map_err(|error: ReadError| error.at(key.place).under(name))
    }

    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, ReadError> {
        let (key, value) = self
            .value
            .take()
            .expect("serde asks for a key before its value");
        seed.deserialize(NodeReader(value)).map_err(|error| {
            error
                .at(value.place)
                .under(key.as_text().unwrap_or_default())
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

struct Variant<'a> {
    key: &'a Node,
    value: Option<&'a Node>,
}

impl<'a> de::EnumAccess<'a> for Variant<'a> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        seed.deserialize(BorrowedStrDeserializer::new(
            self.key.as_text().unwrap_or_default(),
        ))
        .map(|value| (value, self.by_ref()))
        .map_err(|error: ReadError| error.at(self.key.place))
    }
}

impl<'a> Variant<'a> {
    fn by_ref(&self) -> Self {
        Self {
            key: self.key,
            value: self.value,
        }
    }

    fn payload(&self) -> Result<NodeReader<'a>, ReadError> {
        self.value.map(NodeReader).ok_or_else(|| {
            ReadError::other(format!(
                "`{}` wants a value",
                self.key.as_text().unwrap_or_default()
            ))
        })
    }
}

impl<'a> de::VariantAccess<'a> for Variant<'a> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.value {
            None => Ok(()),
            Some(value) => Err(ReadError::other("no value is expected here").at(value.place)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self.payload()?)
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        de::Deserializer::deserialize_seq(self.payload()?, visitor)
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        de::Deserializer::deserialize_map(self.payload()?, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::leaves::{AgeLimit, LabelMatchers, NumberMatcher, PromDuration};
    use crate::suite::yaml;

    fn tree(text: &str) -> Node {
        yaml::parse(text).unwrap().0
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Form {
        name: String,
        value: Option<NumberMatcher>,
        fresh: Option<AgeLimit>,
        timeout: Option<PromDuration>,
        #[serde(default)]
        labels: LabelMatchers,
        at: Option<Vec<String>>,
    }

    #[test]
    fn texts_keep_their_spelling() {
        let node = tree("{a: 1.10, b: 0x1F, c: 2026-01-01, d: '010', e: 007}");
        let read: BTreeMap<String, String> = read(&node).unwrap();
        assert_eq!(
            read.values().collect::<Vec<_>>(),
            ["1.10", "0x1F", "2026-01-01", "010", "007"]
        );
    }

    #[test]
    fn errors_stand_at_the_innermost_value_or_the_unknown_key() {
        for (text, column, said) in [
            ("{name: x, valu: 1}", 11, "unknown key `valu`"),
            ("{value: 1}", 1, "the key `name` is missing"),
            (
                "{name: x, value: .nan}",
                18,
                "`NaN` can never be compared; a number, a comparison such as \"> 0\", a range such as \"1..10\", `finite`, or {approx: 0.3, tol: 0.01} is expected",
            ),
            (
                "{name: x, value: 010}",
                18,
                "`010` is an octal number to other YAML readers: write 10, or \"010\" for text",
            ),
            (
                "{name: x, value: 1e309}",
                18,
                "`1e309` is too large for a number",
            ),
            (
                "{name: x, timeout: soon}",
                20,
                "`soon` is not a duration such as `30s`, `5m` or `1h30m`",
            ),
            (
                "{name: x, timeout: -5}",
                20,
                "`-5` is not a duration such as `30s`, `5m` or `1h30m`",
            ),
            (
                "{name: x, labels: {region: no}}",
                28,
                "`no` means false to other YAML readers: write \"no\", or false for \"label absent\"",
            ),
            (
                "{name: x, labels: {code: 200}}",
                26,
                "label values are strings: write \"200\"",
            ),
            (
                "{name: Yes}",
                8,
                "`Yes` means true to other YAML readers: write \"Yes\", or true",
            ),
            (
                "{name: x, at: prom}",
                15,
                "`prom` stands where a list is expected: write [prom]",
            ),
            (
                "{name: x, at: }",
                13,
                "no value stands here: give one, or remove the key",
            ),
            (
                "{name: x, at: [a, [b]]}",
                19,
                "a list stands where text is expected",
            ),
        ] {
            let node = tree(text);
            let error = read::<Form>(&node).unwrap_err();
            assert_eq!(
                (error.to_string().as_str(), error.place.unwrap().column),
                (said, column),
                "{text}"
            );
        }
    }
}

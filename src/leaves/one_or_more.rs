//! One thing, or a list of them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// One thing, or a list of them; never none, because a list that is empty asserts nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOrMore<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMoreVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMoreVisitor<T> {
            type Value = OneOrMore<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value, or a list of them")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMore<T>, A::Error> {
                let all = Vec::<T>::deserialize(SeqAccessDeserializer::new(seq))?;
                if all.is_empty() {
                    return Err(A::Error::custom(
                        "an empty list asserts nothing; name at least one, or leave the key out",
                    ));
                }
                Ok(OneOrMore(all))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMore<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOrMore(vec![one]))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMore<T>, E> {
                T::deserialize(text.into_deserializer()).map(|one| OneOrMore(vec![one]))
            }
            fn visit_bool<E: Error>(self, flag: bool) -> Result<OneOrMore<T>, E> {
                T::deserialize(flag.into_deserializer()).map(|one| OneOrMore(vec![one]))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<OneOrMore<T>, E> {
                T::deserialize(number.into_deserializer()).map(|one| OneOrMore(vec![one]))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<OneOrMore<T>, E> {
                T::deserialize(number.into_deserializer()).map(|one| OneOrMore(vec![one]))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<OneOrMore<T>, E> {
                T::deserialize(number.into_deserializer()).map(|one| OneOrMore(vec![one]))
            }
        }
        deserializer.deserialize_any(OneOrMoreVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one.clone(), { "type": "array", "items": one, "minItems": 1 }] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::NumberMatcher;

    fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<Vec<T>, String> {
        serde_json::from_str::<OneOrMore<T>>(text)
            .map(|all| all.0)
            .map_err(|why| why.to_string())
    }

    #[test]
    fn one_is_a_list_of_one() {
        assert_eq!(read::<String>("\"a\"").unwrap(), ["a"]);
        assert_eq!(read::<String>("[\"a\", \"b\"]").unwrap(), ["a", "b"]);
        for (text, length) in [
            ("200", 1),
            ("[200, 204]", 2),
            ("\">= 200\"", 1),
            ("[\"200..299\", 404]", 2),
            ("{\"approx\": 1, \"tol\": 0}", 1),
        ] {
            assert_eq!(read::<NumberMatcher>(text).unwrap().len(), length, "{text}");
        }
    }

    #[test]
    fn none_and_the_wrong_sort_are_refused() {
        assert!(
            read::<String>("[]")
                .unwrap_err()
                .contains("asserts nothing")
        );
        assert!(read::<String>("5").unwrap_err().contains("invalid type"));
        assert!(read::<String>("null").is_err());
    }
}

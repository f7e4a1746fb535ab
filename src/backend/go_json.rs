//! JSON as Go's servers write it, read strictly: no key twice, null for an empty list or map, year 1 for never.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::backend::failure::{Failure, FailureClass};
use crate::leaves::{Labels, Timestamp, words};

/// Go's year 1: never.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A map in which no key stands twice. Serde would keep the last and say nothing.
pub(crate) fn strict_map<'de, D, V>(deserializer: D) -> Result<BTreeMap<String, V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    struct Strict<V>(PhantomData<V>);
    impl<'de, V: Deserialize<'de>> Visitor<'de> for Strict<V> {
        type Value = BTreeMap<String, V>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, V>()? {
                if entries.contains_key(&key) {
                    return Err(de::Error::custom(format_args!("duplicate key `{key}`")));
                }
                entries.insert(key, value);
            }
            Ok(entries)
        }
        // Go writes a map that was never made as null.
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(BTreeMap::new())
        }
    }
    deserializer.deserialize_any(Strict(PhantomData))
}

/// A label set in which no name stands twice.
pub(crate) fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    strict_map(deserializer).map(Labels)
}

/// A list, or null, which is how Go writes a list that was never made.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A time as Go writes it; its year 1 is never.
pub(crate) fn moment(field: &str, text: &str) -> Result<Option<Timestamp>, Failure> {
    if text.is_empty() || text == NEVER {
        return Ok(None);
    }
    Timestamp::from_rfc3339(text).map(Some).ok_or_else(|| {
        let shown = words::cut(text, 60);
        Failure::new(
            FailureClass::Malformed,
            format!("`{field}` is `{shown}`, expected a time"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let twice = r#"{"a":"1","a":"2"}"#;
        let error = labels(&mut serde_json::Deserializer::from_str(twice)).unwrap_err();
        assert!(error.to_string().contains("duplicate key `a`"));
    }

    #[test]
    fn null_is_an_empty_list_and_an_empty_map() {
        let null = || serde_json::Deserializer::from_str("null");
        assert_eq!(
            list::<_, String>(&mut null()).unwrap(),
            Vec::<String>::new()
        );
        assert_eq!(labels(&mut null()).unwrap(), Labels::default());
    }

    #[test]
    fn year_one_is_never() {
        assert_eq!(moment("lastScrape", NEVER).unwrap(), None);
        assert_eq!(
            moment("lastScrape", "1970-01-01T01:00:01.5+01:00").unwrap(),
            Some(Timestamp(1500))
        );
        assert!(moment("lastScrape", "soon").is_err());
    }
}

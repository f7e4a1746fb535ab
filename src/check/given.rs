//! Reading the keys of a check so that a key which is written says something: no null, nothing empty.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use crate::leaves::LabelMatchers;

/// The value of a key that is written. Null is refused: `series:` with nothing behind it would assert nothing.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Label matchers, at least one.
pub(crate) fn matchers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<LabelMatchers, D::Error> {
    let matchers = LabelMatchers::deserialize(deserializer)?;
    if matchers.0.is_empty() {
        return Err(de::Error::custom(
            "no label is named; an empty map asserts nothing",
        ));
    }
    Ok(matchers)
}

/// Label matchers by hop, at least one each.
pub(crate) fn matchers_by_hop<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, LabelMatchers>, D::Error> {
    let by_hop = BTreeMap::<String, LabelMatchers>::deserialize(deserializer)?;
    if by_hop.is_empty() {
        return Err(de::Error::custom(
            "no hop is named; an empty map asserts nothing",
        ));
    }
    if let Some((hop, _)) = by_hop.iter().find(|(_, matchers)| matchers.0.is_empty()) {
        return Err(de::Error::custom(format!(
            "no label is named for `{hop}`; an empty map asserts nothing"
        )));
    }
    Ok(by_hop)
}

/// A list with at least one item.
pub(crate) fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let items = Vec::deserialize(deserializer)?;
    if items.is_empty() {
        return Err(de::Error::custom("an empty list asserts nothing"));
    }
    Ok(items)
}

/// A list with at least one item, where the key is written.
pub(crate) fn given_some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    some(deserializer).map(Some)
}

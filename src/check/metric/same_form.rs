//! The form of `same`: `true`, or how closely two hops are compared.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::leaves::PromDuration;

/// How hops are compared series by series: `true`, or a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Same(pub SameHow);

/// How closely hops are compared.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SameHow {
    /// How long before now both are asked for: a sample needs some time to arrive. 30s by default.
    #[schemars(with = "String")]
    pub settle: PromDuration,
    /// Labels that may differ.
    pub ignore: Vec<String>,
    /// By which part of itself a value may differ: `0.01` is one percent. None by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub tol: f64,
}

impl Default for SameHow {
    fn default() -> Self {
        Self {
            settle: PromDuration(Duration::from_secs(30)),
            ignore: Vec::new(),
            tol: 0.0,
        }
    }
}

impl<'de> Deserialize<'de> for Same {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SameVisitor;
        impl<'de> Visitor<'de> for SameVisitor {
            type Value = Same;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, or a map of `settle`, `ignore` and `tol`")
            }
            fn visit_bool<E: Error>(self, flag: bool) -> Result<Same, E> {
                if flag {
                    Ok(Same(SameHow::default()))
                } else {
                    Err(E::custom(
                        "`same: false` asserts nothing; leave the key out",
                    ))
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Same, A::Error> {
                let how = SameHow::deserialize(MapAccessDeserializer::new(map))?;
                if !(0.0..=1.0).contains(&how.tol) {
                    return Err(A::Error::custom("`tol` must be a number from 0 to 1"));
                }
                Ok(Same(how))
            }
        }
        deserializer.deserialize_any(SameVisitor)
    }
}

impl JsonSchema for Same {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Same".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let how = generator.subschema_for::<SameHow>();
        json_schema!({ "anyOf": [{ "const": true }, how] })
    }
}

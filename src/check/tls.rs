//! `tls`, the key of `tcp` and `http`: what the handshake must show.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::backend::TlsProbe;
use crate::backend::answer::TlsSeen;
use crate::check::connection::Unmet;
use crate::check::given::given;
use crate::leaves::{Complaint, NumberMatcher, OneOrMore, Timestamp, words};

const MS_OF_A_DAY: f64 = 86_400_000.0;

/// What the TLS handshake must show. The chain must be trusted and the certificate valid now and for the name, whatever else is asked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsDemand {
    /// Name to ask for (SNI) and to verify, where it is not the host that is connected to.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub server_name: Option<String>,
    /// PEM file of the authorities to trust, in place of the system's.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub ca: Option<String>,
    /// Names that the certificate must be valid for: one or a list.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "OneOrMore<String>")]
    pub names: Option<OneOrMore<String>>,
    /// How many days the certificate must still be valid, to the fraction: `"> 14"`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub days_left: Option<NumberMatcher>,
    /// The version of TLS that must be spoken.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "TlsVersion")]
    pub version: Option<TlsVersion>,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[serde(rename = "TLSv1.2")]
    V12,
    /// TLS 1.3.
    #[serde(rename = "TLSv1.3")]
    V13,
}

impl TlsVersion {
    fn word(self) -> &'static str {
        match self {
            Self::V12 => "TLSv1.2",
            Self::V13 => "TLSv1.3",
        }
    }
}

impl TlsDemand {
    /// How to make the handshake.
    pub(crate) fn probe(&self) -> TlsProbe {
        TlsProbe {
            server_name: self.server_name.clone(),
            ca: self.ca.clone(),
        }
    }

    /// Which demands are not met by what was seen.
    pub(crate) fn unmet(&self, seen: &TlsSeen, now: Timestamp) -> Vec<Unmet> {
        let mut unmet = Vec::new();
        if let Some(why) = &seen.untrusted {
            unmet.push(Unmet::new(
                "a trusted certificate",
                format!("the certificate is not trusted: {why}"),
            ));
        }
        let missing: Vec<&str> = self
            .names
            .iter()
            .flat_map(|names| &names.0)
            .filter(|name| !seen.names.iter().any(|pattern| covers(pattern, name)))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            let valid = if seen.names.is_empty() {
                "no name".to_owned()
            } else {
                words::few(&seen.names, 5)
            };
            unmet.push(Unmet::new(
                format!("a certificate for {}", words::list(&missing)),
                format!("it is valid for {valid}"),
            ));
        }
        let left = -seen.not_after.age_ms(now);
        if let Some(days) = &self.days_left
            && !days.holds(left as f64 / MS_OF_A_DAY)
        {
            unmet.push(Unmet::new(
                format!("a certificate with {days} days left"),
                ends(seen, now),
            ));
        }
        if let Some(version) = self
            .version
            .filter(|version| version.word() != seen.version)
        {
            unmet.push(Unmet::new(
                version.word(),
                format!("{} is spoken", seen.version),
            ));
        }
        unmet
    }

    /// What is wrong with the demand itself.
    pub(crate) fn review(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        for (key, text) in [("server_name", &self.server_name), ("ca", &self.ca)] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                complaints.push(Complaint::about("tls", format!("`{key}` is empty")).item(key));
            }
        }
        if let Some(name) = &self.server_name
            && name.parse::<IpAddr>().is_ok()
        {
            let message = format!("`{name}` is an address, and a name is expected");
            complaints.push(Complaint::about("tls", message).item("server_name"));
        }
        for name in self.names.iter().flat_map(|names| &names.0) {
            if name.trim().is_empty() {
                complaints.push(Complaint::about("tls", "a name is empty").item("names"));
            }
        }
        complaints
    }
}

/// When the certificate ends: `it ends on 2026-12-01T00:00:00Z, in 7d22h (7.9 days)`.
pub(crate) fn ends(seen: &TlsSeen, now: Timestamp) -> String {
    let left = -seen.not_after.age_ms(now);
    let days = left as f64 / MS_OF_A_DAY;
    if left < 0 {
        format!("it ended on {}, {} ago", seen.not_after, words::age(-left))
    } else {
        format!(
            "it ends on {}, in {} ({days:.1} days)",
            seen.not_after,
            words::age(left)
        )
    }
}

/// Whether a name of a certificate covers this one; a star stands for one label, the first.
fn covers(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let name = name.strip_suffix('.').unwrap_or(&name);
    pattern == name
        || match (pattern.strip_prefix("*."), name.split_once('.')) {
            (Some(parent), Some((label, rest))) => !label.is_empty() && rest == parent,
            _ => false,
        }
}

/// The key as written: `true`, or a map of demands.
#[derive(Clone, Debug)]
pub struct Tls(pub TlsDemand);

impl<'de> Deserialize<'de> for Tls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TlsVisitor;
        impl<'de> Visitor<'de> for TlsVisitor {
            type Value = Tls;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "`true`, or a map of `server_name`, `ca`, `names`, `days_left`, `version`",
                )
            }
            fn visit_bool<E: Error>(self, wanted: bool) -> Result<Tls, E> {
                if wanted {
                    Ok(Tls(TlsDemand::default()))
                } else {
                    Err(E::custom(
                        "`false` demands nothing; leave `tls` out where no handshake is wanted",
                    ))
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tls, A::Error> {
                let demand = TlsDemand::deserialize(MapAccessDeserializer::new(map))?;
                if let TlsDemand {
                    server_name: None,
                    ca: None,
                    names: None,
                    days_left: None,
                    version: None,
                } = demand
                {
                    return Err(A::Error::custom(
                        "an empty map says nothing; write `tls: true` for a trusted certificate",
                    ));
                }
                Ok(Tls(demand))
            }
        }
        deserializer.deserialize_any(TlsVisitor)
    }
}

impl JsonSchema for Tls {
    fn schema_name() -> Cow<'static, str> {
        "Tls".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let demand = generator.subschema_for::<TlsDemand>();
        json_schema!({
            "description": "What the TLS handshake must show: `true` (a trusted certificate), or more.",
            "anyOf": [{ "const": true }, { "allOf": [demand], "minProperties": 1 }]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Result<TlsDemand, String> {
        serde_json::from_str::<Tls>(form)
            .map(|tls| tls.0)
            .map_err(|why| why.to_string())
    }

    fn seen() -> TlsSeen {
        TlsSeen {
            version: "TLSv1.3".to_owned(),
            untrusted: None,
            names: vec!["recv.example".to_owned(), "*.blue.example".to_owned()],
            issuer: "CN=Test".to_owned(),
            not_before: Timestamp::from_rfc3339("2026-01-01T00:00:00Z").unwrap(),
            not_after: Timestamp::from_rfc3339("2026-12-07T10:00:00Z").unwrap(),
        }
    }

    #[test]
    fn t05_days_left_are_exact_on_both_sides_of_the_threshold() {
        let now = Timestamp::from_rfc3339("2026-11-23T10:00:00Z").unwrap();
        let demand = |days: &str| read(&format!("{{\"days_left\": \"{days}\"}}")).unwrap();
        // Exactly 14 days are left.
        for (days, at, met) in [
            (">= 14", now, true),
            ("> 14", now, false),
            (">= 14", now.plus_ms(1), false),
            ("> 14", now.plus_ms(-1), true),
        ] {
            assert_eq!(demand(days).unmet(&seen(), at).is_empty(), met, "{days}");
        }
        assert_eq!(
            demand("> 14").unmet(&seen(), now),
            [Unmet::new(
                "a certificate with > 14 days left",
                "it ends on 2026-12-07T10:00:00Z, in 14d (14.0 days)"
            )]
        );
    }

    #[test]
    fn trust_names_and_version_are_each_told() {
        let now = Timestamp::from_rfc3339("2026-11-23T10:00:00Z").unwrap();
        let mut seen = seen();
        seen.untrusted = Some("it is self-signed".to_owned());
        let demand = read(
            r#"{"names": ["RECV.example.", "a.blue.example", "a.b.blue.example", "blue.example"], "version": "TLSv1.2"}"#,
        )
        .unwrap();
        let actual: Vec<String> = demand
            .unmet(&seen, now)
            .into_iter()
            .map(|unmet| format!("{} | {}", unmet.expected, unmet.actual))
            .collect();
        assert_eq!(
            actual,
            [
                "a trusted certificate | the certificate is not trusted: it is self-signed",
                "a certificate for a.b.blue.example and blue.example | it is valid for recv.example and *.blue.example",
                "TLSv1.2 | TLSv1.3 is spoken",
            ]
        );
    }

    #[test]
    fn forms_that_say_nothing_are_refused() {
        assert!(read("true").is_ok());
        for (form, says) in [
            ("false", "leave `tls` out"),
            ("{}", "write `tls: true`"),
            ("{\"nmes\": [\"a\"]}", "unknown field `nmes`"),
            ("{\"names\": []}", "asserts nothing"),
            ("{\"version\": \"TLSv1.0\"}", "unknown variant `TLSv1.0`"),
            ("5", "invalid type"),
        ] {
            let why = read(form).unwrap_err();
            assert!(why.contains(says), "{form}: {why}");
        }
    }
}

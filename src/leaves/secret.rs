//! Secrets: values that cannot be printed, and the scrubbing of everything that is.

use std::fmt;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de};

/// The shortest secret accepted: a shorter one would shred every output it is scrubbed from.
pub const SHORTEST_SECRET: usize = 6;

/// A named secret. Debug, Display and serialisation show its name only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret {
    name: Arc<str>,
    value: Arc<str>,
}

impl Secret {
    /// A secret under its name in the suite.
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }

    /// Its name in the suite.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value itself; only clients in `backend/` have a use for it.
    pub fn reveal(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[redacted:{}]", self.name)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[redacted:{}]", self.name)
    }
}

/// A value in a hop that may be a secret or plain text, such as a header's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SecretText {
    /// Written in the suite.
    Plain(String),
    /// Taken from the environment or a file.
    Secret(Secret),
}

impl SecretText {
    /// The value to send; only clients in `backend/` have a use for it.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.reveal(),
        }
    }
}

/// The key of the one-entry map in which the suite's reader hands a resolved secret over: `{SECRET_KEY: [name, value]}`. No YAML
/// key can be equal to it.
pub const SECRET_KEY: &str = "\0secret";

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = SecretText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or `${{ secrets.NAME }}`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretText, E> {
                Ok(SecretText::Plain(text.to_owned()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<SecretText, A::Error> {
                match map.next_key::<String>()? {
                    Some(key) if key == SECRET_KEY => {
                        let (name, value) = map.next_value::<(String, String)>()?;
                        Ok(SecretText::Secret(Secret::new(&name, &value)))
                    }
                    _ => Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match SecretText::deserialize(deserializer)? {
            SecretText::Secret(secret) => Ok(secret),
            SecretText::Plain(_) => Err(de::Error::custom(
                "a credential must not stand in a suite: declare it under `secrets:` and write `${{ secrets.NAME }}`",
            )),
        }
    }
}

impl schemars::JsonSchema for SecretText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretText".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A text, or `${{ secrets.NAME }}`." })
    }
}

impl schemars::JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^\\s*\\$\\{\\{.*\\}\\}\\s*$", "description": "`${{ secrets.NAME }}`: a credential never stands in a suite." })
    }
}

/// Replaces every known secret, in every form in which a server or a library may echo it, by `[redacted:NAME]`.
#[derive(Clone, Default)]
pub struct Redactor {
    finder: Option<Arc<(AhoCorasick, Vec<String>)>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Redactor({} forms)",
            self.finder.as_ref().map_or(0, |found| found.1.len())
        )
    }
}

impl Redactor {
    /// A redactor of these secrets: as they are, percent-encoded, base64 at its three offsets, hex, JSON- and XML-escaped.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let (mut patterns, mut replacements) = (Vec::new(), Vec::new());
        for secret in secrets {
            for form in echoes(secret.reveal()) {
                if form.len() >= SHORTEST_SECRET && !patterns.contains(&form) {
                    patterns.push(form);
                    replacements.push(secret.to_string());
                }
            }
        }
        if patterns.is_empty() {
            return Self::default();
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(&patterns);
        Self {
            finder: finder.ok().map(|finder| Arc::new((finder, replacements))),
        }
    }

    /// The text without secrets.
    pub fn scrub(&self, text: &str) -> String {
        match &self.finder {
            Some(found) => found.0.replace_all(text, &found.1),
            None => text.to_owned(),
        }
    }

    /// The bytes without secrets, for whole files.
    pub fn scrub_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        match &self.finder {
            Some(found) => found.0.replace_all_bytes(&bytes, &found.1),
            None => bytes,
        }
    }
}

/// The forms in which a secret may come back.
fn echoes(value: &str) -> Vec<String> {
    let mut forms = vec![
        value.to_owned(),
        percent(value),
        hex(value),
        escaped(value, "json"),
        escaped(value, "xml"),
    ];
    // In base64 the middle of a longer text looks different at each of three offsets; what depends on neighbours is cut off.
    for offset in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(b'x', offset)
            .chain(value.bytes())
            .collect();
        let skip = [0, 2, 3][offset];
        let keep = (padded.len() * 8) / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            forms.push(text[skip..keep.max(skip)].to_owned());
        }
    }
    forms.push(STANDARD.encode(value));
    forms
}

fn percent(value: &str) -> String {
    value
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

fn hex(value: &str) -> String {
    value.bytes().map(|b| format!("{b:02x}")).collect()
}

fn escaped(value: &str, form: &str) -> String {
    if form == "json" {
        let quoted = serde_json::Value::from(value).to_string();
        return quoted[1..quoted.len() - 1].to_owned();
    }
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_a_secret_survives() {
        let value = "s3cr3t/+&<t0ken>\"x";
        let redactor = Redactor::of([&Secret::new("token", value)]);
        for form in [
            value.to_owned(),
            percent(value),
            hex(value).to_uppercase(),
            escaped(value, "json"),
            escaped(value, "xml"),
        ] {
            assert_eq!(
                redactor.scrub(&format!("a {form} b")),
                "a [redacted:token] b",
                "{form}"
            );
        }
        for prefix in ["", "u", "us", "user:"] {
            let shown = redactor.scrub(&STANDARD.encode(format!("{prefix}{value}tail")));
            assert!(shown.contains("[redacted:token]"), "{prefix}: {shown}");
        }
    }

    #[test]
    fn debug_shows_the_name_only() {
        let secret = Secret::new("token", "hunter22");
        assert_eq!(
            format!(
                "{secret:?} {secret} {:?}",
                SecretText::Secret(secret.clone())
            ),
            "[redacted:token] [redacted:token] Secret([redacted:token])"
        );
    }
}

//! Why a value cannot be read as what was asked for, with the place of the innermost value.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::leaves::{Place, words};
use crate::suite::plain_scalar::is_true_elsewhere;

/// Why a value is not what was asked for.
#[derive(Debug)]
pub(crate) struct ReadError {
    /// The place, once the innermost value is known.
    pub(crate) place: Option<Place>,
    /// The keys on the way to it, innermost first.
    pub(crate) keys: Vec<String>,
    /// What is wrong.
    pub(crate) what: ReadFault,
}

/// What is wrong with a value.
#[derive(Debug)]
pub(crate) enum ReadFault {
    /// A key that the type does not have.
    UnknownKey {
        /// As written.
        key: String,
        /// The keys it has.
        known: &'static [&'static str],
    },
    /// A key that must be there.
    MissingKey(&'static str),
    /// A word that is none of those known.
    UnknownWord {
        /// As written.
        word: String,
        /// The words that are known.
        known: &'static [&'static str],
    },
    /// A truth value of other YAML readers, as written.
    OtherTruth(String),
    /// Anything else, in words.
    Other(String),
}

impl ReadError {
    /// An error in words.
    pub(crate) fn other(message: impl fmt::Display) -> Self {
        Self {
            place: None,
            keys: Vec::new(),
            what: ReadFault::Other(message.to_string()),
        }
    }

    /// The same at a place, unless an inner one is known.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }

    /// The same under a key or an index.
    pub(crate) fn under(mut self, key: &str) -> Self {
        self.keys.push(key.to_owned());
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            ReadFault::UnknownKey { key, .. } => write!(f, "unknown key `{key}`"),
            ReadFault::MissingKey(key) => write!(f, "the key `{key}` is missing"),
            ReadFault::UnknownWord { word, known } => {
                let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
                write!(f, "`{word}` is not one of {}", words::list(&known))
            }
            ReadFault::OtherTruth(word) => {
                let meant = if is_true_elsewhere(word) {
                    "true"
                } else {
                    "false"
                };
                let ours = match (meant, self.keys.iter().any(|key| key.starts_with("labels"))) {
                    ("true", true) => " for \"label present\"",
                    ("false", true) => " for \"label absent\"",
                    _ => "",
                };
                write!(
                    f,
                    "`{word}` means {meant} to other YAML readers: write \"{word}\", or {meant}{ours}"
                )
            }
            ReadFault::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::other(message)
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        if matches!(found, Unexpected::Unit) {
            return Self::other(NO_VALUE);
        }
        let found = found_words(found);
        Self::other(format!("{found} is not {}", expected_words(expected)))
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }
    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::other(format!("{length} is the wrong number of items: {expected}"))
    }
    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self {
            place: None,
            keys: Vec::new(),
            what: ReadFault::UnknownKey {
                key: key.to_owned(),
                known,
            },
        }
    }
    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self {
            place: None,
            keys: Vec::new(),
            what: ReadFault::UnknownWord {
                word: word.to_owned(),
                known,
            },
        }
    }
    fn missing_field(key: &'static str) -> Self {
        Self {
            place: None,
            keys: Vec::new(),
            what: ReadFault::MissingKey(key),
        }
    }
}

/// What to say of a key without a value.
pub(crate) const NO_VALUE: &str = "no value stands here: give one, or remove the key";

/// What a type expects, in the words of a writer of suites.
fn expected_words(expected: &dyn Expected) -> String {
    match expected.to_string().as_str() {
        "usize" | "u64" | "u32" | "u16" | "u8" => "a whole number from 0".to_owned(),
        "isize" | "i64" | "i32" | "i16" | "i8" => "a whole number".to_owned(),
        "f64" | "f32" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "a borrowed string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        other => other.to_owned(),
    }
}

fn found_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("`{value}`"),
        Unexpected::Signed(value) => format!("`{value}`"),
        Unexpected::Float(value) => format!("`{value}`"),
        Unexpected::Str(value) => format!("`{}`", words::cut(value, 60)),
        Unexpected::Unit => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a map".to_owned(),
        other => other.to_string(),
    }
}

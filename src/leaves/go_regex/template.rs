//! Replacements such as `$1-${name}`, as Go expands them.

use regex::{Captures, Regex};

/// A replacement, taken apart. `$1_x` means the group `1_x`, which is rarely there; `$$` is a dollar; a `$` before anything that is
/// no name stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(usize),
    Named(String),
}

impl Template {
    /// Takes a replacement apart; every text is one.
    pub fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            parts.push(Part::Text(before.to_owned()));
            rest = if let Some(after) = after.strip_prefix('$') {
                parts.push(Part::Text("$".to_owned()));
                after
            } else if let Some((name, after)) = reference(after) {
                parts.push(match index(name) {
                    Some(index) => Part::Group(index),
                    None => Part::Named(name.to_owned()),
                });
                after
            } else {
                parts.push(Part::Text("$".to_owned()));
                after
            };
        }
        parts.push(Part::Text(rest.to_owned()));
        Self { parts }
    }

    /// The text that the replacement gives for a match; groups that are not there or took no part give nothing.
    pub(crate) fn expand(&self, names: &[String], found: &Captures<'_>) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(index) => out.push_str(found.get(*index).map_or("", |m| m.as_str())),
                // Of several groups of one name the first that took part counts.
                Part::Named(name) => out.push_str(
                    names
                        .iter()
                        .enumerate()
                        .filter(|(_, other)| *other == name)
                        .find_map(|(at, _)| found.get(at))
                        .map_or("", |m| m.as_str()),
                ),
            }
        }
        out
    }
}

/// The name or number that follows a `$`, with or without braces, and the rest.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (text, in_braces) = match text.strip_prefix('{') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let length = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    if name.is_empty() {
        return None;
    }
    let rest = if in_braces {
        rest.strip_prefix('}')?
    } else {
        rest
    };
    Some((name, rest))
}

/// The number that a name is; names with leading zeros and large numbers are names.
fn index(name: &str) -> Option<usize> {
    let number = name.bytes().all(|b| b.is_ascii_digit())
        && (name == "0" || !name.starts_with('0'))
        && name.len() <= 9;
    number.then(|| name.parse().ok()).flatten()
}

/// Whether Go takes the character for a part of a name: a letter, a decimal digit or an underscore of any script.
fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    // Rare enough that a regex for a character is cheap enough.
    Regex::new(r"[\p{L}\p{Nd}]")
        .expect("a fixed pattern")
        .is_match(c.encode_utf8(&mut [0; 4]))
}

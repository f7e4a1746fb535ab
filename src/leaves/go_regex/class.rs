//! Character classes: `[a-z]`, `[[:alpha:]]`, `\d`. To Go, `[[`, `&&`, `--` and `~~` are plain characters in them.

use crate::leaves::go_regex::error::GoRegexError;
use crate::leaves::go_regex::escape::{self, NEVER};
use crate::leaves::go_regex::unicode_class;

/// A Perl class such as `\d` at the start of the text, in Rust's syntax, and the rest. All are ASCII to Go, and `\s` has no `\v`.
pub(crate) fn perl(text: &str) -> Option<(&'static str, &str)> {
    let class = match text.get(..2)? {
        r"\d" => "[0-9]",
        r"\D" => "[^0-9]",
        r"\s" => r"[\t\n\x{C}\r\x{20}]",
        r"\S" => r"[^\t\n\x{C}\r\x{20}]",
        r"\w" => "[0-9A-Za-z_]",
        r"\W" => "[^0-9A-Za-z_]",
        _ => return None,
    };
    Some((class, &text[2..]))
}

/// The POSIX classes, whose names are the same in both languages.
const POSIX: &str =
    "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit";

/// A POSIX class such as `[:alpha:]` at the start of the text; none where there is no `:]` further on.
fn posix(text: &str) -> Result<Option<(String, &str)>, GoRegexError> {
    let Some(inner) = text.strip_prefix("[:") else {
        return Ok(None);
    };
    let Some(end) = inner.find(":]") else {
        return Ok(None);
    };
    let (whole, rest) = text.split_at(end + 4);
    let name = inner[..end].strip_prefix('^').unwrap_or(&inner[..end]);
    if POSIX.split(' ').any(|known| known == name) {
        Ok(Some((whole.to_owned(), rest)))
    } else {
        Err(GoRegexError::refused(
            "invalid character class range",
            whole,
        ))
    }
}

/// Reads the class at the start of the text, which begins with `[`: the class in Rust's syntax, and the rest.
pub(crate) fn read(text: &str, loose_names: bool) -> Result<(String, &str), GoRegexError> {
    let mut rest = &text[1..];
    let mut out = String::from("[");
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut at_start = true;
    loop {
        if let Some(after) = rest.strip_prefix(']')
            && !at_start
        {
            out.push(']');
            return Ok((out, after));
        }
        at_start = false;
        let (part, after) = part(rest, text, loose_names)?;
        out.push_str(&part);
        rest = after;
    }
}

fn part<'t>(
    text: &'t str,
    whole: &str,
    loose_names: bool,
) -> Result<(String, &'t str), GoRegexError> {
    if text.len() > 2
        && let Some(found) = posix(text)?
    {
        return Ok(found);
    }
    if text.starts_with("\\p") || text.starts_with("\\P") {
        return unicode_class::read(text, loose_names);
    }
    if let Some((class, rest)) = perl(text) {
        return Ok((class.to_owned(), rest));
    }
    let (low, rest) = character(text, whole)?;
    let (high, rest) = match rest.strip_prefix('-') {
        Some(after) if !after.is_empty() && !after.starts_with(']') => character(after, whole)?,
        _ => (low, rest),
    };
    if high < low {
        return Err(GoRegexError::refused(
            "invalid character class range",
            &text[..text.len() - rest.len()],
        ));
    }
    Ok((range(low, high), rest))
}

fn character<'t>(text: &'t str, whole: &str) -> Result<(u32, &'t str), GoRegexError> {
    if text.starts_with('\\') {
        return escape::read(text);
    }
    match escape::first(text) {
        Some((c, rest)) => Ok((u32::from(c), rest)),
        None => Err(GoRegexError::refused("missing closing ]", whole)),
    }
}

/// A range of code points, without the surrogates in it.
fn range(low: u32, high: u32) -> String {
    let below = (low, high.min(0xD7FF));
    let above = (low.max(0xE000), high);
    let parts: String = [below, above]
        .iter()
        .filter(|(low, high)| low <= high)
        .map(|(low, high)| format!("{}-{}", escape::literal(*low), escape::literal(*high)))
        .collect();
    if parts.is_empty() {
        NEVER.to_owned()
    } else {
        parts
    }
}

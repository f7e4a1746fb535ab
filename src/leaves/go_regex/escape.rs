//! Single characters: escapes as Go reads them, and their form in Rust's syntax.

use crate::leaves::go_regex::error::GoRegexError;

/// A class that no character is in. Go lets a pattern name surrogates, which no text holds.
pub(crate) const NEVER: &str = r"[^\x{0}-\x{10FFFF}]";

/// A character as Rust's regex reads it literally, inside a class and outside.
pub(crate) fn literal(code: u32) -> String {
    match char::from_u32(code) {
        Some(c) if c.is_ascii_alphanumeric() || c == '_' => c.to_string(),
        Some(_) => format!("\\x{{{code:X}}}"),
        None => NEVER.to_owned(),
    }
}

/// The first character of a text, and the rest.
pub(crate) fn first(text: &str) -> Option<(char, &str)> {
    let c = text.chars().next()?;
    Some((c, &text[c.len_utf8()..]))
}

/// Reads the escape at the start of the text, which begins with a backslash: the code point, and the rest.
pub(crate) fn read(text: &str) -> Result<(u32, &str), GoRegexError> {
    let Some((c, rest)) = first(&text[1..]) else {
        return Err(GoRegexError::refused(
            "trailing backslash at end of expression",
            "",
        ));
    };
    let invalid = |rest: &str| {
        Err(GoRegexError::refused(
            "invalid escape sequence",
            &text[..text.len() - rest.len()],
        ))
    };
    let octal = |rest: &str| rest.starts_with(|c| ('0'..='7').contains(&c));
    match c {
        // A single digit other than zero would be a back reference.
        '1'..='7' if !octal(rest) => invalid(rest),
        '0'..='7' => {
            let digits = 1 + rest
                .bytes()
                .take(2)
                .take_while(|b| (b'0'..=b'7').contains(b))
                .count();
            let code = text[1..=digits]
                .bytes()
                .fold(0, |code, digit| code * 8 + u32::from(digit - b'0'));
            Ok((code, &text[1 + digits..]))
        }
        'x' => hexadecimal(rest).or_else(invalid),
        'a' => Ok((0x07, rest)),
        'f' => Ok((0x0C, rest)),
        'n' => Ok((0x0A, rest)),
        'r' => Ok((0x0D, rest)),
        't' => Ok((0x09, rest)),
        'v' => Ok((0x0B, rest)),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok((u32::from(c), rest)),
        _ => invalid(rest),
    }
}

/// What follows `\x`: two digits, or any number in braces; else the rest at which reading ended.
fn hexadecimal(text: &str) -> Result<(u32, &str), &str> {
    let (high, mut rest) = first(text).ok_or(text)?;
    if high != '{' {
        let (low, rest) = first(rest).ok_or(rest)?;
        return match (high.to_digit(16), low.to_digit(16)) {
            (Some(high), Some(low)) => Ok((high * 16 + low, rest)),
            _ => Err(rest),
        };
    }
    let mut code = None;
    loop {
        let (c, after) = first(rest).ok_or(rest)?;
        rest = after;
        if c == '}' {
            return code.map(|code| (code, rest)).ok_or(rest);
        }
        let next = code.unwrap_or(0) * 16 + c.to_digit(16).ok_or(rest)?;
        if next > u32::from(char::MAX) {
            return Err(rest);
        }
        code = Some(next);
    }
}

//! Plain scalars: what a text without quotes may mean, and where readers of YAML part.

/// A word that YAML 1.1 readers take for a truth value, and YAML 1.2 readers for text.
pub(crate) fn is_other_truth(word: &str) -> bool {
    ["yes", "no", "on", "off"]
        .iter()
        .any(|other| word.eq_ignore_ascii_case(other))
}

/// Whether such a word is true to them.
pub(crate) fn is_true_elsewhere(word: &str) -> bool {
    word.eq_ignore_ascii_case("yes") || word.eq_ignore_ascii_case("on")
}

/// A plain scalar, as YAML 1.2's core schema understands it where it is not ambiguous.
pub(crate) enum Plain {
    /// `true`, `false`.
    Truth(bool),
    /// A whole number from 0.
    Whole(u64),
    /// A whole number below 0.
    Negative(i64),
    /// Any other number.
    Fraction(f64),
    /// Text.
    Text,
}

/// Why a plain scalar is refused.
pub(crate) enum Ambiguous {
    /// A truth value of other YAML readers.
    Truth,
    /// Anything else, in words.
    Other(String),
}

/// What a plain scalar means.
pub(crate) fn plain(text: &str) -> Result<Plain, Ambiguous> {
    match text {
        "true" | "True" | "TRUE" => return Ok(Plain::Truth(true)),
        "false" | "False" | "FALSE" => return Ok(Plain::Truth(false)),
        ".nan" | ".NaN" | ".NAN" => return Ok(Plain::Fraction(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Ok(Plain::Fraction(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Ok(Plain::Fraction(f64::NEG_INFINITY)),
        _ if is_other_truth(text) => {
            return Err(Ambiguous::Truth);
        }
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !digits
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
    {
        return Ok(Plain::Text);
    }
    if digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        let bare = digits.trim_start_matches('0');
        let bare = if bare.is_empty() { "0" } else { bare };
        return Err(Ambiguous::Other(format!(
            "`{text}` is an octal number to other YAML readers: write {bare}, or \"{text}\" for text"
        )));
    }
    if let Ok(number) = text.parse::<u64>() {
        return Ok(Plain::Whole(number));
    }
    if let Ok(number) = text.parse::<i64>() {
        return Ok(Plain::Negative(number));
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Plain::Fraction(number)),
        Ok(_) => Err(Ambiguous::Other(format!(
            "`{text}` is too large for a number"
        ))),
        Err(_) => Ok(Plain::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_of_yaml_agree_on_is_read_and_the_rest_is_text_or_refused() {
        let said = |text: &str| match plain(text) {
            Ok(Plain::Truth(value)) => format!("truth {value}"),
            Ok(Plain::Whole(value)) => format!("whole {value}"),
            Ok(Plain::Negative(value)) => format!("negative {value}"),
            Ok(Plain::Fraction(value)) => format!("fraction {value}"),
            Ok(Plain::Text) => "text".to_owned(),
            Err(_) => "refused".to_owned(),
        };
        for (text, expected) in [
            ("true", "truth true"),
            ("False", "truth false"),
            ("0", "whole 0"),
            ("42", "whole 42"),
            ("-7", "negative -7"),
            ("1.5e3", "fraction 1500"),
            (".5", "fraction 0.5"),
            (".inf", "fraction inf"),
            ("no", "refused"),
            ("ON", "refused"),
            ("010", "refused"),
            ("00", "refused"),
            ("1e309", "refused"),
            ("0x1F", "text"),
            ("1_000", "text"),
            ("1:30", "text"),
            ("2026-01-01", "text"),
            ("1.2.3", "text"),
            ("-", "text"),
            ("n", "text"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}

//! One line of a page of metrics: `name{label="value", ..} value [timestamp]`, and an exemplar in OpenMetrics.

use crate::backend::answer::PageSample;
use crate::backend::query_result::number;
use crate::leaves::{Labels, Timestamp, words};

/// The two text formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus' own, 0.0.4 and 1.0.0: timestamps are whole milliseconds.
    Text,
    /// OpenMetrics: timestamps are seconds with fractions, and exemplars may follow.
    OpenMetrics,
}

/// Reads a line that is not a comment.
pub(crate) fn sample(line: &str, format: Format) -> Result<PageSample, String> {
    let (name, rest) = legacy_name(line, true);
    let (mut labels, rest) = match rest.trim_start_matches(BLANKS).strip_prefix('{') {
        Some(inside) => label_set(inside, !name.is_empty())?,
        None => (Labels::default(), rest),
    };
    if !name.is_empty() {
        labels.insert("__name__".into(), name.into());
    }
    if labels.metric().is_none() {
        return Err("no name of a metric".into());
    }
    let rest = match rest.strip_prefix(BLANKS) {
        Some(rest) => rest,
        // A value may follow the closing brace at once.
        None if rest.len() < line.len() && line[..line.len() - rest.len()].ends_with('}') => rest,
        None => return Err(unexpected("a blank and a value", rest)),
    };
    let (value, rest) = word(rest);
    if value.is_empty() {
        return Err("no value".into());
    }
    number(value)?;
    let (stamp, rest) = match rest.trim_start_matches(BLANKS).starts_with('#') {
        true => ("", rest.trim_start_matches(BLANKS)),
        false => word(rest),
    };
    let timestamp = match stamp {
        "" => None,
        stamp => Some(timestamp(stamp, format)?),
    };
    let rest = rest.trim_start_matches(BLANKS);
    match format {
        _ if rest.is_empty() => {}
        Format::OpenMetrics => exemplar(rest)?,
        Format::Text => return Err(unexpected("the end of the line", rest)),
    }
    // A label without a value is no label.
    labels.retain(|_, value| !value.is_empty());
    Ok(PageSample {
        labels,
        value: value.to_owned(),
        timestamp,
    })
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Splits the longest legacy name off the start; metrics may have colons in theirs.
fn legacy_name(text: &str, colons: bool) -> (&str, &str) {
    let fits = |index: usize, byte: u8| {
        byte.is_ascii_alphabetic()
            || byte == b'_'
            || (colons && byte == b':')
            || (index > 0 && byte.is_ascii_digit())
    };
    let end = text
        .bytes()
        .enumerate()
        .find(|(index, byte)| !fits(*index, *byte))
        .map_or(text.len(), |(index, _)| index);
    text.split_at(end)
}

/// Splits the first word off.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches(BLANKS);
    match text.find(BLANKS) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    }
}

/// Reads labels up to the closing brace. A quoted text alone is the metric's name, where it has none yet.
fn label_set(text: &str, mut named: bool) -> Result<(Labels, &str), String> {
    let mut labels = Labels::default();
    let mut rest = text.trim_start_matches(BLANKS);
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((labels, after));
        }
        let is_quoted = rest.starts_with('"');
        let name = match rest.strip_prefix('"') {
            Some(inside) => {
                let (name, after) = quoted(inside)?;
                rest = after;
                name
            }
            None => {
                let (name, after) = legacy_name(rest, false);
                rest = after;
                name.to_owned()
            }
        };
        if name.is_empty() {
            return Err(unexpected("the name of a label", rest));
        }
        rest = rest.trim_start_matches(BLANKS);
        let (name, value) = match rest.strip_prefix('=') {
            Some(after) => {
                let after = after.trim_start_matches(BLANKS);
                let inside = after
                    .strip_prefix('"')
                    .ok_or_else(|| unexpected("a value in quotes", after))?;
                let (value, after) = quoted(inside)?;
                rest = after;
                (name, value)
            }
            None if is_quoted && !named => {
                named = true;
                ("__name__".to_owned(), name)
            }
            None => return Err(unexpected("`=`", rest)),
        };
        if labels.contains_key(&name) {
            return Err(format!("label `{}` stands twice", words::cut(&name, 60)));
        }
        labels.insert(name, value);
        rest = rest.trim_start_matches(BLANKS);
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start_matches(BLANKS),
            None if rest.starts_with('}') => {}
            None => return Err(unexpected("`,` or `}`", rest)),
        }
    }
}

/// Reads a quoted text up to its closing quote; `\\`, `\"` and `\n` are escapes, other backslashes stand for themselves.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, escaped @ ('\\' | '"'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            plain => value.push(plain),
        }
    }
    Err("a quote that is not closed".into())
}

fn timestamp(text: &str, format: Format) -> Result<Timestamp, String> {
    let shown = words::cut(text, 60);
    match format {
        Format::Text => text
            .parse()
            .map(Timestamp)
            .map_err(|_| format!("`{shown}` is not a timestamp in whole milliseconds")),
        Format::OpenMetrics => match number(text) {
            Ok(seconds) if seconds.is_finite() => Ok(Timestamp::from_seconds(seconds)),
            _ => Err(format!("`{shown}` is not a timestamp in seconds")),
        },
    }
}

/// Checks an exemplar; it is no sample, so nothing of it is kept.
fn exemplar(text: &str) -> Result<(), String> {
    let inside = text
        .strip_prefix('#')
        .map(|rest| rest.trim_start_matches(BLANKS))
        .and_then(|rest| rest.strip_prefix('{'))
        .ok_or_else(|| unexpected("an exemplar or the end of the line", text))?;
    let (_, rest) = label_set(inside, true)?;
    let (value, rest) = word(rest);
    number(value)?;
    let (stamp, rest) = word(rest);
    if !stamp.is_empty() {
        timestamp(stamp, Format::OpenMetrics)?;
    }
    match rest.trim_start_matches(BLANKS) {
        "" => Ok(()),
        more => Err(unexpected("the end of the line", more)),
    }
}

fn unexpected(expected: &str, found: &str) -> String {
    match found.chars().next() {
        Some(character) => format!("expected {expected}, got {character:?}"),
        None => format!("expected {expected}, got the end of the line"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As an exporter writes it.
    fn written(labels: &Labels) -> String {
        let quote = |text: &str| {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{}\"", text.replace('\n', "\\n"))
        };
        let pairs: Vec<String> = labels
            .iter()
            .map(|(name, value)| match name.as_str() {
                "__name__" => quote(value),
                name => format!("{}={}", quote(name), quote(value)),
            })
            .collect();
        format!("{{{}}}", pairs.join(","))
    }

    proptest! {
        #[test]
        fn any_label_set_survives_being_written(
            name in "[^\r]{1,8}",
            others in proptest::collection::btree_map("[a-zé.\"\\\\\n ]{1,6}", "(?s).{1,8}", 0..4),
            value in any::<f64>(),
            millis in any::<i32>(),
        ) {
            let mut labels = Labels(others);
            labels.insert("__name__".into(), name);
            let line = format!("{} {value:e} {millis}", written(&labels));
            let read = sample(&line, Format::Text).unwrap();
            prop_assert_eq!(read.labels, labels);
            prop_assert_eq!(read.timestamp, Some(Timestamp(millis.into())));
        }

        #[test]
        fn no_line_makes_the_reader_panic(
            line in "[a{}\"\\\\=, #0-9.eé]{0,40}",
            open in any::<bool>(),
        ) {
            let format = if open { Format::OpenMetrics } else { Format::Text };
            if let Ok(read) = sample(&line, format) {
                prop_assert!(read.labels.metric().is_some());
            }
        }
    }
}

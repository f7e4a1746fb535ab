//! What is wrong with a text as YAML, in plain words: the parser's errors, and what their writer most likely meant.

use serde_yaml::budget::BudgetBreach;
use serde_yaml::{Error, Location};

use crate::leaves::{Place, words};

/// Where a mistake of a whole text stands.
pub(crate) const TOP: Place = Place {
    line: 1,
    column: 1,
    start: 0,
    end: 0,
};

/// How deep values may be nested: the parser calls itself for each level, and threads have small stacks.
pub(crate) const DEEPEST: usize = 32;

/// How much a file may grow when its aliases are replaced by what they stand for, in values.
pub(crate) const MOST_ALIASED: usize = 50_000;

/// What is wrong with a text as YAML.
#[derive(Debug)]
pub(crate) struct YamlFault {
    /// Where.
    pub(crate) place: Place,
    /// What was found, and what was expected.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
    /// The first of two equal keys.
    pub(crate) first: Option<Place>,
}

/// A place in the parser's own type.
pub(crate) fn place(at: &Location) -> Place {
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let start = at.span().byte_offset().unwrap_or(0);
    let len = at.span().byte_len().unwrap_or(0);
    Place {
        line: small(at.line()).max(1),
        column: small(at.column()).max(1),
        start: small(start),
        end: small(start + len),
    }
}

/// The parser's error in plain words, at its place.
pub(crate) fn fault(text: &str, error: &Error) -> YamlFault {
    let mut at = error.location().map_or(TOP, |at| place(&at));
    if error.to_string().contains("tab") {
        at.line = tabbed_line(text, at.line);
    }
    let line = line_at(text, at.line);
    let (message, help) = said(error, line);
    let fixed = hinted_place(line, text, at, &message);
    YamlFault {
        place: fixed,
        message,
        help,
        first: None,
    }
}

fn said(error: &Error, line: &str) -> (String, Option<String>) {
    let help = |text: &str| Some(text.to_owned());
    match error {
        Error::MultipleDocuments { .. } => (
            "a second document starts here, and a suite is one document".to_owned(),
            help("Put each suite into a file of its own."),
        ),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => (
            format!(
                "the aliases of this file stand for more than {MOST_ALIASED} values: the limit of their expansion"
            ),
            help("Write fewer aliases, or shorter anchors."),
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            ("this alias stands inside its own anchor".to_owned(), None)
        }
        Error::UnknownAnchor { .. } => (
            "no anchor of this name stands above".to_owned(),
            help("Define it first: `&name` at the value that is meant."),
        ),
        Error::UnsupportedTag { tag, .. } => (
            format!("the YAML tag `{tag}` means nothing here"),
            help("Remove the tag."),
        ),
        Error::Budget { breach, .. } => (breached(breach), None),
        Error::AliasError { error, .. } | Error::WithSnippet { error, .. } => said(error, line),
        Error::Eof { .. } => ("the file is empty".to_owned(), None),
        other => hint(line).unwrap_or_else(|| (plain_words(&other.to_string()), None)),
    }
}

fn breached(breach: &BudgetBreach) -> String {
    match breach {
        BudgetBreach::Depth { .. } => format!("this is nested deeper than {DEEPEST} levels"),
        BudgetBreach::Aliases { .. }
        | BudgetBreach::Anchors { .. }
        | BudgetBreach::RecordedAnchorEvents { .. }
        | BudgetBreach::RecordedAnchorBytes { .. }
        | BudgetBreach::AliasAnchorRatio { .. }
        | BudgetBreach::MergeKeys { .. } => format!(
            "the anchors and aliases of this file stand for more than {MOST_ALIASED} values: the limit of their expansion"
        ),
        _ => "this file holds more values than any suite needs (5,000,000)".to_owned(),
    }
}

/// The next line that a tab indents: the parser may name the one before it.
fn tabbed_line(text: &str, from: u32) -> u32 {
    let indented = |line: &str| line.trim_start_matches(' ').starts_with('\t');
    (from..from + 10)
        .find(|line| indented(line_at(text, *line)))
        .unwrap_or(from)
}

/// What the writer most likely meant, from the line at which the parser stopped.
fn hint(line: &str) -> Option<(String, Option<String>)> {
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    if indent.contains('\t') {
        return Some((
            "a tab cannot indent YAML".to_owned(),
            Some("Indent with spaces.".to_owned()),
        ));
    }
    if let Some((_, value)) = block_sign(line) {
        let sign = &value[..1];
        return Some((
            format!("`{sign}` starts a YAML block: quote it: \"{value}\""),
            None,
        ));
    }
    if unquoted_template(line).is_some() {
        return Some((
            "quote templates inside { } or [ ]: \"${{ x }}\"".to_owned(),
            None,
        ));
    }
    if let Some(value) = value_of(line)
        && value.starts_with(['%', '@', '`'])
    {
        return Some((
            format!("`{}` cannot start a YAML value", &value[..1]),
            Some(format!("Quote it: \"{value}\".")),
        ));
    }
    None
}

/// Where the hint's subject stands, where that is another place than where the parser stopped.
fn hinted_place(line: &str, text: &str, at: Place, message: &str) -> Place {
    let column = if message.starts_with("a tab") {
        line.find('\t')
    } else if message.contains("starts a YAML block") {
        block_sign(line).map(|(at, _)| at)
    } else if message.starts_with("quote templates") {
        unquoted_template(line)
    } else {
        None
    };
    let Some(byte) = column else { return at };
    let start = line_start(text, at.line) + byte;
    Place {
        line: at.line,
        column: u32::try_from(line[..byte].chars().count() + 1).unwrap_or(u32::MAX),
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(start + 1).unwrap_or(u32::MAX),
    }
}

/// `key: > 5`: where the sign stands, and the value.
fn block_sign(line: &str) -> Option<(usize, &str)> {
    let value = value_of(line)?;
    let rest = value.strip_prefix(['>', '|'])?;
    let meant = rest.trim_start_matches('=').trim_start();
    (meant.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
        && rest.starts_with([' ', '=']))
    .then(|| (line.find(value).unwrap_or(0), value))
}

fn value_of(line: &str) -> Option<&str> {
    line.split_once(": ").map(|(_, value)| value.trim())
}

/// Where a template stands in a flow collection without quotes.
fn unquoted_template(line: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0usize);
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') if line[..at].ends_with(' ') => return None,
            (None, '$') if depth > 0 && line[at..].starts_with("${{") => return Some(at),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn line_start(text: &str, line: u32) -> usize {
    text.split_inclusive('\n')
        .take(line.saturating_sub(1) as usize)
        .map(str::len)
        .sum()
}

fn line_at(text: &str, line: u32) -> &str {
    text.lines()
        .nth(line.saturating_sub(1) as usize)
        .unwrap_or("")
}

/// The parser's own sentence without positions and without advice to programmers.
fn plain_words(message: &str) -> String {
    let first = message.lines().next().unwrap_or(message);
    let first = first.split(" at line ").next().unwrap_or(first);
    let known = [
        (
            "unexpected end of stream while scanning a quoted scalar",
            "a quote is opened here and never closed",
        ),
        (
            "found unexpected end of stream",
            "a quote or a bracket is opened and never closed",
        ),
        (
            "recursion limit exceeded",
            "this is nested deeper than 32 levels",
        ),
        ("unclosed quote", "a quote is opened here and never closed"),
        (
            "illegal placement of ':'",
            "a `:` cannot stand here: a bracket or a quote above may be open",
        ),
        ("unclosed bracket", "a bracket is opened and never closed"),
        (
            "while parsing a flow mapping",
            "this map in { } is not closed, or a comma is missing",
        ),
        (
            "while parsing a flow sequence",
            "this list in [ ] is not closed, or a comma is missing",
        ),
        (
            "mapping values are not allowed",
            "a second `: ` stands in this line: quote the value, or check the indentation",
        ),
        (
            "did not find expected key",
            "this line is indented differently from its neighbours",
        ),
        (
            "did not find expected '-' indicator",
            "this line is indented differently from the list above",
        ),
        ("simple key expect", "a `:` is missing after this key"),
    ];
    let lower = first.to_lowercase();
    known
        .iter()
        .find(|(theirs, _)| lower.contains(theirs))
        .map_or_else(
            || format!("this is not YAML: {}", words::cut(first, 200)),
            |(_, ours)| (*ours).to_owned(),
        )
}

/// A block without lines that is meant as a comparison, such as `>5`: the parser places it where its first line should be.
pub(crate) fn empty_block(text: &str, place: Place) -> Option<YamlFault> {
    let before = text.get(..place.start as usize)?.trim_end();
    let start = before.rfind(char::is_whitespace)? + 1;
    let sign = &before[start..];
    let digit = sign.strip_prefix('>')?.chars().next()?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    digit.is_ascii_digit().then(|| YamlFault {
        place: Place {
            line: small(before.matches('\n').count() + 1),
            column: small(before[line_start..start].chars().count() + 1),
            start: small(start),
            end: small(before.len()),
        },
        message: format!("`>` starts a YAML block: quote it: \"{sign}\""),
        help: None,
        first: None,
    })
}

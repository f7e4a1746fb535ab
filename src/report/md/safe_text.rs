//! Markdown that untrusted text cannot break out of: a fragment is built from our own words (`raw`), from text (`text`) and from
//! code (`code`, `fence`), and only constants can be raw.
//!
//! Words that Markdown, GitHub or GitLab could read as anything but themselves (links, mentions, references, HTML, emphasis,
//! emoji, formulas) are set as code, where nothing is interpreted and nothing needs an invisible character to be harmless.

use std::borrow::Cow;

use crate::leaves::{visible, words};

/// The longest text within a line, in bytes.
const LONGEST_INLINE: usize = 2 * 1024;

/// A fragment of Markdown within one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Md(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Markdown that is safe as it stands.
    Safe(Cow<'static, str>),
    /// The content of a code span.
    Code(String),
}

/// A fragment of our own words.
pub(crate) fn raw(text: &'static str) -> Md {
    Md(vec![Piece::Safe(text.into())])
}

/// A number.
pub(crate) fn number(number: impl Into<u64>) -> Md {
    Md(vec![Piece::Safe(number.into().to_string().into())])
}

/// Untrusted text as a code span.
pub(crate) fn code(text: &str) -> Md {
    let text = visible(&words::cut(text, LONGEST_INLINE));
    if text.is_empty() {
        return raw("(empty)");
    }
    Md(vec![Piece::Code(text)])
}

/// Untrusted text as prose: what stands between single backticks is code, as in our messages, and so is every word that is more
/// than letters, digits and plain punctuation.
pub(crate) fn text(text: &str) -> Md {
    let text = visible(&words::cut(text, LONGEST_INLINE));
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return prose(&text);
    }
    let mut out = Md::default();
    for (at, part) in parts.into_iter().enumerate() {
        if at % 2 == 0 {
            out = out.and(prose(part));
        } else if !part.is_empty() {
            out = out.and(Md(vec![Piece::Code(part.to_owned())]));
        }
    }
    out
}

/// A block of untrusted text, with a fence longer than any run of backticks in it.
pub(crate) fn fence(language: &'static str, text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(visible).collect();
    let body = lines.join("\n");
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    format!("{fence}{language}\n{body}\n{fence}\n")
}

/// A table. Headers are our own words or safe fragments; each row has as many cells as there are headers.
pub(crate) fn table(headers: &[Md], rows: &[Vec<Md>]) -> String {
    let line = |cells: &[Md]| {
        let cells: Vec<String> = (0..headers.len())
            .map(|at| {
                cells
                    .get(at)
                    .map(|cell| cell.render(true))
                    .unwrap_or_default()
            })
            .collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut out = line(headers);
    out.push_str(&format!("|{}\n", " --- |".repeat(headers.len())));
    for row in rows {
        out.push_str(&line(row));
    }
    out
}

impl Md {
    /// This fragment, and then the other.
    #[must_use]
    pub(crate) fn and(mut self, other: Md) -> Md {
        self.0.extend(other.0);
        self
    }

    /// The fragment as one line outside of tables.
    pub(crate) fn line(&self) -> String {
        self.render(false)
    }

    fn render(&self, in_table: bool) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Safe(text) => push(&mut out, text),
                Piece::Code(text) if in_table && text.contains('|') => {
                    push_code_with_pipes(&mut out, text);
                }
                Piece::Code(text) => push(&mut out, &span(text)),
            }
        }
        out
    }
}

/// Appends, with a space between two code spans whose backticks would run together.
fn push(out: &mut String, text: &str) {
    if out.ends_with('`') && text.starts_with('`') {
        out.push(' ');
    }
    out.push_str(text);
}

/// In a table a pipe ends the cell even within code, unless a backslash stands before it; what a backslash before that one does
/// differs between renderers, so there the span is ended and the pipe set as an entity.
fn push_code_with_pipes(out: &mut String, text: &str) {
    if !text.contains("\\|") {
        push(out, &span(text).replace('|', "\\|"));
        return;
    }
    for (at, part) in text.split('|').enumerate() {
        if at > 0 {
            out.push_str("&#124;");
        }
        if !part.is_empty() {
            push(out, &span(part));
        }
    }
}

/// A code span, with a fence that its content does not have.
fn span(content: &str) -> String {
    let fence = "`".repeat(longest_run(content) + 1);
    let blank = content.chars().all(|c| c == ' ');
    let pad = if !blank && (content.starts_with(['`', ' ']) || content.ends_with(['`', ' '])) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{content}{pad}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn prose(text: &str) -> Md {
    let mut out = Md::default();
    let mut gap = text.starts_with(' ');
    for word in text.split_whitespace() {
        if gap {
            out = out.and(raw(" "));
        }
        out = out.and(as_word(word));
        gap = true;
    }
    if text.ends_with(' ') && !text.trim().is_empty() {
        out = out.and(raw(" "));
    }
    out
}

fn as_word(word: &str) -> Md {
    let opened = word.trim_start_matches(['(', '"', '\'']);
    let core = opened.trim_end_matches(|c| {
        matches!(c, ',' | ';' | '.' | ':' | '"' | '\'' | '?') || c == ')' && !opened.contains('(')
    });
    if core.is_empty() || is_plain(core) {
        return Md(vec![Piece::Safe(at_line_start(word).into())]);
    }
    // What surrounds it is plain punctuation, so the word is its own middle.
    let start = word.find(core).unwrap_or(0);
    let (before, rest) = word.split_at(start);
    let (core, after) = rest.split_at(core.len());
    Md(vec![
        Piece::Safe(before.to_owned().into()),
        Piece::Code(core.to_owned()),
        Piece::Safe(after.to_owned().into()),
    ])
}

/// Whether a word is nothing but itself to every renderer.
fn is_plain(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let harmless = |c: char| {
        c.is_alphanumeric()
            || (!c.is_ascii() && !c.is_whitespace())
            || matches!(
                c,
                '.' | ',' | ';' | '\'' | '"' | '(' | ')' | '%' | '=' | '+' | '-' | '/' | '?'
            )
    };
    let commit = word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit());
    word.chars().all(harmless)
        && !lower.contains("www")
        && !lower.contains("gh-")
        && !word.contains("//")
        // A milestone of GitLab; a share is written after its number.
        && !word.starts_with('%')
        && !commit
}

/// The word as it may begin a line: no list item, no rule, no heading's underline.
fn at_line_start(word: &str) -> String {
    if word.starts_with(['-', '+', '=', ':']) {
        return format!("\\{word}");
    }
    let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
    if digits.len() < word.len() && matches!(digits, "." | ")") {
        return format!("{}\\{digits}", &word[..word.len() - 1]);
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_could_mean_something_are_code() {
        for (written, rendered) in [
            (
                "expected 2 series, found none",
                "expected 2 series, found none",
            ),
            ("no hop `prom`; has @team", "no hop `prom`; has `@team`"),
            ("see #1 (http://x/y).", "see `#1` (`http://x/y`)."),
            (
                "a_b *c* <i> [x](y) ~z~ $m$",
                "`a_b` `*c*` `<i>` `[x](y)` `~z~` `$m$`",
            ),
            ("1. - + === 2)", "1\\. \\- \\+ \\=== 2\\)"),
            (
                "deadbeef1 GH-12 www.x.y :tada:",
                "`deadbeef1` `GH-12` `www.x.y` `:tada`:",
            ),
            ("a`b", "``a`b``"),
            ("a\nb", "`a\\nb`"),
            ("", ""),
        ] {
            assert_eq!(text(written).line(), rendered, "{written}");
        }
    }

    #[test]
    fn code_spans_have_a_fence_that_fits() {
        for (written, rendered) in [
            ("a", "`a`"),
            ("a`b``c", "```a`b``c```"),
            ("`", "`` ` ``"),
            (" ", "` `"),
            ("", "(empty)"),
        ] {
            assert_eq!(code(written).line(), rendered);
        }
        assert_eq!(code("a").and(code("b")).line(), "`a` `b`");
    }

    #[test]
    fn pipes_do_not_end_a_cell() {
        assert_eq!(code("a|b").render(true), "`a\\|b`");
        assert_eq!(code("a\\|b").render(true), "`a\\`&#124;`b`");
        assert_eq!(code("a|b").line(), "`a|b`");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(
            fence("", "a\n````\nb\x1b"),
            "`````\na\n````\nb\\u{1b}\n`````\n"
        );
    }
}

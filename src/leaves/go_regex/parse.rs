//! Reads a pattern as Go's parser does and writes it in Rust's syntax, each flag made explicit where it matters.

use crate::leaves::go_regex::class;
use crate::leaves::go_regex::error::GoRegexError;
use crate::leaves::go_regex::escape;
use crate::leaves::go_regex::piece::{Piece, Repeat};
use crate::leaves::go_regex::unicode_class;

/// The release of Go that a server was built with: it says which syntax is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoVersion(pub u16, pub u16);

impl GoVersion {
    fn knows_short_group_names(self) -> bool {
        self >= Self(1, 22)
    }

    fn knows_loose_properties(self) -> bool {
        self >= Self(1, 25)
    }
}

/// A pattern in Rust's syntax, and the names of its groups. Group 0 is the whole match.
pub(crate) struct Translation {
    /// The pattern; groups have no names in it.
    pub(crate) text: String,
    /// The name of each group, empty where it has none.
    pub(crate) names: Vec<String>,
}

#[derive(Clone, Copy, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_newline: bool,
    lazy: bool,
}

/// A group that is still open; the first one is the pattern itself.
#[derive(Default)]
struct Open {
    captures: bool,
    flags_before: Flags,
    branches: Vec<Piece>,
    parts: Vec<Piece>,
}

impl Open {
    fn alternation(mut self, pattern: &str) -> Result<Piece, GoRegexError> {
        self.branches
            .push(Piece::concat(&self.parts).within_limits(pattern)?);
        Piece::alternate(&self.branches).within_limits(pattern)
    }
}

struct Parser<'p> {
    pattern: &'p str,
    rest: &'p str,
    go: GoVersion,
    flags: Flags,
    open: Vec<Open>,
    inner: Open,
    names: Vec<String>,
    /// Where the operator stands that has just been read, if one has.
    operator: Option<usize>,
}

/// Translates a pattern.
pub(crate) fn translate(pattern: &str, go: GoVersion) -> Result<Translation, GoRegexError> {
    let mut parser = Parser {
        pattern,
        rest: pattern,
        go,
        flags: Flags::default(),
        open: Vec::new(),
        inner: Open::default(),
        names: vec![String::new()],
        operator: None,
    };
    while !parser.rest.is_empty() {
        parser.next()?;
    }
    if !parser.open.is_empty() {
        return Err(GoRegexError::refused("missing closing )", pattern));
    }
    Ok(Translation {
        text: parser.inner.alternation(pattern)?.text,
        names: parser.names,
    })
}

impl<'p> Parser<'p> {
    fn next(&mut self) -> Result<(), GoRegexError> {
        let at = self.pattern.len() - self.rest.len();
        let (c, after) = escape::first(self.rest).expect("the rest is not empty");
        let mut operator = None;
        match c {
            '(' if after.starts_with('?') => self.perl_group()?,
            '(' => {
                self.rest = after;
                self.enter(true, String::new());
            }
            '|' => {
                self.rest = after;
                let branch = Piece::concat(&self.inner.parts).within_limits(self.pattern)?;
                self.inner.parts.clear();
                self.inner.branches.push(branch);
            }
            ')' => {
                self.rest = after;
                self.leave()?;
            }
            '^' => self.leaf(
                after,
                if self.flags.multi_line {
                    "(?m:^)"
                } else {
                    r"\A"
                },
            ),
            '$' => self.leaf(
                after,
                if self.flags.multi_line {
                    "(?m:$)"
                } else {
                    r"\z"
                },
            ),
            '.' => self.leaf(
                after,
                if self.flags.dot_newline {
                    "(?s:.)"
                } else {
                    r"[^\n]"
                },
            ),
            '[' => {
                let (class, after) = class::read(self.rest, self.go.knows_loose_properties())?;
                self.class(after, &class);
            }
            '*' => {
                self.repeat(at, after, 0, None, false)?;
                operator = Some(at);
            }
            '+' => {
                self.repeat(at, after, 1, None, false)?;
                operator = Some(at);
            }
            '?' => {
                self.repeat(at, after, 0, Some(1), false)?;
                operator = Some(at);
            }
            '{' => match counts(self.rest) {
                // Braces that are no repetition are plain characters.
                None => self.literal(after, '{'.into()),
                Some((min, max, after)) => {
                    let (Some(min), Ok(max)) = (min, max) else {
                        return self.refused("invalid repeat count", at, after);
                    };
                    if min > 1000 || max.is_some_and(|max| max > 1000 || min > max) {
                        return self.refused("invalid repeat count", at, after);
                    }
                    self.repeat(at, after, min, max, true)?;
                    operator = Some(at);
                }
            },
            '\\' => self.escaped()?,
            c => self.literal(after, c.into()),
        }
        self.operator = operator;
        Ok(())
    }

    fn refused<T>(&self, code: &'static str, from: usize, rest: &str) -> Result<T, GoRegexError> {
        Err(GoRegexError::refused(
            code,
            &self.pattern[from..self.pattern.len() - rest.len()],
        ))
    }

    fn leaf(&mut self, rest: &'p str, text: &str) {
        self.inner.parts.push(Piece::leaf(text));
        self.rest = rest;
    }

    fn folding(&self, text: &str) -> String {
        if self.flags.fold {
            format!("(?i:{text})")
        } else {
            text.to_owned()
        }
    }

    fn class(&mut self, rest: &'p str, class: &str) {
        let text = self.folding(class);
        self.leaf(rest, &text);
    }

    fn literal(&mut self, rest: &'p str, code: u32) {
        let text = self.folding(&escape::literal(code));
        self.inner.parts.push(Piece::literal(text, self.flags.fold));
        self.rest = rest;
    }

    fn enter(&mut self, captures: bool, name: String) {
        if captures {
            self.names.push(name);
        }
        let inner = Open {
            captures,
            flags_before: self.flags,
            ..Open::default()
        };
        self.open.push(std::mem::replace(&mut self.inner, inner));
    }

    fn leave(&mut self) -> Result<(), GoRegexError> {
        let Some(outer) = self.open.pop() else {
            return Err(GoRegexError::refused("unexpected )", self.pattern));
        };
        let group = std::mem::replace(&mut self.inner, outer);
        self.flags = group.flags_before;
        let captures = group.captures;
        let piece = group.alternation(self.pattern)?.group(captures);
        self.inner.parts.push(piece.within_limits(self.pattern)?);
        Ok(())
    }

    fn repeat(
        &mut self,
        at: usize,
        after: &'p str,
        min: u32,
        max: Option<u32>,
        counted: bool,
    ) -> Result<(), GoRegexError> {
        let (after, lazy) = match after.strip_prefix('?') {
            Some(after) => (after, !self.flags.lazy),
            None => (after, self.flags.lazy),
        };
        if let Some(before) = self.operator {
            return self.refused("invalid nested repetition operator", before, after);
        }
        let Some(part) = self.inner.parts.pop() else {
            return self.refused("missing argument to repetition operator", at, after);
        };
        let repeat = Repeat {
            min,
            max,
            counted,
            lazy,
        };
        let Some(part) = part.repeated(repeat) else {
            return self.refused("invalid repeat count", at, after);
        };
        self.inner.parts.push(part.within_limits(self.pattern)?);
        self.rest = after;
        Ok(())
    }

    fn escaped(&mut self) -> Result<(), GoRegexError> {
        let text = self.rest;
        match text.as_bytes().get(1) {
            Some(b'A') => self.leaf(&text[2..], r"\A"),
            Some(b'z') => self.leaf(&text[2..], r"\z"),
            Some(b'b') => self.leaf(&text[2..], r"(?-u:\b)"),
            Some(b'B') => self.leaf(&text[2..], r"(?-u:\B)"),
            Some(b'C') => {
                return Err(GoRegexError::refused("invalid escape sequence", &text[..2]));
            }
            Some(b'Q') => {
                let (quoted, after) = text[2..].split_once(r"\E").unwrap_or((&text[2..], ""));
                for c in quoted.chars() {
                    self.literal(after, c.into());
                }
                self.rest = after;
            }
            Some(b'p' | b'P') => {
                let (class, after) = unicode_class::read(text, self.go.knows_loose_properties())?;
                self.class(after, &class);
            }
            _ => match class::perl(text) {
                Some((class, after)) => self.class(after, class),
                None => {
                    let (code, after) = escape::read(text)?;
                    self.literal(after, code);
                }
            },
        }
        Ok(())
    }

    /// What begins with `(?`: a named group, a group without capture, flags.
    fn perl_group(&mut self) -> Result<(), GoRegexError> {
        let text = self.rest;
        let name_at = if text.len() > 4 && text.starts_with("(?P<") {
            Some(4)
        } else if text.len() > 3 && text.starts_with("(?<") && self.go.knows_short_group_names() {
            Some(3)
        } else {
            None
        };
        if let Some(name_at) = name_at {
            let Some(end) = text.find('>') else {
                return Err(GoRegexError::refused("invalid named capture", text));
            };
            // `(?P<>`, too: the first `>` may stand before the name does.
            let name = text.get(name_at..end).unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(GoRegexError::refused(
                    "invalid named capture",
                    &text[..=end],
                ));
            }
            self.rest = &text[end + 1..];
            self.enter(true, name.to_owned());
            return Ok(());
        }
        let mut flags = self.flags;
        let (mut sets, mut bare) = (true, false);
        let mut rest = &text[2..];
        while let Some((c, after)) = escape::first(rest) {
            rest = after;
            match c {
                'i' => flags.fold = sets,
                'm' => flags.multi_line = sets,
                's' => flags.dot_newline = sets,
                'U' => flags.lazy = sets,
                '-' if sets => {
                    sets = false;
                    bare = true;
                    continue;
                }
                ':' | ')' if !bare => {
                    self.rest = rest;
                    if c == ':' {
                        self.enter(false, String::new());
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
            bare = false;
        }
        Err(GoRegexError::refused(
            "invalid or unsupported Perl syntax",
            &text[..text.len() - rest.len()],
        ))
    }
}

/// A least count, a largest one (each missing where the number is too big to be read), and the rest.
type Counts<'t> = (Option<u32>, Result<Option<u32>, ()>, &'t str);

/// Reads `{n}`, `{n,}` or `{n,m}`; none where the text is not of that form.
fn counts(text: &str) -> Option<Counts<'_>> {
    let (min, rest) = number(text.strip_prefix('{')?)?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((min, min.map(Some).ok_or(()), rest));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((min, Ok(None), rest));
    }
    let (max, rest) = number(rest)?;
    Some((min, max.map(Some).ok_or(()), rest.strip_prefix('}')?))
}

/// A number without leading zeros; its value is missing where it is too big.
fn number(text: &str) -> Option<(Option<u32>, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || (digits > 1 && text.starts_with('0')) {
        return None;
    }
    Some((text[..digits].parse().ok(), &text[digits..]))
}

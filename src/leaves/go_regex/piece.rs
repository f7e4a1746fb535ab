//! A translated part of a pattern, with the measures by which Go refuses patterns that are too big.

use crate::leaves::go_regex::error::GoRegexError;
use crate::leaves::go_regex::escape::NEVER;

/// The deepest tree that Go builds.
const DEEPEST: u32 = 1000;

/// The most instructions that Go compiles a pattern to.
const MOST_INSTRUCTIONS: u64 = (128 << 20) / 40;

/// The largest repetition, nested ones multiplied.
const MOST_REPEATS: u64 = 1000;

/// A translated part that an operator can follow.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// The part in Rust's syntax.
    pub(crate) text: String,
    height: u32,
    instructions: u64,
    repeats: u64,
    literal: Option<bool>,
}

/// How often a part is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeat {
    /// The least number of times.
    pub(crate) min: u32,
    /// The largest number of times; none where there is no limit.
    pub(crate) max: Option<u32>,
    /// Whether it was written with braces.
    pub(crate) counted: bool,
    /// Whether it prefers fewer.
    pub(crate) lazy: bool,
}

impl Piece {
    /// A part that is one node: a class, an assertion, an empty match.
    pub(crate) fn leaf(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            height: 1,
            instructions: 1,
            repeats: 1,
            literal: None,
        }
    }

    /// One character. Adjacent ones of the same case folding are one node to Go.
    pub(crate) fn literal(text: String, fold: bool) -> Self {
        Self {
            literal: Some(fold),
            ..Self::leaf(text)
        }
    }

    /// Parts one after the other; the text is not yet one that an operator can follow.
    pub(crate) fn concat(parts: &[Self]) -> Self {
        let mut nodes = 0;
        let mut before = None;
        for part in parts {
            if part.literal.is_none() || part.literal != before {
                nodes += 1;
            }
            before = part.literal;
        }
        Self::over(parts, "", nodes, 0)
    }

    /// One of several parts.
    pub(crate) fn alternate(branches: &[Self]) -> Self {
        Self::over(
            branches,
            "|",
            branches.len(),
            branches.len().saturating_sub(1) as u64,
        )
    }

    fn over(parts: &[Self], separator: &str, nodes: usize, more: u64) -> Self {
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        Self {
            text: texts.join(separator),
            height: parts.iter().map(|part| part.height).max().unwrap_or(1) + u32::from(nodes > 1),
            instructions: parts
                .iter()
                .fold(more, |sum, part| sum.saturating_add(part.instructions))
                .max(1),
            repeats: parts.iter().map(|part| part.repeats).max().unwrap_or(1),
            literal: None,
        }
    }

    /// The part as a group.
    pub(crate) fn group(self, captures: bool) -> Self {
        let open = if captures { "(" } else { "(?:" };
        Self {
            text: format!("{open}{})", self.text),
            height: self.height + u32::from(captures),
            instructions: self.instructions.saturating_add(2 * u64::from(captures)),
            literal: None,
            ..self
        }
    }

    /// The part repeated; none where nested repetitions multiply to more than Go takes.
    pub(crate) fn repeated(self, repeat: Repeat) -> Option<Self> {
        let min = u64::from(repeat.min);
        let times = match repeat.max {
            Some(max) => u64::from(max),
            None => min,
        };
        let repeats = if repeat.counted {
            times.max(1).saturating_mul(self.repeats)
        } else {
            self.repeats
        };
        if repeat.counted && times >= 2 && repeats > MOST_REPEATS {
            return None;
        }
        if repeat.max == Some(0) {
            // Said so because the engine forgets the groups in what it never repeats.
            return Some(Self {
                text: format!("(?:|{NEVER}{})", self.text),
                height: self.height + 1,
                repeats: 1,
                literal: None,
                ..self
            });
        }
        let operator = match (repeat.min, repeat.max) {
            (0, None) => "*".to_owned(),
            (1, None) => "+".to_owned(),
            (0, Some(1)) => "?".to_owned(),
            (min, None) => format!("{{{min},}}"),
            (min, Some(max)) if min == max => format!("{{{min}}}"),
            (min, Some(max)) => format!("{{{min},{max}}}"),
        };
        let instructions = match repeat.max {
            None if min == 0 => self.instructions.saturating_add(2),
            None => self.instructions.saturating_mul(min).saturating_add(1),
            Some(max) => self
                .instructions
                .saturating_mul(u64::from(max))
                .saturating_add(u64::from(max.saturating_sub(repeat.min))),
        };
        Some(Self {
            text: format!(
                "(?:{}{operator}{})",
                self.text,
                if repeat.lazy { "?" } else { "" }
            ),
            height: self.height + 1,
            instructions: instructions.max(1),
            repeats,
            literal: None,
        })
    }

    /// Refuses a part that has grown beyond what Go builds.
    pub(crate) fn within_limits(self, pattern: &str) -> Result<Self, GoRegexError> {
        if self.instructions > MOST_INSTRUCTIONS {
            Err(GoRegexError::refused("expression too large", pattern))
        } else if self.height > DEEPEST {
            Err(GoRegexError::refused(
                "expression nests too deeply",
                pattern,
            ))
        } else {
            Ok(self)
        }
    }
}

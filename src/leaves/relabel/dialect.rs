//! What differs from one Prometheus to the next.

use crate::leaves::go_regex::GoVersion;

/// How a version of Prometheus relabels. Regexes are read as the official build of that version reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dialect {
    version: (u16, u16),
    legacy_names: bool,
}

impl Dialect {
    /// The dialect of a version as the server says it: `2.42.0`, `v3.14.0`, `3.0.0-rc.1`; none where it begins with no two numbers.
    pub fn of(version: &str) -> Option<Self> {
        let mut numbers = version.strip_prefix('v').unwrap_or(version).split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?;
        let digits = minor.bytes().take_while(u8::is_ascii_digit).count();
        Some(Self {
            version: (major, minor[..digits].parse().ok()?),
            legacy_names: false,
        })
    }

    /// The newest version whose behaviour is known.
    pub fn newest() -> Self {
        Self {
            version: (3, 14),
            legacy_names: false,
        }
    }

    /// The same version with `metric_name_validation_scheme: legacy`: label names are ASCII even though it knows more. Relabelling heeds
    /// it from 3.7 on.
    #[must_use]
    pub fn with_legacy_names(self) -> Self {
        Self {
            legacy_names: true,
            ..self
        }
    }

    /// Whether any text may be a label's name, as in 3.x; else ASCII letters, digits and underscores.
    pub fn has_utf8_names(self) -> bool {
        self.version >= (3, 0) && !(self.legacy_names && self.version >= (3, 7))
    }

    /// Whether the dot of a regex matches a newline, as in 3.x.
    pub fn dot_matches_newline(self) -> bool {
        self.version >= (3, 0)
    }

    /// Whether the loaded configuration shows an empty `separator` and `replacement`. Before 3.14 it leaves them out.
    pub fn shows_empty_texts(self) -> bool {
        self.version >= (3, 14)
    }

    /// A regex with the anchors that this version puts around it.
    pub(crate) fn anchored(self, pattern: &str) -> String {
        let flag = if self.dot_matches_newline() { "s" } else { "" };
        format!("^(?{flag}:{pattern})$")
    }

    /// The Go that the official build uses.
    pub(crate) fn go(self) -> GoVersion {
        GoVersion(
            1,
            match self.version {
                (..=2, ..=43) => 19,
                (..=2, ..=46) => 20,
                (..=2, ..=50) => 21,
                (..=2, ..=54) => 22,
                (..=2, _) | (3, ..=2) => 23,
                (3, ..=6) => 24,
                (3, ..=9) => 25,
                _ => 26,
            },
        )
    }

    /// Whether it is that version or a later one.
    pub(crate) fn is_from(self, major: u16, minor: u16) -> bool {
        self.version >= (major, minor)
    }

    /// Whether the labels are sorted before each rule; from 2.43 on those that rules set stand last.
    pub(crate) fn sorts_before_each_rule(self) -> bool {
        self.version <= (2, 42)
    }

    /// Whether `replace` removes the label that the target expands to, where there is nothing to set; before 2.50 it removed the label
    /// named as the target is written, and so none where the target has a `$`.
    pub(crate) fn removes_expanded_target(self) -> bool {
        self.version >= (2, 50)
    }

    /// Whether a text may be the name of a source label.
    pub(crate) fn may_be_source(self, name: &str) -> bool {
        if self.version >= (3, 0) {
            !name.is_empty()
        } else {
            is_legacy_name(name)
        }
    }

    /// Whether a text may be a label's name.
    pub(crate) fn is_label_name(self, name: &str) -> bool {
        if self.has_utf8_names() {
            !name.is_empty()
        } else {
            is_legacy_name(name)
        }
    }

    /// Whether a text that variables stand in may become a label's name.
    pub(crate) fn is_label_template(self, text: &str) -> bool {
        match self.version {
            (..=2, _) | (3, ..=1) => is_legacy_template(text),
            (3, ..=7) => self.is_label_name(text),
            _ if self.has_utf8_names() => !text.is_empty(),
            _ => is_legacy_template(text),
        }
    }

    /// Whether the targets of all actions but `hashmod` are checked as if variables could stand in them: before 2.50.
    pub(crate) fn takes_variables_in_any_target(self) -> bool {
        self.version < (2, 50)
    }
}

fn is_legacy_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.bytes().all(is_word)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the text is made of words and of variables `$word` and `${word}`, and does not begin with a digit.
fn is_legacy_template(text: &str) -> bool {
    let mut rest = text;
    let mut begun = false;
    while !rest.is_empty() {
        let word = |text: &str| text.bytes().take_while(|byte| is_word(*byte)).count();
        rest = if let Some(after) = rest.strip_prefix("${") {
            let length = word(after);
            match after[length..].strip_prefix('}') {
                Some(after) if length > 0 => after,
                _ => return false,
            }
        } else if let Some(after) = rest.strip_prefix('$') {
            match word(after) {
                0 => return false,
                length => &after[length..],
            }
        } else {
            match word(rest) {
                0 => return false,
                _ if !begun && rest.starts_with(|c: char| c.is_ascii_digit()) => return false,
                length => &rest[length..],
            }
        };
        begun = true;
    }
    begun
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::go_regex::GoRegex;

    #[test]
    fn versions_are_read_as_servers_say_them() {
        for (text, version) in [
            ("2.42.0", (2, 42)),
            ("v3.14.0", (3, 14)),
            ("3.0.0-rc.1", (3, 0)),
            ("2.42.0+ds", (2, 42)),
            ("3.14", (3, 14)),
        ] {
            assert_eq!(Dialect::of(text).unwrap().version, version, "{text}");
        }
        for text in ["", "3", "three.two", "3.", "3.x", "99999.1"] {
            assert_eq!(Dialect::of(text), None, "{text}");
        }
    }

    #[test]
    fn legacy_targets_are_words_and_variables() {
        for good in [
            "a", "_", "a1", "$1", "${1}", "out_${1}", "${a}1", "$1${2}x9", "a$b",
        ] {
            assert!(is_legacy_template(good), "{good}");
        }
        for bad in [
            "", "1", "1a", "$", "${", "${}", "a-b", "a$", "$$", "${a-b}", "é", "$é", "1$a",
        ] {
            assert!(!is_legacy_template(bad), "{bad}");
        }
    }

    #[test]
    fn legacy_targets_are_those_that_the_pattern_of_the_server_takes() {
        // Prometheus' own pattern for them.
        let pattern = r"^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$";
        let server = GoRegex::new(pattern, GoVersion(1, 26)).unwrap();
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            texts = texts
                .iter()
                .flat_map(|text| ["", "a", "1", "$", "{", "}", "-"].map(|c| format!("{text}{c}")))
                .collect();
        }
        for text in texts {
            assert_eq!(is_legacy_template(&text), server.is_match(&text), "{text}");
        }
    }
}

//! A pattern that is ready to match.

use regex::{Captures, Regex, RegexBuilder};

use crate::leaves::go_regex::error::GoRegexError;
use crate::leaves::go_regex::parse::{self, GoVersion};
use crate::leaves::go_regex::template::Template;

/// The largest program built for a pattern, in bytes.
const LARGEST: usize = 64 << 20;

/// The deepest nesting given to the engine, which recurses: Go takes more, but each level costs stack here.
const DEEPEST: u32 = 250;

/// A regular expression in Go's syntax. Matching takes linear time.
#[derive(Clone, Debug)]
pub struct GoRegex {
    regex: Regex,
    names: Vec<String>,
}

impl GoRegex {
    /// Compiles a pattern as the given release of Go reads it.
    ///
    /// # Errors
    /// What Go refuses is refused in its words; what Go accepts and the engine here does not is
    /// [`GoRegexError::Untranslatable`].
    pub fn new(pattern: &str, go: GoVersion) -> Result<Self, GoRegexError> {
        let translation = parse::translate(pattern, go)?;
        let untranslatable = |why: String| GoRegexError::Untranslatable {
            pattern: pattern.to_owned(),
            why,
        };
        let regex = RegexBuilder::new(&translation.text)
            .size_limit(LARGEST)
            .nest_limit(DEEPEST)
            .build()
            .map_err(|why| {
                untranslatable(match why {
                    regex::Error::CompiledTooBig(limit) => {
                        format!("it needs more than {} MiB", limit >> 20)
                    }
                    why => why
                        .to_string()
                        .lines()
                        .last()
                        .unwrap_or_default()
                        .to_owned(),
                })
            })?;
        if regex.captures_len() != translation.names.len() {
            return Err(untranslatable("it loses a group".to_owned()));
        }
        Ok(Self {
            regex,
            names: translation.names,
        })
    }

    /// Compiles a pattern that must match the whole text, its dot matching newlines: as Prometheus 3 reads the matchers of a selector.
    ///
    /// # Errors
    /// As for [`GoRegex::new`], with the part of the pattern that is wrong as it was written where that can be said.
    pub fn whole(pattern: &str) -> Result<Self, GoRegexError> {
        const NEWEST: GoVersion = GoVersion(1, 26);
        Self::new(&format!("^(?s:{pattern})$"), NEWEST)
            .map_err(|why| parse::translate(pattern, NEWEST).err().unwrap_or(why))
    }

    /// Whether the pattern matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The first match with its groups.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex.captures(text)
    }

    /// What a replacement gives for a match.
    pub fn expand(&self, template: &Template, found: &Captures<'_>) -> String {
        template.expand(&self.names, found)
    }

    /// The text with each match replaced, as Go does it: an empty match right after another match is left alone.
    pub fn replace_all(&self, text: &str, template: &Template) -> String {
        let mut out = String::new();
        let (mut copied, mut from) = (0, 0);
        while from <= text.len()
            && let Some(found) = self.regex.captures_at(text, from)
        {
            let all = found.get_match();
            out.push_str(&text[copied..all.start()]);
            if all.end() > copied || all.start() == 0 {
                out.push_str(&self.expand(template, &found));
            }
            copied = all.end();
            let next = from + text[from..].chars().next().map_or(1, char::len_utf8);
            from = next.max(all.end());
        }
        out.push_str(&text[copied.min(text.len())..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy as _, any, prop, proptest};

    use super::*;

    const GO: GoVersion = GoVersion(1, 26);

    fn refusal(pattern: &str) -> String {
        GoRegex::new(pattern, GO).unwrap_err().to_string()
    }

    #[test]
    fn what_differs_from_rust_is_as_in_go() {
        for (pattern, text, matches) in [
            (r"^\d$", "٣", false),
            (r"^\w$", "é", false),
            (r"^\s$", "\u{b}", false),
            (r"^\bé$", "é", false),
            ("^a{b}c$", "a{b}c", true),
            ("^x{,2}$", "x{,2}", true),
            ("^[[]$", "[", true),
            ("^[a&&b]$", "&", true),
            ("^[a~~b]$", "~", true),
            ("^[+--]$", ",", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"^\101\07$", "A\u{7}", true),
            (r"^\pN\p{Greek}$", "1α", true),
            ("^(?i)k$", "\u{212A}", true),
            ("^.$", "\n", false),
            ("^(?s:.)$", "\n", true),
            (r"^\x{D800}$", "a", false),
        ] {
            let regex = GoRegex::new(pattern, GO).unwrap();
            assert_eq!(regex.is_match(text), matches, "{pattern} on {text:?}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused_in_its_words() {
        for (pattern, reason) in [
            ("a**", "invalid nested repetition operator: `**`"),
            ("x{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("x{1001}", "invalid repeat count: `{1001}`"),
            ("(x{40}){40}", "invalid repeat count: `{40}`"),
            ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            (r"\u0041", r"invalid escape sequence: `\u`"),
            (r"\1", r"invalid escape sequence: `\1`"),
            ("(a", "missing closing ): `(a`"),
            ("a)", "unexpected ): `a)`"),
            ("[a", "missing closing ]: `[a`"),
            ("*", "missing argument to repetition operator: `*`"),
            (r"\", "trailing backslash at end of expression: ``"),
            (
                r"\p{Alphabetic}",
                r"invalid character class range: `\p{Alphabetic}`",
            ),
        ] {
            assert_eq!(refusal(pattern), format!("error parsing regexp: {reason}"));
        }
        let deep = format!("{}a{}", "(".repeat(1200), ")".repeat(1200));
        assert!(refusal(&deep).contains("expression nests too deeply"));
        let large = format!("(?:{}){{1000}}", "ab".repeat(2000));
        assert!(refusal(&large).contains("expression too large"));
    }

    #[test]
    fn syntax_that_came_later_is_refused_before() {
        for (pattern, since) in [
            ("(?<n>a)", GoVersion(1, 22)),
            (r"\p{Letter}", GoVersion(1, 25)),
        ] {
            assert!(GoRegex::new(pattern, since).is_ok(), "{pattern}");
            let before = GoVersion(since.0, since.1 - 1);
            assert!(GoRegex::new(pattern, before).is_err(), "{pattern}");
        }
    }

    #[test]
    fn nesting_is_taken_up_to_a_depth_and_is_an_error_of_its_own_beyond() {
        let shapes = [
            ("(", ")"),
            ("(?:", "x)*"),
            ("(x|", "y)?"),
            ("(?i:é[^a](", ")){0}"),
        ];
        for (open, close) in shapes {
            let nested = |depth: usize| format!("{}a{}", open.repeat(depth), close.repeat(depth));
            assert!(GoRegex::new(&nested(30), GO).is_ok(), "{open}");
            for depth in 30..260 {
                match GoRegex::new(&nested(depth), GO) {
                    Ok(_) => {}
                    Err(GoRegexError::Untranslatable { .. }) => break,
                    Err(why) => panic!("{why}"),
                }
            }
        }
    }

    #[test]
    fn a_pattern_too_large_for_the_engine_is_an_error_of_its_own() {
        let large = r"(?i:\pL\pL\pL\pL\pL\pL\pL\pL\pL\pL\pL\pL){1000}";
        let why = GoRegex::new(large, GO).unwrap_err();
        assert!(matches!(why, GoRegexError::Untranslatable { .. }), "{why}");
    }

    #[test]
    fn replacements_expand_as_in_go() {
        let regex = GoRegex::whole("(?P<first>a+)(b)?").unwrap();
        for (template, text) in [
            ("$1", "aa"),
            ("${1}_x", "aa_x"),
            ("$1_x", ""),
            ("$first-", "aa-"),
            ("${first}", "aa"),
            ("$2|$3|$10", "||"),
            ("$$1", "$1"),
            ("$", "$"),
            ("a$-", "a$-"),
            ("${", "${"),
            ("${1", "${1"),
            ("$(1)", "$(1)"),
            ("$01", ""),
            ("$0é", ""),
            ("$0", "aa"),
        ] {
            let replaced = regex.replace_all("aa", &Template::new(template));
            assert_eq!(replaced, text, "{template}");
        }
    }

    /// Patterns made of what patterns are made of.
    fn patterns() -> impl proptest::strategy::Strategy<Value = String> {
        let token = proptest::sample::select(vec![
            "a",
            "é",
            "\n",
            ".",
            "^",
            "$",
            "|",
            "(",
            ")",
            "(?",
            "(?:",
            "(?i)",
            "(?P<n>",
            "<",
            ">",
            "[",
            "]",
            "[^",
            "[:alpha:]",
            "[:",
            ":]",
            "-",
            "&&",
            "~~",
            "\\",
            "\\d",
            "\\W",
            "\\b",
            "\\B",
            "\\p",
            "\\pL",
            "\\p{Greek}",
            "\\P{^",
            "\\Q",
            "\\E",
            "\\x",
            "\\x{",
            "10FFFF",
            "D800",
            "\\7",
            "\\01",
            "*",
            "+",
            "?",
            "{",
            "}",
            "{2}",
            "{0}",
            "{1000}",
            "{,",
            "1",
            ",",
            "😀",
        ]);
        prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat())
    }

    proptest! {
        #[test]
        fn no_pattern_is_a_panic(pattern in patterns(), text in any::<String>(), old in any::<bool>()) {
            let go = if old { GoVersion(1, 19) } else { GO };
            if let Ok(regex) = GoRegex::new(&pattern, go) {
                let _ = regex.replace_all(&text, &Template::new(&pattern));
            }
        }

        #[test]
        fn no_text_is_a_panic(pattern in any::<String>()) {
            let _ = GoRegex::whole(&pattern).map(|regex| regex.replace_all(&pattern, &Template::new(&pattern)));
        }
    }
}

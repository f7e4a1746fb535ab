//! Ink: colour for the terminal, and the taming of untrusted text.

use std::fmt::Write as _;

/// How to colour: decided once, by `cli`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ink {
    /// Whether escape sequences may be written.
    pub colour: bool,
}

impl Ink {
    /// Good news.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Bad news.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// News of things that could not be asked, and waivers.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What may be skipped in reading.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// What must not be skipped.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Untrusted text made safe for one line of a terminal: control characters, escapes, bidirectional and zero-width characters
/// become visible, and a line stays a line.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Zero-width and bidirectional characters, the byte order mark, and other formatting that hides or reorders text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{61c}' | '\u{ad}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_line_breaks_become_visible() {
        assert_eq!(
            visible("a\x1b[2J\nPASS all\r\u{9b}\u{202e}b"),
            "a\\u{1b}[2J\\nPASS all\\r\\u{9b}\\u{202e}b"
        );
    }
}

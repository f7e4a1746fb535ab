//! A page of text, wrapped to the terminal: headings, paragraphs, terms with what they mean, and code as it stands.

use unicode_width::UnicodeWidthStr;

use crate::leaves::Ink;
use crate::report::tame;

/// Columns by which everything below a heading is indented.
const INDENT: usize = 2;
/// Columns beyond which a term stands on a line of its own.
const LONGEST_TERM: usize = 16;

/// A page while it is written.
#[derive(Debug)]
pub(crate) struct Page {
    ink: Ink,
    width: usize,
    text: String,
}

impl Page {
    /// An empty page of that width.
    pub(crate) fn new(ink: Ink, width: usize) -> Self {
        Self {
            ink,
            width: width.max(40),
            text: String::new(),
        }
    }

    /// A line in bold, apart from what stands before it.
    pub(crate) fn heading(&mut self, text: &str) {
        self.gap();
        let bold = self.ink.bold(&tame(text));
        self.line(&bold);
    }

    /// Markdown of paragraphs and fenced code.
    pub(crate) fn prose(&mut self, markdown: &str, indent: usize) {
        let mut paragraph: Vec<&str> = Vec::new();
        let mut is_code = false;
        for line in markdown.lines() {
            if line.trim_start().starts_with("```") {
                self.paragraph(&mut paragraph, indent);
                is_code = !is_code;
                if is_code {
                    self.gap();
                }
            } else if is_code {
                self.line(&format!("{:indent$}  {}", "", tame(line)));
            } else if line.trim().is_empty() {
                self.paragraph(&mut paragraph, indent);
                self.gap();
            } else {
                paragraph.push(line.trim());
            }
        }
        self.paragraph(&mut paragraph, indent);
    }

    /// A term and what it means, the meaning in a column of its own.
    pub(crate) fn term(&mut self, term: &str, means: &str) {
        let term = tame(term);
        let column = INDENT + LONGEST_TERM + 2;
        let lines = wrapped(&tame(&joined(means)), self.width.saturating_sub(column));
        let mut lines = lines.iter();
        if term.width() > LONGEST_TERM {
            let bold = self.ink.bold(&term);
            self.line(&format!("{:INDENT$}{bold}", ""));
        } else if let Some(first) = lines.next() {
            let pad = LONGEST_TERM - term.width() + 2;
            let bold = self.ink.bold(&term);
            self.line(&format!("{:INDENT$}{bold}{:pad$}{first}", "", ""));
        } else {
            let bold = self.ink.bold(&term);
            self.line(&format!("{:INDENT$}{bold}", ""));
        }
        for line in lines {
            self.line(&format!("{:column$}{line}", ""));
        }
    }

    /// Text as it stands, such as an example.
    pub(crate) fn verbatim(&mut self, text: &str) {
        for line in text.lines() {
            self.line(&format!("{:INDENT$}{}", "", tame(line)));
        }
    }

    /// The whole page.
    pub(crate) fn text(self) -> String {
        self.text
    }

    fn paragraph(&mut self, paragraph: &mut Vec<&str>, indent: usize) {
        let text = tame(&paragraph.join(" "));
        paragraph.clear();
        for line in wrapped(&text, self.width.saturating_sub(indent)) {
            self.line(&format!("{:indent$}{line}", ""));
        }
    }

    /// An empty line, unless one stands there or nothing does.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// A text that was broken into lines by whoever wrote it, in one line.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a text in lines of at most so many columns; a longer word has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_and_code_is_not() {
        let mut page = Page::new(Ink::default(), 40);
        page.heading("metric");
        page.prose(
            "A metric is there, at one hop\nor through several of them.\n\n```yaml\n- metric: a_very_long_name_that_does_not_fit_at_all\n```",
            2,
        );
        page.term("at", "The hop to ask; every hop without it, as was said.");
        page.term("a_term_that_is_long", "Stands alone.");
        assert_eq!(
            page.text(),
            "metric\n  A metric is there, at one hop or\n  through several of them.\n\n    - metric: a_very_long_name_that_does_not_fit_at_all\n  at                The hop to ask;\n                    every hop without\n                    it, as was said.\n  a_term_that_is_long\n                    Stands alone.\n"
        );
    }

    #[test]
    fn nothing_on_a_page_acts_on_a_terminal() {
        let mut page = Page::new(Ink::default(), 80);
        page.heading("a\u{1b}[2Jb");
        page.verbatim("::error::x\u{1b}");
        page.term("k\r", "v\u{7}");
        let text = page.text();
        assert!(!text.contains('\u{1b}') && !text.contains('\r') && !text.contains('\u{7}'));
    }
}

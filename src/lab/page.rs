//! Pages of metrics in the text format.

use std::fmt::Write as _;

use crate::lab::number::in_text;
use crate::lab::series::Labels;

/// The content type of an exporter's page.
pub(crate) const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The content type of a server that knows how to escape names.
pub(crate) const TEXT_FORMAT_ESCAPING: &str =
    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

/// A page in the making.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// Begins a family: its name, type and help.
    pub(crate) fn family(&mut self, name: &str, kind: &str, help: &str) -> &mut Self {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.line(&format!("# HELP {name} {help}"));
        self.line(&format!("# TYPE {name} {kind}"))
    }

    /// One sample of the family.
    pub(crate) fn sample(&mut self, name: &str, labels: &Labels, value: f64) -> &mut Self {
        self.stamped(name, labels, value, None)
    }

    /// The same with a timestamp in milliseconds, where there is one.
    pub(crate) fn stamped(
        &mut self,
        name: &str,
        labels: &Labels,
        value: f64,
        stamp_ms: Option<i64>,
    ) -> &mut Self {
        let mut line = name.to_owned();
        if !labels.is_empty() {
            let pairs: Vec<String> = labels
                .iter()
                .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
                .collect();
            line.push('{');
            line.push_str(&pairs.join(","));
            line.push('}');
        }
        let _ = write!(line, " {}", in_text(value));
        if let Some(stamp_ms) = stamp_ms {
            let _ = write!(line, " {stamp_ms}");
        }
        self.line(&line)
    }

    /// The finished text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, line: &str) -> &mut Self {
        self.text.push_str(line);
        self.text.push('\n');
        self
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::Page;
    use crate::lab::series::labels;

    #[test]
    fn a_page_escapes_what_would_break_it() {
        let mut page = Page::default();
        page.family("m", "gauge", "two\nlines").sample(
            "m",
            &labels(&[("a", "x\"y\\z\n")]),
            -9.994e-07,
        );
        assert_eq!(
            page.finish(),
            "# HELP m two\\nlines\n# TYPE m gauge\nm{a=\"x\\\"y\\\\z\\n\"} -9.994e-07\n"
        );
    }
}

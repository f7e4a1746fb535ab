//! Texts that servers send in place of an answer, as messages quote them.

use crate::leaves::words;

/// Bytes of a server's text that a message quotes.
pub(crate) const LONGEST_QUOTE: usize = 200;

/// Where the text is a page: ` (title ..)`, or nothing more where it has no title.
pub(crate) fn html(text: &str) -> Option<String> {
    let start = text.trim_start();
    let head: String = start
        .chars()
        .take(4_096)
        .collect::<String>()
        .to_ascii_lowercase();
    if !head.starts_with("<!doctype html") && !head.contains("<html") && !head.contains("<head") {
        return None;
    }
    // Lower-casing ASCII keeps every offset.
    let lower = start.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|at| {
        let from = at + lower[at..].find('>')? + 1;
        let to = from + lower[from..].find("</title")?;
        Some(one_line(&start[from..to]))
    });
    Some(match title {
        Some(title) if !title.is_empty() => format!(" (title `{}`)", words::cut(&title, 80)),
        _ => String::new(),
    })
}

/// The beginning of a server's text, on one line, as messages quote it.
pub(crate) fn quoted(text: &str) -> String {
    words::cut(&one_line(text), LONGEST_QUOTE)
}

/// The text with each run of blanks as one.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

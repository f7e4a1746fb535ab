//! Keeping a traced metric as a check: appended to a suite as a person would write it, or in a new suite. The rest of the file stays
//! as it is, to the byte.

use std::fs;
use std::path::Path;

use crate::cli::atomic_file::{AtomicFile, Readers};

/// Appends a check to a suite's `checks`.
///
/// # Errors
/// The file cannot be read or written, or its `checks` are not a plain list; the text to add by hand is told then.
pub(crate) fn append(file: &Path, entry: &[String]) -> Result<(), String> {
    let name = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    let whole = with_check(&text, entry).ok_or_else(|| {
        format!(
            "`{name}` has no plain list of `checks` to append to: add this by hand:\n{}",
            item("  ", entry)
        )
    })?;
    AtomicFile::at(file, Readers::All)?.write(whole.as_bytes())
}

/// Writes a new suite with one check.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn found(file: &Path, suite: &str, entry: &[String]) -> Result<(), String> {
    let whole = format!("{suite}checks:\n{}", item("  ", entry));
    AtomicFile::at(file, Readers::All)?.write(whole.as_bytes())
}

fn item(indent: &str, entry: &[String]) -> String {
    let lines = entry.iter().enumerate().map(|(at, line)| {
        let lead = if at == 0 { "- " } else { "  " };
        format!("{indent}{lead}{line}\n")
    });
    lines.collect()
}

/// The text with one more item at the end of its `checks`; none where they are not a block list at the top level.
fn with_check(text: &str, entry: &[String]) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_key = |line: &str| {
        let key = line.strip_prefix("checks:")?;
        let rest = key.trim();
        (rest.is_empty() || rest.starts_with('#')).then_some(())
    };
    let start = lines.iter().position(|line| is_key(line).is_some())?;
    let ends = |line: &&str| {
        !line.starts_with([' ', '\t', '#', '-', '\n', '\r']) || line.starts_with("---")
    };
    let length = lines[start + 1..]
        .iter()
        .position(ends)
        .unwrap_or(lines.len() - start - 1);
    let section = &lines[start + 1..start + 1 + length];
    let is_said = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let first = section.iter().find(|line| is_said(line))?;
    let indent = &first[..first.len() - first.trim_start().len()];
    if !first[indent.len()..].starts_with("- ") {
        return None;
    }
    let last = start + 1 + section.iter().rposition(is_said)?;
    let mut out: String = lines[..=last].concat();
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&item(indent, entry));
    out.push_str(&lines[last + 1..].concat());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(text: &str) -> Option<String> {
        with_check(text, &["metric: 'x'".to_owned(), "fresh: '5m'".to_owned()])
    }

    #[test]
    fn a_check_is_appended_with_the_list_s_own_indent_and_nothing_else_changes() {
        assert_eq!(
            saved("suite: a\nchecks: # all\n  # first\n  - metric: up\n    fresh: 1m\n\n# end\n")
                .unwrap(),
            "suite: a\nchecks: # all\n  # first\n  - metric: up\n    fresh: 1m\n  - metric: 'x'\n    fresh: '5m'\n\n# end\n"
        );
        assert_eq!(
            saved("checks:\n- metric: up\nowner: me\n").unwrap(),
            "checks:\n- metric: up\n- metric: 'x'\n  fresh: '5m'\nowner: me\n"
        );
        assert_eq!(
            saved("checks:\n  - metric: up").unwrap(),
            "checks:\n  - metric: up\n  - metric: 'x'\n    fresh: '5m'\n"
        );
    }

    #[test]
    fn what_is_no_plain_list_is_left_alone() {
        for text in [
            "suite: a\n",
            "checks: []\n",
            "checks: [{ metric: up }]\n",
            "checks:\n  metric: up\n",
            "",
        ] {
            assert_eq!(saved(text), None, "{text}");
        }
    }
}

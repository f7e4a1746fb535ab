//! Untrusted text on a terminal or in a CI log: nothing in it may move the cursor, forge a line or give the CI server a command.

use crate::leaves::visible;

/// Untrusted text made safe for one line of output: control and invisible characters become visible, and CI commands are broken.
pub fn tame(text: &str) -> String {
    without_ci_commands(&visible(text))
}

/// The same text with every CI command broken by a visible escape: `::` at the start of a line (GitHub; it looks past spaces),
/// and `##[` (GitHub and Azure), `##vso[`, `##teamcity[` anywhere. Line breaks stay; for whole outputs of several lines.
pub fn without_ci_commands(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let indent = line.len() - line.trim_start().len();
        let (space, rest) = line.split_at(indent);
        out.push_str(space);
        match rest.strip_prefix("::") {
            Some(rest) => {
                out.push_str("\\u{3a}:");
                push_without_marks(&mut out, rest);
            }
            None => push_without_marks(&mut out, rest),
        }
    }
    out
}

fn push_without_marks(out: &mut String, line: &str) {
    let mut rest = line;
    while let Some(at) = rest.find("##") {
        let (before, mark) = rest.split_at(at);
        out.push_str(before);
        let lower: String = mark.chars().take(12).collect::<String>().to_lowercase();
        let is_command = ["##[", "##vso[", "##teamcity["]
            .iter()
            .any(|command| lower.starts_with(command));
        out.push_str(if is_command { "\\u{23}" } else { "#" });
        rest = &mark[1..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i05_ci_commands_are_broken_visibly() {
        for (text, tamed) in [
            ("::error::x", "\\u{3a}:error::x"),
            ("  ::set-output name=a::b", "  \\u{3a}:set-output name=a::b"),
            ("a ::error:: b", "a ::error:: b"),
            ("x ##[error]y", "x \\u{23}#[error]y"),
            ("##vso[task.complete]", "\\u{23}#vso[task.complete]"),
            ("###teamcity[x]", "#\\u{23}#teamcity[x]"),
            ("## heading", "## heading"),
            ("##VSO[x]", "\\u{23}#VSO[x]"),
        ] {
            assert_eq!(tame(text), tamed);
        }
        assert_eq!(without_ci_commands("a\n::b::\n c"), "a\n\\u{3a}:b::\n c");
    }

    #[test]
    fn i03_i08_no_control_character_is_left_and_a_line_stays_a_line() {
        let text = "a\x1b]8;;http://x\x07b\r\nPASS all\u{9b}2J\u{202e}c\u{200b}";
        let tamed = tame(text);
        assert!(!tamed.chars().any(char::is_control), "{tamed}");
        assert!(tamed.contains("\\u{202e}c\\u{200b}"), "{tamed}");
    }
}

//! Figures in sentences: ages, rates and counts that another run of the same would tell otherwise. They are marked where a sentence is
//! made, and read out when a finding is filed: once with all of them, and once in short, so that two reports of one gap can be compared
//! line by line.

use std::fmt::Display;

/// Characters for private use: no server's text is changed by their removal.
const OPEN: char = '\u{e000}';
const TURN: char = '\u{e001}';
const CLOSE: char = '\u{e002}';

/// A part of a sentence that holds a figure, and what is said in its place in short; nothing, where the sentence does without.
pub(crate) fn figure(shown: impl Display, in_short: &str) -> String {
    format!("{OPEN}{shown}{TURN}{in_short}{CLOSE}")
}

/// How many, where the number is a figure: `some` in short. None at all is a fact, and stays.
pub(crate) fn some(number: f64) -> String {
    match number {
        0.0 => "0".to_owned(),
        _ => figure(number, "some"),
    }
}

/// The sentence with all its figures.
pub(crate) fn whole(text: &str) -> String {
    read(text, false)
}

/// The sentence without them; none where it has none.
pub(crate) fn in_short(text: &str) -> Option<String> {
    text.contains(OPEN).then(|| read(text, true))
}

fn read(text: &str, is_short: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Of each figure that is open, whether its part in short has begun.
    let mut within: Vec<bool> = Vec::new();
    for c in text.chars() {
        match c {
            OPEN => within.push(false),
            TURN => {
                if let Some(turned) = within.last_mut() {
                    *turned = true;
                }
            }
            CLOSE => {
                within.pop();
            }
            c if within.iter().all(|turned| *turned == is_short) => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_read_with_its_figures_and_without() {
        let age = figure(", 3m12s ago", "");
        let text = format!("its samples end at T{age}, and {} were refused", some(7.0));
        assert_eq!(
            whole(&text),
            "its samples end at T, 3m12s ago, and 7 were refused"
        );
        assert_eq!(
            in_short(&text).unwrap(),
            "its samples end at T, and some were refused"
        );
        let outer = figure(format!("from T{age}"), "old");
        assert_eq!(whole(&outer), "from T, 3m12s ago");
        assert_eq!(in_short(&outer).unwrap(), "old");
    }

    #[test]
    fn what_has_no_figures_has_no_short_form_and_stray_marks_do_no_harm() {
        assert_eq!(in_short("the page lacks it"), None);
        assert_eq!(some(0.0), "0");
        for text in ["\u{e002}a", "a\u{e001}", "a\u{e002}\u{e001}"] {
            assert_eq!(whole(text), "a");
        }
        assert_eq!(in_short("a\u{e000}b").unwrap(), "a");
    }
}

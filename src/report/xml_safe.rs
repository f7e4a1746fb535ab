//! Text that XML can hold: the one function through which every string of a JUnit report goes.

use std::fmt::Write as _;

use crate::leaves::visible;

/// Text for an XML body: newlines and tabs stay; every other control character, invisible characters and U+FFFE/U+FFFF become
/// visible escapes; and no `]]>` can end a CDATA section, whatever a later redaction puts before the `>`.
pub(crate) fn xml_safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous = ' ';
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '>' if previous == ']' => out.push_str("\\u{3e}"),
            ' '..='~' => out.push(c),
            c if is_noncharacter(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push_str(&visible(c.encode_utf8(&mut [0; 4]))),
        }
        previous = c;
    }
    out
}

/// Text for an XML attribute, where a reader turns newlines into spaces: they become visible, too, as they are on the console.
pub(crate) fn attribute_safe(text: &str) -> String {
    xml_safe(&visible(text))
}

fn is_noncharacter(c: char) -> bool {
    u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i04_nothing_is_left_that_xml_cannot_hold() {
        let nasty = "a\0b\x1b[31m\x07\u{fffe}\u{ffff}\u{9b}]]>]>\n\tz\r";
        let safe = xml_safe(nasty);
        assert_eq!(
            safe,
            "a\\u{0}b\\u{1b}[31m\\u{7}\\u{fffe}\\u{ffff}\\u{9b}]]\\u{3e}]\\u{3e}\n\tz\\r"
        );
        assert!(!attribute_safe(nasty).contains(['\n', '\t']));
    }
}

//! Letter case as Go changes it: one character for one, by the simple mappings of Unicode 15.

/// The text in lower case.
pub(crate) fn lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

/// The text in upper case.
pub(crate) fn upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

fn lower_char(c: char) -> char {
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(lower), None) => lower,
        // The capital I with dot is the one that becomes two characters elsewhere.
        _ => 'i',
    }
}

fn upper_char(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (c, mapped.next(), mapped.next()) {
        // Their capitals came with Unicode 16.
        ('\u{19B}' | '\u{264}', ..) => c,
        // Greek letters with iota below: one capital each.
        ('\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}', ..) => {
            later(c, 8)
        }
        ('\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}', ..) => later(c, 9),
        (_, Some(upper), None) => upper,
        // `ß`, ligatures: they have no capital of one character.
        _ => c,
    }
}

fn later(c: char, by: u32) -> char {
    char::from_u32(u32::from(c) + by).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_character_stays_one() {
        for (text, low, high) in [
            ("Straße", "straße", "STRAßE"),
            ("İSTANBUL", "istanbul", "İSTANBUL"),
            ("ΣΑΣ", "σασ", "ΣΑΣ"),
            ("ᾳᾀ", "ᾳᾀ", "ᾼᾈ"),
            ("ﬁ é ſ K", "ﬁ é ſ k", "ﬁ É S K"),
            ("ƛɤ", "ƛɤ", "ƛɤ"),
        ] {
            assert_eq!(
                (lower(text).as_str(), upper(text).as_str()),
                (low, high),
                "{text}"
            );
        }
    }
}

//! Unicode properties: `\pL`, `\p{Greek}`, `\P{^Lu}`, by the names that Go knows.

use crate::leaves::go_regex::error::GoRegexError;
use crate::leaves::go_regex::escape::{self, NEVER};

/// A class that each character is in.
const ALL: &str = r"[\x{0}-\x{10FFFF}]";

/// The general categories of Go; `Cn` and `LC` joined them with Go 1.25.
const CATEGORIES: &str = "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs";

/// The long names of categories, known from Go 1.25 on.
const LONG_NAMES: &str = "Cased_Letter=LC Close_Punctuation=Pe Combining_Mark=M Connector_Punctuation=Pc Control=Cc Currency_Symbol=Sc \
Dash_Punctuation=Pd Decimal_Number=Nd Enclosing_Mark=Me Final_Punctuation=Pf Format=Cf Initial_Punctuation=Pi Letter=L \
Letter_Number=Nl Line_Separator=Zl Lowercase_Letter=Ll Mark=M Math_Symbol=Sm Modifier_Letter=Lm Modifier_Symbol=Sk \
Nonspacing_Mark=Mn Number=N Open_Punctuation=Ps Other=C Other_Letter=Lo Other_Number=No Other_Punctuation=Po Other_Symbol=So \
Paragraph_Separator=Zp Private_Use=Co Punctuation=P Separator=Z Space_Separator=Zs Spacing_Mark=Mc Surrogate=Cs Symbol=S \
Titlecase_Letter=Lt Unassigned=Cn Uppercase_Letter=Lu cntrl=Cc digit=Nd punct=P";

/// The scripts of Unicode 15, as Go names them.
const SCRIPTS: &str = "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo \
Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform \
Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian \
Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana \
Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi \
Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam \
Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi \
Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki \
Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage \
Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian \
Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet \
Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi \
Zanabazar_Square";

/// Reads the property at the start of the text, which begins with `\p` or `\P`: its class in Rust's syntax, and the rest.
/// `loose` says whether names may be written as Unicode allows (Go 1.25 and later).
pub(crate) fn read(text: &str, loose: bool) -> Result<(String, &str), GoRegexError> {
    let unknown = |sequence: &str| {
        Err(GoRegexError::refused(
            "invalid character class range",
            sequence,
        ))
    };
    let (name, rest) = match escape::first(&text[2..]) {
        None => return unknown(text),
        Some(('{', _)) => match text.find('}') {
            None => return unknown(text),
            Some(end) => (&text[3..end], &text[end + 1..]),
        },
        Some((_, rest)) => (&text[2..text.len() - rest.len()], rest),
    };
    let (name, caret) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let negated = text.starts_with("\\P") != caret;
    match class(name, negated, loose) {
        Some(class) => Ok((class, rest)),
        None => unknown(&text[..text.len() - rest.len()]),
    }
}

fn class(name: &str, negated: bool, loose: bool) -> Option<String> {
    let name = &if loose {
        canonical(name)
    } else {
        name.to_owned()
    };
    match name.as_str() {
        "Any" => {
            return Some(if negated { NEVER } else { ALL }.to_owned());
        }
        "Ascii" if loose => {
            let caret = if negated { "^" } else { "" };
            return Some(format!(r"[{caret}\x{{0}}-\x{{7F}}]"));
        }
        "Assigned" if loose => return Some(category("Cn", !negated, loose)),
        "Lc" if loose => return Some(category("LC", negated, loose)),
        "Cn" if loose => return Some(category("Cn", negated, loose)),
        _ => {}
    }
    if CATEGORIES.split(' ').any(|known| known == name) {
        return Some(category(name, negated, loose));
    }
    if SCRIPTS.split(' ').any(|known| known == name) {
        let sign = if negated { 'P' } else { 'p' };
        return Some(format!(r"\{sign}{{Script={name}}}"));
    }
    LONG_NAMES
        .split(' ')
        .filter_map(|pair| pair.split_once('='))
        .find(|(long, _)| loose && canonical(long) == *name)
        .map(|(_, short)| category(short, negated, loose))
}

fn category(known: &str, negated: bool, with_unassigned: bool) -> String {
    let sign = if negated { 'P' } else { 'p' };
    let caret = if negated { "^" } else { "" };
    match known {
        // Surrogates, which no text holds.
        "Cs" if negated => ALL.to_owned(),
        "Cs" => NEVER.to_owned(),
        // Before Go 1.25 unassigned code points were in no category.
        "C" if !with_unassigned => format!(r"[{caret}\p{{Cc}}\p{{Cf}}\p{{Co}}]"),
        known => format!(r"\{sign}{{General_Category={known}}}"),
    }
}

/// A name as Go looks it up from 1.25 on: one capital, no separators. Scripts of several words are listed with theirs, and so
/// are not found any more.
fn canonical(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')) {
        out.push(if out.is_empty() {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        });
    }
    out
}

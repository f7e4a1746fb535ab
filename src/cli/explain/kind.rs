//! A kind of check: what it demands, and each of its keys.

use serde::Serialize;

use crate::check::KINDS;
use crate::cli::explain::key_docs::{KeyDocs, ValueDocs, keys, values};
use crate::cli::explain::page::Page;
use crate::suite::{COMMON_KEYS, schema};

/// What is documented of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct KindDocs {
    /// Its word.
    kind: &'static str,
    /// What it demands, in Markdown.
    says: String,
    /// Its own keys.
    keys: Vec<KeyDocs>,
    /// The keys that every check may have.
    common_keys: Vec<KeyDocs>,
    /// The types of value that the keys take.
    values: Vec<ValueDocs>,
    /// A suite that shows it.
    example: &'static str,
}

/// The docs of the kind with this word.
pub(crate) fn kind(word: &str) -> Option<KindDocs> {
    let row = KINDS.iter().find(|row| row.word == word)?;
    let schema = schema();
    let definitions = &schema["definitions"];
    let forms = definitions["Check"]["oneOf"].as_array()?;
    let form = forms.iter().find(|form| form["title"] == word)?;
    let is_common = |key: &KeyDocs| COMMON_KEYS.contains(&key.key.as_str());
    let all = keys(form, definitions);
    let values = values(form, &all, definitions);
    let (common_keys, own): (Vec<_>, Vec<_>) = all.into_iter().partition(is_common);
    Some(KindDocs {
        kind: row.word,
        says: form["description"].as_str().unwrap_or_default().to_owned(),
        values,
        keys: own,
        common_keys,
        example: row.example,
    })
}

impl KindDocs {
    /// Writes the docs on a page.
    pub(crate) fn write(&self, page: &mut Page) {
        page.heading(&format!("{}: a kind of check", self.kind));
        page.prose(&self.says, 2);
        page.heading("Keys");
        self.keys.iter().for_each(|key| write_key(key, page));
        page.heading("Keys that every check may have");
        self.common_keys.iter().for_each(|key| write_key(key, page));
        if !self.values.is_empty() {
            page.heading("What the values are");
            for value in &self.values {
                page.term(&value.name, &value.says);
                for key in &value.keys {
                    page.term(
                        &format!("  {}", key.key),
                        &format!("({}) {}", key.takes, key.says),
                    );
                }
            }
        }
        page.heading("Example");
        page.verbatim(self.example);
    }
}

fn write_key(key: &KeyDocs, page: &mut Page) {
    let must = if key.required {
        ", must be written"
    } else {
        ""
    };
    page.term(&key.key, &format!("({}{must}) {}", key.takes, key.says));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Ink;

    #[test]
    fn every_key_of_every_kind_is_documented() {
        for row in KINDS {
            let docs = kind(row.word).unwrap();
            assert!(docs.says.len() > 20, "{}", row.word);
            assert!(
                docs.keys
                    .iter()
                    .any(|key| key.key == row.word && key.required)
            );
            for key in docs.keys.iter().chain(&docs.common_keys) {
                assert!(!key.says.is_empty(), "{} {}", row.word, key.key);
                assert!(!key.takes.is_empty(), "{} {}", row.word, key.key);
            }
            for value in &docs.values {
                assert!(!value.says.is_empty(), "{} {}", row.word, value.name);
            }
            assert!(
                row.example.contains(&format!("{}:", row.word)),
                "{}",
                row.word
            );
        }
    }

    #[test]
    fn the_page_of_a_kind_has_what_the_schema_says() {
        let mut page = Page::new(Ink::default(), 100);
        kind("metric").unwrap().write(&mut page);
        let text = page.text();
        for part in [
            "metric: a kind of check",
            "(selector, must be written) A metric name, or a selector",
            "(list of text)",
            "(number matcher)",
            "(`warning` or `critical`)",
            "What the number must be",
            "suite: example-metric",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert_eq!(kind("prometheus"), None);
    }
}

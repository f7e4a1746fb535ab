//! A kind of backend: its addresses, and what it can answer.

use serde::Serialize;

use crate::backend::{BACKEND_KINDS, KindRow};
use crate::cli::explain::key_docs::{KeyDocs, keys};
use crate::cli::explain::page::Page;
use crate::suite::schema;

/// What is documented of a kind of backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct BackendKindDocs {
    /// Its word.
    backend_kind: &'static str,
    /// What it is.
    says: String,
    /// The keys under which its addresses are given.
    addresses: Vec<KeyDocs>,
    /// What it can answer.
    answers: Vec<AnswerDocs>,
    /// The header that carries the tenant.
    tenant_header: Option<&'static str>,
    /// The other keys that a hop may have.
    keys: Vec<KeyDocs>,
}

/// A sort of question that it answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct AnswerDocs {
    /// The word.
    word: &'static str,
    /// What it tells.
    says: &'static str,
    /// The key of the address at which it is asked.
    at: &'static str,
}

/// The docs of the kind of backend with this word.
pub(crate) fn backend_kind(word: &str) -> Option<BackendKindDocs> {
    let row: &KindRow = BACKEND_KINDS.iter().find(|row| row.word == word)?;
    let schema = schema();
    let definitions = &schema["definitions"];
    let hop = &schema["properties"]["pipeline"]["items"];
    let kinds = definitions["BackendKind"]["oneOf"].as_array()?;
    let says = kinds.iter().find(|kind| kind["const"] == word)?["description"].as_str()?;
    let all = keys(hop, definitions);
    let is_address = |key: &KeyDocs| ["url", "write", "http", "grpc"].contains(&key.key.as_str());
    let is_mine = |key: &KeyDocs| row.addresses.iter().any(|mine| mine.word() == key.key);
    let (addresses, keys): (Vec<_>, Vec<_>) = all.into_iter().partition(is_address);
    Some(BackendKindDocs {
        backend_kind: row.word,
        says: says.to_owned(),
        addresses: addresses.into_iter().filter(is_mine).collect(),
        answers: row
            .answers
            .iter()
            .map(|(capability, key)| AnswerDocs {
                word: capability.word(),
                says: capability.says(),
                at: key.word(),
            })
            .collect(),
        tenant_header: row.tenant_header,
        keys,
    })
}

impl BackendKindDocs {
    /// Writes the docs on a page.
    pub(crate) fn write(&self, page: &mut Page) {
        page.heading(&format!("{}: a kind of backend", self.backend_kind));
        page.prose(&self.says, 2);
        page.heading("Addresses");
        for key in &self.addresses {
            page.term(&key.key, &key.says);
        }
        page.heading("What it can answer");
        for answer in &self.answers {
            page.term(
                answer.word,
                &format!("{}, at its `{}:`", answer.says, answer.at),
            );
        }
        if let Some(header) = self.tenant_header {
            page.heading("Tenant");
            page.prose(
                &format!("The hop's `tenant:` is sent in the header `{header}`, unless `tenant_header:` names another."),
                2,
            );
        }
        page.heading("Other keys of a hop");
        for key in &self.keys {
            page.term(&key.key, &format!("({}) {}", key.takes, key.says));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Ink;

    #[test]
    fn every_kind_of_backend_has_its_addresses_and_answers() {
        for row in BACKEND_KINDS {
            let docs = backend_kind(row.word).unwrap();
            assert_eq!(docs.addresses.len(), row.addresses.len(), "{}", row.word);
            assert_eq!(docs.answers.len(), row.answers.len(), "{}", row.word);
            assert!(!docs.says.is_empty(), "{}", row.word);
        }
        let mut page = Page::new(Ink::default(), 100);
        backend_kind("thanos-receive").unwrap().write(&mut page);
        let text = page.text();
        assert!(text.contains("19291"), "{text}");
        assert!(text.contains("heads"), "{text}");
        assert!(text.contains("`THANOS-TENANT`"), "{text}");
    }
}

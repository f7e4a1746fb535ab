//! What is written for a check, and where: for who asks what a check means and why.

use std::path::Path;
use std::sync::Arc;

use crate::leaves::Origin;
use crate::suite::include::Part;
use crate::suite::loader::Loader;
use crate::suite::node::{Node, NodeKind};
use crate::suite::row_draft::RowDraft;
use crate::suite::secret_table::SecretTable;
use crate::suite::template::nowhere;

/// One key as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// Its value in one line, templates filled in; a secret by its name.
    pub value: String,
    /// Where the value stands.
    pub origin: Origin,
}

/// All that is written for a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The keys of the check itself, in the order of writing.
    pub own: Arc<[Setting]>,
    /// What its suite says for all checks: the keys of `defaults`, and the suite's `owner`.
    pub inherited: Arc<[Setting]>,
}

/// The entries of these maps.
pub(crate) fn entries(file: &Arc<Path>, maps: &[&Node]) -> Vec<Setting> {
    let entries = maps
        .iter()
        .flat_map(|map| map.entries().unwrap_or_default());
    entries
        .map(|(key, value)| Setting {
            key: key.as_text().unwrap_or_default().to_owned(),
            value: under(key, value),
            origin: value.origin(file),
        })
        .collect()
}

/// A value as YAML writes it in one line.
fn in_a_line(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Scalar { text, plain: true } => without_user(text),
        NodeKind::Scalar { text, plain: false } if text.contains('"') && !text.contains('\'') => {
            format!("'{}'", without_user(text))
        }
        NodeKind::Scalar { text, plain: false } => {
            serde_json::Value::from(without_user(text)).to_string()
        }
        NodeKind::Secret(secret) => secret.to_string(),
        NodeKind::Seq(items) => {
            let items: Vec<String> = items.iter().map(in_a_line).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", in_a_line(key), under(key, value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// The text, without user and password where it is an address that has them.
fn without_user(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://..@{host}{path}"),
        None => text.to_owned(),
    }
}

/// A value under this key. Of headers the names alone are told: a value may be a credential.
fn under(key: &Node, value: &Node) -> String {
    match value.entries().filter(|_| key.as_text() == Some("headers")) {
        Some(headers) => {
            let names: Vec<String> = headers.iter().map(|(name, _)| in_a_line(name)).collect();
            format!("{{ {}: .. }}", names.join(": .., "))
        }
        None => in_a_line(value),
    }
}

impl Loader<'_> {
    /// What the suite says for all checks of each row, where that is wanted: its own keys, and its includes' for the rest.
    pub(crate) fn inherited(
        &self,
        main: &Part,
        parts: &[Arc<Part>],
        drafts: &[RowDraft<'_>],
        secrets: &SecretTable,
    ) -> Vec<Arc<[Setting]>> {
        if !self.options.settings {
            return Vec::new();
        }
        let of_row = |draft: &RowDraft<'_>| {
            let context = draft.context(&self.environment, secrets);
            let mut found: Vec<Setting> = Vec::new();
            // What is wrong with them was told when they were read.
            let mut told = Vec::new();
            for part in parts.iter().rev() {
                let defaults = part.root.get("defaults");
                let filled =
                    defaults.and_then(|node| context.fill(node, &part.file, nowhere, &mut told));
                for setting in filled.iter().flat_map(|map| entries(&part.file, &[map])) {
                    if found.iter().all(|known| known.key != setting.key) {
                        found.push(setting);
                    }
                }
            }
            if found.iter().all(|known| known.key != "owner")
                && let Some(owner) = main.root.get("owner")
            {
                found.push(Setting {
                    key: "owner".to_owned(),
                    value: in_a_line(owner),
                    origin: owner.origin(&main.file),
                });
            }
            found.into()
        };
        drafts.iter().map(of_row).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::suite::{LoadOptions, load};

    #[test]
    fn what_is_written_is_kept_with_its_place_and_without_credentials() {
        let text = "version: 1\nsuite: s\nowner: me\npipeline:\n  - { name: p, kind: prometheus, url: \"http://p:1\" }\ndefaults: { timeout: 5s }\nchecks:\n  - remote_write: http://user:s3cr3t@receive:19291/api/v1/receive\n  - http: http://a/\n    headers: { X-Key: s3cr3t }\n    severity: warning\n";
        let dir = tempfile::tempdir().unwrap();
        let file: PathBuf = dir.path().join("s.yaml");
        std::fs::write(&file, text).unwrap();
        let options = LoadOptions {
            settings: true,
            ..LoadOptions::default()
        };
        let loaded = load(std::slice::from_ref(&file), &options);
        let entries = &loaded.suites[0].rows[0].entries;
        let told: Vec<Vec<String>> = entries
            .iter()
            .map(|entry| {
                let settings = entry.settings.as_ref().unwrap();
                let all = settings.own.iter().chain(settings.inherited.iter());
                all.map(|s| format!("{}={}@{}", s.key, s.value, s.origin.place.line))
                    .collect()
            })
            .collect();
        assert_eq!(
            told,
            [
                vec![
                    "remote_write=http://..@receive:19291/api/v1/receive@8",
                    "timeout=5s@6",
                    "owner=me@3"
                ],
                vec![
                    "http=http://a/@9",
                    "headers={ X-Key: .. }@10",
                    "severity=warning@11",
                    "timeout=5s@6",
                    "owner=me@3"
                ],
            ]
        );
        let plain = load(&[file], &LoadOptions::default());
        assert_eq!(plain.suites[0].rows[0].entries[0].settings, None);
    }
}

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
            value: match key.as_text() {
                Some("headers") => entry_in_a_line(&(key.clone(), value.clone())),
                _ => in_a_line(value),
            },
            origin: value.origin(file),
        })
        .collect()
}

/// A value as YAML writes it in one line.
fn in_a_line(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::Scalar { text, plain: true } => text.to_string(),
        NodeKind::Scalar { text, plain: false } if text.contains('"') && !text.contains('\'') => {
            format!("'{text}'")
        }
        NodeKind::Scalar { text, plain: false } => serde_json::Value::from(&**text).to_string(),
        NodeKind::Secret(secret) => secret.to_string(),
        NodeKind::Seq(items) => {
            let items: Vec<String> = items.iter().map(in_a_line).collect();
            format!("[{}]", items.join(", "))
        }
        NodeKind::Map(entries) => {
            let entries: Vec<String> = entries.iter().map(entry_in_a_line).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// An entry of a map. Of headers the names alone are told: a value may be a credential.
fn entry_in_a_line((key, value): &(Node, Node)) -> String {
    let name = in_a_line(key);
    match value.entries().filter(|_| name == "headers") {
        Some(headers) => {
            let names: Vec<String> = headers.iter().map(|(key, _)| in_a_line(key)).collect();
            format!("{name}: {{ {}: .. }}", names.join(": .., "))
        }
        None => format!("{name}: {}", in_a_line(value)),
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

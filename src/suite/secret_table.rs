//! The `secrets:` of a suite: where each comes from, and to which hosts it may go. Values are taken here and shown nowhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use url::Url;

use crate::leaves::{Mistake, SHORTEST_SECRET, Secret};
use crate::suite::node::Node;
use crate::suite::reader::read;
use crate::suite::root::Root;
use crate::suite::sources::read_bytes;

/// The largest file that a secret may come from.
const LARGEST_SECRET: u64 = 64 * 1024;

/// Whether secrets are taken from where they are, or only their names are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// Take the values; one that is not there is a mistake.
    #[default]
    Resolve,
    /// Names only, so that a suite can be validated where its secrets are not.
    Names,
}

/// Where a secret comes from: `{ env: VARIABLE }` or `{ file: PATH }`; with `hosts` it goes to no other host.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretSource {
    /// The environment variable that holds it.
    pub(crate) env: Option<String>,
    /// The file that holds it; a line break at its end is not part of it. A relative path is relative to the suite.
    pub(crate) file: Option<String>,
    /// The hosts it may be sent to, such as `prom.example` or `*.example`; anywhere without this key.
    pub(crate) hosts: Option<Vec<String>>,
}

/// The secrets of a suite.
#[derive(Debug, Default)]
pub(crate) struct SecretTable {
    /// All that are declared, by name; the value of one that could not be taken is empty.
    pub(crate) values: BTreeMap<String, Secret>,
    /// Hosts that a secret is bound to.
    pub(crate) hosts: BTreeMap<String, Vec<String>>,
}

impl SecretTable {
    /// The secrets whose values were taken.
    pub(crate) fn with_values(&self) -> Vec<Secret> {
        let taken = |secret: &&Secret| !secret.reveal().is_empty();
        self.values.values().filter(taken).cloned().collect()
    }
}

/// What reading secrets needs of the outside.
pub(crate) struct SecretWorld<'a> {
    /// The environment.
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
    /// Whether values are taken.
    pub(crate) mode: Secrets,
    /// Bindings from the command line; they win.
    pub(crate) hosts: &'a [(String, String)],
    /// Where files may lie.
    pub(crate) root: &'a Root,
}

/// Reads the section.
pub(crate) fn read_secrets(
    file: &Arc<Path>,
    section: &Node,
    world: &SecretWorld<'_>,
    mistakes: &mut Vec<Mistake>,
) -> SecretTable {
    let mut table = SecretTable::default();
    let Some(entries) = section.entries() else {
        mistakes.push(Mistake::new(
            section.origin(file),
            format!("{} stands where a map of secrets is expected, such as {{ token: {{ env: TOKEN }} }}", section.words()),
        ));
        return table;
    };
    for (key, node) in entries {
        let name = key.as_text().unwrap_or_default();
        let value = match read::<SecretSource>(node) {
            Ok(source) => {
                if let Some(hosts) = &source.hosts {
                    table.hosts.insert(name.to_owned(), hosts.clone());
                }
                take(file, name, &source, world).unwrap_or_else(|(message, help)| {
                    let at = node.get("env").or_else(|| node.get("file")).unwrap_or(node);
                    mistakes.push(Mistake::new(at.origin(file), message).help(help));
                    String::new()
                })
            }
            Err(error) => {
                let message = match node.as_text() {
                    Some(_) => "a secret's value must not stand in a suite".to_owned(),
                    None => error.to_string(),
                };
                let mut mistake = Mistake::new(node.origin(file), message).help(format!(
                    "Write `{name}: {{ env: VARIABLE }}` or `{name}: {{ file: PATH }}`."
                ));
                if let Some(place) = error.place {
                    mistake.origin.place = place;
                }
                mistakes.push(mistake);
                String::new()
            }
        };
        table
            .values
            .insert(name.to_owned(), Secret::new(name, &value));
    }
    let mut given: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, host) in world.hosts {
        given.entry(name).or_default().push(host.clone());
    }
    for (name, hosts) in given {
        table.hosts.insert(name.to_owned(), hosts);
    }
    table
}

fn take(
    file: &Arc<Path>,
    name: &str,
    source: &SecretSource,
    world: &SecretWorld<'_>,
) -> Result<String, (String, String)> {
    let form = || format!("Write `{name}: {{ env: VARIABLE }}` or `{name}: {{ file: PATH }}`.");
    let (value, whence, help) = match (&source.env, &source.file) {
        (Some(_), Some(_)) => {
            return Err((
                format!("secret `{name}` has both `env` and `file`"),
                "Keep one of them.".to_owned(),
            ));
        }
        (None, None) => {
            return Err((
                format!("secret `{name}` says neither `env` nor `file`"),
                form(),
            ));
        }
        (Some(variable), None) => {
            if world.mode == Secrets::Names {
                return Ok(String::new());
            }
            let value = (world.env)(variable).ok_or_else(|| {
                (
                    format!("secret `{name}`: the environment variable `{variable}` is not set"),
                    format!("Set `{variable}`."),
                )
            })?;
            (
                value,
                format!("the environment variable `{variable}`"),
                format!("Give `{variable}` a value."),
            )
        }
        (None, Some(path)) => {
            let found = world
                .root
                .secret_file(file, path)
                .map_err(|why| (format!("secret `{name}`: `{path}`: {why}"), form()))?;
            if world.mode == Secrets::Names {
                return Ok(String::new());
            }
            let bytes = read_bytes(&found, LARGEST_SECRET).map_err(|why| {
                (
                    format!("secret `{name}`: `{path}`: {why}"),
                    "Name a file that can be read.".to_owned(),
                )
            })?;
            let text = String::from_utf8(bytes).map_err(|_| {
                (
                    format!("secret `{name}`: `{path}` is not UTF-8"),
                    "Name a text file.".to_owned(),
                )
            })?;
            let text = text
                .strip_suffix('\n')
                .map_or(text.as_str(), |rest| {
                    rest.strip_suffix('\r').unwrap_or(rest)
                })
                .to_owned();
            (
                text,
                format!("the file `{path}`"),
                "Put the secret into it.".to_owned(),
            )
        }
    };
    if value.is_empty() {
        return Err((format!("secret `{name}`: {whence} is empty"), help));
    }
    if value.len() < SHORTEST_SECRET {
        return Err((
            format!(
                "secret `{name}`: {whence} holds fewer than {SHORTEST_SECRET} characters: hiding so short a text would shred every report"
            ),
            "Use a longer secret.".to_owned(),
        ));
    }
    Ok(value)
}

/// Whether a secret bound to these hosts may go to an address. A host may be `name`, `name:port` or `*.domain`.
pub(crate) fn may_go(hosts: &[String], address: &Url) -> bool {
    let Some(host) = address.host_str() else {
        return false;
    };
    hosts.iter().any(|allowed| {
        let (name, port) = match allowed.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
                (name, port.parse::<u16>().ok())
            }
            _ => (allowed.as_str(), None),
        };
        let named = match name.strip_prefix("*.") {
            Some(domain) => host
                .to_ascii_lowercase()
                .strip_suffix(&domain.to_ascii_lowercase())
                .is_some_and(|rest| rest.ends_with('.')),
            None => host.eq_ignore_ascii_case(name),
        };
        named && port.is_none_or(|port| address.port_or_known_default() == Some(port))
    })
}

//! One check of a suite: a flat map, whose kind key says what the keys beside it mean. Each is read by itself, so that one mistake
//! does not hide the others.

use std::path::Path;
use std::sync::Arc;

use schemars::SchemaGenerator;

use crate::check::{Check, KINDS, LATER_KINDS};
use crate::leaves::{Mistake, Origin, words};
use crate::suite::common_keys::{COMMON_KEYS, CommonKeys};
use crate::suite::misread::{misread, unknown_key};
use crate::suite::naming::bad_name;
use crate::suite::node::{Node, NodeKind};
use crate::suite::read_error::ReadFault;
use crate::suite::reader::{NodeReader, read};
use crate::suite::waiver::KnownGapForm;

/// Keys of later versions, with what they wait for.
const LATER_KEYS: &[(&str, &str)] = &[("from", "it needs Kubernetes access")];

/// The keys that each kind takes, its own key included.
#[derive(Debug)]
pub(crate) struct KindKeys(Vec<(&'static str, Vec<String>)>);

impl KindKeys {
    /// The keys as the forms have them.
    pub(crate) fn of_this_version() -> Self {
        let keys = |schema: &schemars::Schema| {
            schema
                .as_value()
                .get("properties")
                .and_then(|properties| properties.as_object())
                .map(|properties| properties.keys().cloned().collect())
                .unwrap_or_default()
        };
        Self(
            KINDS
                .iter()
                .map(|row| {
                    (
                        row.word,
                        keys(&(row.schema)(&mut SchemaGenerator::default())),
                    )
                })
                .collect(),
        )
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(word, _)| *word == kind)
            .flat_map(|(_, keys)| keys.iter().map(String::as_str))
    }

    fn kinds_with(&self, key: &str) -> Vec<&'static str> {
        self.0
            .iter()
            .filter(|(_, keys)| keys.iter().any(|known| known == key))
            .map(|(word, _)| *word)
            .collect()
    }
}

/// A check whose kind is known and whose keys are all known, before templates are filled in.
#[derive(Debug)]
pub(crate) struct CheckForm {
    /// The kind's word.
    pub(crate) kind: &'static str,
    /// The common keys.
    pub(crate) common: Node,
    /// The keys of the kind.
    pub(crate) form: Node,
    /// Where the kind key stands.
    pub(crate) origin: Origin,
}

/// Sorts the keys of a check.
pub(crate) fn sort_keys(
    file: &Arc<Path>,
    node: &Node,
    keys: &KindKeys,
    mistakes: &mut Vec<Mistake>,
) -> Option<CheckForm> {
    let Some(entries) = node.entries() else {
        mistakes.push(
            Mistake::new(
                node.origin(file),
                format!("{} stands where a check is expected", node.words()),
            )
            .help("A check is a map whose first key is its kind: `- metric: up`."),
        );
        return None;
    };
    let (kind, kind_key) = kind_of(file, node, entries, mistakes)?;
    let (mut common, mut form, mut good) = (Vec::new(), Vec::new(), true);
    for (key, value) in entries {
        let name = key.as_text().unwrap_or_default();
        if keys.of(kind).any(|known| known == name) {
            form.push((key.clone(), value.clone()));
        } else if COMMON_KEYS.contains(&name) {
            common.push((key.clone(), value.clone()));
        } else {
            mistakes.push(stranger(key.origin(file), name, kind, keys));
            good = false;
        }
    }
    let mut empty: Vec<String> = Vec::new();
    form.retain(|(key, value)| {
        let says = !says_nothing(file, key, value, mistakes);
        if !says {
            empty.push(key.as_text().unwrap_or_default().to_owned());
        }
        says
    });
    good &= empty.is_empty();
    let part = |entries| Node {
        place: node.place,
        kind: NodeKind::Map(entries),
    };
    let sorted = CheckForm {
        kind,
        common: part(common),
        form: part(form),
        origin: kind_key.origin(file),
    };
    // What is left is read all the same, so that mistakes in it are told in the same round.
    if !good && !node.has_template() {
        read_common(file, &sorted.common, mistakes);
        read_check(file, kind, &sorted.form, empty, mistakes);
    }
    good.then_some(sorted)
}

fn kind_of<'n>(
    file: &Arc<Path>,
    node: &Node,
    entries: &'n [(Node, Node)],
    mistakes: &mut Vec<Mistake>,
) -> Option<(&'static str, &'n Node)> {
    let named = |key: &Node| key.as_text().unwrap_or_default().to_owned();
    let kinds: Vec<&Node> = entries
        .iter()
        .map(|(key, _)| key)
        .filter(|key| {
            let name = named(key);
            KINDS.iter().any(|row| row.word == name) || LATER_KINDS.contains(&name.as_str())
        })
        .collect();
    match kinds.as_slice() {
        [] => {
            let words: Vec<&str> = KINDS.iter().map(|row| row.word).collect();
            let near = entries.iter().find_map(|(key, _)| {
                words::nearest(&named(key), words.iter().copied()).map(|near| (key, near))
            });
            mistakes.push(match near {
                Some((key, near)) => Mistake::new(
                    key.origin(file),
                    format!("unknown key `{}`; did you mean `{near}`?", named(key)),
                ),
                None => Mistake::new(
                    entries.first().map_or(node, |(key, _)| key).origin(file),
                    format!(
                        "this check has no kind; the kinds are {}",
                        words::list(&words)
                    ),
                )
                .help("Start the check with its kind: `- metric: up`."),
            });
            None
        }
        [key] => {
            let name = named(key);
            let row = KINDS.iter().find(|row| row.word == name);
            if row.is_none() {
                mistakes.push(Mistake::new(
                    key.origin(file),
                    format!("`{name}` is not in this version"),
                ));
            }
            row.map(|row| (row.word, *key))
        }
        [first, second, ..] => {
            mistakes.push(
                Mistake::new(
                    second.origin(file),
                    format!(
                        "a check has one kind, and this one has two: `{}` and `{}`",
                        named(first),
                        named(second)
                    ),
                )
                .help("Make two checks of it.")
                .also(first.origin(file), "the first kind"),
            );
            None
        }
    }
}

/// What to say of a key that the kind does not have.
fn stranger(origin: Origin, name: &str, kind: &str, keys: &KindKeys) -> Mistake {
    if let Some((_, why)) = LATER_KEYS.iter().find(|(later, _)| *later == name) {
        return Mistake::new(origin, format!("`{name}` is not in this version: {why}"));
    }
    let owners = keys.kinds_with(name);
    if !owners.is_empty() {
        return Mistake::new(
            origin,
            format!(
                "`{name}` belongs to {}, and this check is `{kind}`",
                owners.join(", ")
            ),
        );
    }
    let known: Vec<&str> = keys.of(kind).chain(COMMON_KEYS.iter().copied()).collect();
    unknown_key(origin, name, known)
}

/// An empty list or map in the form of a kind asserts nothing and would pass.
fn says_nothing(file: &Arc<Path>, key: &Node, value: &Node, mistakes: &mut Vec<Mistake>) -> bool {
    let empty = match &value.kind {
        NodeKind::Seq(items) => items.is_empty(),
        NodeKind::Map(entries) => entries.is_empty(),
        _ => false,
    };
    if empty {
        mistakes.push(
            Mistake::new(
                value.origin(file),
                format!(
                    "`{}` is empty and asserts nothing",
                    key.as_text().unwrap_or_default()
                ),
            )
            .help("Fill it, or remove the key."),
        );
        return true;
    }
    let mut found = false;
    match &value.kind {
        NodeKind::Seq(items) => {
            for item in items {
                found |= says_nothing(file, key, item, mistakes);
            }
        }
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                found |= says_nothing(file, key, value, mistakes);
            }
        }
        _ => {}
    }
    found
}

/// Reads the common keys, each by itself; none where one has a mistake.
pub(crate) fn read_common(
    file: &Arc<Path>,
    node: &Node,
    mistakes: &mut Vec<Mistake>,
) -> Option<CommonKeys> {
    let before = mistakes.len();
    let of = |entries| Node {
        place: node.place,
        kind: NodeKind::Map(entries),
    };
    let common = read::<CommonKeys>(node).ok().or_else(|| {
        let good = node
            .entries()
            .unwrap_or_default()
            .iter()
            .filter(|(key, value)| {
                let single = of(vec![(key.clone(), value.clone())]);
                read::<CommonKeys>(&single)
                    .map_err(|error| mistakes.push(misread(file, value, &error)))
                    .is_ok()
            });
        let good = of(good.cloned().collect());
        read::<CommonKeys>(&good).ok()
    })?;
    review_common(file, &common, node, mistakes);
    (mistakes.len() == before).then_some(common)
}

/// Reads the form of a kind, from which some keys were removed for their mistakes. After a mistake the rest is read without the key
/// that holds it.
pub(crate) fn read_check(
    file: &Arc<Path>,
    kind: &str,
    form: &Node,
    mut removed: Vec<String>,
    mistakes: &mut Vec<Mistake>,
) -> Option<Check> {
    let mut left = None;
    loop {
        let node = left.as_ref().unwrap_or(form);
        let error = match Check::read(kind, NodeReader(node)) {
            Ok(check) => return removed.is_empty().then_some(check),
            Err(error) => error,
        };
        if let ReadFault::MissingKey(key) = error.what
            && error.keys.is_empty()
        {
            if removed.iter().any(|gone| gone == key) {
                return None;
            }
            mistakes.push(Mistake::new(
                form.entry(kind).map_or(form, |(key, _)| key).origin(file),
                format!("a `{kind}` check needs `{key}`"),
            ));
            return None;
        }
        mistakes.push(misread(file, node, &error));
        let top = error.keys.last()?.clone();
        let entries: Vec<(Node, Node)> = node
            .entries()?
            .iter()
            .filter(|(key, _)| key.as_text() != Some(&top))
            .cloned()
            .collect();
        left = Some(Node {
            place: form.place,
            kind: NodeKind::Map(entries),
        });
        removed.push(top);
    }
}

/// What no type can say of the common keys.
fn review_common(file: &Arc<Path>, common: &CommonKeys, node: &Node, mistakes: &mut Vec<Mistake>) {
    let mut wrong = |keys: &[&str], message: String| {
        let path: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
        mistakes.push(Mistake::new(node.along(&path).origin(file), message));
    };
    if let Some(why) = common.id.as_deref().and_then(|id| bad_name("a check", id)) {
        wrong(&["id"], why);
    }
    for (key, limit) in [("within", common.within), ("timeout", common.timeout)] {
        if limit.is_some_and(|limit| limit.0.is_zero()) {
            wrong(&[key], format!("a `{key}` of 0 leaves no time to ask"));
        }
    }
    if let Some(Err(why)) = common.known_gap.as_ref().map(KnownGapForm::waiver) {
        wrong(&["known_gap", "until"], why);
    }
}

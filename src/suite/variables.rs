//! The variables of a suite: declared there and in its includes, given by files and by the command line, filled in once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use minijinja::Environment;

use crate::leaves::{Mistake, Origin, Secret};
use crate::suite::cluster::Cluster;
use crate::suite::naming::no_truths;
use crate::suite::node::Node;
use crate::suite::template::{Context, nowhere};

/// A variable as declared.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    name: String,
    file: Arc<Path>,
    key: Origin,
    value: Node,
    /// Whether it was given from outside, so that nothing in it is filled in.
    given: bool,
}

/// The variables of one row of the matrix.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// Their values.
    pub(crate) values: BTreeMap<String, Node>,
    /// Those with a mistake.
    pub(crate) broken: BTreeSet<String>,
}

/// Notes the variables that a file declares. Those of a file that is read later win over those read before, as a suite's own win
/// over its includes'.
pub(crate) fn declare(
    file: &Arc<Path>,
    section: &Node,
    declared: &mut Vec<Declared>,
    mistakes: &mut Vec<Mistake>,
) {
    let Some(entries) = section.entries() else {
        mistakes.push(Mistake::new(
            section.origin(file),
            format!(
                "{} stands where a map of variables is expected, such as {{ metric: up }}",
                section.words()
            ),
        ));
        return;
    };
    for (key, value) in entries {
        let name = key.as_text().unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            mistakes.push(Mistake::new(
                key.origin(file),
                format!("`{name}` cannot name a variable: letters, digits and `_` can, and a digit not first"),
            ));
            continue;
        }
        no_truths(file, value, mistakes);
        declared.retain(|earlier| earlier.name != name);
        declared.push(Declared {
            name: name.to_owned(),
            file: file.clone(),
            key: key.origin(file),
            value: value.clone(),
            given: false,
        });
    }
}

/// Puts what was given from outside in place of what the suite declares; what it does not declare is left alone.
pub(crate) fn give(declared: &mut [Declared], given: &BTreeMap<String, Node>) {
    for variable in declared {
        if let Some(value) = given.get(&variable.name) {
            variable.value = value.clone();
            variable.given = true;
        }
    }
}

/// The names that are declared.
pub(crate) fn names(declared: &[Declared]) -> impl Iterator<Item = &str> {
    declared.iter().map(|variable| variable.name.as_str())
}

/// The values for one row. A variable may use `cluster` and the variables declared above it.
pub(crate) fn fill(
    declared: &[Declared],
    environment: &Environment<'static>,
    cluster: Option<&Cluster>,
    secrets: &BTreeMap<String, Secret>,
    mistakes: &mut Vec<Mistake>,
) -> Variables {
    let mut filled = Variables::default();
    for variable in declared {
        let name = &variable.name;
        if variable.value.is_null() {
            mistakes.push(
                Mistake::new(
                    variable.key.clone(),
                    format!("variable `{name}` has no value and must be given"),
                )
                .help(format!("Give it: `--var {name}=VALUE`.")),
            );
            filled.broken.insert(name.clone());
            continue;
        }
        let before = mistakes.len();
        let value = if variable.given {
            Some(variable.value.clone())
        } else {
            let context = Context::new(
                environment,
                cluster,
                &filled.values,
                secrets,
                &filled.broken,
            );
            context.fill(&variable.value, &variable.file, nowhere, mistakes)
        };
        for mistake in &mut mistakes[before..] {
            let later = |other: &&Declared| {
                mistake
                    .message
                    .starts_with(&format!("no variable `{}`", other.name))
            };
            if let Some(other) = declared.iter().find(later) {
                mistake.help = Some(format!(
                    "Declare `{}` above the variables that use it.",
                    other.name
                ));
            }
        }
        match value {
            Some(value) => {
                filled.values.insert(name.clone(), value);
            }
            None => {
                filled.broken.insert(name.clone());
            }
        }
    }
    filled
}

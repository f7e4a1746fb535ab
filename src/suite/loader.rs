//! What the suites of one call share: files, clusters, the variables given, and the mistakes found so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::Environment;

use crate::leaves::{Mistake, Origin};
use crate::suite::check_form::KindKeys;
use crate::suite::cluster::Cluster;
use crate::suite::include::Files;
use crate::suite::load_options::LoadOptions;
use crate::suite::naming::{meant, no_truths};
use crate::suite::node::Node;
use crate::suite::template;
use crate::suite::yaml_fault::TOP;

/// The start of an environment variable's name that gives the variable named after it.
const VAR_PREFIX: &str = "GAPCHECK_VAR_";

/// What is shared by the suites of one call.
pub(crate) struct Loader<'o> {
    pub(crate) options: &'o LoadOptions,
    pub(crate) environment: Environment<'static>,
    pub(crate) keys: KindKeys,
    pub(crate) files: Files,
    pub(crate) mistakes: Vec<Mistake>,
    /// Clusters files that were read; none where one has mistakes.
    pub(crate) clusters: HashMap<PathBuf, Option<Arc<Vec<Cluster>>>>,
    /// Variables given from files and from the command line.
    pub(crate) given: BTreeMap<String, Node>,
    /// Variables that some suite declares.
    pub(crate) declared: BTreeSet<String>,
    /// Checks so far, over all suites and clusters.
    pub(crate) checks: usize,
}

impl<'o> Loader<'o> {
    /// A loader that has read nothing yet.
    pub(crate) fn new(options: &'o LoadOptions) -> Self {
        Self {
            options,
            environment: template::environment(),
            keys: KindKeys::of_this_version(),
            files: Files::default(),
            mistakes: Vec::new(),
            clusters: HashMap::new(),
            given: BTreeMap::new(),
            declared: BTreeSet::new(),
            checks: 0,
        }
    }

    /// Reads the files of variables and notes those of the command line.
    pub(crate) fn read_var_files(&mut self) {
        for path in &self.options.var_files {
            let Some(part) = self.files.open(path, None, &mut self.mistakes) else {
                continue;
            };
            match part.root.entries() {
                Some(entries) => {
                    for (key, value) in entries {
                        no_truths(&part.file, value, &mut self.mistakes);
                        let name = key.as_text().unwrap_or_default();
                        self.given.insert(name.to_owned(), value.clone());
                    }
                }
                None => self.mistakes.push(Mistake::new(
                    part.root.origin(&part.file),
                    format!(
                        "{} stands where a map of variables is expected",
                        part.root.words()
                    ),
                )),
            }
        }
        for (name, value) in &self.options.vars {
            self.given.insert(name.clone(), Node::text(TOP, value));
        }
    }

    /// What is given for these variables, the environment's word included.
    pub(crate) fn given_for<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> BTreeMap<String, Node> {
        names
            .filter_map(|name| {
                let from_environment = || {
                    (self.options.env)(&format!("{VAR_PREFIX}{name}"))
                        .map(|value| Node::text(TOP, &value))
                };
                let node = self.given.get(name).cloned().or_else(from_environment)?;
                Some((name.to_owned(), node))
            })
            .collect()
    }

    /// A variable on the command line that no suite declares is a misspelling.
    pub(crate) fn review_vars(&mut self) {
        for (name, _) in &self.options.vars {
            if !self.declared.contains(name) {
                let meant = meant(name, self.declared.iter().map(String::as_str));
                self.mistakes.push(Mistake::new(
                    Origin::whole(Path::new("--var")),
                    format!("no suite declares a variable `{name}`{meant}"),
                ));
            }
        }
    }
}

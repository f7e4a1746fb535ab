//! Loads suites: finds their files, reads them, and gives every mistake of all of them at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::Environment;

use crate::leaves::{Mistake, Origin, Timestamp};
use crate::suite::check_form::KindKeys;
use crate::suite::cluster::Cluster;
use crate::suite::include::Files;
use crate::suite::loaded_suite::Suite;
use crate::suite::naming::meant;
use crate::suite::node::Node;
use crate::suite::secret_table::Secrets;
use crate::suite::sources::{Sources, io_words, read_text};
use crate::suite::template;
use crate::suite::yaml_fault::TOP;

/// The largest number of checks of a run, over all suites and clusters.
pub(crate) const MOST_CHECKS: usize = 1_000_000;

/// The start of an environment variable's name that gives the variable named after it.
const VAR_PREFIX: &str = "GAPCHECK_VAR_";

/// How directories are nested at most.
const DEEPEST_DIRECTORY: usize = 64;

/// The environment, as a function from names to values.
pub type Surrounding = Box<dyn Fn(&str) -> Option<String>>;

/// What loading needs of the outside. Variables: `vars` win over `var_files`, these over `GAPCHECK_VAR_x` in the environment, and
/// this over what the suite says.
pub struct LoadOptions {
    /// Variables from the command line; a later one wins. One that no suite declares is a mistake.
    pub vars: Vec<(String, String)>,
    /// YAML files of variables; a later one wins.
    pub var_files: Vec<PathBuf>,
    /// The environment, for secrets and for `GAPCHECK_VAR_x`.
    pub env: Surrounding,
    /// The time, for waivers.
    pub now: Timestamp,
    /// Whether secrets are taken from where they are.
    pub secrets: Secrets,
    /// Hosts that secrets are bound to (`NAME`, `HOST`), in place of what the suite says.
    pub secret_hosts: Vec<(String, String)>,
}

impl std::fmt::Debug for LoadOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadOptions")
            .field("vars", &self.vars)
            .field("var_files", &self.var_files)
            .field("now", &self.now)
            .field("secrets", &self.secrets)
            .field("secret_hosts", &self.secret_hosts)
            .finish_non_exhaustive()
    }
}

impl Default for LoadOptions {
    /// No variables, an empty environment, the start of the epoch.
    fn default() -> Self {
        Self {
            vars: Vec::new(),
            var_files: Vec::new(),
            env: Box::new(|_| None),
            now: Timestamp::default(),
            secrets: Secrets::Resolve,
            secret_hosts: Vec::new(),
        }
    }
}

/// What was loaded.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The suites without mistakes, in the order of the paths.
    pub suites: Vec<Suite>,
    /// All mistakes and warnings of all files, sorted by file and line.
    pub mistakes: Vec<Mistake>,
    /// The paths and files that gave no suite because of a mistake.
    pub bad: Vec<PathBuf>,
    /// The texts of the files, for carets.
    pub sources: Sources,
}

impl Loaded {
    /// Whether a mistake, not only a warning, was found.
    pub fn is_bad(&self) -> bool {
        self.mistakes.iter().any(|mistake| !mistake.warning)
    }
}

/// Loads the suites in files and directories.
pub fn load(paths: &[PathBuf], options: &LoadOptions) -> Loaded {
    let mut loader = Loader {
        options,
        environment: template::environment(),
        keys: KindKeys::of_this_version(),
        files: Files::default(),
        mistakes: Vec::new(),
        clusters: HashMap::new(),
        given: BTreeMap::new(),
        declared: BTreeSet::new(),
        checks: 0,
    };
    loader.read_var_files();
    let (mut suites, mut bad, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for path in paths {
        for (file, given) in loader.discover(path, &mut bad) {
            let real = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
            if !seen.insert(real) {
                continue;
            }
            match loader.load_suite(&file, given.as_deref()) {
                Some(suite) => suites.push(suite),
                None => bad.push(file),
            }
        }
    }
    loader.review_vars();
    let mut mistakes = loader.mistakes;
    mistakes.sort();
    mistakes.dedup();
    Loaded {
        suites,
        mistakes,
        bad,
        sources: loader.files.sources,
    }
}

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

impl Loader<'_> {
    fn read_var_files(&mut self) {
        for path in &self.options.var_files {
            let Some(part) = self.files.open(path, None, &mut self.mistakes) else {
                continue;
            };
            match part.root.entries() {
                Some(entries) => {
                    for (key, value) in entries {
                        crate::suite::naming::no_truths(&part.file, value, &mut self.mistakes);
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
    fn review_vars(&mut self) {
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

    /// The files of suites under a path, each with the directory in which it was looked for.
    fn discover(&mut self, path: &Path, bad: &mut Vec<PathBuf>) -> Vec<(PathBuf, Option<PathBuf>)> {
        let about = match fs::metadata(path) {
            Ok(about) => about,
            Err(error) => {
                let mut mistake = Mistake::new(Origin::whole(path), io_words(&error));
                if path.to_string_lossy().contains(['*', '?', '[']) {
                    mistake = mistake.help("The pattern matches no file.");
                }
                self.mistakes.push(mistake);
                bad.push(path.to_owned());
                return Vec::new();
            }
        };
        if !about.is_dir() {
            return vec![(path.to_owned(), None)];
        }
        let (mut found, before) = (Vec::new(), bad.len());
        self.walk(path, 0, &mut found, bad);
        if found.is_empty() && bad.len() == before {
            self.mistakes.push(
                Mistake::new(Origin::whole(path), "no suite lies in this directory")
                    .help("A suite is a YAML file with the key `suite`."),
            );
            bad.push(path.to_owned());
        }
        found
            .into_iter()
            .map(|file| (file, Some(path.to_owned())))
            .collect()
    }

    fn walk(
        &mut self,
        directory: &Path,
        depth: usize,
        found: &mut Vec<PathBuf>,
        bad: &mut Vec<PathBuf>,
    ) {
        let listed =
            fs::read_dir(directory).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) => {
                self.mistakes
                    .push(Mistake::new(Origin::whole(directory), io_words(&error)));
                bad.push(directory.to_owned());
                return;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            // Links to directories are not followed, so that no circle of them is walked.
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && depth < DEEPEST_DIRECTORY {
                self.walk(&path, depth + 1, found, bad);
                continue;
            }
            let is_yaml = path
                .extension()
                .is_some_and(|end| end == "yaml" || end == "yml");
            if is_directory || !is_yaml {
                continue;
            }
            match read_text(&path) {
                Ok(text) if is_suite(&text) => found.push(path),
                Ok(_) => {}
                Err(why) => {
                    self.mistakes.push(Mistake::new(Origin::whole(&path), why));
                    bad.push(path);
                }
            }
        }
    }
}

/// Whether a text is meant to be a suite, even if it cannot be parsed.
fn is_suite(text: &str) -> bool {
    text.lines().any(|line| {
        ["suite", "\"suite\"", "'suite'"].iter().any(|key| {
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with(':'))
        })
    }) || (text.trim_start().starts_with('{') && text.contains("suite"))
}

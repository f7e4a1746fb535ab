//! Loads suites: finds their files, reads them, and gives every mistake of all of them at once.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::leaves::Mistake;
use crate::suite::load_options::LoadOptions;
use crate::suite::loaded_suite::Suite;
use crate::suite::loader::Loader;
use crate::suite::sources::Sources;

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
    let mut loader = Loader::new(options);
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

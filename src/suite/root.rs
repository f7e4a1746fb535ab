//! The directory that a suite may not reach out of, and the clusters file that belongs to it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::suite::sources::io_words;

/// The name of the clusters file that is looked for.
const CLUSTERS_FILE: &str = "clusters.yaml";

/// Where the files that a suite names may lie: the widest of the directory given on the command line, the one of the nearest
/// clusters file upwards, and the repository's.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    top: PathBuf,
    /// The nearest clusters file, as the user would name it.
    pub(crate) clusters: Option<PathBuf>,
}

impl Root {
    /// The root of a suite's file; `given` is the directory in which it was found, where one was given.
    pub(crate) fn of(suite: &Path, given: Option<&Path>) -> Self {
        let here = match suite.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let real = fs::canonicalize(here).unwrap_or_else(|_| here.to_owned());
        let clusters = real.ancestors().enumerate().find_map(|(up, directory)| {
            let found = directory.join(CLUSTERS_FILE);
            found.exists().then(|| as_named(here, up, &found))
        });
        let clusters_directory = real
            .ancestors()
            .find(|directory| directory.join(CLUSTERS_FILE).exists());
        let repository = real
            .ancestors()
            .find(|directory| directory.join(".git").exists());
        let given = given.and_then(|given| fs::canonicalize(given).ok());
        let top = [clusters_directory, repository, given.as_deref()]
            .into_iter()
            .flatten()
            .filter(|directory| real.starts_with(directory))
            .min_by_key(|directory| directory.components().count())
            .unwrap_or(&real)
            .to_owned();
        Self { top, clusters }
    }

    /// A file that a file of the suite names, relative to it.
    pub(crate) fn file(&self, by: &Path, named: &str) -> Result<PathBuf, String> {
        if Path::new(named).is_absolute() {
            return Err("an absolute path; write it relative to this file".to_owned());
        }
        let path = beside(by, named);
        let real = fs::canonicalize(&path).map_err(|error| io_words(&error))?;
        if !real.starts_with(&self.top) {
            return Err(self.outside());
        }
        Ok(path)
    }

    fn outside(&self) -> String {
        format!(
            "it lies outside of `{}`, which this suite may not leave unless gapcheck is run on a directory that holds both",
            self.top.display()
        )
    }

    /// The file of a secret: as `file`, but an absolute path may be anywhere, as mounted secrets are.
    pub(crate) fn secret_file(&self, by: &Path, named: &str) -> Result<PathBuf, String> {
        if Path::new(named).is_absolute() {
            return Ok(PathBuf::from(named));
        }
        let path = beside(by, named);
        match fs::canonicalize(&path) {
            Ok(real) if !real.starts_with(&self.top) => Err(self.outside()),
            Ok(_) => Ok(path),
            // A file that is not there yet must not be named through `..` either.
            Err(_)
                if Path::new(named)
                    .components()
                    .any(|part| part.as_os_str() == "..") =>
            {
                Err("it cannot be found, and its path leads upwards".to_owned())
            }
            Err(_) => Ok(path),
        }
    }
}

/// `named`, relative to the directory of the file `by`.
fn beside(by: &Path, named: &str) -> PathBuf {
    match by.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.join(named),
        _ => PathBuf::from(named),
    }
}

/// A file `up` directories above `here`, in the user's own way of naming.
fn as_named(here: &Path, up: usize, found: &Path) -> PathBuf {
    let name = Path::new(CLUSTERS_FILE);
    if up == 0 {
        return if here == Path::new(".") {
            name.to_owned()
        } else {
            here.join(name)
        };
    }
    match here.ancestors().nth(up) {
        Some(directory) if directory.as_os_str().is_empty() => name.to_owned(),
        Some(directory) if directory != Path::new(".") && !here.ends_with("..") => {
            directory.join(name)
        }
        _ => found.to_owned(),
    }
}

//! Finds the files of suites: those named, and those in directories.

use std::fs;
use std::path::{Path, PathBuf};

use crate::leaves::{Mistake, Origin};
use crate::suite::loader::Loader;
use crate::suite::sources::{io_words, read_text};

/// How directories are nested at most.
const DEEPEST_DIRECTORY: usize = 64;

impl Loader<'_> {
    /// The files of suites under a path, each with the directory in which it was looked for.
    pub(crate) fn discover(
        &mut self,
        path: &Path,
        bad: &mut Vec<PathBuf>,
    ) -> Vec<(PathBuf, Option<PathBuf>)> {
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

//! The files of a suite: its own and those it includes, each once, and what may stand at the top of them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::leaves::{Mistake, Origin};
use crate::suite::misread::unknown_key;
use crate::suite::node::Node;
use crate::suite::root::Root;
use crate::suite::sources::{Sources, read_text};
use crate::suite::top_keys::{INCLUDE_KEYS, SUITE_KEYS};
use crate::suite::yaml;
use crate::suite::yaml_fault::YamlFault;

/// How deep includes may be nested.
const DEEPEST: usize = 16;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its name.
    pub(crate) file: Arc<Path>,
    /// What it holds.
    pub(crate) root: Node,
    /// Whether mistakes were found in reading it.
    pub(crate) bad: bool,
}

/// All files that were read, each once.
#[derive(Debug, Default)]
pub(crate) struct Files {
    parts: HashMap<PathBuf, Option<Arc<Part>>>,
    /// Their texts.
    pub(crate) sources: Sources,
}

impl Files {
    /// A file; none where nothing of it can be used. `named_at` is where a suite names it.
    pub(crate) fn open(
        &mut self,
        path: &Path,
        named_at: Option<&Origin>,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Arc<Part>> {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if let Some(known) = self.parts.get(&real) {
            return known.clone();
        }
        let part = self.read(path, named_at, mistakes);
        self.parts.insert(real, part.clone());
        part
    }

    fn read(
        &mut self,
        path: &Path,
        named_at: Option<&Origin>,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Arc<Part>> {
        let file: Arc<Path> = path.into();
        let text = match read_text(path) {
            Ok(text) => text,
            Err(why) => {
                mistakes.push(match named_at {
                    Some(origin) => {
                        Mistake::new(origin.clone(), format!("`{}`: {why}", path.display()))
                    }
                    None => Mistake::new(Origin::whole(path), why),
                });
                return None;
            }
        };
        let parsed = yaml::parse(&text);
        self.sources.keep(path, text.into());
        let mut note = |fault: YamlFault| {
            let origin = |place| Origin {
                file: file.clone(),
                place,
            };
            let mut mistake = Mistake::new(origin(fault.place), fault.message);
            mistake.help = fault.help;
            if let Some(first) = fault.first {
                mistake = mistake.also(origin(first), "first written here");
            }
            mistakes.push(mistake);
        };
        match parsed {
            Ok((root, faults)) => {
                let bad = !faults.is_empty();
                faults.into_iter().for_each(note);
                Some(Arc::new(Part { file, root, bad }))
            }
            Err(fault) => {
                note(fault);
                None
            }
        }
    }
}

/// The files of a suite: included ones before the file that includes them, each once. None where one of them cannot be used.
pub(crate) fn gather(
    main: &Arc<Part>,
    root: &Root,
    files: &mut Files,
    mistakes: &mut Vec<Mistake>,
) -> (Vec<Arc<Part>>, bool) {
    let mut gathered = Gathered {
        root,
        files,
        mistakes,
        chain: Vec::new(),
        parts: Vec::new(),
        good: true,
    };
    gathered.add(main);
    (gathered.parts, gathered.good)
}

struct Gathered<'a> {
    root: &'a Root,
    files: &'a mut Files,
    mistakes: &'a mut Vec<Mistake>,
    chain: Vec<PathBuf>,
    parts: Vec<Arc<Part>>,
    good: bool,
}

impl Gathered<'_> {
    fn add(&mut self, part: &Arc<Part>) {
        self.good &= !part.bad;
        self.chain.push(real(&part.file));
        if let Some(list) = part.root.get("include") {
            let one = std::slice::from_ref(list);
            for item in list.items().unwrap_or(one) {
                self.include(part, item);
            }
        }
        self.chain.pop();
        self.parts.push(part.clone());
    }

    fn refuse(&mut self, mistake: Mistake) {
        self.good = false;
        self.mistakes.push(mistake);
    }

    fn include(&mut self, by: &Arc<Part>, item: &Node) {
        let origin = item.origin(&by.file);
        let Some(named) = item.as_text() else {
            return self.refuse(Mistake::new(
                origin,
                format!(
                    "{} stands where the path of a file is expected",
                    item.words()
                ),
            ));
        };
        if named.contains("${{") {
            return self.refuse(Mistake::new(origin, "templates do not work in `include`"));
        }
        let path = match self.root.file(&by.file, named) {
            Ok(path) => path,
            Err(why) => {
                return self.refuse(Mistake::new(
                    origin,
                    format!("cannot include `{named}`: {why}"),
                ));
            }
        };
        let path = tidy(&path);
        let found = real(&path);
        if let Some(at) = self.chain.iter().position(|above| *above == found) {
            let mut names: Vec<String> = self.chain[at..]
                .iter()
                .map(|path| file_name(path))
                .collect();
            names.push(file_name(&found));
            return self.refuse(
                Mistake::new(
                    origin,
                    format!(
                        "these files include each other in a circle: {}",
                        names.join(" > ")
                    ),
                )
                .help("Remove one of the includes."),
            );
        }
        if self.parts.iter().any(|part| real(&part.file) == found) {
            return;
        }
        if self.chain.len() > DEEPEST {
            return self.refuse(Mistake::new(
                origin,
                format!("includes are nested deeper than {DEEPEST} files"),
            ));
        }
        let Some(part) = self.files.open(&path, Some(&origin), self.mistakes) else {
            self.good = false;
            return;
        };
        if self.review(&part, &origin) {
            self.add(&part);
        }
    }

    /// What may stand in an included file.
    fn review(&mut self, part: &Arc<Part>, named_at: &Origin) -> bool {
        if part.root.is_null() {
            self.refuse(Mistake::new(
                named_at.clone(),
                format!("`{}` is empty", part.file.display()),
            ));
            return false;
        }
        let Some(entries) = part.root.entries() else {
            self.refuse(Mistake::new(
                part.root.origin(&part.file),
                format!("{} stands where a map is expected", part.root.words()),
            ));
            return false;
        };
        for (key, _) in entries {
            let name = key.as_text().unwrap_or_default();
            if INCLUDE_KEYS.contains(&name) {
                continue;
            }
            let origin = key.origin(&part.file);
            self.refuse(if SUITE_KEYS.contains(&name) {
                Mistake::new(
                    origin,
                    format!("`{name}` belongs to a suite, and this file is included by one"),
                )
                .help(format!(
                    "An included file may have {}.",
                    crate::leaves::words::list(INCLUDE_KEYS)
                ))
            } else {
                unknown_key(origin, name, INCLUDE_KEYS.iter().copied())
            });
        }
        true
    }
}

fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The path without `.` and without `x/..`, where that changes nothing.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        let above = tidy.components().next_back();
        match (part, above) {
            (std::path::Component::CurDir, _) => {}
            (std::path::Component::ParentDir, Some(std::path::Component::Normal(_)))
                if !tidy.is_symlink() =>
            {
                tidy.pop();
            }
            (part, _) => tidy.push(part),
        }
    }
    tidy
}

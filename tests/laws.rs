//! The laws of the house, as `src/lib.rs` states them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gapcheck::run::EXIT_CODES;

/// The floors from the ground up; a file imports only lower floors, or a leaf of its own folder.
const FLOORS: [&str; 10] = [
    "leaves", "backend", "ask", "check", "suite", "plan", "diagnose", "run", "report", "cli",
];

/// Lines beyond which a file wants a reason.
const LONGEST_FILE: usize = 400;

fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !is_for_tests(&path) {
                found.insert(
                    path.strip_prefix(&root).unwrap().to_owned(),
                    fs::read_to_string(&path).unwrap(),
                );
            }
        }
    }
    assert!(found.len() > 40, "the sources were not found");
    found
}

/// Whether a file is compiled for tests alone: its folder's door says so.
fn is_for_tests(path: &Path) -> bool {
    let door = fs::read_to_string(path.with_file_name("mod.rs")).unwrap_or_default();
    let stem = path.file_stem().unwrap().to_str().unwrap();
    [
        format!("#[cfg(test)]\nmod {stem};"),
        format!("#[cfg(test)]\npub(crate) mod {stem};"),
    ]
    .iter()
    .any(|declared| door.contains(declared))
}

/// The part of a file that is not its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

fn floor(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?;
    (path.components().count() > 1).then(|| first.to_owned())
}

fn broken(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn imports_go_down() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = floor(&path) else { continue };
        for (at, line) in code(&text).lines().enumerate() {
            for (position, _) in line.match_indices("crate::") {
                let target: String = line[position + 7..]
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                let allowed = match (own.as_str(), target.as_str()) {
                    (own, target) if own == target => true,
                    ("lab", target) => target == "leaves",
                    // The demo is the one place where the house meets the lab.
                    ("cli", "lab") => {
                        path == Path::new("cli/demo.rs") || path.starts_with("cli/demo")
                    }
                    (own, target) => match (
                        FLOORS.iter().position(|f| *f == own),
                        FLOORS.iter().position(|f| *f == target),
                    ) {
                        (Some(own), Some(target)) => target < own,
                        _ => false,
                    },
                };
                if !allowed && !target.is_empty() && !line.trim_start().starts_with("//") {
                    wrong.push(format!(
                        "src/{}:{}: `{own}` imports `{target}`",
                        path.display(),
                        at + 1
                    ));
                }
            }
        }
    }
    broken(&wrong);
}

/// Who may use a library: the crate's name in code, and the floors or files that may.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("serde_yaml", &["suite", "backend/loaded_config.rs"]),
    ("reqwest", &["backend"]),
    ("hickory_resolver", &["backend", "lab"]),
    ("rustls", &["backend"]),
    ("tokio_rustls", &["backend"]),
    ("x509_parser", &["backend"]),
    ("hyper", &["lab", "backend"]),
    // One file of the backends asks it which proxy the environment names: the messages must blame the right party.
    (
        "hyper_util",
        &["lab", "backend/proxy.rs", "backend/storeapi"],
    ),
    ("tonic", &["lab", "backend"]),
    ("tonic_prost", &["lab", "backend"]),
    ("prost", &["lab", "backend"]),
    ("junit_report", &["report"]),
    ("minijinja", &["suite", "report"]),
    ("annotate_snippets", &["suite"]),
    ("indicatif", &["cli"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("console", &["cli"]),
];

/// The files that a file imports by their own names; what comes through a folder's door is a matter of floors.
fn imported(path: &Path, text: &str, all: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in code(text)
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for (position, _) in line.match_indices("crate::") {
            let words: Vec<&str> = line[position + 7..]
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
                .next()
                .unwrap_or_default()
                .split("::")
                .collect();
            let file = (1..=words.len())
                .rev()
                .map(|n| PathBuf::from(words[..n].join("/")).with_extension("rs"))
                .find(|file| all.contains_key(file));
            found.extend(file.filter(|file| file != path));
        }
    }
    found
}

#[test]
fn no_files_import_in_a_circle() {
    let all = sources();
    let arrows: BTreeMap<&PathBuf, Vec<PathBuf>> = all
        .iter()
        .map(|(path, text)| (path, imported(path, text, &all)))
        .collect();
    assert!(
        arrows.values().map(Vec::len).sum::<usize>() > 300,
        "the imports were not found"
    );
    let mut wrong = Vec::new();
    for start in all.keys() {
        let (mut reached, mut next) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(path) = next.pop() {
            for target in arrows.get(&path).into_iter().flatten() {
                if target == start {
                    wrong.push(format!(
                        "src/{} imports itself by way of src/{}",
                        start.display(),
                        path.display()
                    ));
                }
                if reached.insert(target.clone()) {
                    next.push(target.clone());
                }
            }
        }
    }
    broken(&wrong);
}

#[test]
fn libraries_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (at, line) in code(&text)
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for (library, rooms) in LIBRARIES {
                let used = line.match_indices(&format!("{library}::")).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                });
                if used && !rooms.iter().any(|room| path.starts_with(room)) {
                    wrong.push(format!(
                        "src/{}:{}: `{library}` belongs to {}",
                        path.display(),
                        at + 1,
                        rooms.join(", ")
                    ));
                }
            }
        }
    }
    broken(&wrong);
}

#[test]
fn only_the_command_line_prints_reads_the_environment_or_exits() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if path.starts_with("cli") || path == Path::new("main.rs") {
            continue;
        }
        for (at, line) in code(&text)
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for sign in [
                "println!",
                "eprintln!",
                "print!(",
                "eprint!(",
                "std::env::",
                "env::var",
                "process::exit",
                "stdout()",
                "stderr()",
                "dbg!",
            ] {
                if line.contains(sign) {
                    wrong.push(format!(
                        "src/{}:{}: `{sign}` belongs to cli",
                        path.display(),
                        at + 1
                    ));
                }
            }
        }
    }
    broken(&wrong);
}

#[test]
fn files_keep_the_house_in_order() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = path.display();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if [
            "utils", "util", "helpers", "common", "types", "manager", "imp",
        ]
        .contains(&stem)
        {
            wrong.push(format!(
                "src/{name}: a file is named for the noun a user would say"
            ));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("src/{name}: opens without a sentence of purpose"));
        }
        let code = code(&text);
        let lines = code.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!(
                "src/{name}: {lines} lines before its tests; look for the second noun"
            ));
        }
        for (at, line) in code.lines().enumerate() {
            let trimmed = line.trim_start();
            if trimmed.starts_with("//") {
                continue;
            }
            if line.contains("super::") {
                wrong.push(format!("src/{name}:{}: a child never says super::", at + 1));
            }
            if trimmed.starts_with("use ") && line.contains("::*") {
                wrong.push(format!("src/{name}:{}: a glob import", at + 1));
            }
            if line.contains(".unwrap()")
                || line.contains("todo!(")
                || line.contains("unimplemented!(")
                || line.contains("#[allow(")
            {
                wrong.push(format!("src/{name}:{}: {}", at + 1, trimmed));
            }
        }
        if stem == "mod" && code.contains("fn ") {
            wrong.push(format!("src/{name}: a door and a table hold no logic"));
        }
    }
    broken(&wrong);
}

#[test]
fn the_house_has_its_floors_and_the_lab_beside_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in FLOORS.iter().chain(&["lab"]) {
        assert!(
            root.join(room).join("mod.rs").is_file(),
            "src/{room}/mod.rs is missing"
        );
    }
    let doors: Vec<String> = fs::read_dir(&root)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        doors.len(),
        FLOORS.len() + 3,
        "src/ holds the floors, the lab, lib.rs and main.rs: {doors:?}"
    );
}

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|why| panic!("{path}: {why}"))
}

#[test]
fn every_kind_has_its_example_its_schema_and_its_line_in_the_readme() {
    let (schema, readme) = (text("schemas/suite.schema.json"), text("README.md"));
    for kind in gapcheck::check::KINDS {
        let word = kind.word;
        let example = text(&format!("examples/{word}.yaml"));
        assert!(
            example.contains(&format!("{word}:")),
            "examples/{word}.yaml shows no `{word}` check"
        );
        assert!(
            schema.contains(&format!("\"{word}\"")),
            "the schema has no `{word}`"
        );
        assert!(
            readme.contains(&format!("| `{word}` |")),
            "the readme's table has no `{word}`"
        );
    }
}

#[test]
fn every_backend_kind_is_in_the_readme_and_in_the_schema() {
    let (schema, readme) = (text("schemas/suite.schema.json"), text("README.md"));
    for kind in gapcheck::backend::BACKEND_KINDS {
        assert!(
            readme.contains(&format!("`{}`", kind.word)),
            "the readme has no `{}`",
            kind.word
        );
        assert!(
            schema.contains(&format!("\"{}\"", kind.word)),
            "the schema has no `{}`",
            kind.word
        );
    }
}

#[test]
fn every_report_format_and_fault_has_a_name_of_its_own() {
    let formats: Vec<&str> = gapcheck::report::FORMATS
        .iter()
        .map(|format| format.name)
        .collect();
    let faults: Vec<&str> = gapcheck::lab::FAULTS
        .iter()
        .map(|fault| fault.name)
        .collect();
    for names in [formats, faults] {
        for name in &names {
            assert_eq!(
                names.iter().filter(|other| *other == name).count(),
                1,
                "{name}"
            );
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{name}"
            );
        }
        assert!(names.len() >= 4);
    }
}

#[test]
fn the_readme_tells_every_exit_code() {
    let readme = text("README.md");
    for row in EXIT_CODES {
        let told = format!("| {} | {} |\n", row.number, row.means);
        assert!(readme.contains(&told), "{told}");
    }
}

#[test]
fn every_cause_is_named_by_a_test_and_every_fault_by_cause_is_of_the_catalogue() {
    let known: BTreeSet<&str> = gapcheck::diagnose::causes().map(|cause| cause.id).collect();
    let told = format!("which of {} causes it is", known.len());
    assert!(text("README.md").contains(&told), "README.md: {told}");
    let changes = text("CHANGELOG.md");
    let tests: String = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnosis"))
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    for id in &known {
        assert!(
            tests.contains(&format!("\"{id}\"")),
            "no test in tests/diagnosis names `{id}`"
        );
        assert!(changes.contains(&format!("`{id}`")), "CHANGELOG.md: `{id}`");
    }
    let mut seen = BTreeSet::new();
    for fault in gapcheck::lab::cause_faults() {
        assert!(known.contains(fault.cause), "`{}` is no cause", fault.cause);
        assert!(seen.insert(fault.cause), "`{}` stands twice", fault.cause);
        assert!(
            ["proven", "likely", "possible"].contains(&fault.certainty),
            "`{}`: {}",
            fault.cause,
            fault.certainty
        );
        assert!(!fault.says.is_empty(), "`{}`", fault.cause);
    }
}

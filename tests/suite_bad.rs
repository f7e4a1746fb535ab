//! Bad suites: each file under `tests/fixtures/bad` ends in comments that say what must be told of it, with line and column.

use std::path::{Path, PathBuf};

use gapcheck::leaves::{Mistake, Timestamp};
use gapcheck::plan::{PlanError, Selection, plan};
use gapcheck::suite::{LoadOptions, load};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bad")
}

/// The environment of all fixtures.
fn environment(name: &str) -> Option<String> {
    let value = match name {
        "GOOD_TOKEN" => "long-enough-token",
        "EMPTY_TOKEN" => "",
        "SHORT_TOKEN" => "true",
        _ => return None,
    };
    Some(value.to_owned())
}

fn told(path: &Path) -> Vec<String> {
    let options = LoadOptions {
        env: Box::new(environment),
        now: Timestamp::from_rfc3339("2026-11-23T10:00:00Z").unwrap(),
        ..LoadOptions::default()
    };
    let loaded = load(&[path.to_owned()], &options);
    let mut mistakes = loaded.mistakes.clone();
    if !loaded.is_bad() {
        match plan(&loaded.suites, &Selection::default()) {
            Ok(_) => {}
            Err(PlanError::Mistakes(more)) => mistakes.extend(more),
            Err(PlanError::Nothing(why) | PlanError::TooFew(why)) => {
                mistakes.push(Mistake::new(gapcheck::leaves::Origin::whole(path), why))
            }
        }
    }
    assert_eq!(
        loaded.suites.is_empty(),
        loaded.is_bad(),
        "{}",
        path.display()
    );
    mistakes.iter().map(|mistake| line(path, mistake)).collect()
}

fn line(path: &Path, mistake: &Mistake) -> String {
    let word = if mistake.warning { "warning" } else { "error" };
    let place = mistake.origin.place;
    let file = match &*mistake.origin.file {
        file if file == path => String::new(),
        file => format!(
            "{}:",
            file.strip_prefix(directory()).unwrap_or(file).display()
        ),
    };
    let help = mistake
        .help
        .as_ref()
        .map_or_else(String::new, |help| format!(" | {help}"));
    let told = format!(
        "# {word}: {file}{}:{}: {}{help}",
        place.line, place.column, mistake.message
    );
    told.replace(&format!("{}/", directory().display()), "")
        .replace(&directory().display().to_string(), "DIR")
        .replace(env!("CARGO_MANIFEST_DIR"), "ROOT")
}

#[test]
fn every_bad_suite_is_refused_with_exactly_these_words_at_exactly_these_places() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let is_expectation =
            |line: &&str| line.starts_with("# error: ") || line.starts_with("# warning: ");
        let expected: Vec<&str> = text.lines().filter(is_expectation).collect();
        if !text.lines().any(|line| line.starts_with("# schema: ")) {
            continue;
        }
        seen += 1;
        let told = told(&path);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            let kept = text
                .split("# error: ")
                .next()
                .unwrap()
                .split("# warning: ")
                .next()
                .unwrap();
            std::fs::write(&path, format!("{kept}{}\n", told.join("\n"))).unwrap();
            continue;
        }
        if told != expected {
            wrong.push(format!(
                "{}\n  told     {told:#?}\n  expected {expected:#?}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 60, "only {seen} bad suites");
}

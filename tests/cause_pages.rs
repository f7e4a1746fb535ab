//! The pages under `docs/causes/` are those of the catalogue: `UPDATE_DOCS=1 cargo test --test cause_pages` writes them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gapcheck::diagnose::{causes, contents, page};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/causes")
}

#[test]
fn every_cause_has_its_page_and_every_page_its_cause() {
    let mut wanted: Vec<(String, String)> = causes()
        .map(|cause| (format!("{}.md", cause.id), page(cause)))
        .collect();
    wanted.push(("README.md".to_owned(), contents()));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(folder()).unwrap();
        for old in fs::read_dir(folder()).unwrap() {
            fs::remove_file(old.unwrap().path()).unwrap();
        }
        for (name, text) in &wanted {
            fs::write(folder().join(name), text).unwrap();
        }
    }
    for (name, text) in &wanted {
        let written = fs::read_to_string(folder().join(name)).unwrap_or_default();
        assert_eq!(
            &written, text,
            "docs/causes/{name} is old: UPDATE_DOCS=1 writes it anew"
        );
    }
    let names: BTreeSet<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
    for page in fs::read_dir(folder()).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(name.as_str()), "{name} is of no cause");
    }
}

//! The recordings of the bundle are what the lab makes today.

use std::fs;
use std::path::{Path, PathBuf};

use crate::recording::made;
use crate::who::Who;

/// The folder of the bundle.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/incident")
}

fn is_as_made(suite: &str, recording: &str, who: Who) {
    let made = made(&folder().join(suite), who);
    let path = folder().join(recording);
    if std::env::var_os("UPDATE_INCIDENT").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{recording} is not what the lab makes: run `UPDATE_INCIDENT=1 cargo test --test incident`"
    );
}

#[test]
fn what_was_asked_that_day_is_as_the_lab_makes_it() {
    is_as_made("report.yaml", "recording.jsonl", Who::Reporter);
}

#[test]
fn what_could_have_been_asked_is_as_the_lab_makes_it() {
    is_as_made("access.yaml", "access.jsonl", Who::Anyone);
}

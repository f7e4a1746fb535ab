//! Recorded exchanges, read from their files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gapcheck::lab::Request;
use serde_json::Value;

pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/recorded")
        .join(name)
}

pub(crate) fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a recording");
    serde_json::from_str(&text).expect("a recording is JSON")
}

pub(crate) fn recordings(name: &str) -> BTreeMap<String, Value> {
    fs::read_dir(folder(name))
        .expect("a folder of recordings")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_stem().and_then(|stem| stem.to_str());
            (name.expect("a name").to_owned(), read(&path))
        })
        .collect()
}

pub(crate) fn request(recorded: &Value) -> Request {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let pairs = |value: &Value| -> Vec<(String, String)> {
        value
            .as_object()
            .map(|map| map.iter().map(|(k, v)| (k.clone(), plain(v))).collect())
            .unwrap_or_default()
    };
    Request {
        method: plain(&recorded["method"]),
        path: plain(&recorded["path"]),
        params: pairs(&recorded["params"]),
        headers: pairs(&recorded["headers"]),
        body: Vec::new(),
    }
}

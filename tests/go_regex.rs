//! The translation of Go's regular expressions against what Go itself made of them (`tests/recorded/relabel/go-regex.jsonl`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gapcheck::leaves::{GoRegex, GoRegexError, GoVersion, Template};
use serde::Deserialize;

#[derive(Deserialize)]
struct Recorded {
    pattern: String,
    error: Option<String>,
    #[serde(default)]
    matches: BTreeMap<String, Option<Vec<i64>>>,
    #[serde(default)]
    replaced: BTreeMap<String, (String, String)>,
}

fn differences(case: &Recorded) -> Vec<String> {
    let pattern = &case.pattern;
    let regex = match (GoRegex::new(pattern, GoVersion(1, 26)), &case.error) {
        (Err(why @ GoRegexError::Refused { .. }), Some(error)) if why.to_string() == *error => {
            return Vec::new();
        }
        (Ok(regex), None) => regex,
        (ours, theirs) => {
            let ours = ours.map(|_| "accepted").map_err(|why| why.to_string());
            return vec![format!("{pattern:?}: ours {ours:?}, Go {theirs:?}")];
        }
    };
    let mut found = Vec::new();
    for (text, theirs) in &case.matches {
        let ours = regex.captures(text).map(|groups| {
            groups
                .iter()
                .flat_map(|group| group.map_or([-1, -1], |m| [m.start() as i64, m.end() as i64]))
                .collect::<Vec<i64>>()
        });
        if ours != *theirs {
            found.push(format!(
                "{pattern:?} on {text:?}: ours {ours:?}, Go {theirs:?}"
            ));
        }
    }
    for (text, (template, theirs)) in &case.replaced {
        let ours = regex.replace_all(text, &Template::new(template));
        if ours != *theirs {
            found.push(format!(
                "{pattern:?} on {text:?} with {template:?}: ours {ours:?}, Go {theirs:?}"
            ));
        }
    }
    found
}

#[test]
fn every_recorded_pattern_does_as_go_does() {
    let recorded =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/relabel/go-regex.jsonl");
    let recorded = fs::read_to_string(recorded).unwrap();
    let cases: Vec<Recorded> = recorded
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let found: Vec<String> = cases.iter().flat_map(differences).collect();
    assert_eq!(cases.len(), 1500);
    assert!(
        found.is_empty(),
        "{} of {}:\n{}",
        found.len(),
        cases.len(),
        found[..found.len().min(20)].join("\n")
    );
}

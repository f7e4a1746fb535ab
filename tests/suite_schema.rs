//! The JSON Schema of suites: checked in, never stale, and of one mind with the loader.

use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A YAML file as a JSON Schema validator in an editor sees it; none where it is not YAML for one.
fn as_json(path: &Path) -> Option<Value> {
    let options = serde_yaml::options! { strict_booleans: true };
    serde_yaml::from_str_with_options(&std::fs::read_to_string(path).ok()?, options).ok()
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft7::new(&gapcheck::suite::schema()).unwrap()
}

#[test]
fn the_checked_in_schema_is_what_the_types_say() {
    let path = root().join("schemas/suite.schema.json");
    let now = serde_json::to_string_pretty(&gapcheck::suite::schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        then == now,
        "schemas/suite.schema.json is stale: run the tests once with UPDATE_SCHEMAS=1"
    );
}

#[test]
fn the_schema_is_a_draft_07_schema() {
    assert!(jsonschema::draft7::meta::is_valid(
        &gapcheck::suite::schema()
    ));
}

#[test]
fn every_good_suite_is_accepted() {
    let validator = validator();
    let mut seen = 0;
    for directory in ["tests/fixtures/good", "examples", "suites"] {
        for entry in std::fs::read_dir(root().join(directory))
            .into_iter()
            .flatten()
        {
            let path = entry.unwrap().path();
            let Some(json) = as_json(&path).filter(|json| json.get("suite").is_some()) else {
                continue;
            };
            let errors: Vec<String> = validator
                .iter_errors(&json)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn bad_suites_are_refused_where_a_schema_can() {
    let validator = validator();
    for entry in std::fs::read_dir(root().join("tests/fixtures/bad")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let Some(says) = text
            .lines()
            .find_map(|line| line.strip_prefix("# schema: "))
        else {
            continue;
        };
        let valid = as_json(&path).map(|json| validator.is_valid(&json));
        let found = match valid {
            None => "cannot read it",
            Some(true) => "accepts",
            Some(false) => "refuses",
        };
        assert_eq!(says, found, "{}", path.display());
    }
}

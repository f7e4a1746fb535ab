//! The JSON report: its schema, and JSON whatever was sent.

use gapcheck::leaves::{Redactor, Secret};
use gapcheck::report::{ExitSummary, FORMATS, Record, report_schema};
use serde_json::Value;

use crate::payloads::{payloads, placed};
use crate::sample::{plain, record, run};
use crate::{assert_snapshot, written};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json");

#[test]
fn the_sample_reads_as_it_should() {
    assert_snapshot!("report.json", written(&plain(), "json"));
}

#[test]
fn the_checked_in_schema_is_the_types_schema() {
    let mut generated = serde_json::to_string_pretty(&report_schema()).unwrap();
    generated.push('\n');
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(SCHEMA, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(SCHEMA).unwrap_or_default();
    assert!(
        checked_in == generated,
        "schemas/report.schema.json is stale: run this test with UPDATE_SCHEMAS=1"
    );
}

#[test]
fn i09_reports_are_valid_json_that_holds_to_the_schema_and_reads_back_the_same() {
    let validator = jsonschema::validator_for(&report_schema()).unwrap();
    for payload in payloads() {
        for say in placed(&payload) {
            let record = record(&*say);
            let text = written(&record, "json");
            let value: Value = serde_json::from_str(&text).unwrap();
            if let Some(why) = validator.iter_errors(&value).next() {
                panic!("{payload:?}: {why}");
            }
            assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
        }
    }
}

#[test]
fn every_key_of_the_published_form_is_there() {
    let value: Value = serde_json::from_str(&written(&plain(), "json")).unwrap();
    let has = |value: &Value, keys: &str| {
        for key in keys.split(' ') {
            assert!(value.get(key).is_some(), "no `{key}` in {value:#}");
        }
    };
    has(
        &value,
        "schema gapcheck started took_ms vantage verdict exit_code finished counts checks gaps",
    );
    has(
        &value["counts"],
        "pass fail error blocked skip known-gap flaky",
    );
    let check = &value["checks"][2];
    has(
        check,
        "id suite cluster kind title severity owner verdict flaky expected actual message help blocked_by origin attempts started took_ms ladder evidence",
    );
    has(&check["origin"], "file line column");
    has(
        &check["ladder"][0],
        "hop kind state series newest_sample age_ms labels why",
    );
    has(
        &check["evidence"][0],
        "n backend question request status took_ms answer",
    );
    let gap = &value["gaps"][0];
    has(gap, "id check metric cluster from to edge causes");
    has(&gap["causes"][0], "id certainty says evidence fix next");
    assert_eq!(value["schema"], 1);
    assert_eq!(gap["edge"], "exact");
    assert_eq!(value["gaps"][1]["edge"], "interval");
    assert_eq!(value["started"], "2026-11-23T10:00:00Z");
}

#[test]
fn s05_secrets_are_gone_before_anything_escapes_or_cuts_them() {
    let value = "p|pe_und*er<lt>`zebra`]]>\"quokka\"";
    let secret = Secret::new("token", value);
    let mut run = run(&|text| format!("{text} {value} {}{value}", "x".repeat(3_000)));
    let mut plan = (*run.plan).clone();
    plan.redactor = Redactor::of([&secret]);
    run.plan = plan.into();
    let exit = ExitSummary::new(1, format!("failed with {value}"));
    let record = Record::of(&run, &exit);
    for format in FORMATS {
        let text = written(&record, format.name);
        for piece in ["pe_und", "und*er", "zebra", "quokka"] {
            assert!(!text.contains(piece), "{} shows {piece}", format.name);
        }
        assert!(text.contains("redacted:token"), "{}", format.name);
    }
}

#[test]
fn i06_texts_of_a_megabyte_are_cut_with_a_word_on_it() {
    let long = "ü".repeat(500_000);
    let record = record(&|text| format!("{text}{long}"));
    for (format, most) in [
        ("json", 25_000_000),
        ("junit", 25_000_000),
        ("md", 900 * 1024),
    ] {
        let text = written(&record, format);
        assert!(text.len() <= most, "{format} has {} bytes", text.len());
        assert!(text.contains("more bytes"), "{format}");
    }
}

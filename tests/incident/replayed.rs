//! What the built program says of the bundle.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::bundle::folder;

/// A replay: the exit code, and the reports.
struct Replayed {
    code: Option<i32>,
    text: String,
    markdown: String,
    json: Value,
}

impl Replayed {
    fn of(recording: &str, suite: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (json, markdown) = (dir.path().join("run.json"), dir.path().join("run.md"));
        let output = Command::new(env!("CARGO_BIN_EXE_gapcheck"))
            .current_dir(dir.path())
            .env_clear()
            .args(["run", "--progress", "none", "--show", "all", "--report"])
            .arg(format!("json={}", json.display()))
            .arg("--report")
            .arg(format!("md={}", markdown.display()))
            .args(["--report", "text=-", "--replay"])
            .args([folder().join(recording), folder().join(suite)])
            .output()
            .unwrap();
        let json = fs::read_to_string(json).unwrap();
        Self {
            code: output.status.code(),
            text: String::from_utf8(output.stdout).unwrap(),
            markdown: fs::read_to_string(markdown).unwrap(),
            json: serde_json::from_str(&json).unwrap(),
        }
    }

    /// The one gap.
    #[track_caller]
    fn gap(&self) -> &Value {
        let gaps = self.json["gaps"].as_array().unwrap();
        assert_eq!(gaps.len(), 1, "{gaps:#?}");
        &gaps[0]
    }

    /// The causes of that certainty.
    fn causes(&self, certainty: &str) -> Vec<&str> {
        let all = self.gap()["causes"].as_array().unwrap();
        all.iter()
            .filter(|cause| cause["certainty"] == certainty)
            .map(|cause| cause["id"].as_str().unwrap())
            .collect()
    }

    #[track_caller]
    fn says(&self, words: &str) {
        assert!(
            self.text.contains(words),
            "{words:?} is not in\n{}",
            self.text
        );
    }
}

fn as_reported() -> Replayed {
    Replayed::of("recording.jsonl", "report.yaml")
}

#[test]
fn the_report_s_evidence_gives_an_interval_and_proves_no_cause() {
    let told = as_reported();
    assert_eq!(told.code, Some(1));
    let gap = told.gap();
    assert_eq!(
        (&gap["from"], &gap["to"], &gap["edge"]),
        (&"prom".into(), &"query".into(), &"interval".into())
    );
    let states: Vec<&str> = gap["ladder"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rung| rung["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["present", "unknown", "absent"]);
    assert_eq!(told.causes("proven"), Vec::<&str>::new());
    assert_eq!(told.causes("likely"), ["store-behind-vip"]);
    // Nobody asked for `up`.
    assert_eq!(gap["control"]["reach"], "unknown", "{:#}", gap["control"]);
}

#[test]
fn what_the_report_did_not_ask_is_neither_ticked_nor_accused() {
    let told = as_reported();
    let not_tested = told.causes("not-tested");
    for cause in [
        "no-remote-write",
        "dropped-by-write-relabel",
        "write-name-unresolved",
        "write-connection-failed",
        "tenant-mismatch",
        "older-than-queue",
        "duplicate-writers",
        "samples-too-old",
        "receive-limits",
        "other-receive-replica",
        "label-overridden-by-receive",
        "dedup-hides",
        "clock-skew",
    ] {
        assert!(not_tested.contains(&cause), "{cause}: {not_tested:?}");
    }
    for cause in told.gap()["causes"].as_array().unwrap() {
        let says = cause["says"].as_str().unwrap();
        assert!(!says.is_empty(), "each says why: {cause:#}");
    }
    // Speculation that one look settles.
    assert!(told.causes("ruled-out").contains(&"tenant-enforced"));
    assert!(told.causes("ruled-out").contains(&"store-excluded-by-time"));
}

#[test]
fn the_report_s_numbers_are_read_as_what_they_are() {
    let told = as_reported();
    told.says("2025-11-17T22:52:19.419Z, 4d11h ago");
    told.says("as typed NXDOMAIN, through the search list 172.20.90.200");
    told.says("prom present, 1 series\n");
    told.says("receive unknown");
    assert!(!told.text.contains("1763805965"), "{}", told.text);
    assert!(!told.text.contains("1763419939419"), "{}", told.text);
}

#[test]
fn no_next_command_asks_a_receive_for_promql() {
    for told in [as_reported(), Replayed::of("access.jsonl", "access.yaml")] {
        let json = told.json.to_string();
        for address in ["172.20.90.200", "10.0.12.31", "10.0.12.32"] {
            for port in [10901, 10902, 19291] {
                assert!(!json.contains(&format!("{address}:{port}/api/v1/query")));
            }
        }
    }
}

#[test]
fn with_access_to_everything_the_cause_is_proven() {
    let told = Replayed::of("access.jsonl", "access.yaml");
    assert_eq!(told.code, Some(1));
    let gap = told.gap();
    assert_eq!(
        (&gap["from"], &gap["to"], &gap["edge"]),
        (&"receive".into(), &"query".into(), &"exact".into())
    );
    assert_eq!(told.causes("proven"), ["store-behind-vip"]);
    assert_eq!(told.causes("likely"), Vec::<&str>::new());
    assert_eq!(
        gap["control"]["reach"], "this-metric",
        "{:#}",
        gap["control"]
    );
}

#[test]
fn the_page_of_the_fifteen_errors_quotes_what_is_said() {
    let (report, access) = (as_reported(), Replayed::of("access.jsonl", "access.yaml"));
    let said: BTreeSet<&str> = [&report, &access]
        .into_iter()
        .flat_map(|told| told.text.lines().chain(told.markdown.lines()))
        .map(str::trim)
        .collect();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/incident.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```text\n").skip(1);
    let quoted: Vec<&str> = blocks
        .flat_map(|block| block.split("```").next().unwrap_or_default().lines())
        .collect();
    assert!(quoted.len() > 25, "{quoted:#?}");
    for line in quoted {
        let says = |one: &&str| *one == line || one.strip_prefix("ladder  ") == Some(line);
        assert!(said.iter().any(says), "nobody says:\n{line}");
    }
    assert_eq!(page.matches("\n## ").count(), 15);
    let not_tested = report.causes("not-tested").len();
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    assert!(
        readme.contains(&format!("and {not_tested} that were *not tested*")),
        "{not_tested}"
    );
}

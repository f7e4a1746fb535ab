//! The terminal text: order, and nothing that moves a cursor or commands a CI server.

use gapcheck::leaves::Ink;
use gapcheck::report::{FormatOptions, line};

use crate::payloads::{payloads, placed};
use crate::sample::{plain, record, run};
use crate::{assert_snapshot, written, written_with};

#[test]
fn the_sample_reads_as_it_should() {
    let options = FormatOptions {
        show_all: true,
        ..FormatOptions::default()
    };
    assert_snapshot!("report.txt", written_with(&plain(), "text", &options));
}

#[test]
fn progress_tells_one_line_a_check() {
    let run = run(&str::to_owned);
    let lines: Vec<String> = run
        .plan
        .steps
        .iter()
        .zip(&run.outcomes)
        .map(|(step, outcome)| line(step, outcome, Ink::default()))
        .collect();
    assert_snapshot!("progress.txt", lines.join("\n"));
}

#[test]
fn failures_come_last_and_the_exit_reason_ends_it() {
    let text = written(&plain(), "text");
    let at = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("no {needle}"));
    assert!(at("KNOWN-GAP") < at("\nERROR"));
    assert!(at("\nERROR") < at("\nFAIL"));
    assert!(at("\nFAIL") < at("12 checks"));
    assert!(
        text.trim_end()
            .lines()
            .last()
            .unwrap()
            .starts_with("FAIL: exit code 1")
    );
    // A check that is blocked stands under what blocks it, once, and is no red entry of its own.
    assert_eq!(text.matches("finops-cost[ops]/sum").count(), 1);
}

#[test]
fn i03_i05_i08_no_payload_reaches_the_terminal() {
    for payload in payloads() {
        for say in placed(&payload) {
            let text = written(&record(&*say), "text");
            let run = run(&*say);
            let progress = run.plan.steps.iter().zip(&run.outcomes);
            let progress = progress.map(|(step, outcome)| line(step, outcome, Ink::default()));
            for line in text.lines().map(str::to_owned).chain(progress) {
                let lower = line.to_lowercase();
                assert!(!line.chars().any(char::is_control), "{payload:?}: {line:?}");
                assert!(
                    !line.trim_start().starts_with("::"),
                    "{payload:?}: {line:?}"
                );
                for command in ["##[", "##vso[", "##teamcity["] {
                    assert!(!lower.contains(command), "{payload:?}: {line:?}");
                }
                assert!(!line.starts_with("PASS all"), "{payload:?}: {line:?}");
            }
        }
    }
}

//! Every format tells every state apart, and only a pass is green.

use gapcheck::leaves::{Ink, Verdict};
use gapcheck::report::{ExitSummary, FORMATS, FormatOptions, Record};

use crate::sample::{STARTED, single};
use crate::written_with;

fn verdicts() -> Vec<Verdict> {
    let fail = Verdict::fail("1 series", "none");
    vec![
        Verdict::Pass,
        fail.clone(),
        Verdict::error("connection refused", "Start it."),
        Verdict::Blocked {
            by: "finops-cost[ops]/need".into(),
            need_gates: true,
        },
        Verdict::Blocked {
            by: "finops-cost[ops]/need".into(),
            need_gates: false,
        },
        Verdict::Skip {
            because: "not here".into(),
        },
        Verdict::KnownGap {
            until: "2027-01-15".into(),
            ticket: None,
            reason: None,
            was: Box::new(fail),
        },
    ]
}

#[test]
fn g02_every_format_tells_every_state_and_only_a_pass_is_green() {
    let options = FormatOptions {
        ink: Ink { colour: true },
        show_all: true,
        ..FormatOptions::default()
    };
    for format in FORMATS {
        let mut seen: Vec<String> = Vec::new();
        for verdict in verdicts() {
            let state = verdict.state();
            let text = written_with(&single(verdict.clone()), format.name, &options);
            assert!(
                text.to_lowercase().contains(state),
                "{} does not say {state}:\n{text}",
                format.name
            );
            let green = match format.name {
                "text" => text.contains("\x1b[32m"),
                "json" => text.contains("\"verdict\": \"pass\""),
                "junit" => !["<failure", "<error", "<skipped"]
                    .iter()
                    .any(|tag| text.contains(tag)),
                "md" => text.contains('✓') || text.contains("PASS"),
                other => panic!("say what is green in {other}"),
            };
            assert_eq!(
                green,
                verdict == Verdict::Pass,
                "{} {state}:\n{text}",
                format.name
            );
            assert!(
                !seen.contains(&text),
                "{} says {state} as another",
                format.name
            );
            seen.push(text);
        }
    }
}

#[test]
fn every_format_says_the_vantage_and_the_exit_code() {
    for format in FORMATS {
        let text = written_with(
            &single(Verdict::fail("1", "0")),
            format.name,
            &FormatOptions::default(),
        );
        for word in ["runner host-1", "finops.yaml"] {
            assert!(text.contains(word), "{} lacks {word}", format.name);
        }
    }
}

#[test]
fn g05_a_run_that_did_not_finish_is_red_in_every_format() {
    let record = Record::unfinished(
        STARTED,
        "runner host-1",
        &ExitSummary::new(2, "1 mistake in suites/a.yaml"),
    );
    for format in FORMATS {
        let text = written_with(&record, format.name, &FormatOptions::default());
        assert!(text.contains("did not finish"), "{}:\n{text}", format.name);
        assert!(text.contains("1 mistake in"), "{}:\n{text}", format.name);
        assert!(
            text.to_lowercase().contains("error"),
            "{}:\n{text}",
            format.name
        );
        assert!(
            !text.contains("PASS") && !text.contains('✓'),
            "{}",
            format.name
        );
    }
}

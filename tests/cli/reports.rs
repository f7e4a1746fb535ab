//! Group G and the reports: several in one run, whole, and the same verdict in each.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{FAIL, Gapcheck, PASS, Server, error_suite, suite};

const ALL: &str = "--report text=r.txt --report json=r.json --report junit=r.xml --report md=r.md";

#[test]
fn several_reports_in_one_run() {
    let server = Server::prometheus();
    let gapcheck = Gapcheck::new(&format!("run s.yaml {ALL}"))
        .file("s.yaml", &suite(&server.url(), &[PASS, FAIL]));
    let ran = gapcheck.run().ends_with(1);
    assert!(ran.stdout.contains("FAIL  s/fail"), "{}", ran.stdout);
    for name in ["r.txt", "r.json", "r.xml", "r.md"] {
        assert!(gapcheck.read(name).contains("fail"), "{name}");
    }
    assert!(!gapcheck.read("r.txt").contains("\u{1b}"));
}

#[test]
fn standard_output_is_one_report_and_the_rest_is_on_standard_error() {
    let server = Server::prometheus();
    let gapcheck = Gapcheck::new("run s.yaml --report json")
        .file("s.yaml", &suite(&server.url(), &[PASS, FAIL]));
    let ran = gapcheck.run().ends_with(1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["verdict"], "fail");
    // One line a finished check, and the verdict.
    assert_eq!(ran.stderr.lines().count(), 3, "{}", ran.stderr);
    assert!(
        ran.stderr
            .lines()
            .last()
            .unwrap()
            .contains("FAIL: exit code 1"),
        "{}",
        ran.stderr
    );
}

#[test]
fn g02_no_format_changes_the_exit_code() {
    let server = Server::prometheus();
    let suites = [
        (suite(&server.url(), &[PASS]), 0),
        (suite(&server.url(), &[PASS, FAIL]), 1),
        ("version: 1\nsuite: s\n".to_owned(), 2),
        (error_suite(&[PASS]), 3),
    ];
    for (text, code) in suites {
        for format in ["text", "json", "junit", "md"] {
            for report in [format!("--report {format}"), format!("--report {format}=r")] {
                Gapcheck::new(&format!("run s.yaml {report}"))
                    .file("s.yaml", &text)
                    .run()
                    .ends_with(code);
            }
        }
    }
}

#[test]
fn g04_g05_a_refused_run_replaces_yesterdays_green_report() {
    let gapcheck = Gapcheck::new("run s.yaml --report junit=j.xml --report json=r.json")
        .file("s.yaml", "version: 1\nsuite: s\nchekcs: []\n")
        .file("j.xml", "<testsuites/>")
        .file("r.json", "{}");
    gapcheck.run().ends_with(2);
    let junit = gapcheck.read("j.xml");
    assert!(
        junit.contains("<error") && junit.contains("errors=\"1\""),
        "{junit}"
    );
    let report: serde_json::Value = serde_json::from_str(&gapcheck.read("r.json")).unwrap();
    assert_eq!(
        (&report["exit_code"], &report["finished"]),
        (&2.into(), &false.into())
    );
}

#[test]
fn g04_a_mistake_in_the_command_line_replaces_it_too() {
    for line in [
        "run s.yaml --jobs 0 --report junit=j.xml",
        "run s.yaml --report=junit=j.xml --chekcs",
    ] {
        let gapcheck = Gapcheck::new(line).file("j.xml", "<testsuites/>");
        gapcheck.run().ends_with(2);
        assert!(gapcheck.read("j.xml").contains("<error"), "{line}");
    }
}

#[test]
fn g01_g06_too_little_is_red_in_the_report_alone() {
    let server = Server::prometheus();
    let text = suite(&server.url(), &[PASS]).replace("suite: s", "suite: s\nmin_checks: 120");
    let gapcheck = Gapcheck::new("run s.yaml --report junit=j.xml").file("s.yaml", &text);
    gapcheck.run().ends_with(4);
    let junit = gapcheck.read("j.xml");
    assert!(junit.contains("<error") && junit.contains("120"), "{junit}");
}

#[test]
fn g07_a_lost_report_is_never_green_and_the_verdict_is_told_anyhow() {
    let server = Server::prometheus();
    let gapcheck = Gapcheck::new("run s.yaml --report junit=/dev/full --report json=r.json")
        .file("s.yaml", &suite(&server.url(), &[PASS]));
    let ran = gapcheck.run().ends_with(5);
    assert!(ran.stdout.contains("1 pass"), "{}", ran.stdout);
    assert!(gapcheck.read("r.json").contains("\"pass\""));
}

#[test]
fn o07_a_place_that_cannot_be_written_is_refused_before_anything_is_sent() {
    let server = Server::prometheus();
    let gapcheck = Gapcheck::new("run s.yaml --report json=made/up/r.json")
        .file("s.yaml", &suite(&server.url(), &[PASS]));
    gapcheck.run().ends_with(0);
    assert!(gapcheck.path("made/up/r.json").is_file());
    let asked = server.asked().len();
    let gapcheck = gapcheck.again("run s.yaml --report json=/proc/nothing/r.json");
    gapcheck.run().ends_with(2);
    let gapcheck = gapcheck.again("run s.yaml --report json=fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(gapcheck.path("fifo"))
        .status()
        .unwrap();
    assert!(made.success());
    gapcheck.run().ends_with(2);
    assert_eq!(server.asked().len(), asked);
}

#[test]
fn s11_recordings_are_for_their_owner() {
    let server = Server::prometheus();
    let gapcheck =
        Gapcheck::new("run s.yaml --record run.rec").file("s.yaml", &suite(&server.url(), &[PASS]));
    gapcheck.run().ends_with(0);
    let mode = fs::metadata(gapcheck.path("run.rec"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_replay_is_offline_and_gives_the_same_reports() {
    let server = Server::prometheus();
    let gapcheck = Gapcheck::new("run s.yaml --record run.rec --report json=live.json")
        .file("s.yaml", &suite(&server.url(), &[PASS, FAIL]));
    gapcheck.run().ends_with(1);
    let asked = server.asked().len();
    let gapcheck = gapcheck.again("run s.yaml --replay run.rec --report json=one.json --report junit=one.xml --report md=one.md");
    gapcheck.run().ends_with(1);
    let gapcheck = gapcheck.again("run s.yaml --replay run.rec --report json=two.json --report junit=two.xml --report md=two.md");
    gapcheck.run().ends_with(1);
    assert_eq!(server.asked().len(), asked);
    for name in ["json", "xml", "md"] {
        assert_eq!(
            gapcheck.read(&format!("one.{name}")),
            gapcheck.read(&format!("two.{name}")),
            "{name}"
        );
    }
    assert_eq!(gapcheck.read("live.json"), gapcheck.read("one.json"));
    let altered = gapcheck
        .read("run.rec")
        .replace(r#""float":"1""#, r#""float":"-1""#);
    let gapcheck = gapcheck.file("altered.rec", &altered);
    let gapcheck = gapcheck.again("run s.yaml --replay altered.rec --report json");
    let ran = gapcheck.run().ends_with(1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["counts"]["fail"], 2);
    let other = suite(
        &server.url(),
        &[&PASS.replace("promql: up", "promql: down")],
    );
    let gapcheck = gapcheck.file("other.yaml", &other);
    let ran = gapcheck.again("run other.yaml --replay run.rec");
    let gapcheck = {
        let told = ran.run().ends_with(3);
        assert!(
            told.stdout.contains("recording holds no answer"),
            "{}",
            told.stdout
        );
        ran
    };
    let broken = gapcheck.again("run s.yaml --replay s.yaml");
    let ran = broken.run().ends_with(2);
    assert!(ran.stderr.contains("s.yaml"), "{}", ran.stderr);
}

#[test]
fn o12_i03_i05_no_escape_and_no_command_of_a_server_reaches_a_pipe() {
    use crate::support::Told;
    let nasty = "\\u001b[2J\\n::error::x\\r##[group]y ##vso[task.x]z ##teamcity[t] \\u009b1m";
    let server = Server::start(move |_| Told {
        status: 400,
        body: format!(r#"{{"status":"error","errorType":"bad_data","error":"{nasty}"}}"#),
        ..Told::json("")
    });
    for flags in [
        "",
        "--show all -v",
        "--report md",
        "--report junit",
        "--report json",
    ] {
        let gapcheck = Gapcheck::new(&format!("run s.yaml {flags}"))
            .file("s.yaml", &suite(&server.url(), &[PASS]));
        let ran = gapcheck.run().ends_with(3);
        for text in [&ran.stdout, &ran.stderr] {
            let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
            assert!(!text.contains(bad), "{text:?}");
            assert!(
                !text.lines().any(|line| line.trim_start().starts_with("::")),
                "{text}"
            );
            for command in ["##[", "##vso[", "##teamcity["] {
                assert!(!text.contains(command), "{flags}: {text}");
            }
        }
    }
}

#[test]
fn o12_odd_terminals_are_no_reason_to_panic() {
    let server = Server::prometheus();
    for (name, value) in [
        ("TERM", "dumb"),
        ("COLUMNS", "1"),
        ("NO_COLOR", "1"),
        ("LANG", "tr_TR.UTF-8"),
        ("CI", "true"),
    ] {
        for mode in ["auto", "bar", "plain", "none"] {
            let gapcheck = Gapcheck::new(&format!("run s.yaml --progress {mode}"))
                .file("s.yaml", &suite(&server.url(), &[PASS]))
                .env(name, value);
            let ran = gapcheck.run().ends_with(0);
            assert!(
                !ran.stderr.contains('\u{1b}') && !ran.stdout.contains('\u{1b}'),
                "{name} {mode}"
            );
        }
    }
}

#[test]
fn a_replay_polls_as_often_as_the_run_did() {
    use crate::support::Told;
    use std::sync::atomic::{AtomicU32, Ordering};
    let asked = AtomicU32::new(0);
    let server = Server::start(move |question| {
        if !question.target.starts_with("/api/v1/query") {
            return Told::empty();
        }
        match asked.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => Told::empty(),
            _ => Told::vector("{}", "1"),
        }
    });
    let polled = PASS.replace("id: pass", "id: polled, within: 20s");
    let gapcheck = Gapcheck::new("run s.yaml --record run.rec --report json=live.json")
        .file("s.yaml", &suite(&server.url(), &[&polled]));
    gapcheck.run().ends_with(0);
    let gapcheck = gapcheck.again("run s.yaml --replay run.rec --report json=again.json");
    let began = std::time::Instant::now();
    gapcheck.run().ends_with(0);
    assert!(began.elapsed() < std::time::Duration::from_secs(1));
    assert_eq!(gapcheck.read("live.json"), gapcheck.read("again.json"));
    let report: serde_json::Value = serde_json::from_str(&gapcheck.read("live.json")).unwrap();
    assert_eq!(report["checks"][0]["attempts"], 3);
    assert_eq!(report["checks"][0]["flaky"], false);
}

//! Groups O and R: signals on the built binary.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Gapcheck, HANG, PASS, Ran, Server, signal, suite, until};

fn hanging(server: &Server) -> Gapcheck {
    let needing = "{ id: later, promql: up, at: prom, expect: \"> 0\", needs: [hang] }";
    Gapcheck::new(
        "run s.yaml --show all --report junit=j.xml --report json=r.json --report md=r.md",
    )
    .file("s.yaml", &suite(&server.url(), &[PASS, HANG, needing]))
}

#[test]
fn o01_o02_the_first_signal_ends_the_run_with_whole_reports() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let server = Server::prometheus();
        let gapcheck = hanging(&server);
        let child = gapcheck.start();
        until("both checks are asked", || server.asked().len() >= 2);
        // The first answer is on its way to its check.
        std::thread::sleep(Duration::from_millis(300));
        let sent = Instant::now();
        signal(&child, name);
        let ran = Ran::of(child).ends_with(code);
        assert!(
            sent.elapsed() < Duration::from_secs(2),
            "{name}: {:?}",
            sent.elapsed()
        );
        assert!(ran.stdout.contains("interrupted"), "{}", ran.stdout);
        let report: serde_json::Value = serde_json::from_str(&gapcheck.read("r.json")).unwrap();
        let states: Vec<_> = report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["verdict"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["pass", "error", "error"], "{name}");
        assert!(
            report["checks"][2]["message"]
                .as_str()
                .unwrap()
                .starts_with("not run")
        );
        assert_eq!(report["finished"], false);
        assert!(gapcheck.read("j.xml").contains("<error"));
        assert!(gapcheck.read("r.md").contains("interrupted"));
    }
}

#[test]
fn o02_a_second_signal_ends_at_once() {
    // Standard output is a pipe that nobody reads, and the report is larger than the pipe: only the second signal can end it.
    let server = Server::prometheus();
    let hanging: Vec<String> = (0..2_000)
        .map(|at| HANG.replace("id: hang", &format!("id: hang{at}")))
        .collect();
    let hanging: Vec<&str> = hanging.iter().map(String::as_str).collect();
    let gapcheck =
        Gapcheck::new("run s.yaml --progress none").file("s.yaml", &suite(&server.url(), &hanging));
    let mut child = gapcheck.start();
    until("a check is asked", || !server.asked().is_empty());
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        child.try_wait().unwrap().is_none(),
        "it ended without its report being read"
    );
    let sent = Instant::now();
    signal(&child, "INT");
    until("the process ends", || child.try_wait().unwrap().is_some());
    assert!(
        sent.elapsed() < Duration::from_secs(1),
        "{:?}",
        sent.elapsed()
    );
    Ran::of(child).ends_with(130);
}

#[test]
fn o03_g04_a_killed_run_leaves_red_reports_and_never_yesterdays() {
    let server = Server::prometheus();
    let gapcheck = hanging(&server)
        .file("j.xml", "<testsuites/>")
        .file("r.json", "{}");
    let mut child = gapcheck.start();
    until("a check is asked", || !server.asked().is_empty());
    child.kill().unwrap();
    Ran::of(child).ends_with(137);
    assert!(gapcheck.read("j.xml").contains("<error"));
    let report: serde_json::Value = serde_json::from_str(&gapcheck.read("r.json")).unwrap();
    assert_eq!(
        (&report["finished"], &report["verdict"]),
        (&false.into(), &"error".into())
    );
    let names: Vec<_> = fs::read_dir(gapcheck.dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

#[test]
fn o14_a_signal_while_loading_leaves_red_reports() {
    // A suite that takes a while to read.
    let check = |at: usize| {
        format!(
            "{{ id: c{at}, promql: up, at: prom, expect: \"> 0\", title: \"${{{{ 'a' * 10 }}}}\" }}"
        )
    };
    let checks: Vec<String> = (0..60_000).map(check).collect();
    let checks: Vec<&str> = checks.iter().map(String::as_str).collect();
    let server = Server::prometheus();
    let gapcheck = Gapcheck::new("run s.yaml --progress none --report junit=j.xml")
        .file("s.yaml", &suite(&server.url(), &checks));
    let child = gapcheck.start();
    until("the red report stands", || gapcheck.path("j.xml").is_file());
    signal(&child, "INT");
    let ran = Ran::of(child);
    assert_eq!(ran.code, 130, "{}", ran.stderr);
    assert!(gapcheck.read("j.xml").contains("<error"));
}

#[test]
fn o05_a_reader_that_goes_away_changes_no_verdict() {
    let server = Server::prometheus();
    let many: Vec<String> = (0..500)
        .map(|at| PASS.replace("id: pass", &format!("id: pass{at}")))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let gapcheck = Gapcheck::new("").file("s.yaml", &suite(&server.url(), &many));
    let piped = |flags: &str, into: &str| {
        let script = format!("\"$0\" run s.yaml --progress none {flags} {into}");
        let ran = Command::new("bash")
            .args([
                "-c",
                &format!("{script}; echo ${{PIPESTATUS[0]}} >&2"),
                env!("CARGO_BIN_EXE_gapcheck"),
            ])
            .current_dir(gapcheck.dir.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(ran.stderr).unwrap();
        assert!(!stderr.contains("internal error"), "{stderr}");
        stderr.lines().last().unwrap().to_owned()
    };
    assert_eq!(piped("--show all", "| true"), "0");
    assert_eq!(piped("--report json", "| true"), "5");
    assert_eq!(piped("--report json", "> /dev/full"), "5");
    assert_eq!(piped("", "> /dev/full"), "0");
    assert_eq!(piped("", ">&-"), "0");
    assert_eq!(piped("", "2>&- >&-"), "0");
}

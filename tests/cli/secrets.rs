//! Group S: no secret in anything that is written.

use std::io::Read as _;

use crate::support::{Gapcheck, Ran, Server, Told, files, suite, until};

const CANARY: &str = "c4nary/+&<Tok3n>x";

/// Every form in which the canary could be written.
fn forms() -> Vec<String> {
    let hex: String = CANARY.bytes().map(|b| format!("{b:02x}")).collect();
    let percent: String = CANARY
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let html = CANARY
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    vec![
        CANARY.to_owned(),
        hex.clone(),
        hex.to_uppercase(),
        percent,
        html,
        "YzRuYXJ5LysmPFRvazNuPn".to_owned(),
    ]
}

#[track_caller]
fn clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in forms() {
        assert!(!text.contains(&form), "{what} holds {form}: {text}");
    }
}

/// A server that sends back whatever it was sent, in every form.
fn echo() -> Server {
    Server::start(|asked| {
        let said = asked.headers.join(" | ");
        let body = serde_json::json!({ "status": "error", "errorType": "bad_data", "error": format!("{said} {}", forms().join(" ")) });
        Told {
            status: 400,
            headers: vec![
                "Content-Type: application/json".to_owned(),
                format!("X-Echo: {CANARY}"),
                format!("Location: http://elsewhere/?token={CANARY}"),
            ],
            body: body.to_string(),
            hang: false,
        }
    })
}

fn with_secret(server: &Server, flags: &str) -> Gapcheck {
    let hop = "pipeline:\n  - { name: prom, kind: prometheus, url: \"URL\", token: \"${{ secrets.token }}\", headers: { X-Api-Key: \"${{ secrets.token }}\" } }\nsecrets: { token: { env: TOKEN } }\n";
    let text = format!(
        "version: 1\nsuite: s\n{}checks:\n  - {{ id: a, title: \"see {CANARY}\", promql: up, at: prom, expect: \"> 0\" }}\n  - {{ id: b, promql: 'up{{job=\"{CANARY}\"}}', at: prom, expect: \"> 0\", hint: \"try {CANARY}\" }}\n",
        hop.replace("URL", &server.url())
    );
    Gapcheck::new(&format!(
        "run s.yaml --report json=out/r.json --report junit=out/r.xml --report md=out/r.md --report text=out/r.txt --record out/run.rec {flags}"
    ))
    .file("s.yaml", &text)
    .env("TOKEN", CANARY)
}

#[test]
fn s01_s03_s04_s07_no_sink_holds_the_secret() {
    for flags in ["", "-v", "-vvvv", "--show all", "-q", "--color always"] {
        let server = echo();
        let gapcheck = with_secret(&server, flags);
        let ran = gapcheck.run().ends_with(3);
        let sent = server.asked();
        assert!(
            sent.iter()
                .any(|asked| asked.headers.iter().any(|line| line.contains(CANARY)))
        );
        clean("standard output", ran.stdout.as_bytes());
        clean("standard error", ran.stderr.as_bytes());
        let reports = files(&gapcheck.path("out"));
        assert_eq!(reports.len(), 5);
        for (path, bytes) in reports {
            clean(&path.display().to_string(), &bytes);
        }
        assert!(gapcheck.read("out/r.json").contains("[redacted:token]"));
    }
}

#[test]
fn s02_errors_of_libraries_hold_no_secret() {
    let server = Server::start(|_| Told::hang());
    let gapcheck = with_secret(&server, "--deadline 1s");
    let ran = gapcheck.run().ends_with(3);
    clean("standard output", ran.stdout.as_bytes());
    clean("standard error", ran.stderr.as_bytes());
    let refused = with_secret(&server, "");
    let text = refused
        .read("s.yaml")
        .replace(&server.port.to_string(), "9");
    let refused = refused.file("s.yaml", &text);
    let ran = refused.run().ends_with(3);
    clean("standard output", ran.stdout.as_bytes());
    for (path, bytes) in files(&refused.path("out")) {
        clean(&path.display().to_string(), &bytes);
    }
}

#[test]
fn c04_s01_the_command_line_of_the_process_holds_no_secret() {
    let server = Server::start(|_| Told::hang());
    let gapcheck = with_secret(&server, "--deadline 2s");
    let child = gapcheck.start();
    until("it is asked", || !server.asked().is_empty());
    let mut line = Vec::new();
    std::fs::File::open(format!("/proc/{}/cmdline", child.id()))
        .unwrap()
        .read_to_end(&mut line)
        .unwrap();
    clean("the command line", &line);
    Ran::of(child).ends_with(3);
}

#[test]
fn s06_secrets_too_short_to_be_scrubbed_are_refused() {
    let server = Server::prometheus();
    for (value, says) in [("", "TOKEN"), ("x", "TOKEN"), ("true", "TOKEN")] {
        let gapcheck = with_secret(&server, "").env("TOKEN", value);
        let ran = gapcheck.run().ends_with(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    assert!(server.asked().is_empty());
}

#[test]
fn s08_a_panic_says_nothing_secret() {
    if !cfg!(debug_assertions) {
        eprintln!("skipped: a release has no way to panic on demand");
        return;
    }
    let server = echo();
    let gapcheck = with_secret(&server, "-vvvv")
        .env("GAPCHECK_TEST_PANIC_IN", "s/a")
        .env("RUST_BACKTRACE", "full");
    let ran = gapcheck.run().ends_with(70);
    clean("standard output", ran.stdout.as_bytes());
    clean("standard error", ran.stderr.as_bytes());
    assert!(!ran.stderr.contains("stack backtrace"), "{}", ran.stderr);
}

#[test]
fn s10_a_secret_goes_to_no_host_it_is_not_bound_to() {
    let (own, other) = (Server::prometheus(), Server::prometheus());
    let gapcheck = with_secret(&other, "--secret-host token=prometheus.example");
    let ran = gapcheck.run().ends_with(2);
    assert!(ran.stderr.contains("token"), "{}", ran.stderr);
    assert!(other.asked().is_empty() && own.asked().is_empty());
    with_secret(&own, "--secret-host token=127.0.0.1")
        .run()
        .ends_with(0);
    assert!(!own.asked().is_empty());
}

#[test]
fn s05_a_secret_at_the_cut_of_a_long_answer_is_redacted_first() {
    for pad in 230..260 {
        let server = Server::start(move |_| Told {
            status: 500,
            headers: vec!["Content-Type: text/plain".to_owned()],
            body: format!("{}{CANARY}{}", "x".repeat(pad), "y".repeat(400)),
            hang: false,
        });
        let gapcheck = with_secret(&server, "--progress none");
        let ran = gapcheck.run().ends_with(3);
        let half = &CANARY[..10];
        for (path, bytes) in files(&gapcheck.path("out")) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(!text.contains(half), "{}: {text}", path.display());
        }
        assert!(!ran.stdout.contains(half), "{}", ran.stdout);
    }
}

#[test]
fn a_check_on_a_plain_suite_needs_no_secret() {
    let server = Server::prometheus();
    let text = suite(
        &server.url(),
        &["{ id: a, promql: up, at: prom, expect: \"> 0\" }"],
    );
    Gapcheck::new("run s.yaml")
        .file("s.yaml", &text)
        .run()
        .ends_with(0);
}

//! Each exit code, on the built binary.

use crate::support::{FAIL, Gapcheck, PASS, Server, closed_port, error_suite, suite};

fn run(server: &Server, flags: &str, checks: &[&str]) -> Gapcheck {
    Gapcheck::new(&format!("run s.yaml {flags}")).file("s.yaml", &suite(&server.url(), checks))
}

#[test]
fn zero_is_for_a_run_in_which_every_check_holds() {
    let ran = run(&Server::prometheus(), "", &[PASS]).run().ends_with(0);
    assert!(ran.stdout.contains("PASS: exit code 0"), "{}", ran.stdout);
}

#[test]
fn one_is_for_a_failure_and_wins_over_three() {
    let server = Server::prometheus();
    run(&server, "", &[PASS, FAIL]).run().ends_with(1);
    let refused = format!("{{ id: e, http: \"http://127.0.0.1:{}/\" }}", closed_port());
    // For http the connection is the subject: refused is a failure.
    run(&server, "", &[PASS, &refused]).run().ends_with(1);
}

#[test]
fn two_is_for_a_suite_with_a_mistake_and_nothing_is_sent() {
    let server = Server::prometheus();
    run(&server, "", &[PASS, "{ nothing: up }"])
        .run()
        .ends_with(2);
    assert!(server.asked().is_empty());
}

#[test]
fn three_is_for_what_could_not_be_asked() {
    let ran = Gapcheck::new("run s.yaml")
        .file("s.yaml", &error_suite(&[PASS]))
        .run()
        .ends_with(3);
    assert!(ran.stdout.contains("ERROR"), "{}", ran.stdout);
}

#[test]
fn g08_a_warning_cannot_turn_an_unreachable_system_green() {
    let soft = "{ id: soft, promql: up, at: prom, expect: \"> 0\", severity: warning }";
    let gapcheck = Gapcheck::new("run s.yaml").file("s.yaml", &error_suite(&[soft]));
    gapcheck.run().ends_with(3);
    let blocked = "{ id: hard, tcp: \"127.0.0.1:9\", needs: [soft] }";
    let gapcheck = Gapcheck::new("run s.yaml").file("s.yaml", &error_suite(&[soft, blocked]));
    gapcheck.run().ends_with(3);
}

#[test]
fn four_is_for_nothing_selected_and_for_too_few_checks() {
    let server = Server::prometheus();
    run(&server, "--id other/*", &[PASS]).run().ends_with(4);
    let text = suite(&server.url(), &[PASS]).replace("suite: s", "suite: s\nmin_checks: 120");
    let ran = Gapcheck::new("run s.yaml")
        .file("s.yaml", &text)
        .run()
        .ends_with(4);
    assert!(
        ran.stderr.contains("1 check") && ran.stderr.contains("120"),
        "{}",
        ran.stdout
    );
}

#[test]
fn five_is_for_a_green_run_whose_report_was_lost() {
    let server = Server::prometheus();
    let ran = run(&server, "--report json=/dev/full", &[PASS])
        .run()
        .ends_with(5);
    assert!(ran.stderr.contains("/dev/full"), "{}", ran.stderr);
    assert!(ran.stderr.contains("exit code 5"), "{}", ran.stderr);
    run(&server, "--report json=/dev/full", &[FAIL])
        .run()
        .ends_with(1);
}

#[test]
fn seventy_is_for_a_bug_and_the_other_checks_are_reported() {
    if !cfg!(debug_assertions) {
        eprintln!("skipped: a release has no way to panic on demand");
        return;
    }
    let server = Server::prometheus();
    let gapcheck =
        run(&server, "--report json=r.json", &[PASS, FAIL]).env("GAPCHECK_TEST_PANIC_IN", "s/fail");
    let ran = gapcheck.run().ends_with(70);
    assert!(
        ran.stderr.contains("a bug: please report it"),
        "{}",
        ran.stderr
    );
    let report: serde_json::Value = serde_json::from_str(&gapcheck.read("r.json")).unwrap();
    assert_eq!(report["checks"][0]["verdict"], "pass");
    assert_eq!(report["checks"][1]["verdict"], "error");
    assert_eq!(report["exit_code"], 70);
}

#[test]
fn a_deadline_ends_the_run_with_what_was_finished() {
    use crate::support::HANG;
    let server = Server::prometheus();
    let ran = run(&server, "--deadline 1s --show all", &[PASS, HANG])
        .run()
        .ends_with(3);
    assert!(ran.stdout.contains("PASS  s/pass"), "{}", ran.stdout);
    assert!(ran.stdout.contains("deadline"), "{}", ran.stdout);
}

#[test]
fn states_count_where_they_are_named() {
    let server = Server::prometheus();
    let waived = "{ id: w, promql: absent_metric, at: prom, expect: \"> 0\", known_gap: { until: 2099-01-01, ticket: T-1, reason: known } }";
    run(&server, "", &[PASS, waived]).run().ends_with(0);
    run(&server, "--fail-on-state known-gap", &[PASS, waived])
        .run()
        .ends_with(1);
    let soft = "{ id: soft, promql: absent_metric, at: prom, expect: \"> 0\", severity: warning }";
    run(&server, "", &[PASS, soft]).run().ends_with(0);
    run(&server, "--fail-on warning", &[PASS, soft])
        .run()
        .ends_with(1);
}

#[test]
fn an_expired_waiver_is_a_failure_that_says_so() {
    let server = Server::prometheus();
    let expired = "{ id: w, promql: absent_metric, at: prom, expect: \"> 0\", known_gap: { until: 2020-01-01, reason: known } }";
    let ran = run(&server, "", &[PASS, expired]).run().ends_with(1);
    assert!(ran.stdout.contains("expired"), "{}", ran.stdout);
}

#[test]
fn g03_a_pass_that_needed_a_retry_is_flaky() {
    use crate::support::Told;
    use std::sync::atomic::{AtomicU32, Ordering};
    let asked = AtomicU32::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Told::empty(),
        _ => Told::vector("{}", "1"),
    });
    let gapcheck = run(
        &server,
        "--retries 3 --report json=r.json --fail-on-state flaky",
        &[PASS],
    );
    gapcheck.run().ends_with(1);
    let report: serde_json::Value = serde_json::from_str(&gapcheck.read("r.json")).unwrap();
    assert_eq!(report["counts"]["flaky"], 1);
    assert_eq!(report["checks"][0]["attempts"], 2);
    gapcheck.again("run s.yaml --retries 3").run().ends_with(0);
}

#[test]
fn y21_one_bad_file_among_good_ones() {
    let server = Server::prometheus();
    let files = || {
        Gapcheck::new("run .")
            .file("good.yaml", &suite(&server.url(), &[PASS]))
            .file("bad.yaml", "version: 1\nsuite: bad\nchekcs: []\n")
    };
    files().run().ends_with(2);
    files()
        .again("run bad.yaml --keep-going")
        .run()
        .ends_with(2);
    assert!(server.asked().is_empty());
    let gapcheck = files().again("run . --keep-going --report junit=j.xml --report json=r.json");
    gapcheck.run().ends_with(3);
    assert!(gapcheck.read("j.xml").contains("bad.yaml"));
    let report: serde_json::Value = serde_json::from_str(&gapcheck.read("r.json")).unwrap();
    assert_eq!(report["counts"]["pass"], 1);
    assert_eq!(report["counts"]["error"], 1);
}

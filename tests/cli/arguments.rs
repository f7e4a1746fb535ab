//! Group C: the command line and the environment.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::support::{Gapcheck, PASS, Server, suite};

#[test]
fn version_and_help_go_to_standard_output() {
    for line in ["--version", "version"] {
        let ran = Gapcheck::new(line).run().ends_with(0);
        assert_eq!(
            ran.stdout,
            concat!("gapcheck ", env!("CARGO_PKG_VERSION"), "\n")
        );
        assert_eq!(ran.stderr, "");
    }
    let ran = Gapcheck::new("run --help").run().ends_with(0);
    assert!(ran.stdout.contains("--fail-on-state"), "{}", ran.stdout);
}

#[test]
fn completions_are_printed() {
    let ran = Gapcheck::new("completions bash").run().ends_with(0);
    assert!(ran.stdout.contains("complete -F _gapcheck"));
}

#[test]
fn c01_a_command_line_that_is_wrong_is_refused_on_standard_error() {
    for line in [
        "",
        "rum",
        "run --chekcs",
        "run --jobs 0",
        "run --jobs -1",
        "run --jobs 1000000000",
        "run --timeout 0",
        "run --timeout 0s",
        "run --report pdf",
        "run --report json --report md",
        "run --id {",
        "validate --tag x",
    ] {
        let ran = Gapcheck::new(line)
            .file("suites/s.yaml", &suite("http://127.0.0.1:9", &[PASS]))
            .run()
            .ends_with(2);
        assert_eq!(ran.stdout, "", "{line}");
        assert!(!ran.stderr.is_empty(), "{line}");
    }
}

#[test]
fn c02_a_path_without_a_suite_is_named_in_any_order() {
    let server = Server::prometheus();
    for line in [
        "run good.yaml missing.yaml",
        "run missing.yaml good.yaml",
        "run good.yaml empty missing.yaml",
        "validate missing.yaml",
    ] {
        let gapcheck = Gapcheck::new(line)
            .file("good.yaml", &suite(&server.url(), &[PASS]))
            .file("empty/notes.txt", "no suite");
        let ran = gapcheck.run().ends_with(2);
        assert!(
            ran.stderr.contains("missing.yaml"),
            "{line}: {}",
            ran.stderr
        );
    }
    assert!(server.asked().is_empty());
    Gapcheck::new("run").run().ends_with(2);
    Gapcheck::new("run -").run().ends_with(2);
}

#[test]
fn a_recording_that_cannot_be_read_says_what_is_wanted() {
    for (name, why) in [("suites", "directory"), ("missing.jsonl", "No such file")] {
        let ran = Gapcheck::new(&format!("run --replay {name}"))
            .file("suites/s.yaml", &suite("http://127.0.0.1:9", &[PASS]))
            .run()
            .ends_with(2);
        assert_eq!(ran.stdout, "", "{name}");
        let all = [format!("`{name}`"), why.to_owned(), "`--record`".to_owned()];
        for part in all {
            assert!(ran.stderr.contains(&part), "{part}: {}", ran.stderr);
        }
    }
}

#[test]
fn c03_a_tag_that_selects_nothing_is_red_and_the_nearest_is_named() {
    let server = Server::prometheus();
    let tagged = "{ id: a, promql: up, at: prom, expect: \"> 0\", tags: [production] }";
    let gapcheck = Gapcheck::new("run s.yaml --tag porduction --report junit=j.xml")
        .file("s.yaml", &suite(&server.url(), &[tagged]));
    let ran = gapcheck.run().ends_with(4);
    assert!(ran.stderr.contains("production"), "{}", ran.stderr);
    assert!(gapcheck.read("j.xml").contains("<error"));
    let allowed =
        gapcheck.again("run s.yaml --tag porduction --no-checks pass --report junit=j.xml");
    allowed.run().ends_with(0);
    assert!(!allowed.read("j.xml").contains("<error"));
    assert!(server.asked().is_empty());
}

#[test]
fn c05_reports_that_would_hit_each_other_or_a_suite_are_refused_before_the_run() {
    let server = Server::prometheus();
    let text = suite(&server.url(), &[PASS]);
    for line in [
        "run s.yaml --report json=r --report md=./r",
        "run s.yaml --report json=s.yaml",
        "run . --report json=s.yaml",
        "run s.yaml --report json=r --record r",
        "run s.yaml --report json=.",
        "run s.yaml --report json=s.yaml/r.json",
    ] {
        let gapcheck = Gapcheck::new(line).file("s.yaml", &text);
        let ran = gapcheck.run().ends_with(2);
        assert_eq!(gapcheck.read("s.yaml"), text, "{line}");
        assert_eq!(ran.stdout, "", "{line}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn c06_odd_arguments_work_or_are_refused() {
    let odd = OsStr::from_bytes(b"s\xff.yaml");
    let long = "x".repeat(4096);
    for (verb, arg) in [
        ("validate", odd),
        ("validate", OsStr::new(&long)),
        ("list", OsStr::new("../../nothing-here.yaml")),
        ("list --tag", odd),
        ("completions", odd),
    ] {
        let ran = Gapcheck::new(verb).arg(arg).run().ends_with(2);
        assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("internal error"));
    }
    let server = Server::prometheus();
    let gapcheck = Gapcheck::new("run s.yaml --report")
        .arg(OsStr::from_bytes(b"json=r\xff.json"))
        .file("s.yaml", &suite(&server.url(), &[PASS]));
    gapcheck.run().ends_with(0);
    assert!(
        gapcheck
            .dir
            .path()
            .join(OsStr::from_bytes(b"r\xff.json"))
            .is_file()
    );
}

#[test]
fn c07_a_bad_environment_variable_is_named() {
    let server = Server::prometheus();
    let with = |name: &str, value: &OsStr| {
        Gapcheck::new("run s.yaml")
            .file("s.yaml", &suite(&server.url(), &[PASS]))
            .env(name, value)
            .run()
            .ends_with(2)
    };
    let ran = with("GAPCHECK_JOBS", OsStr::new("many"));
    assert!(ran.stderr.contains("GAPCHECK_JOBS"), "{}", ran.stderr);
    let ran = with("GAPCHECK_VAR_x", OsStr::from_bytes(b"\xff"));
    assert!(ran.stderr.contains("GAPCHECK_VAR_x"), "{}", ran.stderr);
    assert!(server.asked().is_empty());
}

#[test]
fn list_tells_ids_and_json() {
    let gapcheck =
        Gapcheck::new("list s.yaml").file("s.yaml", &suite("http://127.0.0.1:9", &[PASS]));
    assert_eq!(gapcheck.run().ends_with(0).stdout, "s/pass\n");
    let ran = gapcheck.again("list s.yaml -o json").run().ends_with(0);
    let listed: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(listed[0]["kind"], "promql");
    assert_eq!(listed[0]["origin"]["line"], 6);
}

#[test]
fn a_full_id_with_its_cluster_selects_that_check() {
    let text = "version: 1\nsuite: s\nclusters: all\npipeline: [{ name: prom, kind: prometheus, url: \"${{ cluster.prom }}\" }]\nchecks:\n  - { id: a, promql: up, at: prom, expect: \"> 0\" }\n";
    let gapcheck = Gapcheck::new("list s.yaml --id s[ops]/*").file("s.yaml", text).file(
        "clusters.yaml",
        "clusters: { ops: { prom: \"http://127.0.0.1:9\" }, blue: { prom: \"http://127.0.0.1:8\" } }\n",
    );
    assert_eq!(gapcheck.run().ends_with(0).stdout, "s[ops]/a\n");
    let gapcheck = gapcheck.again("list s.yaml --id s[blue]/a");
    assert_eq!(gapcheck.run().ends_with(0).stdout, "s[blue]/a\n");
}

#[test]
fn validate_is_offline_and_tells_every_mistake() {
    let text = suite(
        "http://127.0.0.1:9",
        &[
            PASS,
            "{ promql: up, at: porm, expect: \"> 0\" }",
            "{ chekc: a }",
        ],
    );
    let ran = Gapcheck::new("validate s.yaml")
        .file("s.yaml", &text)
        .run()
        .ends_with(2);
    assert!(
        ran.stderr.contains("s.yaml:7:") && ran.stderr.contains("s.yaml:8:"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
    let good = suite("http://127.0.0.1:9", &[PASS]);
    let ran = Gapcheck::new("validate s.yaml")
        .file("s.yaml", &good)
        .run()
        .ends_with(0);
    assert_eq!(ran.stdout, "1 check: no mistakes\n");
}

#[test]
fn schemas_are_printed() {
    for of in ["schema", "schema suite", "schema report"] {
        let ran = Gapcheck::new(of).run().ends_with(0);
        let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(
            schema["$schema"].as_str().unwrap().contains("draft-07"),
            "{of}"
        );
    }
}

//! `gapcheck explain`: words that are known, words that are not, and checks.

use crate::support::{Gapcheck, suite};

const SUITE: &str = r#"
version: 1
suite: s
owner: the-team
secrets: { QUERY_TOKEN: { env: QUERY_TOKEN } }
pipeline:
  - { name: prom, kind: prometheus, url: "http://prom.example:9090" }
  - { name: query, kind: thanos-query, url: "https://query.example/thanos", token: "${{ secrets.QUERY_TOKEN }}" }
defaults: { timeout: 7s }
vars: { job: api }
checks:
  - id: up-everywhere
    metric: 'up{job="${{ vars.job }}"}'
    through: [prom, query]
    fresh: 5m
  - id: page
    http: http://page.example/health
    headers: { X-Key: not-for-everybody }
  - id: page-two
    http: http://page.example/two
"#;

fn explain(word: &str) -> Gapcheck {
    Gapcheck::new("explain")
        .arg(word)
        .file("suites/s.yaml", SUITE)
}

#[test]
fn kinds_backends_and_exit_codes_are_explained_without_a_suite() {
    for (word, part) in [
        ("metric", "A metric is there, at one hop or through several"),
        ("dns", "lookup"),
        ("thanos-receive", "What it can answer"),
        ("3", "could not be asked"),
        ("130", "SIGINT"),
    ] {
        let ran = Gapcheck::new("explain").arg(word).run().ends_with(0);
        assert!(ran.stdout.contains(part), "{word}: {}", ran.stdout);
        let json = Gapcheck::new("explain -o json")
            .arg(word)
            .run()
            .ends_with(0);
        serde_json::from_str::<serde_json::Value>(&json.stdout).unwrap();
    }
}

#[test]
fn an_unknown_word_is_refused_with_the_nearest() {
    for (word, hint) in [
        ("metrc", "`metric`"),
        ("thanos-recieve", "`thanos-receive`"),
        ("6", "there are 0, 1, 2, 3, 4, 5, 70, 129, 130 and 143"),
        ("k8s", "later version"),
        ("up-everywere", "`up-everywhere`"),
        ("zzzzzzzz", "`gapcheck list`"),
    ] {
        let ran = explain(word).run().ends_with(2);
        assert!(ran.stderr.contains(hint), "{word}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{word}");
    }
    let ran = Gapcheck::new("explain zzzzzzzz").run().ends_with(2);
    assert!(ran.stderr.contains("`--suite`"), "{}", ran.stderr);
}

#[test]
fn a_check_is_told_with_its_settings_their_places_and_its_questions() {
    let ran = explain("s/up-everywhere")
        .arg("--var=job=web")
        .run()
        .ends_with(0);
    for part in [
        "suites/s.yaml:12",
        "'up{job=\"web\"}' (suites/s.yaml:13)",
        "7s (suite, suites/s.yaml:9)",
        "the-team (suite, suites/s.yaml:4)",
        "critical (built in)",
        "https://query.example/thanos; sends bearer token (secret `QUERY_TOKEN`)",
        "`count(up{job=\"web\"})`",
        "`count(up{job=\"web\",<external labels>})`",
        "http://prom.example:9090/api/v1/status/config",
        "the external labels of prom",
        "What it would ask where nothing is found",
    ] {
        assert!(flat(&ran.stdout).contains(part), "{part}\n{}", ran.stdout);
    }
    let told = explain("up-everywhere")
        .env("GAPCHECK_TIMEOUT", "1s")
        .run()
        .ends_with(0);
    assert!(
        told.stdout.contains("1s (`--timeout` or GAPCHECK_TIMEOUT)"),
        "{}",
        told.stdout
    );
    let json = explain("*everywhere").arg("-o=json").run().ends_with(0);
    let docs: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(docs["check"], "s/up-everywhere");
    assert_eq!(
        docs["hops"][1]["addresses"]["url"],
        "https://query.example/thanos"
    );
    assert_eq!(docs["identity_of"], "prom");
}

/// The text in one line: where it wraps does not matter.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_glob_that_fits_several_checks_lists_them() {
    let ran = explain("page*").run().ends_with(2);
    for id in ["s/page\n", "s/page-two"] {
        assert!(ran.stderr.contains(id), "{}", ran.stderr);
    }
    explain("page").run().ends_with(0);
}

#[test]
fn no_secret_and_no_header_is_shown() {
    for form in ["text", "json"] {
        for word in ["up-everywhere", "s/page"] {
            let ran = explain(word)
                .arg(format!("--output={form}"))
                .env("QUERY_TOKEN", "s3cr3t-token")
                .run()
                .ends_with(0);
            for secret in ["s3cr3t-token", "not-for-everybody"] {
                assert!(!ran.stdout.contains(secret), "{}", ran.stdout);
            }
        }
    }
}

#[test]
fn a_suite_with_mistakes_is_refused_with_them() {
    let ran = Gapcheck::new("explain some-check --suite bad.yaml")
        .file("bad.yaml", "suite: s\nchekcs: []\n")
        .run()
        .ends_with(2);
    assert!(ran.stderr.contains("bad.yaml:2:1"), "{}", ran.stderr);
    let other = suite("http://127.0.0.1:1", &["{ id: one, metric: up }"]);
    Gapcheck::new("explain one --suite other.yaml")
        .file("other.yaml", &other)
        .run()
        .ends_with(0);
}

#[test]
fn every_check_of_every_example_can_be_told() {
    let root = env!("CARGO_MANIFEST_DIR");
    let (mut told, mut silent) = (0, Vec::new());
    for folder in ["examples", "suites"] {
        let listed = Gapcheck::new("list -o json")
            .arg(format!("{root}/{folder}"))
            .run()
            .ends_with(0);
        let checks: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
        for check in checks.as_array().unwrap() {
            let id = check["id"].as_str().unwrap();
            let ran = Gapcheck::new("explain -o json")
                .arg(id)
                .arg(format!(
                    "--suite={}",
                    check["origin"]["file"].as_str().unwrap()
                ))
                .run()
                .ends_with(0);
            let docs: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(docs["check"], id);
            if docs["asks"].as_array().unwrap().is_empty() {
                silent.push(id.to_owned());
            }
            told += 1;
        }
    }
    assert!(told > 50, "{told}");
    assert_eq!(silent, Vec::<String>::new());
}

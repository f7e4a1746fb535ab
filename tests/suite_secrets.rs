//! Secrets in suites: where they come from, where they may stand, and where they may go. Rows of group S that the loader keeps are named.

use std::fs;
use std::path::PathBuf;

use gapcheck::leaves::Redactor;
use gapcheck::suite::{LoadOptions, Loaded, load, render};
use tempfile::TempDir;

const CANARY: &str = "canary-5up3r-secret";

/// A suite with one hop that takes a token, at an address.
fn suite(source: &str, hop: &str) -> String {
    format!(
        "suite: s\nsecrets: {{ token: {{ {source} }} }}\npipeline: [{{ name: prom, kind: prometheus, {hop} }}]\nchecks: [{{ metric: up, at: prom }}]\n"
    )
}

fn loaded(directory: &TempDir, text: &str, options: LoadOptions) -> Loaded {
    let file: PathBuf = directory.path().join("suite.yaml");
    fs::write(&file, text).unwrap();
    let options = LoadOptions {
        env: Box::new(|name| match name {
            "TOKEN" => Some(CANARY.to_owned()),
            "TRUE" => Some("true".to_owned()),
            "ONE" => Some("x".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }),
        ..options
    };
    load(&[file], &options)
}

fn told(text: &str, options: LoadOptions) -> Vec<String> {
    let directory = TempDir::new().unwrap();
    let loaded = loaded(&directory, text, options);
    let shown = render(&loaded.mistakes, &loaded.sources, false);
    assert!(!shown.contains(CANARY) && !format!("{loaded:?}").contains(CANARY));
    loaded
        .mistakes
        .into_iter()
        .map(|mistake| mistake.message)
        .collect()
}

const HTTPS: &str = "url: \"https://prom.example\", token: \"${{ secrets.token }}\"";

#[test]
fn s06_short_and_empty_secrets_are_refused() {
    for (variable, said) in [
        ("TRUE", "fewer than 6 characters"),
        ("ONE", "fewer than 6 characters"),
        ("EMPTY", "is empty"),
        ("UNSET", "is not set"),
    ] {
        let told = told(
            &suite(&format!("env: {variable}"), HTTPS),
            LoadOptions::default(),
        );
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(said), "{told:?}");
    }
}

#[test]
fn s07_a_secret_written_into_the_suite_is_scrubbed_all_the_same() {
    let directory = TempDir::new().unwrap();
    let text = suite("env: TOKEN", HTTPS)
        .replace("metric: up", &format!("title: see {CANARY}, metric: up"));
    let loaded = loaded(&directory, &text, LoadOptions::default());
    assert!(loaded.mistakes.is_empty());
    let redactor = Redactor::of(&loaded.suites[0].secrets);
    let title = loaded.suites[0].rows[0].entries[0].title.clone().unwrap();
    assert_eq!(redactor.scrub(&title), "see [redacted:token]");
}

#[test]
fn s08_nothing_that_prints_shows_a_secret() {
    let directory = TempDir::new().unwrap();
    let loaded = loaded(
        &directory,
        &suite("env: TOKEN", HTTPS),
        LoadOptions::default(),
    );
    assert!(format!("{:?}", loaded.suites).contains("[redacted:token]"));
    assert!(!format!("{:?}", loaded.suites).contains(CANARY));
}

#[test]
fn s10_a_secret_goes_only_to_the_hosts_it_is_bound_to() {
    let bound = |host: &str| LoadOptions {
        secret_hosts: vec![("token".to_owned(), host.to_owned())],
        ..LoadOptions::default()
    };
    let plain = suite("env: TOKEN", HTTPS);
    for (host, good) in [
        ("prom.example", true),
        ("PROM.example", true),
        ("prom.example:443", true),
        ("*.example", true),
        ("prom.example:9090", false),
        ("rom.example", false),
        ("*.prom.example", false),
        ("example", false),
        ("prom.example.evil", false),
    ] {
        assert_eq!(told(&plain, bound(host)).is_empty(), good, "{host}");
    }
    // What the command line says wins over a suite that was changed.
    let changed = suite(
        "env: TOKEN, hosts: [evil.example]",
        "url: \"https://evil.example\", token: \"${{ secrets.token }}\"",
    );
    assert!(told(&changed, LoadOptions::default()).is_empty());
    assert_eq!(
        told(&changed, bound("prom.example")),
        ["secret `token` may only go to prom.example, and hop `prom` is at `evil.example`"]
    );
}

#[test]
fn credentials_go_over_plain_http_to_loopback_alone_unless_the_hop_says_so() {
    for (url, more, good) in [
        ("http://127.0.0.1:9090", "", true),
        ("http://localhost:9090", "", true),
        ("http://[::1]:9090", "", true),
        ("https://prom.example", "", true),
        ("http://prom.example", "", false),
        ("http://127.0.0.1.evil.example", "", false),
        ("http://prom.example", ", allow_plaintext: true", true),
    ] {
        for place in [
            "token: \"${{ secrets.token }}\"",
            "basic_auth: { username: me, password: \"${{ secrets.token }}\" }",
            "headers: { X-Key: \"${{ secrets.token }}\" }",
        ] {
            let told = told(
                &suite("env: TOKEN", &format!("url: \"{url}\", {place}{more}")),
                LoadOptions::default(),
            );
            assert_eq!(told.is_empty(), good, "{url} {place}: {told:?}");
        }
    }
}

#[test]
fn a_secret_may_come_from_a_file_beside_the_suite_or_from_a_mount() {
    let directory = TempDir::new().unwrap();
    let mount = TempDir::new().unwrap();
    fs::write(directory.path().join("token.txt"), format!("{CANARY}\n")).unwrap();
    fs::write(mount.path().join("token"), CANARY).unwrap();
    let mounted = format!("file: \"{}\"", mount.path().join("token").display());
    for source in ["file: token.txt", &mounted] {
        let loaded = loaded(&directory, &suite(source, HTTPS), LoadOptions::default());
        assert!(loaded.mistakes.is_empty(), "{:?}", loaded.mistakes);
        assert_eq!(loaded.suites[0].secrets[0].reveal(), CANARY);
    }
    for (source, said) in [
        ("file: nothing.txt", "there is no such file"),
        ("file: .", "this is a directory"),
        ("file: /dev/zero", "this is not a regular file"),
        ("file: ../../../../etc/hostname", "outside of"),
    ] {
        let loaded = loaded(&directory, &suite(source, HTTPS), LoadOptions::default());
        assert!(
            loaded.mistakes[0].message.contains(said),
            "{source}: {:?}",
            loaded.mistakes
        );
    }
}

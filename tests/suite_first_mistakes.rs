//! The mistakes that everybody makes first, and what must be said of them. The files are among those of `tests/fixtures/bad`, where the
//! places are held too.

use std::path::Path;

use gapcheck::suite::{LoadOptions, load, render};

#[test]
fn first_mistakes_are_answered_as_promised() {
    for (file, place, answer) in [
        (
            "block_sign",
            "6:12",
            "`>` starts a YAML block: quote it: \"> 5\"",
        ),
        (
            "unquoted_template_in_braces",
            "3:42",
            "quote templates inside { } or [ ]: \"${{ x }}\"",
        ),
        (
            "label_no",
            "7:23",
            "`no` means false to other YAML readers: write \"no\", or false for \"label absent\"",
        ),
        (
            "label_number",
            "7:21",
            "label values are strings: write \"200\"",
        ),
        (
            "misspelt_key",
            "6:5",
            "unknown key `throught`; did you mean `through`?",
        ),
        (
            "unknown_hop",
            "6:15",
            "no hop `prometheus`; the pipeline has prom",
        ),
        (
            "hop_of_another_cluster",
            "8:9",
            "hop `exporter` exists only in ops: add `clusters: ops`",
        ),
        (
            "missing_column",
            "5:59",
            "cluster `blue` has no key `recv` (clusters.yaml:6), used here",
        ),
        (
            "receive_port",
            "3:51",
            "10902 is Receive's metrics port; remote write and TSDB status are on 19291",
        ),
        ("key_of_another_kind", "5:19", "`fresh` belongs to "),
        (
            "two_kinds",
            "5:19",
            "a check has one kind, and this one has two: `metric` and `dns`",
        ),
    ] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/bad/{file}.yaml"));
        let loaded = load(std::slice::from_ref(&path), &LoadOptions::default());
        let mistake = &loaded.mistakes[0];
        assert!(
            mistake.message.starts_with(answer),
            "{file}: {}",
            mistake.message
        );
        let shown = render(&loaded.mistakes, &loaded.sources, false);
        let line = path.display().to_string();
        assert!(
            shown.contains(&format!("{line}:{place}")),
            "{file}: {shown}"
        );
        assert!(shown.contains('^'), "{file}: {shown}");
    }
}

//! Whatever a suite holds, loading it ends with suites or with mistakes, and every mistake can be shown.

use gapcheck::plan::{Selection, plan};
use gapcheck::suite::{LoadOptions, load, render};
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::sample::Index;

const GOOD: &str = include_str!("fixtures/good/finops.yaml");
const CLUSTERS: &str = include_str!("fixtures/good/clusters.yaml");

/// Pieces that mean something to YAML, to templates or to a terminal.
const PIECES: [&str; 24] = [
    "${{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "\t",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "\"",
    "'",
    "|",
    "> ",
    "\u{feff}",
    "\u{1b}[2J",
    "\u{202e}",
    "ä€😀",
    "\0",
    "#",
];

fn survives(text: &str, clusters: &str) {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("suite.yaml");
    std::fs::write(&file, text).unwrap();
    std::fs::write(directory.path().join("clusters.yaml"), clusters).unwrap();
    let options = LoadOptions {
        env: Box::new(|_| Some("a-long-secret".to_owned())),
        ..LoadOptions::default()
    };
    let loaded = load(&[file], &options);
    assert_eq!(loaded.suites.is_empty(), loaded.is_bad());
    for styled in [false, true] {
        let shown = render(&loaded.mistakes, &loaded.sources, styled);
        assert!(!shown.contains('\u{202e}') && (styled || !shown.contains('\u{1b}')));
    }
    let _ = plan(&loaded.suites, &Selection::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_changed_suite_is_loaded_or_refused(edits in proptest::collection::vec((any::<Index>(), any::<Index>(), 0usize..12), 1..6), in_clusters in any::<bool>()) {
        let mut texts = [GOOD.to_owned(), CLUSTERS.to_owned()];
        let text = &mut texts[usize::from(in_clusters)];
        for (place, piece, cut) in edits {
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let start = *place.get(&boundaries);
            let end = boundaries.iter().copied().find(|at| *at >= start + cut).unwrap_or(text.len());
            text.replace_range(start..end, PIECES[piece.index(PIECES.len())]);
        }
        survives(&texts[0], &texts[1]);
    }

    #[test]
    fn any_text_is_loaded_or_refused(text in "\\PC{0,200}", tail in "[ -~\\n]{0,200}") {
        survives(&text, "");
        survives(&format!("suite: s\nchecks:\n- metric: {text}\n  {tail}\n"), &tail);
    }
}

//! The Markdown gap report: its order, its budget, and no payload that a renderer would act on.

use gapcheck::report::FormatOptions;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::payloads::{payloads, placed};
use crate::sample::{plain, record};
use crate::{assert_snapshot, written, written_with};

/// What a renderer makes of a page: its blocks, and what must not be there.
struct Rendered {
    blocks: Vec<String>,
    faults: Vec<String>,
}

fn rendered(markdown: &str) -> Rendered {
    let mut out = Rendered {
        blocks: Vec::new(),
        faults: Vec::new(),
    };
    let mut in_code = false;
    let mut prose = String::new();
    let options = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                in_code = true;
                // Commands are given only where a request can be pasted into a shell: not part of the shape.
                if matches!(&kind, CodeBlockKind::Fenced(language) if &**language == "sh") {
                    out.blocks.pop();
                    continue;
                }
                out.blocks.push(format!("{kind:?}"));
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(
                tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_)),
            ) => out.faults.push(format!("{tag:?}")),
            Event::Start(tag @ (Tag::Emphasis | Tag::Strong)) => {
                out.blocks.push(format!("{tag:?}"))
            }
            Event::Start(tag @ (Tag::Strikethrough | Tag::Superscript | Tag::Subscript)) => {
                out.faults.push(format!("{tag:?}"));
            }
            Event::Start(tag) => out.blocks.push(format!("{tag:?}")),
            Event::End(
                TagEnd::Paragraph | TagEnd::TableCell | TagEnd::Item | TagEnd::Heading(_),
            ) => {
                prose.push('\n');
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                let ours = [
                    "<details>",
                    "</details>",
                    "<summary>Appendix: queries and evidence</summary>",
                ];
                if !ours.contains(&html.trim()) {
                    out.faults.push(format!("html {html}"));
                }
                out.blocks.push(html.into_string());
            }
            Event::Code(_) => prose.push('`'),
            Event::Text(text) if !in_code => prose.push_str(&text),
            Event::Text(_) | Event::End(_) | Event::SoftBreak => {}
            other => out.faults.push(format!("{other:?}")),
        }
    }
    // What GitHub and GitLab look for in prose after it was rendered.
    for mark in ["@", "#", "://", "www.", "GH-", "<", ">", "!", "$", "\u{1b}"] {
        if let Some(at) = prose.find(mark) {
            let near: String = prose[at..].chars().take(40).collect();
            out.faults.push(format!("{mark} in prose: {near}"));
        }
    }
    out
}

/// Holds pages with this payload, in each placement, to the shape of pages with a harmless word in its place.
fn assert_harmless(payload: &str, shapes: &[Vec<String>]) {
    for (say, shape) in placed(payload).iter().zip(shapes) {
        let page = rendered(&written(&record(&**say), "md"));
        assert!(page.faults.is_empty(), "{payload:?}: {:?}", page.faults);
        assert!(
            page.blocks == *shape,
            "{payload:?} changed the page's shape"
        );
    }
}

fn shapes() -> Vec<Vec<String>> {
    placed("word")
        .iter()
        .map(|say| rendered(&written(&record(&**say), "md")).blocks)
        .collect()
}

#[test]
fn the_watch_sees_what_it_is_for() {
    for live in [
        "[x](y)",
        "![x](y)",
        "<b>x</b>",
        "<http://x>",
        "@team",
        "#1",
        "www.x",
        "http://x",
        "$x$",
        "~~x~~",
        "<details>\n\n<i>",
    ] {
        assert!(!rendered(live).faults.is_empty(), "{live}");
    }
    for dead in ["`[x](y)`", "`` ` @team ``", "plain words", "<details>"] {
        assert!(rendered(dead).faults.is_empty(), "{dead}");
    }
}

#[test]
fn the_sample_reads_as_it_should() {
    assert_snapshot!("report.md", written(&plain(), "md"));
}

#[test]
fn sections_stand_in_their_order() {
    let page = written(&plain(), "md");
    let places: Vec<usize> = [
        "# gapcheck: FAIL",
        "## Metrics by cluster",
        "## Gaps and failures",
        "## Warnings",
        "## Waived and expired",
        "## Could not check",
        "<summary>Appendix",
    ]
    .iter()
    .map(|heading| page.find(heading).unwrap_or_else(|| panic!("no {heading}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_same_run_gives_the_same_page_and_times_stand_only_where_they_may() {
    assert_eq!(written(&plain(), "md"), written(&plain(), "md"));
    let mut later = plain();
    later.started = later.started.plus_ms(86_400_000);
    later.took_ms += 17;
    let (earlier, later) = (written(&plain(), "md"), written(&later, "md"));
    let differing: Vec<&str> = earlier
        .lines()
        .zip(later.lines())
        .filter(|(a, b)| a != b)
        .map(|(a, _)| a)
        .collect();
    assert!(
        differing
            .iter()
            .all(|line| line.starts_with("- Started") || line.starts_with("- Took")),
        "{differing:?}"
    );
}

#[test]
fn the_budget_takes_from_the_appendix_first_and_never_from_the_summary() {
    let at = |md_budget| {
        written_with(
            &plain(),
            "md",
            &FormatOptions {
                md_budget,
                ..FormatOptions::default()
            },
        )
    };
    let whole = at(usize::MAX);
    let less = at(whole.len() - 100);
    assert!(less.len() < whole.len());
    assert!(less.contains("## Warnings") && less.contains("left out to keep"));
    let small = at(1_000);
    assert!(small.contains("# gapcheck: FAIL") && small.contains("Exit code 1"));
    assert!(!small.contains("instant query"));
    for budget in [4_000, 6_000, 10_000] {
        assert!(at(budget).len() <= budget, "{budget}");
    }
}

#[test]
fn i02_no_payload_becomes_a_link_an_image_html_or_a_mention() {
    let shapes = shapes();
    for payload in payloads() {
        assert_harmless(&payload, &shapes);
    }
}

#[test]
fn i02_no_mixture_of_signs_breaks_out() {
    let shapes = shapes();
    let signs = r"([`|<>\[\]()!@#*_~$:&\\ \n-]|[a1]|http://|www\.|::|\\\|){1,24}";
    let mut runner = TestRunner::new_with_rng(
        Config {
            cases: 100,
            failure_persistence: None,
            ..Config::default()
        },
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    runner
        .run(&signs, |payload| {
            assert_harmless(&payload, &shapes);
            Ok(())
        })
        .unwrap();
}

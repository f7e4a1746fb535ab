//! The page of a cause: the same text for `gapcheck explain` and for `docs/causes/`.

use std::fmt::Write;

use crate::diagnose::catalogue::causes;
use crate::diagnose::cause::Cause;
use crate::leaves::words;

/// The page of a cause in Markdown. Its texts hold no markup but code in backticks.
pub fn page(cause: &Cause) -> String {
    let parts: Vec<&str> = cause.parts.iter().map(|part| part.words()).collect();
    let mut out = format!("# `{}`: {}\n\n", cause.id, cause.title);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "Where it acts: {}.\n", words::list(&parts));
    for (heading, text) in [
        ("What happens", cause.about),
        ("What gapcheck asks", cause.asks),
        ("How sure it is", cause.certainty),
        ("What to do", cause.fix),
    ] {
        let _ = writeln!(out, "## {heading}\n\n{text}\n");
    }
    let over = cause.yields_to;
    if !over.is_empty() {
        let ids: Vec<String> = over.iter().map(|id| format!("`{id}`")).collect();
        let _ = writeln!(
            out,
            "## Beside other causes\n\nWhere {} is proven, this is only what follows from it, and is shown under it.\n",
            words::list(&ids)
        );
    }
    if !cause.see.is_empty() {
        out.push_str("## See also\n\n");
        for see in cause.see {
            let _ = writeln!(out, "- {see}");
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "Try it: `gapcheck demo --fault {}` plants it in a pipeline inside the process, where `gapcheck demo --list-faults` has it.",
        cause.id
    );
    out
}

/// The list of all causes in Markdown, in the order of the data's way, each with a link to its page.
pub fn contents() -> String {
    let mut out = String::from(
        "# Causes\n\nWhy data is lost, in the order of its way. Each page says what happens, what gapcheck asks, what makes the cause *proven*, and what to do.\n",
    );
    let mut part = None;
    for cause in causes() {
        let first = cause.parts.first().copied();
        if part != first
            && let Some(words) = first.map(|first| first.words())
        {
            let _ = write!(out, "\n## {words}\n\n");
            part = first;
        }
        let _ = writeln!(out, "- [`{}`]({}.md): {}", cause.id, cause.id, cause.title);
    }
    out
}

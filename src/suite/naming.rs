//! Names and words that a suite may not use, and why.

use std::path::Path;
use std::sync::Arc;

use crate::leaves::{Mistake, words};
use crate::suite::node::{Node, NodeKind};
use crate::suite::plain_scalar::is_other_truth;

/// Why a name of a suite, a cluster, a hop or a check cannot be one: it becomes part of ids, which shells and reports must carry.
pub(crate) fn bad_name(what: &str, name: &str) -> Option<String> {
    if name.is_empty() {
        return Some(format!("{what} needs a name, and this is empty"));
    }
    if name.len() > 200 {
        return Some(format!("the name of {what} is longer than 200 bytes"));
    }
    name.chars()
        .find(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.' | ':'))
        .map(|c| format!("the name `{name}` holds {c:?}: {what} is named with letters, digits, `-`, `_`, `.` and `:`"))
}

/// Notes every plain `yes`, `no`, `on` and `off` in a value that no type reads.
pub(crate) fn no_truths(file: &Arc<Path>, node: &Node, mistakes: &mut Vec<Mistake>) {
    match &node.kind {
        NodeKind::Scalar { text, plain: true } if is_other_truth(text) => {
            let meant = if matches!(text.to_ascii_lowercase().as_str(), "yes" | "on") {
                "true"
            } else {
                "false"
            };
            mistakes.push(Mistake::new(
                node.origin(file),
                format!(
                    "`{text}` means {meant} to other YAML readers: write \"{text}\", or {meant}"
                ),
            ));
        }
        NodeKind::Seq(items) => items
            .iter()
            .for_each(|item| no_truths(file, item, mistakes)),
        NodeKind::Map(entries) => entries
            .iter()
            .for_each(|(_, value)| no_truths(file, value, mistakes)),
        _ => {}
    }
}

/// `; did you mean `x`?`, or nothing.
pub(crate) fn meant<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    words::nearest(written, known)
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The longest slug, in characters.
const LONGEST_SLUG: usize = 80;

/// A stable id made of a text: letters, digits, `_` and `.` stay, what lies between them becomes one `-`. A long one is cut, and ends
/// in a mark made of the whole text.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, '_' | '.') {
            slug.extend(c.to_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    match slug.char_indices().nth(LONGEST_SLUG) {
        None => slug.to_owned(),
        // FNV-1a: short, and the same on every machine and in every version.
        Some((end, _)) => {
            let mark = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            format!("{}-{:08x}", slug[..end].trim_end_matches('-'), mark as u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_stable_and_plain() {
        assert_eq!(slug("metric up{job=\"Api\"}"), "metric-up-job-api");
        assert_eq!(slug("tcp thanos.svc:19291"), "tcp-thanos.svc-19291");
        let long = slug(&format!("promql {}", "a".repeat(300)));
        assert_eq!(long.len(), 89);
        assert_ne!(long, slug(&format!("promql {}", "a".repeat(301))));
    }

    #[test]
    fn names_that_ids_cannot_carry_are_refused() {
        for name in ["", "a b", "a/b", "a[b]", "a\n", "a\u{1b}"] {
            assert!(bad_name("a suite", name).is_some(), "{name:?}");
        }
        assert_eq!(bad_name("a suite", "finops-cost_2.0"), None);
    }
}

//! How many checks a suite has: some, and not too many; counted before any is read.

use std::sync::Arc;

use crate::leaves::{Mistake, words};
use crate::suite::include::Part;
use crate::suite::loader::Loader;
use crate::suite::misread::misread;
use crate::suite::node::Node;
use crate::suite::reader::read;
use crate::suite::top_keys::SUITE_KEYS;

/// The largest number of checks of a run, over all suites and clusters.
pub(crate) const MOST_CHECKS: usize = 1_000_000;

/// Whether the checks in these lists can be read for so many rows.
pub(crate) fn review_count(
    main: &Part,
    rows: usize,
    lists: &[(&Arc<Part>, &Node)],
    loader: &mut Loader<'_>,
) -> bool {
    let mut written = 0usize;
    for (part, list) in lists {
        match list.items() {
            Some(items) => {
                let subjects = |item: &Node| {
                    item.get("metrics")
                        .and_then(Node::items)
                        .map_or(1, |items| items.len().max(1))
                };
                written += items.iter().map(subjects).sum::<usize>();
            }
            None if list.is_null() => {}
            None => loader.mistakes.push(Mistake::new(
                list.origin(&part.file),
                format!("{} stands where a list of checks is expected", list.words()),
            )),
        }
    }
    let allow_empty = match main
        .root
        .get("allow_empty")
        .map(|node| (node, read::<bool>(node)))
    {
        Some((_, Ok(allow))) => allow,
        Some((node, Err(error))) => {
            loader.mistakes.push(misread(&main.file, node, &error));
            true
        }
        None => false,
    };
    let node = main.root.entry("checks").map_or(&main.root, |(key, _)| key);
    let misspelt = main.root.entries().is_some_and(|entries| {
        let strangers = entries
            .iter()
            .filter_map(|(key, _)| key.as_text())
            .filter(|name| !SUITE_KEYS.contains(name));
        strangers
            .into_iter()
            .any(|name| words::nearest(name, SUITE_KEYS.iter().copied()) == Some("checks"))
    });
    if written == 0
        && !allow_empty
        && !misspelt
        && lists
            .iter()
            .all(|(_, list)| list.is_null() || list.items().is_some())
    {
        loader.mistakes.push(
            Mistake::new(node.origin(&main.file), "this suite defines no checks")
                .help("Write some, or say `allow_empty: true`."),
        );
    }
    loader.checks = loader.checks.saturating_add(written.saturating_mul(rows));
    if loader.checks > MOST_CHECKS {
        loader.mistakes.push(Mistake::new(
            node.origin(&main.file),
            format!(
                "{} for {} make the run larger than {MOST_CHECKS} checks: the limit",
                words::count(written, "check"),
                words::count(rows, "cluster")
            ),
        ));
        return false;
    }
    true
}

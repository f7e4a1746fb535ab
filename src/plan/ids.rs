//! Ids: explicit ones as written, the others a stable slug of kind and subject; unique over all suites and clusters.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::leaves::{Mistake, Origin};
use crate::suite::{Row, Suite, slug};

/// The start of the full ids of a row: `suite[cluster]`, or `suite`.
pub(crate) fn prefix(row: &Row) -> String {
    match &row.world.cluster {
        Some(cluster) => format!("{}[{cluster}]", row.world.suite),
        None => row.world.suite.to_string(),
    }
}

/// The ids of checks, for each suite and row in order.
pub(crate) fn name_all(suites: &[Suite], mistakes: &mut Vec<Mistake>) -> Vec<Vec<Vec<Arc<str>>>> {
    let rows = || suites.iter().flat_map(|suite| &suite.rows);
    // Explicit ids first: a slug must never take one of them, whatever the order of writing.
    let mut explicit: HashMap<(String, &str), &Origin> = HashMap::new();
    for row in rows() {
        let prefix = prefix(row);
        for entry in &row.entries {
            let Some(id) = &entry.id else { continue };
            match explicit.get(&(prefix.clone(), &**id)) {
                Some(first) => mistakes.push(
                    Mistake::new(
                        entry.origin.clone(),
                        format!("two checks have the id `{prefix}/{id}`, the first at {first}"),
                    )
                    .help("Give one of them another id, or one of the suites another name.")
                    .also((*first).clone(), "first written here"),
                ),
                None => {
                    explicit.insert((prefix.clone(), id), &entry.origin);
                }
            }
        }
    }
    let mut taken: HashMap<String, Slugs> = HashMap::new();
    for (prefix, id) in explicit.keys() {
        taken
            .entry(prefix.clone())
            .or_default()
            .taken
            .insert((*id).to_owned());
    }
    suites
        .iter()
        .map(|suite| {
            suite
                .rows
                .iter()
                .map(|row| {
                    let slugs = taken.entry(prefix(row)).or_default();
                    let name = |entry: &Arc<crate::suite::Entry>| match &entry.id {
                        Some(id) => id.clone(),
                        None => slugs.next(&slug(&format!(
                            "{} {}",
                            entry.check.kind(),
                            entry.check.subject()
                        ))),
                    };
                    row.entries.iter().map(name).collect()
                })
                .collect()
        })
        .collect()
}

/// The ids taken under one prefix.
#[derive(Default)]
struct Slugs {
    taken: HashSet<String>,
    last: HashMap<String, usize>,
}

impl Slugs {
    /// The slug, or the slug with the next free number.
    fn next(&mut self, slug: &str) -> Arc<str> {
        let last = self.last.entry(slug.to_owned()).or_insert(0);
        loop {
            *last += 1;
            let id = match *last {
                1 => slug.to_owned(),
                number => format!("{slug}-{number}"),
            };
            if self.taken.insert(id.clone()) {
                return id.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_numbered_in_order_and_never_take_an_id_that_was_written() {
        let mut slugs = Slugs::default();
        slugs.taken.insert("a-2".to_owned());
        let ids: Vec<Arc<str>> = ["a", "a", "b", "a"].map(|slug| slugs.next(slug)).into();
        assert_eq!(
            ids.iter().map(|id| &**id).collect::<Vec<_>>(),
            ["a", "a-3", "b", "a-4"]
        );
    }
}

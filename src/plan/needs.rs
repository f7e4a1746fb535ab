//! What must pass before what: ids become steps, and circles are refused.

use std::collections::HashMap;
use std::sync::Arc;

use crate::leaves::{Mistake, Origin, words};
use crate::suite::Row;

/// The needs of the checks of a row, as places in the row. What cannot be found is noted.
pub(crate) fn resolve(
    row: &Row,
    ids: &[Arc<str>],
    elsewhere: &[(&str, &str)],
    mistakes: &mut Vec<Mistake>,
) -> Vec<Vec<usize>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (entry, id)) in row.entries.iter().zip(ids).enumerate() {
        places.entry(id).or_default().push(at);
        if let Some(group) = &entry.group {
            places.entry(group).or_default().push(at);
        }
    }
    row.entries
        .iter()
        .map(|entry| {
            let mut needs: Vec<usize> = Vec::new();
            for (id, origin) in &entry.needs {
                match places.get(id.as_str()) {
                    Some(found) => needs.extend(found),
                    None => {
                        mistakes.push(missing(row, id, origin, places.keys().copied(), elsewhere))
                    }
                }
            }
            needs.sort_unstable();
            needs.dedup();
            needs
        })
        .collect()
}

fn missing<'k>(
    row: &Row,
    id: &str,
    origin: &Origin,
    known: impl Iterator<Item = &'k str>,
    elsewhere: &[(&str, &str)],
) -> Mistake {
    let clusters: Vec<&str> = elsewhere
        .iter()
        .filter(|(there, _)| *there == id)
        .map(|(_, cluster)| *cluster)
        .collect();
    if let (Some(cluster), false) = (&row.world.cluster, clusters.is_empty()) {
        return Mistake::new(
            origin.clone(),
            format!(
                "`{id}` is needed in cluster `{cluster}` and exists only in {}",
                words::few(&clusters, 5)
            ),
        )
        .help("Give both checks the same `clusters:`.");
    }
    let near = words::nearest(id, known)
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Mistake::new(origin.clone(), format!("no check has the id `{id}`{near}"))
        .help("`needs` takes ids of checks of the same suite.")
}

/// Notes the circles among the needs of a row, each once, at the check that was written first.
pub(crate) fn review_circles(
    row: &Row,
    ids: &[Arc<str>],
    needs: &[Vec<usize>],
    mistakes: &mut Vec<Mistake>,
) {
    // 0: not seen, 1: on the way, 2: done. A stack of our own: needs may form a chain of any length.
    let mut state = vec![0u8; needs.len()];
    for start in 0..needs.len() {
        if state[start] != 0 {
            continue;
        }
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        state[start] = 1;
        while let Some((at, next)) = way.last_mut() {
            let Some(&need) = needs[*at].get(*next) else {
                state[*at] = 2;
                way.pop();
                continue;
            };
            *next += 1;
            match state[need] {
                0 => {
                    state[need] = 1;
                    way.push((need, 0));
                }
                1 => {
                    let from = way.iter().position(|(at, _)| *at == need).unwrap_or(0);
                    let mut circle: Vec<usize> = way[from..].iter().map(|(at, _)| *at).collect();
                    let first = (0..circle.len()).min_by_key(|&n| circle[n]).unwrap_or(0);
                    circle.rotate_left(first);
                    circle.push(circle[0]);
                    let names: Vec<&str> = circle.iter().map(|&at| &*ids[at]).collect();
                    let entry = &row.entries[circle[0]];
                    let origin = entry
                        .needs
                        .first()
                        .map_or(&entry.origin, |(_, origin)| origin);
                    mistakes.push(
                        Mistake::new(
                            origin.clone(),
                            format!(
                                "these checks need each other in a circle: {}",
                                names.join(" > ")
                            ),
                        )
                        .help("Remove one of the needs."),
                    );
                }
                _ => {}
            }
        }
    }
}

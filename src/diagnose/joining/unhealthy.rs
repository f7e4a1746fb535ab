//! A store that Query knows and leaves out, because it does not answer any more.

use crate::backend::AddressKey;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::roster::{Ill, Roster, Weight};
use crate::diagnose::next;

/// Looks for stores that could hold the series and are not well.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    let ill: Vec<_> = roster
        .stores
        .0
        .iter()
        .filter(|store| roster.could_hold(store))
        .filter_map(|store| Some((store, roster.ill(store)?)))
        .collect();
    // The store on the way is named before others.
    let first = ill
        .iter()
        .find(|(store, _)| roster.own.names.contains(&store.name))
        .or(ill.first());
    let Some((store, why)) = first else {
        return Found::ruled_out(format!(
            "every store that {query} lists and that could hold the series is without error, and was checked in the last ten seconds"
        ))
        .shown_by([roster.n]);
    };
    let names: Vec<&str> = ill.iter().map(|(store, _)| store.name.as_str()).collect();
    let says = format!(
        "{query} leaves out the store {} ({}), which could hold the series: {}",
        store.name,
        store.component,
        why.says()
    );
    let found = match (why, roster.weigh(&names)) {
        // Without another store that is checked, checks may have stopped, or a clock may be wrong.
        (Ill::Old(_), Weight::Enough) => Found::likely(says),
        (_, weight) => weight.found(says),
    };
    let found = found.shown_by([roster.n]);
    match next::path(&roster.query, AddressKey::Url, "/api/v1/stores") {
        Some(command) => found.next(command),
        None => found,
    }
}

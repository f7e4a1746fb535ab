//! A selector that names nothing but labels of whole stores, which a store refuses to answer.

use std::collections::BTreeSet;

use crate::diagnose::case::Case;
use crate::diagnose::found::Found;

/// What Thanos says of such a selector.
pub(crate) const REFUSAL: &str = "(excluding external labels)";

/// Compares the matchers to the labels that the stores advertise.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(query) = case.query() else {
        return Found::ruled_out("no Thanos Query is on the way");
    };
    let name = query.name();
    let Some(station) = case.station(name) else {
        return Found::not_tested(format!("{name} was not asked for the metric"));
    };
    let sight = &station.sight;
    let Some(selector) = sight.asked.as_ref().or(sight.tried.as_ref()) else {
        return Found::not_tested(format!("{name} was not asked for the metric"));
    };
    if !selector.metric.is_empty() {
        return Found::ruled_out(format!("`{selector}` names a metric"));
    }
    if sight.why.iter().any(|why| why.contains(REFUSAL))
        && let Err(failure) = case.ask.count(query, selector).await
        && failure.what.contains(REFUSAL)
    {
        return Found::proven(format!(
            "`{selector}` names only labels of whole stores, and {name} refuses to ask for those: {}",
            failure.what
        ))
        .shown_by(failure.n);
    }
    let stores = match case.ask.stores(query).await {
        Ok(stores) => stores,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let advertised: BTreeSet<&String> = stores
        .value
        .0
        .iter()
        .flat_map(|store| &store.label_sets)
        .flat_map(|set| set.keys())
        .collect();
    let own = selector
        .matchers
        .iter()
        .find(|matcher| !advertised.contains(&matcher.name));
    match own {
        Some(matcher) => Found::ruled_out(format!(
            "`{matcher}` is on a label that no store advertises"
        )),
        None => Found::likely(format!(
            "`{selector}` names only labels that stores advertise for all of their series"
        )),
    }
    .shown_by([stores.n])
}

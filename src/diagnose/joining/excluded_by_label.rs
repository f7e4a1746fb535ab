//! A matcher contradicts every label set of the store, so Query does not ask it at all.

use crate::backend::QueryHow;
use crate::backend::answer::Store;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::own::By;
use crate::diagnose::joining::roster::Roster;
use crate::diagnose::next;
use crate::diagnose::same_series::{Same, same_series};
use crate::leaves::{Certainty, Labels, Matcher, RungState, Selector, words};

/// Stores that are asked without the matcher, at most.
const ASKED: usize = 3;

/// Computes which stores Query leaves out by their labels, and asks each without the matcher that does it.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    if case.shows == RungState::Stale {
        return Found::ruled_out(format!(
            "{query} has samples of the last hour, so a store that has the series is asked"
        ));
    }
    let Some(selector) = &roster.selector else {
        return Found::not_tested(format!("{query} was not asked for the metric"));
    };
    let excluded: Vec<(&Store, Vec<&Matcher>)> = roster
        .stores
        .0
        .iter()
        .filter(|store| {
            roster.covers(store) && !roster.allows(store) && roster.ill(store).is_none()
        })
        .map(|store| (store, against(store, selector)))
        .collect();
    if excluded.is_empty() {
        return Found::ruled_out(format!(
            "no label set of a store that {query} lists contradicts `{selector}`"
        ))
        .shown_by([roster.n]);
    }
    let mut weaker = None;
    for (store, matchers) in ordered(&roster, &excluded).into_iter().take(ASKED) {
        let [matcher] = matchers.as_slice() else {
            continue;
        };
        let found = without(case, &roster, selector, store, matcher).await;
        if found.certainty == Certainty::Proven {
            return found;
        }
        weaker = match weaker {
            Some(best) if found_is_weaker(&found, &best) => Some(best),
            _ => Some(found),
        };
    }
    weaker.unwrap_or_else(|| {
        let names: Vec<&str> = excluded
            .iter()
            .map(|(store, _)| store.name.as_str())
            .collect();
        Found::possible(format!(
            "{query} does not ask {}: several matchers contradict their label sets",
            words::few(&names, 3)
        ))
        .shown_by([roster.n])
    })
}

fn found_is_weaker(found: &Found, best: &Found) -> bool {
    found.certainty >= best.certainty
}

/// The store on the way first.
fn ordered<'a>(
    roster: &Roster,
    excluded: &'a [(&'a Store, Vec<&'a Matcher>)],
) -> Vec<&'a (&'a Store, Vec<&'a Matcher>)> {
    let mut ordered: Vec<_> = excluded.iter().collect();
    ordered
        .sort_by_key(|(store, matchers)| (!roster.own.names.contains(&store.name), matchers.len()));
    ordered
}

/// The fewest matchers that contradict one label set of the store.
fn against<'a>(store: &Store, selector: &'a Selector) -> Vec<&'a Matcher> {
    let contradicted = |set: &Labels| -> Vec<&'a Matcher> {
        selector
            .matchers
            .iter()
            .filter(|matcher| set.contains_key(&matcher.name) && !matcher.matches(set))
            .collect()
    };
    store
        .label_sets
        .iter()
        .map(contradicted)
        .min_by_key(Vec::len)
        .unwrap_or_default()
}

/// What the store shows without the matcher.
async fn without(
    case: &Case<'_>,
    roster: &Roster,
    selector: &Selector,
    store: &Store,
    matcher: &Matcher,
) -> Found {
    let query = roster.name();
    let mut rest = selector.clone();
    rest.matchers.retain(|one| one != matcher);
    let values: Vec<String> = store
        .label_sets
        .iter()
        .map(|set| format!("{:?}", set.value(&matcher.name)))
        .collect();
    let says = format!(
        "{query} does not ask {} ({}): `{matcher}` contradicts all its label sets, in which `{}` is {}",
        store.name,
        store.component,
        matcher.name,
        words::few(&values, 3)
    );
    let how = QueryHow {
        store: Some(store.name.clone()),
        ..QueryHow::default()
    };
    let same = match same_series(case, &roster.query, &rest, &matcher.name, how).await {
        Ok(same) => same,
        Err(why) => {
            return Found::possible(format!("{says}; what it has could not be asked: {why}"))
                .shown_by([roster.n]);
        }
    };
    match same {
        Same::Yes(value, evidence) => {
            let is_own = roster.own.by != By::Nothing && roster.own.names.contains(&store.name);
            let is_senders = identity(case, &matcher.name).await == Some(value);
            let says = format!("{says}; without it that store has the series");
            let found = match is_own || is_senders {
                true => Found::proven(says),
                // Another cluster may have the very same series.
                false => Found::possible(format!("{says}, or one just like it of another sender")),
            };
            let found = found.shown_by(evidence).shown_by([roster.n]);
            match next::query(&roster.query, &rest.to_string()) {
                Some(command) => found.next(command),
                None => found,
            }
        }
        Same::No(evidence) => Found::ruled_out(format!(
            "{query} does not ask {} by its labels, but without `{matcher}` that store does not have the series either",
            store.name
        ))
        .shown_by(evidence)
        .shown_by([roster.n]),
        Same::NoWitness => Found::likely(format!(
            "{says}; whether the series is there could not be told, as no hop before {query} shows its labels"
        ))
        .shown_by([roster.n]),
    }
}

/// The value that the sender itself gives to a label of all its series.
async fn identity(case: &Case<'_>, label: &str) -> Option<String> {
    if let Some(identity) = &case.ask.world().identity {
        return identity.get(label).cloned();
    }
    let told = case.ask.config(case.sender()?).await.ok()?;
    told.value.external_labels.get(label).cloned()
}

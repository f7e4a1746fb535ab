//! Query is told to leave out stores by their labels: what a store says of itself is more than what Query lists of it.

use crate::backend::Capability;
use crate::backend::answer::Store;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::endpoints::HIDING;
use crate::diagnose::joining::roster::{By, Roster};
use crate::leaves::{Labels, Selector, words};

/// Compares the label sets of the store on the way to those that Query lists.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    let rules = match case.ask.flags(&roster.query).await {
        Ok(told) => {
            let is_set = |flag: &&&str| {
                told.value
                    .0
                    .get(**flag)
                    .is_some_and(|value| !value.is_empty())
            };
            let set = HIDING.iter().find(is_set);
            if set.is_none() {
                return Found::ruled_out(format!(
                    "{query} is started without rules that leave out stores (`--selector.relabel-config`)"
                ))
                .shown_by([told.n]);
            }
            set.map(|flag| (*flag, told.n))
        }
        Err(_) => None,
    };
    let Some(own) = roster
        .own
        .hop
        .as_ref()
        .filter(|hop| hop.answers(Capability::StoreApi).is_some())
    else {
        return Found::not_tested(format!(
            "what the store before {query} says of itself could not be asked: give its hop the address of its StoreAPI as `grpc:`"
        ));
    };
    let told = match case.ask.store_info(own).await {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(format!("{}: {}", own.name(), failure.what)),
    };
    let listed: Vec<&Store> = roster
        .stores
        .0
        .iter()
        .filter(|store| roster.own.names.contains(&store.name))
        .collect();
    if roster.own.by != By::Address || listed.is_empty() {
        return Found::not_tested(format!(
            "which of the stores that {query} lists is {} could not be told",
            own.name()
        ))
        .shown_by([roster.n]);
    }
    let hidden: Vec<&Labels> = told
        .value
        .label_sets
        .iter()
        .filter(|set| !listed.iter().any(|store| store.label_sets.contains(set)))
        .filter(|set| could_match(set, roster.selector.as_ref()))
        .collect();
    if hidden.is_empty() {
        return Found::ruled_out(format!(
            "{query} lists every label set of {} that could hold the series",
            own.name()
        ))
        .shown_by([roster.n, told.n]);
    }
    let sets: Vec<String> = hidden.iter().map(|set| format!("`{set}`")).collect();
    let says = format!(
        "{} advertises {}, and {query} does not list it",
        own.name(),
        words::few(&sets, 2)
    );
    match rules {
        Some((flag, n)) => {
            Found::proven(format!("{says}: it is started with `--{flag}`")).shown_by([n])
        }
        None => Found::likely(format!(
            "{says}; whether its flags say so could not be asked"
        )),
    }
    .shown_by([roster.n, told.n])
}

fn could_match(set: &Labels, selector: Option<&Selector>) -> bool {
    selector.is_none_or(|selector| {
        selector
            .matchers
            .iter()
            .all(|matcher| !set.contains_key(&matcher.name) || matcher.matches(set))
    })
}

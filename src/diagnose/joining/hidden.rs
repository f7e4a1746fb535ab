//! Query is told to leave out stores by their labels (`--selector.relabel-config`). Thanos 0.42 does not list what it leaves out; older
//! ones list it like any other store and do not ask it. So the rules are applied here where the flags show them.

use crate::backend::answer::{Flags, Store};
use crate::backend::{Capability, rules_of_flag};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::discovery_empty::own_page;
use crate::diagnose::joining::endpoints::HIDING;
use crate::diagnose::joining::own::By;
use crate::diagnose::joining::roster::Roster;
use crate::leaves::relabel::{Dialect, Reading, RelabelRules, Relabelled};
use crate::leaves::{Labels, RungState, Selector, words};

/// Connections of Query to its stores, by their label sets: stores that its rules leave out are counted as well.
const CONNECTIONS: &str = "thanos_store_nodes_grpc_connections";

/// The rules, as the flags of Query show them.
struct Rules {
    flag: &'static str,
    /// None where they stand in a file, or cannot be read.
    shown: Option<RelabelRules>,
    n: u32,
}

/// The label sets of the store on the way that could hold the series.
struct Sets {
    all: Vec<Labels>,
    /// Whether the store says so itself: what Query lists may lack just those that it leaves out.
    are_own: bool,
    evidence: Vec<u32>,
}

/// Compares the label sets of the store on the way to the rules, and to those that Query lists.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    let rules = match case.ask.flags(&roster.query).await {
        Ok(told) => match rules(&told.value, told.n) {
            None => {
                return Found::ruled_out(format!(
                    "{query} is started without rules that leave out stores (`--selector.relabel-config`)"
                ))
                .shown_by([told.n]);
            }
            set => set,
        },
        Err(_) => None,
    };
    if case.shows == RungState::Stale {
        return Found::ruled_out(format!(
            "{query} has samples of the last hour, so a store that has the series is asked"
        ));
    }
    let listed: Vec<&Store> = roster
        .stores
        .0
        .iter()
        .filter(|store| roster.own.names.contains(&store.name))
        .collect();
    let sets = match sets(case, &roster, &listed).await {
        Ok(sets) => sets,
        Err(why) => return why.shown_by([roster.n]),
    };
    let hop = roster
        .own
        .hop
        .as_ref()
        .map_or("the store", |hop| hop.name());
    if let Some(Rules {
        flag,
        shown: Some(shown),
        n,
    }) = &rules
    {
        return applied(case, &roster, hop, (flag, shown), &sets)
            .await
            .shown_by([*n, roster.n]);
    }
    if roster.own.by != By::Address || listed.is_empty() {
        return match &rules {
            Some(rules) if let Some(n) = reached(case, &roster, &sets).await => {
                let says = format!(
                    "{query} is connected to a store with the labels of {hop}, as its own metrics say, and does not list it: it is started with `--{}`",
                    rules.flag
                );
                match roster.own_has_it(case) {
                    true => Found::proven(says),
                    false => Found::likely(says),
                }
                .shown_by([rules.n, roster.n, n])
            }
            Some(rules) => Found::possible(format!(
                "{query} is started with `--{}`, which may leave {hop} out; its rules are not shown by any endpoint",
                rules.flag
            ))
            .shown_by([rules.n, roster.n]),
            None => Found::not_tested(format!(
                "which of the stores that {query} lists is {hop} could not be told"
            ))
            .shown_by([roster.n]),
        };
    }
    let hidden: Vec<String> = sets
        .all
        .iter()
        .filter(|set| !listed.iter().any(|store| store.label_sets.contains(set)))
        .map(|set| format!("`{set}`"))
        .collect();
    let says = format!(
        "{hop} advertises {}, and {query} does not list it",
        words::few(&hidden, 2)
    );
    let found = match (&rules, hidden.is_empty()) {
        (Some(rules), false) => {
            Found::proven(format!("{says}: it is started with `--{}`", rules.flag))
                .shown_by([rules.n])
        }
        (None, false) => Found::likely(format!(
            "{says}; whether its flags say so could not be asked"
        )),
        (Some(rules), true) if lists_only_what_it_asks(case, &roster).await != Some(true) => {
            let says = format!(
                "{query} is started with `--{}`, whose rules no endpoint shows, and its version lists what they leave out like any other store",
                rules.flag
            );
            match roster.own_has_it(case) && case.shows == RungState::Absent {
                true => Found::likely(format!(
                    "{says}; {hop} has the series, is listed, and could be asked for it"
                )),
                false => Found::possible(says),
            }
            .shown_by([rules.n])
        }
        (Some(rules), true) if !sets.are_own => unlisted(
            format!("{query} is started with `--{}`", rules.flag),
            query,
            hop,
        )
        .shown_by([rules.n]),
        (None, true) if !sets.are_own => Found::not_tested(format!(
            "neither the flags of {query} nor the StoreAPI of {hop} could be asked"
        )),
        (None, true) if lists_only_what_it_asks(case, &roster).await != Some(true) => {
            Found::not_tested(format!(
                "the flags of {query} could not be asked, and its version may list what its rules leave out"
            ))
        }
        (_, true) => Found::ruled_out(format!(
            "{query} lists every label set of {hop} that could hold the series"
        )),
    };
    found.shown_by(sets.evidence).shown_by([roster.n])
}

/// What the rules do to each label set.
async fn applied(
    case: &Case<'_>,
    roster: &Roster,
    hop: &str,
    (flag, rules): (&str, &RelabelRules),
    sets: &Sets,
) -> Found {
    let query = roster.name();
    let dropped: Vec<(&Labels, usize)> = sets
        .all
        .iter()
        .filter_map(|set| match rules.relabel(set).outcome {
            Relabelled::Dropped { rule } => Some((set, rule)),
            Relabelled::Kept(_) => None,
        })
        .collect();
    let Some((_, rule)) = dropped.first() else {
        if !sets.are_own && lists_only_what_it_asks(case, roster).await != Some(false) {
            return unlisted(format!("{query} is started with `--{flag}`"), query, hop);
        }
        return Found::ruled_out(format!(
            "the rules in `--{flag}` of {query} leave out no label set of {hop} that could hold the series"
        ))
        .shown_by(sets.evidence.iter().copied());
    };
    let shown: Vec<String> = dropped.iter().map(|(set, _)| format!("`{set}`")).collect();
    let says = format!(
        "rule {rule} in `--{flag}` of {query} leaves out {}, which {hop} advertises",
        words::few(&shown, 2)
    );
    match roster.own_has_it(case) {
        true => Found::proven(says),
        false => Found::likely(says),
    }
    .shown_by(sets.evidence.iter().copied())
}

/// What Query leaves out is not listed, and the store was not asked what it advertises.
fn unlisted(says: String, query: &str, hop: &str) -> Found {
    Found::possible(format!(
        "{says}, and {query} does not list what it leaves out: the address of the StoreAPI of {hop} as `grpc:` would tell"
    ))
}

/// Whether Query counts a connection to a store that advertises one of these label sets: the exchange that shows it.
async fn reached(case: &Case<'_>, roster: &Roster, sets: &Sets) -> Option<u32> {
    let (page, n) = own_page(case, roster).await?;
    let is_of = |counted: &str, set: &Labels| {
        set.iter()
            .all(|(name, value)| counted.contains(&format!("{name}={value:?}")))
    };
    page.samples
        .iter()
        .filter(|sample| sample.labels.metric() == Some(CONNECTIONS))
        .map(|sample| sample.labels.value("external_labels"))
        .any(|counted| {
            sets.all
                .iter()
                .any(|set| !set.is_empty() && is_of(counted, set))
        })
        .then_some(n)
}

/// The flag that is set, and its rules.
fn rules(flags: &Flags, n: u32) -> Option<Rules> {
    let (flag, value) = HIDING.iter().find_map(|flag| {
        let value = flags.0.get(*flag).filter(|value| !value.is_empty())?;
        Some((*flag, value))
    })?;
    let written = rules_of_flag(value).filter(|_| flag == HIDING[0]);
    let shown = written
        .and_then(|written| RelabelRules::new(&written, Reading::Written, Dialect::newest()).ok());
    Some(Rules { flag, shown, n })
}

/// As the store says itself, else as Query lists it.
async fn sets(case: &Case<'_>, roster: &Roster, listed: &[&Store]) -> Result<Sets, Found> {
    let own = roster
        .own
        .hop
        .as_ref()
        .filter(|hop| hop.answers(Capability::StoreApi).is_some());
    let are_own = own.is_some();
    let (all, evidence) = match own {
        Some(own) => match case.ask.store_info(own).await {
            Ok(told) => (told.value.label_sets.clone(), vec![told.n]),
            Err(failure) => {
                return Err(Found::not_tested(format!(
                    "{}: {}",
                    own.name(),
                    failure.what
                )));
            }
        },
        None if !listed.is_empty() => {
            let sets = listed.iter().flat_map(|store| &store.label_sets);
            (sets.cloned().collect(), vec![roster.n])
        }
        None => {
            return Err(Found::not_tested(format!(
                "what the store before {} says of itself could not be asked: give its hop the address of its StoreAPI as `grpc:`",
                roster.name()
            )));
        }
    };
    Ok(Sets {
        all: all
            .into_iter()
            .filter(|set| could_match(set, roster.selector.as_ref()))
            .collect(),
        are_own,
        evidence,
    })
}

/// Whether Query is of a version that does not list what its rules leave out: Thanos 0.42 and later.
/// None where its version is not known.
async fn lists_only_what_it_asks(case: &Case<'_>, roster: &Roster) -> Option<bool> {
    let told = case.ask.build(&roster.query).await.ok()?;
    let mut parts = told
        .value
        .version
        .trim_start_matches('v')
        .split(|c: char| !c.is_ascii_digit());
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
    let (major, minor) = (number(parts.next()), number(parts.next()));
    Some(matches!((major?, minor?), (1.., _) | (0, 42..)))
}

fn could_match(set: &Labels, selector: Option<&Selector>) -> bool {
    selector.is_none_or(|selector| {
        selector
            .matchers
            .iter()
            .all(|matcher| !set.contains_key(&matcher.name) || matcher.matches(set))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_a_file_are_known_to_be_there_and_not_what_they_are() {
        let of = |flag: &str, value: &str| {
            let flags = Flags([(flag.to_owned(), value.to_owned())].into());
            rules(&flags, 1).map(|rules| (rules.flag, rules.shown.is_some()))
        };
        let drop = "- {source_labels: [receive_replica], regex: \"0\", action: drop}";
        assert_eq!(of(HIDING[0], drop), Some((HIDING[0], true)));
        assert_eq!(of(HIDING[0], "what"), Some((HIDING[0], false)));
        assert_eq!(of(HIDING[1], "/etc/rules.yaml"), Some((HIDING[1], false)));
        assert_eq!(of(HIDING[0], ""), None);
    }
}

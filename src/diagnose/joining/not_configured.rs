//! The store that holds the series is none of those that Query is configured with.

use crate::backend::answer::Store;
use crate::backend::{AddressKey, Backend, BackendKind};
use crate::check::host_and_port;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::behind_vip::nodes;
use crate::diagnose::joining::endpoints::{Endpoints, Lookup};
use crate::diagnose::joining::own::{By, advertised};
use crate::diagnose::joining::roster::Roster;
use crate::diagnose::next;
use crate::leaves::{Labels, RungState, words};

/// Components behind which other stores may stand, or that do not say what they are.
const OPEN: [&str; 4] = ["query", "debug", "unknown-store-api", "unknown"];

/// Compares what Query is configured with to the hop on the way.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    if case.shows == RungState::Stale {
        return Found::ruled_out(format!(
            "{} has samples of the last hour, so a store that has the series is asked",
            roster.name()
        ));
    }
    let endpoints = match Endpoints::of(case, &roster).await {
        Ok(endpoints) => endpoints,
        Err(why) => return Found::not_tested(why),
    };
    let found = compared(case, &roster, &endpoints).await;
    let found = found
        .shown_by([roster.n])
        .shown_by(endpoints.evidence.iter().copied());
    match next::path(&roster.query, AddressKey::Url, "/api/v1/status/flags") {
        Some(command) => found.next(command),
        None => found,
    }
}

async fn compared(case: &Case<'_>, roster: &Roster, endpoints: &Endpoints) -> Found {
    let query = roster.name();
    if endpoints.is_empty() {
        let says = format!("{query} is configured with no store at all");
        return match endpoints.by_flags && roster.stores.0.is_empty() {
            true => Found::proven(says),
            false => Found::likely(says),
        };
    }
    let Some(own) = &roster.own.hop else {
        return Found::not_tested(format!(
            "no hop before {query} is a store, so it is not known which one should be configured"
        ));
    };
    let hop = own.name();
    let keys = [AddressKey::Grpc, AddressKey::Http, AddressKey::Write];
    let of_key = keys.map(|key| own.hop.addresses(key).len());
    let replicas = of_key.into_iter().max().unwrap_or_default();
    if roster.own.by == By::Address && !roster.own.is_listed && roster.own.names.len() < replicas {
        return Found::possible(format!(
            "of the {replicas} replicas of {hop}, {query} is configured with {} only: the series may be on another",
            words::few(&roster.own.names, 3)
        ));
    }
    if roster.own.by == By::Address && !roster.own.is_listed {
        return Found::ruled_out(format!(
            "{query} is configured with {}, at the host of {hop}",
            words::few(&roster.own.names, 3)
        ));
    }
    if roster.own.by == By::Address && roster.own.names.len() < replicas {
        return Found::possible(format!(
            "of the {replicas} replicas of {hop}, {query} lists {} only: the series may be on another",
            words::few(&roster.own.names, 3)
        ));
    }
    if roster.own.by == By::Address {
        return Found::ruled_out(format!(
            "{query} lists {}, the store of {hop}",
            words::few(&roster.own.names, 3)
        ));
    }
    let has_it = roster.own_has_it(case);
    let listed = roster.stores.0.iter().map(|store| &store.name);
    let leads_there = endpoints
        .fixed
        .iter()
        .chain(listed)
        .any(|address| is_address_of(address, own.address(AddressKey::Grpc)));
    if leads_there {
        return Found::ruled_out(format!("{query} is configured with the address of {hop}"));
    }
    let unsettled = unsettled(roster, endpoints);
    if let Some(told) = advertised(case.ask, own).await {
        let listed: Vec<&Store> = roster
            .stores
            .0
            .iter()
            .filter(|store| is_of_kind(store, roster.own.component))
            .filter(|store| told.could_be(store))
            .collect();
        if let Some(store) = listed.first() {
            return Found::ruled_out(format!(
                "{query} lists {}, with a label set of {hop}",
                store.name
            ))
            .shown_by([told.n]);
        }
        let says = format!(
            "{hop} advertises {}, and no store that {query} lists has such a label set; it is configured with {}",
            words::few(&sets(&told.sets), 2),
            in_words(endpoints)
        );
        return match unsettled {
            None if has_it && !told.sets.is_empty() => {
                match may_be_a_service(case, roster, own).await {
                    Some(why) => Found::likely(format!("{says}; {why}")),
                    None => Found::proven(says),
                }
            }
            None => Found::likely(says),
            Some(Open::Unseen(why)) => Found::likely(format!("{says}; {why}")),
            Some(Open::Endpoint(why)) => Found::possible(format!("{says}; {why}")),
        }
        .shown_by([told.n]);
    }
    let of_component = roster.of_component();
    if !of_component.is_empty() {
        return Found::possible(format!(
            "{query} lists {} of kind {}, and whether {hop} is among them cannot be told",
            words::count(of_component.len(), "store"),
            roster.own.component
        ));
    }
    let says = format!(
        "{query} lists no store of kind {}, which {hop} is; it is configured with {}",
        roster.own.component,
        in_words(endpoints)
    );
    // A Prometheus may have no sidecar, and send what it has to a store that the suite does not name.
    let is_surely_a_store = own.kind() != BackendKind::Prometheus;
    if !is_surely_a_store && unsettled.is_none() && has_it {
        return sends_nowhere(case, own, roster, says).await;
    }
    match unsettled {
        None if has_it && is_surely_a_store && endpoints.by_flags => Found::proven(says),
        None if is_surely_a_store => Found::likely(says),
        None => Found::possible(says),
        Some(Open::Unseen(why) | Open::Endpoint(why)) => Found::possible(format!("{says}; {why}")),
    }
}

/// What leaves open whether Query leads to the hop.
enum Open {
    /// An endpoint of its flags that is not known, or did not come to be listed: that may be the hop's.
    Endpoint(String),
    /// What a file says, or what stands behind a listed store.
    Unseen(String),
}

/// Whether the one Receive that is listed may be an address in front of several, of which it led to another.
async fn may_be_a_service(case: &Case<'_>, roster: &Roster, own: &Backend) -> Option<String> {
    let listed = roster.of_component();
    let ([only], BackendKind::ThanosReceive) = (listed.as_slice(), own.kind()) else {
        return None;
    };
    let (nodes, _, _) = nodes(case, own).await?;
    (nodes > 1.0).then(|| {
        format!(
            "{} is one of {nodes} of its hashring, and {} may be the address of a service before them",
            own.name(),
            only.name
        )
    })
}

/// A Prometheus that sends nothing on by itself is read through a sidecar or not at all; that advertises its external labels.
async fn sends_nowhere(case: &Case<'_>, own: &Backend, roster: &Roster, says: String) -> Found {
    let Ok(told) = case.ask.config(own).await else {
        return Found::possible(says);
    };
    let config = &told.value;
    let sets = roster.stores.0.iter().flat_map(|store| &store.label_sets);
    let is_listed = sets.into_iter().any(|set| {
        config
            .external_labels
            .iter()
            .all(|(name, value)| set.value(name) == value)
    });
    match config.remote_write.is_empty() && !config.external_labels.is_empty() && !is_listed {
        true => Found::likely(format!(
            "{says}; {} sends to no receiver, and no store has its external labels `{}`",
            own.name(),
            config.external_labels
        )),
        false => Found::possible(says),
    }
    .shown_by([told.n])
}

/// What leaves open whether some endpoint leads to the hop all the same.
fn unsettled(roster: &Roster, endpoints: &Endpoints) -> Option<Open> {
    if !endpoints.hidden.is_empty() {
        return Some(Open::Unseen(format!(
            "what {} says is not shown by any endpoint",
            words::few(&endpoints.hidden, 3)
        )));
    }
    if endpoints.hides {
        let why = "rules in `--selector.relabel-config` may hide it";
        return Some(Open::Endpoint(why.to_owned()));
    }
    if !endpoints.unlisted.is_empty() {
        return Some(Open::Endpoint(format!(
            "{} was not reached",
            words::few(&endpoints.unlisted, 3)
        )));
    }
    if let Some(name) = endpoints
        .names
        .iter()
        .find(|name| !matches!(name.lookup, Lookup::Found(_)))
    {
        return Some(Open::Endpoint(format!(
            "`{}` does not resolve from here",
            name.entry
        )));
    }
    if let Some((name, address)) = endpoints.unlisted_by_name(roster).first() {
        return Some(Open::Endpoint(format!(
            "`{}` resolves here to {address}, which is not listed",
            name.entry
        )));
    }
    roster
        .stores
        .0
        .iter()
        .find(|store| OPEN.contains(&store.component.as_str()))
        .map(|store| {
            Open::Unseen(format!(
                "what stands behind {} ({}) is not known",
                store.name, store.component
            ))
        })
}

fn is_address_of(address: &str, url: Option<&url::Url>) -> bool {
    let (host, port) = host_and_port(address);
    url.is_some_and(|url| url.host_str() == Some(host) && url.port() == port)
}

/// Whether a listed store can be one of that kind: a store gateway has the label sets of the Receives whose blocks it serves.
fn is_of_kind(listed: &Store, component: &str) -> bool {
    listed.component == component || OPEN.contains(&listed.component.as_str())
}

fn sets(sets: &[Labels]) -> Vec<String> {
    sets.iter().map(|set| format!("`{set}`")).collect()
}

fn in_words(endpoints: &Endpoints) -> String {
    let names = endpoints.names.iter().map(|name| name.entry.as_str());
    let all: Vec<&str> = endpoints
        .fixed
        .iter()
        .chain(&endpoints.hidden)
        .map(String::as_str)
        .chain(names)
        .collect();
    words::few(&all, 5)
}

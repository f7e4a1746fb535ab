//! The store that stands on the way to a Query: which of the listed or configured ones it is, and what it tells of itself.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use crate::ask::Ask;
use crate::backend::answer::{Store, Stores};
use crate::backend::{AddressKey, Backend, BackendKind, Capability};
use crate::check::{configured, host_addresses, host_and_port, hosts};
use crate::diagnose::case::Case;
use crate::leaves::Labels;

/// The store that stands on the way to this Query.
pub(crate) struct Own {
    /// The hop; none where no hop before Query is a store.
    pub(crate) hop: Option<Arc<Backend>>,
    /// As what Query lists such a hop.
    pub(crate) component: &'static str,
    /// Which of the listed stores are that hop's.
    pub(crate) names: Vec<String>,
    /// How that is known.
    pub(crate) by: By,
    /// Whether Query lists them; else it is only configured with them.
    pub(crate) is_listed: bool,
}

/// How a store is known to be a hop's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// It stands at the hop's address.
    Address,
    /// It is the only one of its component.
    Only,
    /// It is not known.
    Nothing,
}

/// As what a Query lists a hop of that kind.
fn component(kind: BackendKind) -> Option<&'static str> {
    match kind {
        BackendKind::ThanosReceive => Some("receive"),
        BackendKind::ThanosQuery => Some("query"),
        BackendKind::Prometheus | BackendKind::ThanosSidecar => Some("sidecar"),
        _ => None,
    }
}

pub(crate) async fn own(case: &Case<'_>, query: &Backend, stores: &Stores) -> Own {
    let world = case.ask.world();
    let at = world.position(query.name()).unwrap_or(world.pipeline.len());
    let before = world.pipeline[..at]
        .iter()
        .rev()
        // A Query before a Frontend is no store of it: the Frontend shows the stores of the Query that it passes questions on to.
        .filter(|hop| {
            query.kind() != BackendKind::ThanosQueryFrontend
                || hop.kind() != BackendKind::ThanosQuery
        })
        .find_map(|hop| Some((hop, component(hop.kind())?)));
    let Some((hop, component)) = before else {
        return Own {
            hop: None,
            component: "",
            names: Vec::new(),
            by: By::Nothing,
            is_listed: false,
        };
    };
    let listed: Vec<&Store> = stores
        .0
        .iter()
        .filter(|store| store.component == component)
        .collect();
    let (mut names, mut by) = of_hop(case.ask, hop, &listed).await;
    let mut is_listed = by != By::Nothing;
    if by != By::Address {
        let only_configured = configured_at(case.ask, query, hop, stores).await;
        if !only_configured.is_empty() {
            (names, by, is_listed) = (only_configured, By::Address, false);
        } else if by == By::Only && is_another(case.ask, hop, &listed).await {
            (names, by, is_listed) = (Vec::new(), By::Nothing, false);
        }
    }
    Own {
        hop: Some(hop.clone()),
        component,
        names,
        by,
        is_listed,
    }
}

/// Fixed addresses at the hop's own host with which Query is configured and which it does not list: the hop's port may be the wrong
/// one there. Where Query lists another store of that host, or several addresses are in question, they say nothing.
async fn configured_at(ask: &Ask, query: &Backend, hop: &Backend, stores: &Stores) -> Vec<String> {
    let Ok(configured) = configured(ask, query).await else {
        return Vec::new();
    };
    let known = known(ask, hop).await;
    for store in &stores.0 {
        if known.is_at(ask, &store.name).await {
            return Vec::new();
        }
    }
    let there = known.of(ask, configured.fixed).await;
    match (there.at_port.is_empty(), there.at_host.len()) {
        (false, _) => there.at_port,
        (true, 1) => there.at_host,
        _ => Vec::new(),
    }
}

/// Whether the one listed store of that kind is surely not the hop: it has none of the label sets that the hop advertises.
async fn is_another(ask: &Ask, hop: &Backend, listed: &[&Store]) -> bool {
    match advertised(ask, hop).await {
        Some(own) => !own.sets.is_empty() && !listed.iter().any(|store| own.could_be(store)),
        None => false,
    }
}

/// The label sets that a hop tells Query.
pub(crate) struct Advertised {
    pub(crate) sets: Vec<Labels>,
    pub(crate) n: u32,
    /// Whether it is a Query, which may leave out labels by which it deduplicates.
    is_query: bool,
}

impl Advertised {
    /// Whether the listed store has one of them.
    pub(crate) fn could_be(&self, listed: &Store) -> bool {
        listed.label_sets.iter().any(|set| {
            let is_part = |own: &Labels| set.iter().all(|(name, value)| own.value(name) == value);
            self.sets.contains(set) || self.is_query && self.sets.iter().any(is_part)
        })
    }
}

/// As the hop's StoreAPI says; of a Query without one, those of the stores that it lists: it passes them on as its own.
pub(crate) async fn advertised(ask: &Ask, hop: &Backend) -> Option<Advertised> {
    let is_query = hop.kind() == BackendKind::ThanosQuery;
    if hop.answers(Capability::StoreApi).is_some()
        && let Ok(told) = ask.store_info(hop).await
    {
        return Some(Advertised {
            sets: told.value.label_sets.clone(),
            n: told.n,
            is_query,
        });
    }
    if !is_query {
        return None;
    }
    let told = ask.stores(hop).await.ok()?;
    let sets = told.value.0.iter().flat_map(|store| &store.label_sets);
    Some(Advertised {
        sets: sets.cloned().collect(),
        n: told.n,
        is_query,
    })
}

/// Where a hop stands.
struct Known {
    hosts: BTreeSet<String>,
    ips: BTreeSet<IpAddr>,
    /// The port of its StoreAPI, where the suite names it.
    port: Option<u16>,
}

/// Those of some addresses that are the hop's.
struct There {
    /// At its host, whatever the port.
    at_host: Vec<String>,
    /// Of these, at the port of its StoreAPI.
    at_port: Vec<String>,
}

async fn known(ask: &Ask, hop: &Backend) -> Known {
    let hosts = hosts(hop);
    let mut ips: BTreeSet<IpAddr> = BTreeSet::new();
    for host in &hosts {
        ips.extend(host_addresses(ask, host).await.unwrap_or_default());
    }
    let port = hop.address(AddressKey::Grpc).and_then(|url| url.port());
    Known { hosts, ips, port }
}

impl Known {
    async fn of(&self, ask: &Ask, addresses: Vec<String>) -> There {
        let (mut at_host, mut at_port) = (Vec::new(), Vec::new());
        for address in addresses {
            if self.is_at(ask, &address).await {
                if self.port.is_some() && host_and_port(&address).1 == self.port {
                    at_port.push(address.clone());
                }
                at_host.push(address);
            }
        }
        There { at_host, at_port }
    }

    /// Whether that is an address of the same host.
    async fn is_at(&self, ask: &Ask, address: &str) -> bool {
        let (host, _) = host_and_port(address);
        if self.hosts.contains(&host.to_ascii_lowercase()) {
            return true;
        }
        let ips = match host.parse::<IpAddr>() {
            Ok(ip) => BTreeSet::from([ip]),
            Err(_) if self.ips.is_empty() => BTreeSet::new(),
            Err(_) => host_addresses(ask, host).await.unwrap_or_default(),
        };
        ips.iter().any(|ip| self.ips.contains(ip))
    }
}

/// Which of these stores are the hop's: at its host, and at its port where it names that of its StoreAPI.
async fn of_hop(ask: &Ask, hop: &Backend, listed: &[&Store]) -> (Vec<String>, By) {
    if listed.is_empty() {
        return (Vec::new(), By::Nothing);
    }
    let known = known(ask, hop).await;
    let names = listed.iter().map(|store| store.name.clone()).collect();
    let There { at_host, at_port } = known.of(ask, names).await;
    if !at_port.is_empty() {
        return (at_port, By::Address);
    }
    let distinct: BTreeSet<&str> = at_host.iter().map(|name| host_and_port(name).0).collect();
    match (at_host.is_empty(), listed) {
        (false, _) if known.port.is_none() && distinct.len() == at_host.len() => {
            (at_host, By::Address)
        }
        (true, [only]) => (vec![only.name.clone()], By::Only),
        _ => (Vec::new(), By::Nothing),
    }
}

//! Which of the listed stores are the hop's: by address where that can be told, else by component and labels.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::ask::Ask;
use crate::backend::Backend;
use crate::backend::answer::{Store as Listed, Stores};
use crate::check::store::address::{host_and_port, hosts, resolved};
use crate::check::store::form::Store;
use crate::leaves::Labels;

/// Host names of stores that are looked up, at most.
const LOOKED_UP: usize = 20;

/// How the stores of the hop were told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownBy {
    /// They stand at the hop's own address.
    Address,
    /// They are of its component, and advertise the labels that the check names.
    Labels,
    /// They are of its component; nothing tells them from others of that component.
    Component,
}

/// The stores that are the hop's.
#[derive(Debug)]
pub(crate) struct Meant<'a> {
    /// The stores.
    pub(crate) stores: Vec<&'a Listed>,
    /// How they were found.
    pub(crate) by: KnownBy,
    /// Whether some of them may be another hop's: nothing but their kind, or a host that they share, tells them apart.
    pub(crate) is_ambiguous: bool,
    /// All stores of the component.
    pub(crate) of_component: Vec<&'a Listed>,
    /// Hosts and addresses of the hop, as written and as resolved.
    pub(crate) hop: BTreeSet<String>,
}

/// Finds the stores of the hop.
pub(crate) async fn meant<'a>(
    check: &Store,
    ask: &Ask,
    hop: &Backend,
    component: &str,
    stores: &'a Stores,
) -> Meant<'a> {
    let of_component: Vec<&Listed> = stores
        .0
        .iter()
        .filter(|store| store.component == component)
        .collect();
    let mut known = hosts(hop);
    let mut ips = BTreeSet::new();
    if !of_component.is_empty() {
        for host in known.clone() {
            ips.extend(resolved(ask, &host).await.unwrap_or_default());
        }
        known.extend(ips.iter().map(ToString::to_string));
    }
    let mut at_address = Vec::new();
    for store in of_component.iter().take(LOOKED_UP) {
        if is_at_hop(ask, store, &known, &ips).await {
            at_address.push(*store);
        }
    }
    let shares_host = shares_host(&at_address);
    let having: Vec<&Listed> = of_component
        .iter()
        .copied()
        .filter(|store| !check.labels.0.is_empty() && has_set(check, store))
        .collect();
    let (stores, by) = if !at_address.is_empty() {
        // On one host, labels tell a hop's stores from its neighbours'.
        let narrowed: Vec<&Listed> = at_address
            .iter()
            .copied()
            .filter(|store| having.iter().any(|one| one.name == store.name))
            .collect();
        match shares_host && !narrowed.is_empty() {
            true => (narrowed, KnownBy::Address),
            false => (at_address, KnownBy::Address),
        }
    } else if check.labels.0.is_empty() {
        (of_component.clone(), KnownBy::Component)
    } else {
        (having, KnownBy::Labels)
    };
    Meant {
        is_ambiguous: check.labels.0.is_empty()
            && stores.len() > 1
            && (by == KnownBy::Component || shares_host),
        stores,
        by,
        of_component,
        hop: known,
    }
}

fn shares_host(stores: &[&Listed]) -> bool {
    let hosts: BTreeSet<&str> = stores
        .iter()
        .map(|store| host_and_port(&store.name).0)
        .collect();
    hosts.len() < stores.len()
}

async fn is_at_hop(
    ask: &Ask,
    store: &Listed,
    known: &BTreeSet<String>,
    ips: &BTreeSet<IpAddr>,
) -> bool {
    let (host, _) = host_and_port(&store.name);
    if known.contains(&host.to_ascii_lowercase()) {
        return true;
    }
    // A number that is not the hop's is not; a name may stand for its address.
    if host.is_empty() || host.parse::<IpAddr>().is_ok() || ips.is_empty() {
        return false;
    }
    let of_store = resolved(ask, host).await.unwrap_or_default();
    of_store.iter().any(|ip| ips.contains(ip))
}

/// Whether one of the store's label sets is as the check demands.
pub(crate) fn has_set(check: &Store, store: &Listed) -> bool {
    store
        .label_sets
        .iter()
        .any(|set: &Labels| check.labels.broken(set).is_none())
}

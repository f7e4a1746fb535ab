//! Several Receives stand behind one address of a service, and Query holds a connection to one of them only.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::backend::answer::{RecordType, Store};
use crate::backend::{AddressKey, Backend, BackendKind, exposition};
use crate::check::{Lookups, host_addresses, host_and_port, hosts};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::endpoints::Endpoints;
use crate::diagnose::joining::own::{By, advertised};
use crate::diagnose::joining::roster::Roster;
use crate::diagnose::next;
use crate::leaves::{RungState, words};

/// How many Receives a hashring has, by Receive's own word.
const NODES: &str = "thanos_receive_hashring_nodes";

/// To how many of them each series is written.
const COPIES: &str = "thanos_receive_replication_factor";

/// How many Receives there are, as far as can be told.
struct Receives {
    count: usize,
    /// Whether that is sure: a name with several addresses may as well be that of a balancer.
    sure: bool,
    /// Whether each of them is given every series.
    copied: bool,
    /// Addresses of single ones.
    ips: BTreeSet<IpAddr>,
    says: String,
    evidence: Vec<u32>,
}

/// Why the one listed store is taken for a service's address.
struct Service {
    says: String,
    /// Whether the name's own record says so.
    of_srv: bool,
    evidence: Vec<u32>,
}

/// Compares how many Receives Query lists with how many there are.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    let query = roster.name();
    let Some(own) = roster
        .own
        .hop
        .as_ref()
        .filter(|hop| hop.kind() == BackendKind::ThanosReceive)
    else {
        return roster.without_receive();
    };
    let listed = roster.of_component();
    if listed.is_empty() {
        return Found::not_tested(format!(
            "{query} lists no store of kind receive: whether one address stands for several is not seen"
        ))
        .shown_by([roster.n]);
    }
    let [only] = listed.as_slice() else {
        return Found::ruled_out(format!(
            "{query} lists {} of kind receive",
            words::count(listed.len(), "store")
        ))
        .shown_by([roster.n]);
    };
    let receives = receives(case, own).await;
    if let Some(one) = &receives
        && one.count < 2
    {
        return Found::ruled_out(format!("there is one Receive: {}", one.says))
            .shown_by(one.evidence.iter().copied())
            .shown_by([roster.n]);
    }
    let service = service(case, &roster, only, receives.as_ref()).await;
    let evidence: Vec<u32> = [roster.n]
        .into_iter()
        .chain(receives.iter().flat_map(|one| one.evidence.clone()))
        .chain(service.iter().flat_map(|one| one.evidence.clone()))
        .collect();
    let found = match (&receives, &service) {
        (Some(several), Some(service)) if several.sure => {
            let says = format!(
                "{query} lists one Receive, {}, and {}; {}: it is connected to one of them only",
                only.name, service.says, several.says
            );
            match several.copied {
                true => Found::possible(format!("{says}, though each series is written to all")),
                false => surely(case, &roster, own.name(), only, says).await,
            }
        }
        (_, Some(service)) => {
            let says = format!(
                "{query} lists one Receive, {}, and {}; how many Receives stand behind it cannot be told from here",
                only.name, service.says
            );
            match service.of_srv {
                true => Found::likely(says),
                false => Found::possible(says),
            }
        }
        (Some(_), None) if roster.own.by == By::Address && roster.own.is_listed => {
            return Found::ruled_out(format!(
                "{query} lists {}, the address of {}",
                only.name,
                own.name()
            ))
            .shown_by(evidence);
        }
        (Some(several), None) => {
            let says = format!(
                "{query} lists one Receive, {}, but {}",
                only.name, several.says
            );
            let is_another = match advertised(case.ask, own).await {
                Some(sets) => !sets.sets.is_empty() && !sets.could_be(only),
                None => false,
            };
            match is_another && !several.copied && roster.own_has_it(case) {
                true => Found::likely(format!(
                    "{says}, and that one has none of the label sets of {}, which holds the series: it may be another of them",
                    own.name()
                )),
                false => Found::possible(says),
            }
        }
        (None, None) if roster.own.by != By::Address => {
            return Found::not_tested(format!(
                "whose address {} is, and how many Receives there are, could not be told",
                only.name
            ))
            .shown_by(evidence);
        }
        (None, None) => {
            return Found::ruled_out(format!(
                "nothing shows that {} is the address of a service with several Receives behind it",
                only.name
            ))
            .shown_by(evidence);
        }
    };
    let found = found.shown_by(evidence);
    match next::path(&roster.query, AddressKey::Url, "/api/v1/stores") {
        Some(command) => found.next(command),
        None => found,
    }
}

/// Proven where a Receive holds the metric, and the one that Query reaches surely has no series of that name.
async fn surely(case: &Case<'_>, roster: &Roster, own: &str, only: &Store, says: String) -> Found {
    let enforces = match Endpoints::of(case, roster).await {
        Ok(endpoints) => endpoints.tenant.is_some(),
        Err(_) => true,
    };
    let asked = case.shows == RungState::Absent
        && !enforces
        && roster.covers(only)
        && roster.ill(only).is_none();
    match roster.lacks_name(case).await {
        Some((true, n)) if asked && roster.own_has_it(case) => Found::proven(format!(
            "{says}, and that one has no series of this name, while {own} has"
        ))
        .shown_by([n]),
        _ => Found::likely(says),
    }
}

/// How many Receives there are: as the suite names them, as the hop's name resolves, as the Receive itself counts.
async fn receives(case: &Case<'_>, own: &Backend) -> Option<Receives> {
    let world = case.ask.world();
    let hops: Vec<_> = world
        .pipeline
        .iter()
        .chain(&world.beside)
        .filter(|hop| hop.kind() == BackendKind::ThanosReceive)
        .collect();
    let names: Vec<&str> = hops.iter().map(|hop| hop.name()).collect();
    let mut ips = BTreeSet::new();
    if hops.len() > 1 {
        for hop in hops {
            ips.extend(addresses(case, hop).await);
        }
        return Some(Receives {
            count: names.len(),
            sure: true,
            copied: false,
            ips,
            says: format!("{} are Receives of the suite", words::list(&names)),
            evidence: Vec::new(),
        });
    }
    let counted = nodes(case, own).await;
    let replicas = own.hop.listed_replicas().len();
    if replicas > 1 {
        return Some(Receives {
            count: replicas,
            sure: true,
            copied: counted.is_some_and(|(nodes, copies, _)| copies >= nodes),
            ips: addresses(case, own).await,
            says: format!("the suite gives {} {replicas} addresses", own.name()),
            evidence: counted.iter().map(|(_, _, n)| *n).collect(),
        });
    }
    if let Some((nodes, copies, n)) = counted {
        return Some(Receives {
            count: nodes as usize,
            sure: true,
            copied: copies >= nodes,
            ips,
            says: format!("the hashring of {} has {nodes} nodes", own.name()),
            evidence: vec![n],
        });
    }
    ips.extend(addresses(case, own).await);
    (ips.len() > 1).then(|| Receives {
        count: ips.len(),
        sure: false,
        copied: false,
        says: format!("{} resolves to {} addresses", own.name(), ips.len()),
        ips,
        evidence: Vec::new(),
    })
}

async fn addresses(case: &Case<'_>, hop: &Backend) -> BTreeSet<IpAddr> {
    let mut ips = BTreeSet::new();
    for host in hosts(hop) {
        ips.extend(host_addresses(case.ask, &host).await.unwrap_or_default());
    }
    ips
}

/// How many nodes its largest hashring has, and to how many each series is written, by its own metrics.
pub(crate) async fn nodes(case: &Case<'_>, own: &Backend) -> Option<(f64, f64, u32)> {
    own.address(AddressKey::Http)?;
    let told = case
        .ask
        .path(own, AddressKey::Http, "/metrics")
        .await
        .ok()?;
    let page =
        exposition::parse_page(told.value.status, "text/plain", told.value.body.as_bytes()).ok()?;
    let most = |name: &str| {
        page.samples
            .iter()
            .filter(|sample| sample.labels.metric() == Some(name))
            .filter_map(|sample| sample.value.parse::<f64>().ok())
            .reduce(f64::max)
    };
    Some((most(NODES)?, most(COPIES).unwrap_or(1.0), told.n))
}

/// Why the one listed store is taken for a service's address rather than for one Receive.
async fn service(
    case: &Case<'_>,
    roster: &Roster,
    only: &Store,
    receives: Option<&Receives>,
) -> Option<Service> {
    let endpoints = Endpoints::of(case, roster).await.ok()?;
    for name in &endpoints.names {
        let (target, record) = name.question();
        if record != RecordType::Srv {
            continue;
        }
        let Ok(told) = case.ask.dns(case.ask.world().lookup(target, record)).await else {
            continue;
        };
        let lookups = Lookups::of(&told.value);
        let Some(found) = lookups.first else { continue };
        let services: Vec<&str> = found
            .records
            .iter()
            .filter(|one| one.record == RecordType::Srv)
            .map(|one| one.value.trim_end_matches('.'))
            .collect();
        // A service with an address of its own answers with its own name, a headless one with a name a Receive.
        if let [answer] = services.as_slice()
            && found
                .name
                .trim_end_matches('.')
                .ends_with(&format!(".{answer}"))
        {
            return Some(Service {
                says: format!(
                    "`{}` gives one answer, the name of the service itself, so its address is that of the whole service",
                    name.entry
                ),
                of_srv: true,
                evidence: vec![told.n],
            });
        }
    }
    let (host, _) = host_and_port(&only.name);
    match (host.parse::<IpAddr>(), receives) {
        (Err(_), _) => match host_addresses(case.ask, host).await {
            Ok(ips) if ips.len() == 1 && receives.is_none_or(|all| all.ips.is_disjoint(&ips)) => {
                Some(Service {
                    says: format!(
                        "`{host}` resolves to one address, which is that of no Receive that is known"
                    ),
                    of_srv: false,
                    evidence: Vec::new(),
                })
            }
            _ => None,
        },
        (Ok(ip), Some(receives)) if receives.ips.len() > 1 && !receives.ips.contains(&ip) => {
            Some(Service {
                says: format!("{ip} is the address of no Receive that is known"),
                of_srv: false,
                evidence: Vec::new(),
            })
        }
        _ => None,
    }
}

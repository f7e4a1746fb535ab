//! The stores as the Query of a case has them: which it lists, which of those could hold the series, and which one stands on the way.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::ask::Ask;
use crate::backend::answer::{Store, Stores};
use crate::backend::{AddressKey, Backend, BackendKind, Capability};
use crate::check::{
    LONGEST_SINCE_CHECK_MS, configured, host_addresses, host_and_port, hosts, in_time, labels_allow,
};
use crate::diagnose::case::{Case, Station};
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::leaves::{Labels, RungState, Selector, Timestamp, words};

/// An instant query looks so far back where no flag says otherwise.
const LOOKBACK: Duration = Duration::from_secs(300);

/// What a Query lists.
pub(crate) struct Roster {
    pub(crate) query: Arc<Backend>,
    /// What it was asked for.
    pub(crate) selector: Option<Selector>,
    pub(crate) stores: Arc<Stores>,
    /// The exchange that tells them.
    pub(crate) n: u32,
    /// When they were told, by the clock of Query.
    pub(crate) now: Timestamp,
    /// Whether that clock is known; else it is ours.
    dated: bool,
    /// How far back the question looked.
    back: Duration,
    pub(crate) own: Own,
}

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

/// Why a store is left out.
pub(crate) enum Ill {
    /// What its last check said.
    Error(String),
    /// It was checked last so many milliseconds before another store.
    StandsStill(i64),
    /// It was checked last so many milliseconds ago, and no other store shows that checks go on.
    Old(i64),
}

impl Ill {
    pub(crate) fn says(&self) -> String {
        match self {
            Self::Error(error) => words::cut(error, 300),
            Self::StandsStill(ms) => format!(
                "its last check is {}older than that of another store",
                figure(format!("{} ", words::age(*ms)), "")
            ),
            Self::Old(ms) => format!(
                "it was last checked {} ago",
                figure(words::age(*ms), "too long")
            ),
        }
    }
}

/// Whether the trouble of some stores explains that the series is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// One of them stands on the way, or no other store could hold the series.
    Enough,
    /// Other stores could hold it as well.
    Open,
    /// Another store stands on the way, and is well.
    Beside,
}

impl Weight {
    /// What was found, as sure as the weight allows.
    pub(crate) fn found(self, says: String) -> Found {
        match self {
            Self::Enough => Found::proven(says),
            Self::Open => Found::likely(format!("{says}; other stores could hold the series, too")),
            Self::Beside => Found::possible(format!(
                "{says}; a store of the kind on the way is listed beside it, and well"
            )),
        }
    }
}

impl Roster {
    /// What the Query of this case lists; or why that could not be asked.
    pub(crate) async fn of(case: &Case<'_>) -> Result<Self, Found> {
        let Some(query) = case.query() else {
            return Err(Found::ruled_out("no Thanos Query is on the way"));
        };
        let told = case.ask.stores(query).await.map_err(|failure| {
            Found::not_tested(format!(
                "the stores of {} could not be asked: {}",
                query.name(),
                failure.what
            ))
        })?;
        let window = case.metric.window.map_or(Duration::ZERO, |window| window.0);
        Ok(Self {
            selector: selector(case, query),
            n: told.n,
            now: told.server_now,
            dated: told.server_now != told.at,
            back: window.max(LOOKBACK),
            own: own(case, query, &told.value).await,
            stores: told.value,
            query: query.clone(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        self.query.name()
    }

    /// Whether its time range has something of the time that was asked for.
    pub(crate) fn covers(&self, store: &Store) -> bool {
        in_time(store, self.back, self.now)
    }

    /// Whether one of its label sets contradicts no matcher.
    pub(crate) fn allows(&self, store: &Store) -> bool {
        self.selector
            .as_ref()
            .is_none_or(|selector| labels_allow(store, selector))
    }

    pub(crate) fn could_hold(&self, store: &Store) -> bool {
        self.covers(store) && self.allows(store)
    }

    /// Why this store is not well. A check that stands still is told by the other stores' where there are any: that needs no clock.
    pub(crate) fn ill(&self, store: &Store) -> Option<Ill> {
        if let Some(error) = &store.last_error {
            return Some(Ill::Error(error.clone()));
        }
        let checked = store.last_check?;
        let newest = self
            .stores
            .0
            .iter()
            .filter_map(|one| one.last_check)
            .max()?;
        let behind = checked.age_ms(newest);
        if behind > LONGEST_SINCE_CHECK_MS {
            return Some(Ill::StandsStill(behind));
        }
        let old = checked.age_ms(self.now);
        (self.dated && old > LONGEST_SINCE_CHECK_MS).then_some(Ill::Old(old))
    }

    /// Stores that could hold the series, and are well.
    pub(crate) fn well(&self) -> impl Iterator<Item = &Store> {
        self.stores
            .0
            .iter()
            .filter(|store| self.could_hold(store) && self.ill(store).is_none())
    }

    /// Whether the trouble of these stores explains the gap. They may be stores that Query does not list.
    pub(crate) fn weigh(&self, blamed: &[&str]) -> Weight {
        let is_blamed = |name: &str| blamed.contains(&name);
        let is_own = |name: &String| self.own.by != By::Nothing && self.own.names.contains(name);
        if self.own.by != By::Nothing && self.own.names.iter().any(|name| is_blamed(name)) {
            return Weight::Enough;
        }
        let mut others = self.well().filter(|store| !is_blamed(&store.name));
        // A store of that kind which only a label keeps away may be the one on the way all the same.
        let mut kept_away = self.of_component().into_iter().filter(|store| {
            !is_blamed(&store.name)
                && self.covers(store)
                && !self.allows(store)
                && self.ill(store).is_none()
        });
        if self
            .well()
            .any(|store| is_own(&store.name) && !is_blamed(&store.name))
        {
            Weight::Beside
        } else if others.next().is_none() && kept_away.next().is_none() {
            Weight::Enough
        } else {
            Weight::Open
        }
    }

    /// Stores of the component that the hop on the way is.
    pub(crate) fn of_component(&self) -> Vec<&Store> {
        self.stores
            .0
            .iter()
            .filter(|store| store.component == self.own.component)
            .collect()
    }

    /// Whether the hop on the way shows the metric: a sidecar what its Prometheus shows, the last one before it.
    pub(crate) fn own_has_it(&self, case: &Case<'_>) -> bool {
        let Some(hop) = &self.own.hop else {
            return false;
        };
        let station = match hop.kind() {
            BackendKind::ThanosSidecar => prometheus_of(case, hop),
            _ => case.station(hop.name()),
        };
        station.is_some_and(|station| station.sight.state == RungState::Present)
    }

    /// Whether Query surely shows no series of that name at all, whatever its labels and its tenant: with the exchange.
    pub(crate) async fn lacks_name(&self, case: &Case<'_>) -> Option<(bool, u32)> {
        let bare = Selector::of(case.name()?);
        let told = case.ask.count(&self.query, &bare).await.ok()?;
        let is_whole = crate::check::missing_by_warning(&told.value.warnings).is_none();
        is_whole.then_some((told.value.series == 0, told.n))
    }
}

/// What Query was asked for; the metric as written where it was not asked.
fn selector(case: &Case<'_>, query: &Backend) -> Option<Selector> {
    let sight = &case.station(query.name())?.sight;
    sight.asked.clone().or_else(|| sight.tried.clone())
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

async fn own(case: &Case<'_>, query: &Backend, stores: &Stores) -> Own {
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

/// The Prometheus before a sidecar.
fn prometheus_of<'a>(case: &'a Case<'_>, sidecar: &Backend) -> Option<&'a Station> {
    let world = case.ask.world();
    let at = world.position(sidecar.name())?;
    world.pipeline[..at]
        .iter()
        .rev()
        .find(|hop| hop.kind().answers(Capability::Config).is_some())
        .and_then(|hop| case.station(hop.name()))
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
    let port = hop.address(AddressKey::Grpc).and_then(|url| url.port());
    let (mut at_host, mut at_port) = (Vec::new(), Vec::new());
    for address in configured.fixed {
        if known.is_at(ask, &address).await {
            if port.is_some() && host_and_port(&address).1 == port {
                at_port.push(address.clone());
            }
            at_host.push(address);
        }
    }
    match (at_port.is_empty(), at_host.len()) {
        (false, _) => at_port,
        (true, 1) => at_host,
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
}

async fn known(ask: &Ask, hop: &Backend) -> Known {
    let hosts = hosts(hop);
    let mut ips: BTreeSet<IpAddr> = BTreeSet::new();
    for host in &hosts {
        ips.extend(host_addresses(ask, host).await.unwrap_or_default());
    }
    Known { hosts, ips }
}

impl Known {
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
    let port = hop.address(AddressKey::Grpc).and_then(|url| url.port());
    let (mut at_host, mut at_port) = (Vec::new(), Vec::new());
    for store in listed {
        if known.is_at(ask, &store.name).await {
            at_host.push(store.name.clone());
            if port.is_some() && host_and_port(&store.name).1 == port {
                at_port.push(store.name.clone());
            }
        }
    }
    if !at_port.is_empty() {
        return (at_port, By::Address);
    }
    let distinct: BTreeSet<&str> = at_host.iter().map(|name| host_and_port(name).0).collect();
    match (at_host.is_empty(), listed) {
        (false, _) if port.is_none() && distinct.len() == at_host.len() => (at_host, By::Address),
        (true, [only]) => (vec![only.name.clone()], By::Only),
        _ => (Vec::new(), By::Nothing),
    }
}

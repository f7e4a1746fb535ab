//! The stores as the Query of a case has them: which it lists, which of those could hold the series, and which one stands on the way.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::answer::{Store, Stores};
use crate::backend::{Backend, BackendKind, Capability};
use crate::check::{LONGEST_SINCE_CHECK_MS, in_time, labels_allow};
use crate::diagnose::case::{Case, Station};
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::joining::own::{By, Own, own};
use crate::leaves::{RungState, Selector, Timestamp, words};

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

    /// What is said of a cause that needs a Receive, where the suite names none before Query: one that Query lists may still be on the
    /// way.
    pub(crate) fn without_receive(&self) -> Found {
        let query = self.name();
        let lists_one = self
            .stores
            .0
            .iter()
            .any(|store| store.component == "receive");
        match lists_one {
            true => Found::not_tested(format!(
                "{query} lists a Receive, and the suite names none before it"
            )),
            false => Found::ruled_out(format!("no Receive stands before {query}")),
        }
        .shown_by([self.n])
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

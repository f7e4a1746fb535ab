//! One case: a metric that is not where it should be, what every hop of the pipeline showed of it, and in which parts of the way it can
//! have been lost. What is asked through it is asked once, whoever asks.

use std::sync::Arc;

use crate::ask::Ask;
use crate::backend::{Backend, BackendKind, Capability, World};
use crate::check::{Metric, Sight, look};
use crate::diagnose::part::Part;
use crate::leaves::{Edge, Gap, Rung, RungState, Selector, find_gap};

/// A hop, and what it showed.
#[derive(Debug)]
pub(crate) struct Station {
    pub(crate) hop: Arc<Backend>,
    pub(crate) sight: Sight,
}

/// One case.
pub(crate) struct Case<'a> {
    /// Through which everything is asked.
    pub(crate) ask: &'a Ask,
    /// What should be there.
    pub(crate) metric: &'a Metric,
    /// Where it is lost.
    pub(crate) gap: Gap,
    /// What the hop shows at which it is lost.
    pub(crate) shows: RungState,
    /// The hops of the pipeline up to that one, as far as they can be asked for the metric, in the order of the data's way.
    pub(crate) stations: Vec<Station>,
    /// The parts of the way in which it can have been lost.
    pub(crate) parts: Vec<Part>,
}

impl<'a> Case<'a> {
    /// The case of a metric check that is red; none where nothing is lost: every hop has it, and nothing on the way could change it.
    pub(crate) async fn of(ask: &'a Ask, metric: &'a Metric, judged: &[Rung]) -> Option<Self> {
        let stations = stations(ask, metric, judged).await?;
        let rungs: Vec<Rung> = stations
            .iter()
            .map(|station| {
                station
                    .sight
                    .rung(station.hop.name(), station.hop.kind().word())
            })
            .collect();
        let gap = find_gap(&rungs)
            .or_else(|| find_gap(judged))
            .or_else(|| not_told(&rungs))
            .or_else(|| spoilt(&rungs))?;
        let shows = rungs
            .iter()
            .chain(judged)
            .find(|rung| rung.hop == gap.to)
            .map_or(RungState::Unknown, |rung| rung.state);
        // What may be other senders' does not tell that this one's is there.
        let may_be_others = stations.iter().any(|station| {
            let sight = &station.sight;
            station.hop.name() == gap.to && sight.of_all_senders && sight.unclear.is_some()
        });
        let shows = match shows {
            RungState::Present if may_be_others => RungState::Unknown,
            shows => shows,
        };
        let parts = parts(ask.world(), &stations, &gap);
        Some(Self {
            ask,
            metric,
            gap,
            shows,
            stations,
            parts,
        })
    }

    /// What the hops showed, as rungs.
    pub(crate) fn rungs(&self) -> Vec<Rung> {
        self.stations
            .iter()
            .map(|station| {
                station
                    .sight
                    .rung(station.hop.name(), station.hop.kind().word())
            })
            .collect()
    }

    /// A hop that was looked at, by name.
    pub(crate) fn station(&self, name: &str) -> Option<&Station> {
        self.stations
            .iter()
            .find(|station| station.hop.name() == name)
    }

    /// What a hop shows of the metric; none where it was not looked at.
    pub(crate) fn state(&self, name: &str) -> Option<RungState> {
        self.station(name).map(|station| station.sight.state)
    }

    /// The hop at which it is lost.
    pub(crate) fn to(&self) -> Option<&Arc<Backend>> {
        self.ask.world().backend(&self.gap.to)
    }

    /// The exporter of the pipeline; with several, the one that shows the metric, else none.
    pub(crate) fn exporter(&self) -> Option<&Arc<Backend>> {
        let of_kind = |station: &&Station| station.hop.kind() == BackendKind::Exporter;
        let mut exporters = self.stations.iter().filter(of_kind);
        match (exporters.next(), exporters.next()) {
            (Some(only), None) => Some(&only.hop),
            _ => self
                .stations
                .iter()
                .filter(of_kind)
                .find(|station| station.sight.state == RungState::Present)
                .map(|station| &station.hop),
        }
    }

    /// The Prometheus that scrapes: the first of the pipeline.
    pub(crate) fn scraper(&self) -> Option<&Arc<Backend>> {
        self.ask
            .world()
            .pipeline
            .iter()
            .find(|hop| hop.kind().answers(Capability::Targets).is_some())
    }

    /// The Prometheus that should send the metric on: the last one before the hop at which it is lost.
    pub(crate) fn sender(&self) -> Option<&Arc<Backend>> {
        let world = self.ask.world();
        let to = world.position(&self.gap.to).unwrap_or(world.pipeline.len());
        world.pipeline[..to]
            .iter()
            .rev()
            .find(|hop| hop.kind().answers(Capability::Config).is_some())
    }

    /// The hop to which that Prometheus should send: the next of the pipeline that takes writes.
    pub(crate) fn receiver(&self) -> Option<&Arc<Backend>> {
        let world = self.ask.world();
        let sender = world.position(self.sender()?.name())?;
        world.pipeline[sender + 1..]
            .iter()
            .find(|hop| takes_writes(hop.kind()))
    }

    /// The Thanos Receive on the way.
    pub(crate) fn receive(&self) -> Option<&Arc<Backend>> {
        self.ask.world().first(BackendKind::ThanosReceive)
    }

    /// The hop that asks stores: the first Query after the last hop that has the metric, else the first among those that were looked
    /// at. A Query may ask another one, and a Frontend shows the stores of the one behind it.
    pub(crate) fn query(&self) -> Option<&Arc<Backend>> {
        let from = self.gap.from.as_deref();
        let has_it = self
            .stations
            .iter()
            .position(|station| Some(station.hop.name()) == from);
        let after = self
            .stations
            .iter()
            .skip(has_it.map_or(0, |at| at + 1))
            .map(|station| &station.hop)
            .find(|hop| hop.kind().asks_stores());
        after.or_else(|| self.first_query())
    }

    fn first_query(&self) -> Option<&Arc<Backend>> {
        self.stations
            .iter()
            .map(|station| &station.hop)
            .find(|hop| hop.kind().answers(Capability::Stores).is_some())
            .or_else(|| {
                self.to()
                    .filter(|hop| hop.kind().answers(Capability::Stores).is_some())
            })
    }

    /// The selector with which a hop was asked, where it answers PromQL.
    pub(crate) fn asked(&self, hop: &Backend) -> Option<&Selector> {
        self.station(hop.name())?.sight.asked.as_ref()
    }

    /// The metric's name, where the selector has one.
    pub(crate) fn name(&self) -> Option<&str> {
        let name = self.metric.metric.metric.as_str();
        (!name.is_empty()).then_some(name)
    }
}

/// Looks at every hop of the pipeline up to the last one of the check; a system beside the way comes after all of them. Where the
/// check looked at exporters, those are its exporters.
async fn stations(ask: &Ask, metric: &Metric, judged: &[Rung]) -> Option<Vec<Station>> {
    let last = &judged.last()?.hop;
    let world = ask.world();
    let upto = match world.position(last) {
        Some(at) => at + 1,
        None => world.pipeline.len(),
    };
    let mut shorter = World {
        pipeline: world.pipeline[..upto].to_vec(),
        ..world.clone()
    };
    if world.position(last).is_none() {
        shorter.pipeline.extend(world.backend(last).cloned());
    }
    let mut everywhere = Metric {
        at: None,
        through: None,
        ..metric.clone()
    };
    let is_exporter = |rung: &&Rung| rung.kind == BackendKind::Exporter.word();
    let exporters: Vec<&str> = judged
        .iter()
        .filter(is_exporter)
        .map(|rung| rung.hop.as_str())
        .collect();
    if !exporters.is_empty() {
        let mut hops = everywhere.hops(&shorter);
        hops.retain(|name| {
            exporters.contains(&name.as_str())
                || shorter
                    .backend(name)
                    .is_some_and(|hop| hop.kind() != BackendKind::Exporter)
        });
        everywhere.through = Some(hops);
    }
    let within = ask.within(shorter);
    let ladder = look(&everywhere, &within).await;
    let stations = ladder.hops.into_iter().filter_map(|looked| {
        Some(Station {
            hop: within.world().backend(&looked.hop)?.clone(),
            sight: looked.sight,
        })
    });
    Some(stations.collect())
}

/// Where it could not be told: the last hop that could not be asked after the last one that has it, so that all causes between are
/// looked into; else, where the end of the way has it, the first hop on the way that could not be asked.
fn not_told(rungs: &[Rung]) -> Option<Gap> {
    let is = |state: RungState| move |rung: &Rung| rung.state == state;
    let last_there = rungs.iter().rposition(is(RungState::Present));
    let after = last_there.map_or(0, |at| at + 1);
    let to = rungs[after..]
        .iter()
        .rposition(is(RungState::Unknown))
        .map(|at| after + at)
        .or_else(|| rungs.iter().position(is(RungState::Unknown)))?;
    let from = rungs[..to].iter().rposition(is(RungState::Present));
    Some(Gap {
        from: from.map(|at| rungs[at].hop.clone()),
        to: rungs[to].hop.clone(),
        edge: Edge::Interval,
    })
}

/// Where it is at every hop and still not as it should be: at the last one.
fn spoilt(rungs: &[Rung]) -> Option<Gap> {
    let (to, before) = rungs.split_last()?;
    Some(Gap {
        from: before.last().map(|rung| rung.hop.clone()),
        to: to.hop.clone(),
        edge: Edge::Exact,
    })
}

fn takes_writes(kind: BackendKind) -> bool {
    matches!(
        kind,
        BackendKind::Prometheus
            | BackendKind::VictoriaMetrics
            | BackendKind::VictoriaMetricsCluster
            | BackendKind::ThanosReceive
            | BackendKind::Mimir
            | BackendKind::Cortex
    )
}

/// The parts of the way between the last hop that surely has it and the one that lacks it.
fn parts(world: &World, stations: &[Station], gap: &Gap) -> Vec<Part> {
    let end = world.pipeline.len();
    let place = |name: &str| world.position(name).unwrap_or(end);
    let to = place(&gap.to);
    // A head that counts the series of all senders does not vouch for this one's.
    let vouches = |name: &String| {
        stations
            .iter()
            .find(|station| station.hop.name() == name)
            .is_none_or(|station| !station.sight.of_all_senders)
    };
    let from = match gap.from.as_ref() {
        Some(name) if vouches(name) => Some(place(name)),
        Some(name) => stations
            .iter()
            .filter(|station| {
                place(station.hop.name()) < place(name)
                    && station.sight.state == RungState::Present
                    && !station.sight.of_all_senders
            })
            .map(|station| place(station.hop.name()))
            .next_back(),
        None => None,
    };
    let after_from = |at: usize| from.is_none_or(|from| at > from);
    let reaches = |at: usize| after_from(at) && at <= to;
    let position = |wanted: &dyn Fn(&Backend) -> bool| {
        world.pipeline.iter().position(|hop| wanted(hop.as_ref()))
    };
    let mut parts = Vec::new();
    let scraper = position(&|hop| hop.kind().answers(Capability::Targets).is_some());
    if scraper.is_some_and(reaches) || scraper.is_some_and(|at| to < at) {
        parts.push(Part::Scraping);
    }
    let sender = world.pipeline[..to.min(end)]
        .iter()
        .rposition(|hop| hop.kind().answers(Capability::Config).is_some());
    let receiver = sender
        .and_then(|sender| (sender + 1..end).find(|at| takes_writes(world.pipeline[*at].kind())));
    if receiver.is_some_and(reaches) {
        parts.extend([Part::Sending, Part::Accepting]);
    }
    let asks_stores = world
        .pipeline
        .iter()
        .position(|hop| hop.kind().answers(Capability::Stores).is_some())
        .or_else(|| {
            let beside = world.backend(&gap.to)?;
            beside.kind().answers(Capability::Stores).map(|_| end)
        });
    let asks_another = || {
        world
            .pipeline
            .iter()
            .enumerate()
            .any(|(at, hop)| hop.kind().asks_stores() && reaches(at))
    };
    if asks_stores.is_some_and(reaches) || asks_another() {
        parts.extend([Part::Joining, Part::Querying]);
    } else if to == end
        || world
            .pipeline
            .get(to)
            .is_some_and(|hop| hop.kind().answers(Capability::Query).is_some())
    {
        parts.push(Part::Querying);
    }
    parts
}

//! The control series: a series that is known to be good, on the same way. It tells a broken way from one lost metric.

use crate::backend::BackendKind;
use crate::check::{Metric, look};
use crate::diagnose::case::Case;
use crate::leaves::{Control, Reach, RungState, Selector, words};

/// Replicas of the hop at which the metric is lost that are asked for the control, at most.
const MOST_REPLICAS: usize = 3;

/// Asks for the control series at the hops of the case. None where the control is the metric itself, or nothing is sent on the way.
pub(crate) async fn control(case: &Case<'_>) -> Option<Control> {
    let world = case.ask.world();
    let mut probe = probe(case)?;
    leave_out_replicas(&mut probe, case);
    let series = &probe.metric;
    let to = world.position(&case.gap.to);
    let scraper = world.position(case.scraper()?.name())?;
    if to.is_some_and(|to| to <= scraper) {
        return None;
    }
    let (ask, notes) = case.ask.noted();
    let ladder = look(&probe, &ask).await;
    let own = notes.numbers();
    let evidence: Vec<u32> = case
        .ask
        .evidence()
        .iter()
        .filter(|exchange| own.contains(&exchange.n) && shows_series(&exchange.question))
        .map(|exchange| exchange.n)
        .collect();
    let state = |hop: &str| {
        ladder
            .hops
            .iter()
            .find(|looked| looked.hop == hop)
            .map_or(RungState::Unknown, |looked| looked.sight.state)
    };
    let of_all = |hop: &str| {
        ladder
            .hops
            .iter()
            .any(|looked| looked.hop == hop && looked.sight.of_all_senders)
    };
    let to = &case.gap.to;
    let came_by = |hop: &&str| {
        let at = world.position(hop);
        at > world.position(to) && state(hop) == RungState::Present && !of_all(hop)
    };
    // What is behind a hop that was not asked came by it.
    let to = match ladder.hops.iter().any(|looked| looked.hop == *to) {
        true => to.as_str(),
        false => {
            let mut hops = ladder.hops.iter().map(|looked| looked.hop.as_str());
            hops.find(came_by).unwrap_or(to)
        }
    };
    let (reach, says) = match state(to) {
        RungState::Present if of_all(to) => (
            Reach::Unknown,
            format!(
                "`{series}` is at {to}, but there the series of all senders are counted together"
            ),
        ),
        RungState::Present => (
            Reach::ThisMetric,
            format!(
                "`{series}` of the same sender reaches {to}: the loss is this metric's only, not the whole way's"
            ),
        ),
        RungState::Absent | RungState::Stale => {
            let lost: Vec<&str> = ladder
                .hops
                .iter()
                .filter(|looked| matches!(looked.sight.state, RungState::Absent | RungState::Stale))
                .map(|looked| looked.hop.as_str())
                .collect();
            (
                Reach::WholePath,
                format!(
                    "`{series}` of the same sender is missing at {}, too: the whole way is broken, not this metric only",
                    words::list(&lost)
                ),
            )
        }
        RungState::Unknown => (
            Reach::Unknown,
            format!("whether `{series}` of the same sender reaches {to} could not be told"),
        ),
    };
    Some(Control {
        series: series.to_string(),
        reach,
        says,
        evidence,
    })
}

/// The control asked as the metric is, at every hop but exporters and with nothing asserted of it; none where it is the metric itself.
pub(crate) fn probe(case: &Case<'_>) -> Option<Metric> {
    let control = case.ask.world().control.clone();
    let series = control.unwrap_or_else(|| Selector::of("up"));
    if series == case.metric.metric {
        return None;
    }
    let hops = case
        .stations
        .iter()
        .filter(|station| station.hop.kind() != BackendKind::Exporter)
        .map(|station| station.hop.name().to_owned());
    Some(Metric {
        metric: series,
        at: None,
        through: Some(hops.collect()),
        labels: Default::default(),
        labels_at: Default::default(),
        series: None,
        value: None,
        fresh: None,
        lag: None,
        same: None,
        ..case.metric.clone()
    })
}

/// The same without hops that have many replicas.
pub(crate) fn without_many(mut probe: Metric, case: &Case<'_>) -> Metric {
    let is_asked = |name: &String| {
        let station = case.station(name);
        station.is_none_or(|station| station.hop.hop.listed_replicas().len() <= MOST_REPLICAS)
    };
    if let Some(hops) = &mut probe.through {
        hops.retain(is_asked);
    }
    probe
}

/// The hop at which the metric is lost decides; another one that has replicas would cost a question or two each, and so would many
/// replicas of that one.
fn leave_out_replicas(probe: &mut Metric, case: &Case<'_>) {
    let is_asked = |name: &String| {
        let Some(station) = case.station(name) else {
            return true;
        };
        let hop = &station.hop.hop;
        let is_dear = *name != case.gap.to || hop.listed_replicas().len() > MOST_REPLICAS;
        !hop.has_replicas() || !is_dear
    };
    if let Some(hops) = &mut probe.through {
        hops.retain(is_asked);
    }
}

/// Whether an answer to such a question shows series, and not what is needed to ask for them.
fn shows_series(question: &str) -> bool {
    matches!(
        question,
        "series count" | "instant query" | "head of each tenant" | "StoreAPI Series"
    )
}

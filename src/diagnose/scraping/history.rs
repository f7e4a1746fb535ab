//! What the Prometheus that scrapes still has of series that ended within the last hour.

use std::time::Duration;

use crate::backend::answer::QueryResult;
use crate::backend::{Backend, Capability};
use crate::diagnose::case::Case;
use crate::leaves::{Labels, PromDuration, RungState, Selector, Timestamp};

/// How far back the ladder looked for series that ended.
pub(crate) const LAST_HOUR: Duration = Duration::from_secs(3600);

/// Series that ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// Their labels.
    pub(crate) labels: Vec<Labels>,
    /// The times of their samples, a series each, oldest first.
    pub(crate) times: Vec<Vec<Timestamp>>,
    /// When they were asked for, by the server's clock.
    pub(crate) server_now: Timestamp,
    /// The exchange that shows them.
    pub(crate) n: u32,
}

impl Ended {
    /// The newest sample of all.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.times.iter().flatten().copied().max()
    }

    /// The shortest time between two samples of one series; none where no series has two.
    pub(crate) fn spacing_ms(&self) -> Option<i64> {
        self.times
            .iter()
            .flat_map(|times| times.windows(2))
            .map(|pair| pair[0].age_ms(pair[1]))
            .filter(|ms| *ms > 0)
            .min()
    }
}

/// The series that this hop had within the last hour and has no more; none where it has them still, or never had.
pub(crate) async fn ended(case: &Case<'_>, hop: &Backend) -> Option<Ended> {
    let sight = &case.station(hop.name())?.sight;
    if sight.state != RungState::Stale || sight.series != Some(0) {
        return None;
    }
    within(case, hop, case.asked(hop)?, LAST_HOUR).await
}

/// The samples of a selector so far back; none where there are none, or where they could not be asked.
pub(crate) async fn within(
    case: &Case<'_>,
    hop: &Backend,
    selector: &Selector,
    back: Duration,
) -> Option<Ended> {
    hop.answers(Capability::Query)?;
    let query = format!("{selector}[{}]", PromDuration(back));
    let told = case.ask.query(hop, query).await.ok()?;
    let QueryResult::Matrix(series) = &told.value.result else {
        return None;
    };
    if series.is_empty() || !told.value.warnings.is_empty() {
        return None;
    }
    Some(Ended {
        labels: series.iter().map(|series| series.labels.clone()).collect(),
        times: series
            .iter()
            .map(|series| series.samples.iter().map(|(at, _)| *at).collect())
            .collect(),
        server_now: told.server_now,
        n: told.n,
    })
}

//! Whether a series is too young to be called lost: it takes a scrape, a batch and a few refreshes until it is seen behind.

use std::time::Duration;

use crate::backend::answer::QueryResult;
use crate::backend::{Backend, BackendKind};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::diagnose::same_series::upstream;
use crate::leaves::{PromDuration, RungState, words};

/// What passes after a scrape: the batch deadline of remote_write (5 s), the refresh of Query's endpoints (5 s) and of the names that
/// Receive filters by (15 s).
const AFTER_A_SCRAPE: Duration = Duration::from_secs(25);

/// A VictoriaMetrics shows what it got 30 seconds ago.
const AT_VICTORIAMETRICS: Duration = Duration::from_secs(30);

/// The names in a head are counted anew every 30 seconds: `status/tsdb` shows what it counted before.
const AT_RECEIVE: Duration = Duration::from_secs(30);

/// The scrape interval where none is known: Prometheus' own default.
const USUAL_INTERVAL: Duration = Duration::from_secs(60);

/// Whether the metric was there before, at the last hop with PromQL that has it.
pub(crate) struct Before<'a> {
    pub(crate) at: &'a Backend,
    /// How long ago, in words: as long as the way takes to the hop that lacks it.
    pub(crate) ago: String,
    pub(crate) was_there: bool,
    pub(crate) n: u32,
}

/// Asks whether it was there as long ago as the way takes.
///
/// # Errors
/// Why that could not be asked.
pub(crate) async fn before<'a>(case: &'a Case<'_>) -> Result<Before<'a>, String> {
    let (at, asked) = upstream(case).ok_or("no hop before tells how old the series is")?;
    let way = way_takes(case).await;
    let ago = way.as_secs();
    let series = match case.metric.window {
        Some(window) => {
            let window = window.0.as_secs();
            format!("last_over_time({asked}[{window}s] offset {ago}s)")
        }
        None => format!("{asked} offset {ago}s"),
    };
    let told = case.ask.query(at, format!("count({series})")).await;
    let told = told.map_err(|failure| failure.what)?;
    if let Some(missing) = missing_by_warning(&told.value.warnings) {
        return Err(format!(
            "the answer of {} is not whole: {missing}",
            at.name()
        ));
    }
    let QueryResult::Vector(samples) = &told.value.result else {
        return Err(format!("{} gave no vector", at.name()));
    };
    Ok(Before {
        at,
        ago: words::age(i64::try_from(way.as_millis()).unwrap_or(i64::MAX)),
        was_there: !samples.is_empty(),
        n: told.n,
    })
}

/// Says so where the metric came to the last hop that has it so lately that it may still be on its way.
pub(crate) async fn unsettled(case: &Case<'_>) -> Option<String> {
    if !matches!(case.shows, RungState::Absent | RungState::Unknown) {
        return None;
    }
    case.gap.from.as_ref()?;
    let before = before(case).await.ok()?;
    (!before.was_there).then(|| {
        format!(
            "not settled: {} has had it for less than {} (a scrape, a batch and the refreshes behind it), so that it may still be on its way; `within: 5m` waits for it",
            before.at.name(),
            before.ago
        )
    })
}

async fn way_takes(case: &Case<'_>) -> Duration {
    let interval = match case.sender().or(case.scraper()) {
        Some(prometheus) => case.ask.config(prometheus).await.ok().and_then(|told| {
            let jobs = told.value.scrape_jobs.iter();
            jobs.filter_map(|job| job.interval.parse::<PromDuration>().ok())
                .map(|interval| interval.0)
                .max()
        }),
        None => None,
    };
    let until_shown = match case.to().map(|hop| hop.kind()) {
        Some(BackendKind::VictoriaMetrics) => AT_VICTORIAMETRICS,
        Some(BackendKind::ThanosReceive) => AT_RECEIVE,
        _ => Duration::ZERO,
    };
    interval.unwrap_or(USUAL_INTERVAL) + AFTER_A_SCRAPE + until_shown
}

//! Whether a series is too young to be called lost: it takes a scrape, a batch and a few refreshes until it is seen behind.

use std::time::Duration;

use crate::backend::answer::QueryResult;
use crate::backend::{BackendKind, Capability};
use crate::diagnose::case::Case;
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

/// Says so where the metric came to the last hop that has it so lately that it may still be on its way. It is asked for where it was as
/// long ago as the way takes.
pub(crate) async fn unsettled(case: &Case<'_>) -> Option<String> {
    if !matches!(case.shows, RungState::Absent | RungState::Unknown) {
        return None;
    }
    let from = case.station(case.gap.from.as_deref()?)?;
    from.hop.kind().answers(Capability::Query)?;
    let selector = from.sight.asked.as_ref()?;
    let way = way_takes(case).await;
    let seconds = way.as_secs();
    let told = case
        .ask
        .query(&from.hop, format!("count({selector} offset {seconds}s)"))
        .await
        .ok()?;
    let was_there = match &told.value.result {
        QueryResult::Vector(samples) => !samples.is_empty(),
        _ => return None,
    };
    let way = words::age(i64::try_from(way.as_millis()).unwrap_or(i64::MAX));
    (!was_there && told.value.warnings.is_empty()).then(|| {
        format!(
            "not settled: {} has had it for less than {way} (a scrape, a batch and the refreshes behind it), so that it may still be on its way; `within: 5m` waits for it",
            from.hop.name()
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

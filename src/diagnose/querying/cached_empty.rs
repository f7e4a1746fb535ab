//! A Query Frontend keeps answers of range queries, empty ones too: one that was kept outlives the mending of its cause.

use std::sync::Arc;

use crate::ask::Told;
use crate::backend::answer::{QueryAnswer, QueryResult};
use crate::backend::{Backend, BackendKind, RangeHow};
use crate::check::missing_by_warning;
use crate::diagnose::case::{Case, Station};
use crate::diagnose::found::Found;
use crate::leaves::{RungState, Selector, Timestamp, words};

/// The step that is asked with. An answer is kept for each expression and step.
const STEP_MS: i64 = 60_000;

/// How long the range is.
const RANGE_MS: i64 = 60 * 60_000;

/// A Frontend does not keep what is newer than a minute (`--query-range.response-cache-max-freshness`).
const NOT_KEPT_MS: i64 = 2 * 60_000;

/// Asks for one range at the Frontend, at the Query behind it, and at the Frontend past its cache.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let of_kind = |kind: BackendKind| {
        let mut stations = case.stations.iter();
        stations.find(move |station| station.hop.kind() == kind)
    };
    let (frontend, query) = (
        of_kind(BackendKind::ThanosQueryFrontend),
        of_kind(BackendKind::ThanosQuery),
    );
    let (frontend, query) = match (frontend, query) {
        (Some(frontend), Some(query)) => (frontend, query),
        (None, _) if case.query().is_none() => {
            return Found::ruled_out("no Thanos Query is on the way");
        }
        (None, _) => {
            return Found::not_tested(
                "no hop on the way is a `thanos-query-frontend`, so that no cache could be asked",
            );
        }
        (Some(frontend), None) => {
            return Found::not_tested(format!(
                "the Query behind {} is no hop on the way, so that there is nothing to compare with",
                frontend.hop.name()
            ));
        }
    };
    match unfit(frontend, query) {
        Some(found) => found,
        None => compared(case, &frontend.hop, &query.hop).await,
    }
}

/// What instant queries, which a Frontend passes on as they are, say already.
fn unfit(frontend: &Station, query: &Station) -> Option<Found> {
    let (at, behind) = (frontend.hop.name(), query.hop.name());
    match (query.sight.state, frontend.sight.state) {
        (RungState::Unknown, _) => {
            Some(Found::not_tested(format!("{behind} gave no whole answer")))
        }
        (_, RungState::Unknown) => Some(Found::not_tested(format!("{at} gave no whole answer"))),
        (RungState::Absent | RungState::Stale, _) => Some(Found::ruled_out(format!(
            "{behind} itself does not show the series, and has no such cache"
        ))),
        (_, RungState::Present) => Some(Found::ruled_out(format!(
            "{at} shows the series to an instant query; what a panel with another expression is told is kept apart"
        ))),
        (RungState::Present, RungState::Absent | RungState::Stale) => None,
    }
}

async fn compared(case: &Case<'_>, frontend: &Arc<Backend>, query: &Arc<Backend>) -> Found {
    let (at, behind) = (frontend.name(), query.name());
    let Some(selector) = case.asked(frontend) else {
        return Found::not_tested(format!("{at} was not asked for the metric"));
    };
    let clock = match case.ask.count(frontend, selector).await {
        Ok(told) => told.server_now,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let text = selector.to_string();
    let ask = async |hop: &Backend, plain: bool, undeduplicated: bool| {
        let how = range(clock, plain, undeduplicated);
        match case.ask.query_range(hop, &text, how).await {
            Ok(told) => samples(hop, &told).map(|is_there| (is_there, told.n)),
            Err(failure) => Err(Found::not_tested(format!(
                "{} did not answer a range query: {}",
                hop.name(),
                failure.what
            ))),
        }
    };
    let (has, in_query) = match ask(query, false, false).await {
        Ok(told) => told,
        Err(found) => return found,
    };
    if !has {
        return Found::ruled_out(format!(
            "{behind} has no sample of it that is old enough to be kept in a cache"
        ))
        .shown_by([in_query]);
    }
    let (has, kept) = match ask(frontend, true, false).await {
        Ok(told) => told,
        Err(found) => return found,
    };
    if has {
        return Found::ruled_out(format!(
            "{at} shows the series to the same range query as {behind}"
        ))
        .shown_by([in_query, kept]);
    }
    let (has, passed_on) = match ask(frontend, false, true).await {
        Ok(told) => told,
        Err(found) => return found,
    };
    let evidence = [in_query, kept, passed_on];
    if !has {
        return Found::ruled_out(format!(
            "past its cache (`dedup=false`) {at} does not show the series either: what stands behind it is not {behind}, or is asked as another tenant"
        ))
        .shown_by(evidence);
    }
    weighed(case, frontend, selector, says(at, behind))
        .await
        .shown_by(evidence)
}

fn says(at: &str, behind: &str) -> String {
    format!(
        "a range query of {} in steps of {} is empty at {at} and not at {behind}; with `dedup=false`, past the cache, {at} has the series: it keeps an empty answer",
        words::age(RANGE_MS),
        words::age(STEP_MS)
    )
}

/// Instant queries are not kept: where they show the series by now, the cache explains empty panels, and not this check.
async fn weighed(
    case: &Case<'_>,
    frontend: &Arc<Backend>,
    selector: &Selector,
    says: String,
) -> Found {
    match case.ask.afresh().count(frontend, selector).await {
        Ok(again) if again.value.series == 0 => Found::proven(says).shown_by([again.n]),
        Ok(again) => Found::likely(format!("{says}; instant queries show the series by now"))
            .shown_by([again.n]),
        Err(_) => Found::likely(says),
    }
}

/// The last hour of that clock that a cache may keep, on whole steps: a Frontend aligns them.
fn range(clock: Timestamp, plain: bool, undeduplicated: bool) -> RangeHow {
    let end = (clock.0 - NOT_KEPT_MS).div_euclid(STEP_MS) * STEP_MS;
    RangeHow {
        start: Timestamp(end - RANGE_MS),
        end: Timestamp(end),
        step_ms: STEP_MS,
        undeduplicated,
        plain,
    }
}

/// Whether the answer has samples; it proves nothing where it is not whole.
fn samples(hop: &Backend, told: &Told<QueryAnswer>) -> Result<bool, Found> {
    if let Some(missing) = missing_by_warning(&told.value.warnings) {
        return Err(Found::not_tested(format!(
            "the answer of {} is not whole: {missing}",
            hop.name()
        ))
        .shown_by([told.n]));
    }
    match &told.value.result {
        QueryResult::Matrix(series) => Ok(series.iter().any(|one| !one.samples.is_empty())),
        _ => Err(Found::not_tested(format!("{} gave no matrix", hop.name())).shown_by([told.n])),
    }
}

//! The clocks of the writer and of Query are apart, so what is new to the one is not there yet, or too old, for the other.

use std::time::Duration;

use crate::backend::answer::QueryResult;
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::leaves::{RungState, words};

/// How far an instant query looks back: clocks that are less apart hide nothing from it.
const LOOKBACK: Duration = Duration::from_secs(300);

/// Compares the clocks, and asks Query at the time of the writer's.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(query) = case.query() else {
        return Found::not_tested("no Thanos Query is on the way whose clock could be compared");
    };
    let Some(sender) = case.sender() else {
        return Found::not_tested(
            "no Prometheus stands before it in the pipeline whose clock could be compared",
        );
    };
    let (name, from) = (query.name(), sender.name());
    let state = case.state(name);
    let (Some(selector), Some(RungState::Absent | RungState::Stale)) = (case.asked(query), state)
    else {
        return Found::not_tested(format!("{name} gave no whole answer for the metric"));
    };
    let (there, here) = match (case.ask.build(sender).await, case.ask.stores(query).await) {
        (Ok(there), Ok(here)) => (there, here),
        (Err(failure), _) | (_, Err(failure)) => return Found::not_tested(failure.what),
    };
    if there.server_now == there.at || here.server_now == here.at {
        return Found::not_tested(format!("{from} or {name} does not tell its time (`Date`)"));
    }
    // Each against ours at the moment of its answer.
    let apart = there.server_now.age_ms(there.at) - here.server_now.age_ms(here.at);
    let ahead = apart.saturating_neg();
    let limit = case
        .metric
        .fresh
        .as_ref()
        .map_or(LOOKBACK, |fresh| fresh.limit.0);
    let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
    let evidence = [there.n, here.n];
    if ahead.abs() <= limit {
        return Found::ruled_out(format!(
            "the clocks of {from} and {name} are {}, which hides nothing",
            figure(format!("{} apart", words::age(ahead.abs())), "close")
        ))
        .shown_by(evidence);
    }
    let says = format!(
        "the clock of {from} is {}{} that of {name}",
        figure(format!("{} ", words::age(ahead.abs())), ""),
        if ahead > 0 { "ahead of" } else { "behind" }
    );
    let at = here.server_now.plus_ms(ahead);
    let asked = case
        .ask
        .query_at(query, format!("count({selector})"), at)
        .await;
    match asked {
        Ok(told) => match &told.value.result {
            QueryResult::Vector(found) if !found.is_empty() => Found::proven(format!(
                "{says}; asked for that time, {name} has the series"
            )),
            _ => Found::ruled_out(format!(
                "{says}, but asked for that time {name} does not have the series either"
            )),
        }
        .shown_by([told.n]),
        Err(failure) => Found::likely(format!(
            "{says}; for that time it could not be asked: {}",
            failure.what
        )),
    }
    .shown_by(evidence)
}

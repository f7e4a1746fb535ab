//! The samples are there, but further apart than an instant query looks back.

use std::time::Duration;

use crate::backend::answer::QueryResult;
use crate::backend::{Backend, BackendKind};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::same_series::upstream;
use crate::leaves::{PromDuration, RungState, Selector, Timestamp, words};

/// How far an instant query looks back where no flag says otherwise.
pub(crate) const LOOKBACK: Duration = Duration::from_secs(300);

/// The newest samples may be so far apart and still be the same, in milliseconds: a scrape may lie between two questions.
const SAME_MS: i64 = 60_000;

/// Compares the newest samples at Query and at the hop before it.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let query = case
        .to()
        .filter(|hop| hop.kind() == BackendKind::ThanosQuery)
        .or(case.query());
    let Some(query) = query else {
        return Found::ruled_out("no Thanos Query is on the way");
    };
    let name = query.name();
    match case.state(name) {
        Some(RungState::Stale) => {}
        Some(RungState::Absent) => {
            return Found::ruled_out(format!("{name} has had no sample in the last hour either"));
        }
        _ => return Found::not_tested(format!("{name} gave no whole answer for the metric")),
    }
    let Some(selector) = case.asked(query) else {
        return Found::not_tested(format!("{name} gave no answer for the metric"));
    };
    let here = match newest(case, query, selector).await {
        Ok(Some(here)) => here,
        Ok(None) => return Found::ruled_out(format!("{name} has no sample in the last hour")),
        Err(why) => return Found::not_tested(why),
    };
    let lookback = lookback(case, query).await;
    let age = here.at.age_ms(here.now);
    if age <= lookback.0 {
        return Found::ruled_out(format!(
            "the newest sample at {name} is {}within the {} that it looks back",
            figure(format!("{} old, ", words::age(age)), ""),
            words::age(lookback.0)
        ))
        .shown_by([here.n]);
    }
    let Some((from, asked)) = upstream(case) else {
        return Found::possible(format!(
            "{name} has samples up to {}{}, and looks back {}; whether newer ones exist no hop before tells",
            here.at,
            figure(format!(", {} ago", words::age(age)), ""),
            words::age(lookback.0)
        ))
        .shown_by([here.n]);
    };
    let there = match newest(case, from, asked).await {
        Ok(Some(there)) => there,
        Ok(None) => {
            return Found::not_tested(format!("{} has no sample in the last hour", from.name()));
        }
        Err(why) => return Found::not_tested(why),
    };
    let evidence: Vec<u32> = [here.n, there.n].into_iter().chain(lookback.1).collect();
    if there.at.age_ms(here.at).abs() > SAME_MS {
        return Found::ruled_out(format!(
            "{} has newer samples{} than {name}{}: they did not arrive",
            from.name(),
            figure(format!(" ({})", there.at), ""),
            figure(format!(" ({})", here.at), "")
        ))
        .shown_by(evidence);
    }
    let found = Found::proven(format!(
        "{name} has every sample that {} has; the newest is {}, and {name} looks back {} only",
        from.name(),
        figure(format!("{} old ({})", words::age(age), here.at), "older"),
        words::age(lookback.0)
    ))
    .shown_by(evidence);
    match next::query(query, &format!("last_over_time({selector}[1h])")) {
        Some(command) => found.next(command),
        None => found,
    }
}

/// The newest sample of a hop.
struct Newest {
    at: Timestamp,
    now: Timestamp,
    n: u32,
}

async fn newest(
    case: &Case<'_>,
    hop: &Backend,
    selector: &Selector,
) -> Result<Option<Newest>, String> {
    let told = case
        .ask
        .query(hop, format!("{selector}[1h]"))
        .await
        .map_err(|failure| failure.what)?;
    if let Some(missing) = missing_by_warning(&told.value.warnings) {
        return Err(format!(
            "the answer of {} is not whole: {missing}",
            hop.name()
        ));
    }
    let QueryResult::Matrix(series) = &told.value.result else {
        return Err(format!("{} gave no samples", hop.name()));
    };
    let newest = series
        .iter()
        .flat_map(|series| series.samples.iter().map(|(at, _)| *at))
        .max();
    Ok(newest.map(|at| Newest {
        at,
        now: told.server_now,
        n: told.n,
    }))
}

/// How far this Query looks back, in milliseconds, and what tells it.
pub(crate) async fn lookback(case: &Case<'_>, query: &Backend) -> (i64, Option<u32>) {
    let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let Ok(told) = case.ask.flags(query).await else {
        return (ms(LOOKBACK), None);
    };
    let flag = told.value.0.get("query.lookback-delta");
    let set = flag
        .and_then(|value| value.parse::<PromDuration>().ok())
        .filter(|set| !set.0.is_zero());
    (set.map_or(ms(LOOKBACK), |set| ms(set.0)), Some(told.n))
}

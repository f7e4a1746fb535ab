//! A Receive that tells Query which names it holds does so every fifteen seconds: a new name is not asked for until then.

use crate::backend::answer::QueryResult;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::joining::roster::Roster;
use crate::diagnose::same_series::upstream;

/// Looks whether the series was there a minute ago: then its name is known to every store that has it.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let roster = match Roster::of(case).await {
        Ok(roster) => roster,
        Err(not_tested) => return not_tested,
    };
    if roster.own.component != "receive" {
        return roster.without_receive();
    }
    let Some((from, asked)) = upstream(case) else {
        return Found::not_tested("no hop before tells how old the series is");
    };
    let series = match case.metric.window {
        Some(window) => format!("last_over_time({asked}[{}s] offset 1m)", window.0.as_secs()),
        None => format!("{asked} offset 1m"),
    };
    let told = match case.ask.query(from, format!("count({series})")).await {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let was_there = matches!(&told.value.result, QueryResult::Vector(found) if !found.is_empty());
    match was_there {
        true => Found::ruled_out(format!(
            "the series was at {} a minute ago already; names are told every fifteen seconds",
            from.name()
        )),
        false => Found::possible(format!(
            "the series is younger than a minute at {}; whether Receive filters by names its flags say, which no endpoint shows",
            from.name()
        )),
    }
    .shown_by([told.n])
}

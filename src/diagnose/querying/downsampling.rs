//! Raw samples are gone, or only downsampled ones are: one resolution has the series and another has not.

use crate::backend::QueryHow;
use crate::backend::answer::QueryResult;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::leaves::RungState;

/// The resolutions to which Thanos downsamples.
const RESOLUTIONS: [&str; 2] = ["5m", "1h"];

/// Asks the same with each resolution. Only a store gateway has other data than raw ones.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(query) = case.query() else {
        return Found::ruled_out("no Thanos Query is on the way");
    };
    let name = query.name();
    let stores = match case.ask.stores(query).await {
        Ok(stores) => stores,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let may_downsample = |component: &str| !matches!(component, "receive" | "sidecar" | "rule");
    if !stores
        .value
        .0
        .iter()
        .any(|store| may_downsample(&store.component))
    {
        return Found::ruled_out(format!(
            "{name} asks no store gateway, and only those have downsampled data"
        ))
        .shown_by([stores.n]);
    }
    let state = case.state(name);
    let Some(selector) = case.asked(query) else {
        return Found::not_tested(format!("{name} gave no answer for the metric"));
    };
    match state {
        Some(RungState::Absent) => {}
        Some(RungState::Stale | RungState::Present) => {
            return Found::ruled_out(format!("{name} has raw samples of the last hour"));
        }
        _ => return Found::not_tested(format!("{name} gave no whole answer")),
    }
    let mut evidence = vec![stores.n];
    for resolution in RESOLUTIONS {
        let how = QueryHow {
            resolution: Some(resolution.to_owned()),
            ..QueryHow::default()
        };
        let told = match case
            .ask
            .query_as(query, format!("count({selector})"), how)
            .await
        {
            Ok(told) => told,
            Err(failure) => return Found::not_tested(failure.what),
        };
        evidence.push(told.n);
        let is_there =
            matches!(&told.value.result, QueryResult::Vector(found) if !found.is_empty());
        if !is_there {
            continue;
        }
        // It may have come in the meantime.
        return match case.ask.afresh().count(query, selector).await {
            Ok(again) if again.value.series == 0 => {
                let found = Found::proven(format!(
                    "{name} has the series with `max_source_resolution={resolution}`, and none of raw samples"
                ))
                .shown_by(evidence)
                .shown_by([again.n]);
                match next::query(query, &selector.to_string()) {
                    Some(command) => found.next(command),
                    None => found,
                }
            }
            Ok(again) => {
                Found::ruled_out(format!("{name} shows the series by now")).shown_by([again.n])
            }
            Err(failure) => Found::not_tested(failure.what),
        };
    }
    Found::ruled_out(format!("{name} has the series with no resolution")).shown_by(evidence)
}

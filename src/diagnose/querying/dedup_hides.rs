//! What deduplication takes away: a series, or a label by which somebody asks.

use std::sync::Arc;

use crate::backend::answer::{QueryResult, Sample};
use crate::backend::{Backend, BackendKind, QueryHow};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::leaves::{LabelMatcher, RungState, Selector};

/// Asks the same once more without deduplication.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let query = case
        .to()
        .filter(|hop| hop.kind() == BackendKind::ThanosQuery)
        .or(case.query());
    let Some(query) = query else {
        return Found::ruled_out("no Thanos Query is on the way");
    };
    let Some(selector) = case.asked(query) else {
        return Found::not_tested(format!("{} gave no answer for the metric", query.name()));
    };
    match case.state(query.name()) {
        Some(RungState::Present) => label(case, query, selector).await,
        Some(RungState::Absent) => series(case, query, selector).await,
        Some(RungState::Stale) => Found::ruled_out(format!(
            "{} shows how the series ended, and deduplication ends none",
            query.name()
        )),
        _ => Found::not_tested(format!("{} gave no whole answer", query.name())),
    }
}

fn undeduplicated() -> QueryHow {
    QueryHow {
        undeduplicated: true,
        ..QueryHow::default()
    }
}

/// Whether the series is there without deduplication.
async fn series(case: &Case<'_>, query: &Arc<Backend>, selector: &Selector) -> Found {
    let name = query.name();
    let told = match case
        .ask
        .query_as(query, format!("count({selector})"), undeduplicated())
        .await
    {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let is_there = matches!(&told.value.result, QueryResult::Vector(found) if !found.is_empty());
    if !is_there {
        return match missing_by_warning(&told.value.warnings) {
            Some(missing) => {
                Found::not_tested(format!("the answer of {name} is not whole: {missing}"))
            }
            None => Found::ruled_out(format!("{name} shows nothing without deduplication either")),
        }
        .shown_by([told.n]);
    }
    // It may have come in the meantime.
    match case.ask.afresh().count(query, selector).await {
        Ok(again) if again.value.series == 0 => {
            let found = Found::proven(format!(
                "{name} shows the series with `dedup=false`, and nothing with deduplication"
            ))
            .shown_by([told.n, again.n]);
            match next::query(query, &selector.to_string()) {
                Some(command) => found.next(command.replace("dedup=true", "dedup=false")),
                None => found,
            }
        }
        Ok(again) => Found::ruled_out(format!(
            "{name} shows the series by now, with deduplication too"
        ))
        .shown_by([told.n, again.n]),
        Err(failure) => Found::not_tested(failure.what),
    }
}

/// Whether there are as many series as the check asks for without deduplication only.
async fn number(case: &Case<'_>, query: &Arc<Backend>, selector: &Selector) -> Found {
    let name = query.name();
    let wanted = case.metric.series.as_ref();
    let Some(wanted) = wanted.filter(|_| is_last(case, name)) else {
        return Found::ruled_out("the check asks for no label and no number of series here");
    };
    let all = match case
        .ask
        .query_as(query, format!("count({selector})"), undeduplicated())
        .await
    {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let merged = match case.ask.count(query, selector).await {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let counted = match &all.value.result {
        QueryResult::Vector(samples) => samples.first().map(|one| one.value.number()),
        _ => None,
    };
    let (Some(apart), few) = (counted, merged.value.series as f64) else {
        return Found::not_tested(format!("{name} counted nothing without deduplication"));
    };
    match wanted.holds(apart) && !wanted.holds(few) {
        true => Found::proven(format!(
            "{name} shows {apart} series with `dedup=false`, as the check asks, and {few} with deduplication, which merges what differs by `--query.replica-label` alone"
        )),
        false => Found::ruled_out(format!(
            "without deduplication {name} shows {apart} series, which the check does not ask for either"
        )),
    }
    .shown_by([all.n, merged.n])
}

/// Whether the check asks at that hop for what it asks for at the last one.
fn is_last(case: &Case<'_>, hop: &str) -> bool {
    case.stations
        .last()
        .is_some_and(|station| station.hop.name() == hop)
}

/// Whether a label that is asked for is one that deduplication removes.
async fn label(case: &Case<'_>, query: &Arc<Backend>, selector: &Selector) -> Found {
    let name = query.name();
    let asserted = asserted(case, name);
    if asserted.is_empty() {
        return number(case, query, selector).await;
    }
    let replicas = match case.ask.flags(query).await {
        Ok(told) => told
            .value
            .0
            .get("query.replica-label")
            .cloned()
            .unwrap_or_default(),
        Err(failure) => {
            return Found::not_tested(format!(
                "which labels deduplication removes the flags of {name} say: {}",
                failure.what
            ));
        }
    };
    let removed = asserted.into_iter().find(|(label, matcher)| {
        replicas.split(',').any(|replica| replica.trim() == *label) && !matcher.holds("")
    });
    let Some((label, matcher)) = removed else {
        return Found::ruled_out(format!(
            "deduplication at {name} removes none of the labels that are asked for (`--query.replica-label` is {replicas:?})"
        ));
    };
    let told = match case
        .ask
        .query_as(query, selector.to_string(), undeduplicated())
        .await
    {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let QueryResult::Vector(samples) = &told.value.result else {
        return Found::not_tested(format!("{name} gave no vector"));
    };
    let has = |sample: &Sample| matcher.holds(sample.labels.value(label));
    match samples.iter().any(has) {
        true => Found::proven(format!(
            "{name} removes the label `{label}`, by which it deduplicates; with `dedup=false` the series have it"
        )),
        false => Found::ruled_out(format!(
            "without deduplication the series at {name} do not have the label `{label}` as it is asked for either"
        )),
    }
    .shown_by([told.n])
}

/// The labels that the check asks for at that hop.
fn asserted<'a>(case: &'a Case<'_>, hop: &str) -> Vec<(&'a str, &'a LabelMatcher)> {
    let here = case.metric.labels_at.get(hop).into_iter();
    let last = is_last(case, hop)
        .then_some(&case.metric.labels)
        .into_iter();
    here.chain(last)
        .flat_map(|matchers| &matchers.0)
        .map(|(label, matcher)| (label.as_str(), matcher))
        .collect()
}

//! What Receive holds, and what it does not: an empty Receive, data that a restart lost.

use crate::backend::Capability;
use crate::diagnose::accepting::taking::sender_does;
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::leaves::{RungState, words};

/// The length of a block: data that begins off this grid began with the process, in milliseconds.
const BLOCK_MS: i64 = 2 * 3600 * 1000;

/// `receive-empty`: no head has a series, and the store says that it has no data.
pub(crate) async fn empty(case: &Case<'_>) -> Found {
    let Some(hop) = case.receive() else {
        return Found::not_tested("there is no Thanos Receive on the way");
    };
    let name = hop.name();
    let heads = match case.ask.tsdb_status(hop).await {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    if let Some(head) = heads.value.0.iter().find(|head| head.series > 0) {
        return Found::ruled_out(format!(
            "{name} holds {} series for tenant `{}`",
            figure(head.series, "some"),
            head.tenant
        ))
        .shown_by([heads.n]);
    }
    let found = |says: &str| {
        format!(
            "no head of {name} has a series{says}: nothing was ever written to it, or it only routes what it takes"
        )
    };
    if hop.answers(Capability::StoreApi).is_some()
        && let Ok(info) = case.ask.store_info(hop).await
    {
        // A Receive without any tenant advertises no label set, and the times of nothing.
        let has_none = info.value.label_sets.is_empty();
        return match info.value.min_time {
            _ if has_none => Found::proven(found(", and its StoreAPI advertises no tenant"))
                .shown_by([heads.n, info.n]),
            Some(i64::MAX) => Found::proven(found(", and its StoreAPI says that it has no data"))
                .shown_by([heads.n, info.n]),
            _ => Found::possible(found(", but its StoreAPI has older data"))
                .shown_by([heads.n, info.n]),
        };
    }
    if let Some(query) = case.query()
        && let Ok(stores) = case.ask.stores(query).await
    {
        let receives: Vec<_> = stores
            .value
            .0
            .iter()
            .filter(|store| store.component == "receive")
            .collect();
        if !receives.is_empty() && receives.iter().all(|store| store.min_time == i64::MAX) {
            return Found::proven(found(", and Query lists it without data"))
                .shown_by([heads.n, stores.n]);
        }
    }
    Found::likely(found("")).shown_by([heads.n])
}

/// `receive-data-lost`: the head began off the grid of blocks, after the sender had the series. Never above likely.
pub(crate) async fn data_lost(case: &Case<'_>) -> Found {
    let Some(hop) = case.receive() else {
        return Found::not_tested("there is no Thanos Receive on the way");
    };
    let heads = match case.ask.tsdb_status(hop).await {
        Ok(told) => told,
        Err(failure) => return Found::not_tested(failure.what),
    };
    let sending = sender_does(case).await;
    let Some(began) = heads
        .value
        .0
        .iter()
        .filter(|head| head.tenant == sending.tenant && head.series > 0)
        .map(|head| head.min_time)
        .min()
    else {
        return Found::not_tested(format!(
            "{} has no head of tenant `{}`",
            hop.name(),
            sending.tenant
        ))
        .shown_by([heads.n]);
    };
    let age_ms = heads.server_now.0 - began;
    if case.shows == RungState::Absent || age_ms > BLOCK_MS || began % BLOCK_MS == 0 {
        return Found::ruled_out(format!(
            "the head of tenant `{}` at {} is {}, and the metric is not there now either",
            sending.tenant,
            hop.name(),
            figure(format!("{} old", words::age(age_ms)), "older")
        ))
        .shown_by([heads.n]);
    }
    Found::possible(format!(
        "the head of tenant `{}` at {} began {}: what it held before may be lost",
        sending.tenant,
        hop.name(),
        figure(format!("{} ago", words::age(age_ms)), "lately")
    ))
    .shown_by([heads.n])
}

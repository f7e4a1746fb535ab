//! What Receive holds, and what it does not: an empty Receive, data that a restart lost.

use crate::backend::{Backend, Capability};
use crate::diagnose::accepting::taking::{Sending, sender_does};
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::sending;
use crate::leaves::{RungState, Timestamp, words};

/// How far back an instant query looks, in milliseconds.
const BACK_MS: i64 = 300_000;

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
    let sending = sender_does(case).await;
    let why = match (sending.is_delivering(), is_at_query(case)) {
        (true, true) => {
            return Found::ruled_out(format!(
                "no head of {name} has a series, and what is sent to it is at Query: it only routes what it takes"
            ))
            .shown_by([heads.n])
            .shown_by(sending.evidence);
        }
        (true, false) => "it only routes what it takes, for the queue of the sender delivers",
        _ => "nothing was ever written to it, or it only routes what it takes",
    };
    let found = |says: &str| format!("no head of {name} has a series{says}: {why}");
    if sending.is_retrying() || sending.is_refused() {
        return Found::possible(found(&format!(
            "; what is sent to it does not come through, though ({})",
            sending.seen
        )))
        .shown_by([heads.n])
        .shown_by(sending.evidence);
    }
    let found = match says_empty(case, hop).await {
        Some((Says::Empty(says), n)) => Found::proven(found(says)).shown_by([n]),
        Some((Says::Older(says), n)) => Found::possible(found(says)).shown_by([n]),
        None => Found::likely(found("")),
    };
    match sending.is_delivering() {
        true => found.fix(format!(
            "Let Query ask the Receives that store what {name} routes to them (those of its hashring), and name them in the pipeline."
        )),
        false => found,
    }
    .shown_by([heads.n])
    .shown_by(sending.evidence)
}

/// What a store says of its data, in words that go on from "no head has a series".
enum Says {
    Empty(&'static str),
    Older(&'static str),
}

/// Whether the StoreAPI says that it is empty, else Query's list of stores; none where neither tells.
async fn says_empty(case: &Case<'_>, hop: &Backend) -> Option<(Says, u32)> {
    if hop.answers(Capability::StoreApi).is_some()
        && let Ok(info) = case.ask.store_info(hop).await
    {
        // A Receive without any tenant advertises no label set, and the times of nothing.
        let says = match info.value.min_time {
            _ if info.value.label_sets.is_empty() => {
                Says::Empty(", and its StoreAPI advertises no tenant")
            }
            Some(i64::MAX) => Says::Empty(", and its StoreAPI says that it has no data"),
            _ => Says::Older(", but its StoreAPI has older data"),
        };
        return Some((says, info.n));
    }
    let stores = case.ask.stores(case.query()?).await.ok()?;
    let mut receives = stores
        .value
        .0
        .iter()
        .filter(|store| store.component == "receive")
        .peekable();
    receives.peek()?;
    receives
        .all(|store| store.min_time == i64::MAX)
        .then_some((Says::Empty(", and Query lists it without data"), stores.n))
}

/// Whether Query has the series of the case.
fn is_at_query(case: &Case<'_>) -> bool {
    case.query()
        .is_some_and(|query| case.state(query.name()) == Some(RungState::Present))
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
    let holds_it = case.station(hop.name()).is_some_and(|station| {
        station.sight.state == RungState::Present && !station.sight.of_all_senders
    });
    // Where the labels of the sender are not known, what is held may be another's.
    if holds_it && sending::sending(case).await.is_ok() {
        return Found::ruled_out(format!("{} holds the metric now", hop.name()))
            .shown_by([heads.n]);
    }
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
    let says = format!(
        "the head of tenant `{}` at {} began {}",
        sending.tenant,
        hop.name(),
        figure(format!("{} ago", words::age(age_ms)), "some time ago")
    );
    if age_ms > BLOCK_MS || began % BLOCK_MS == 0 {
        return Found::ruled_out(format!("{says}, as heads do")).shown_by([heads.n]);
    }
    weighed(case, &sending, (Timestamp(began), age_ms), says)
        .await
        .shown_by([heads.n])
}

/// Whether an instant query shows the metric at this hop.
fn is_shown_now(case: &Case<'_>, hop: &Backend) -> bool {
    case.metric.window.is_none() && case.state(hop.name()) == Some(RungState::Present)
}

/// The head is young: whether it should hold what came before.
async fn weighed(
    case: &Case<'_>,
    does: &Sending,
    (began, age_ms): (Timestamp, i64),
    says: String,
) -> Found {
    let lost = format!("{says}: what it held before may be lost");
    let Ok(from) = sending::sending(case).await else {
        return Found::possible(lost);
    };
    let newest = match sending::newest(case, &from).await {
        Ok(newest) => newest,
        // What an instant query shows is younger than it looks back.
        Err(_) if age_ms > BACK_MS && is_shown_now(case, from.sender) => {
            return Found::ruled_out(format!(
                "{says}, and {} shows the metric now",
                from.sender.name()
            ));
        }
        Err(_) => return Found::possible(lost),
    };
    let name = from.sender.name();
    if newest.at > began {
        return Found::ruled_out(format!(
            "{says}, and {name} has newer samples of the metric than that"
        ))
        .shown_by([newest.n]);
    }
    let lost = format!(
        "{lost}; the newest sample at {name} is from before, {}",
        newest.says()
    );
    match sending::started(case, &from).await {
        Ok((started, loaded)) if loaded.unwrap_or(started.at).max(started.at) < newest.at => {
            let says = format!(
                "{lost}, and {name} has been sending since {}",
                started.says()
            );
            match does.is_delivering() {
                true => Found::likely(says),
                false => Found::possible(format!("{says}, which does not all arrive")),
            }
            .shown_by([started.n])
        }
        _ => Found::possible(lost),
    }
    .shown_by([newest.n])
    .shown_by(does.evidence.iter().copied())
}

//! What Receive holds, and what it does not: an empty Receive, another replica, data that a restart lost.

use std::time::Duration;

use crate::backend::{AddressKey, Backend, BackendKind, Capability};
use crate::check::replicas;
use crate::diagnose::accepting::taking::{Sending, sender_does};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::sending;
use crate::leaves::{RungState, Timestamp, words};

/// How far back a store is asked: as far as an instant query looks.
const BACK: Duration = Duration::from_millis(BACK_MS as u64);
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
            head.series, head.tenant
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

/// `other-receive-replica`: one Receive has it, and the one that Query reaches has not.
pub(crate) async fn other_replica(case: &Case<'_>) -> Found {
    let Some(name) = case.name() else {
        return Found::not_tested("the selector has no metric name");
    };
    let world = case.ask.world();
    let hops = world
        .pipeline
        .iter()
        .chain(&world.beside)
        .filter(|hop| hop.kind() == BackendKind::ThanosReceive);
    let mut receives = Vec::new();
    for hop in hops {
        match hop.hop.has_replicas() {
            true => match replicas(case.ask, hop).await {
                Ok(replicas) => receives.extend(replicas),
                Err(unresolved) => return Found::not_tested(unresolved.what),
            },
            false => receives.push(hop.clone()),
        }
    }
    if receives.len() < 2 {
        return Found::not_tested("the suite names one Receive only");
    }
    let (mut with, mut without, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
    let (mut shown, mut not_shown, mut is_open) = (Vec::new(), Vec::new(), false);
    for hop in &receives {
        let Ok(told) = case.ask.tsdb_status(hop).await else {
            return Found::not_tested(format!("the heads of {} could not be asked", hop.shown()));
        };
        evidence.push(told.n);
        let heads = &told.value.0;
        if heads.iter().any(|head| head.series_of(name).is_some()) {
            match at_store(case, hop, &mut evidence).await {
                Some(true) => shown.push(hop),
                Some(false) => not_shown.push(hop),
                None => with.push(hop),
            }
        } else if heads.iter().all(|head| head.is_complete()) {
            without.push(hop);
        } else {
            is_open = true;
        }
    }
    // A head lists a name whoever sends it; what a store does not show counts only beside one that shows it.
    let of_all_senders = case.stations.iter().any(|one| one.sight.of_all_senders);
    is_open |= !with.is_empty() && of_all_senders || shown.is_empty() && !not_shown.is_empty();
    let is_this = !shown.is_empty() || !of_all_senders;
    match shown.is_empty() {
        true => with.extend(not_shown),
        false => {
            with = shown;
            without.extend(not_shown);
        }
    }
    let (Some(has), Some(lacks)) = (with.first(), without.first()) else {
        return match is_open {
            true => Found::not_tested(
                "not each Receive that is known tells whether it holds it: a head lists the name whoever sends it, and before Thanos 0.32 ten names only",
            ),
            false => Found::ruled_out("all Receives that are known hold the same"),
        }
        .shown_by(evidence);
    };
    let says = format!(
        "{} holds `{name}`, and {} does not",
        has.shown(),
        lacks.shown()
    );
    let Some(query) = case.query() else {
        return Found::likely(says).shown_by(evidence);
    };
    let Ok(stores) = case.ask.stores(query).await else {
        return Found::likely(says).shown_by(evidence);
    };
    evidence.push(stores.n);
    let lists = |hop: &Backend| {
        hop.address(AddressKey::Grpc).is_some_and(|grpc| {
            let host = grpc.host_str().unwrap_or_default();
            let port = grpc.port_or_known_default().unwrap_or(10901);
            let address = format!("{host}:{port}");
            stores.value.0.iter().any(|store| store.name == address)
        })
    };
    let reaches_one_without = without.iter().any(|hop| lists(hop));
    let reaches_one_with = with.iter().any(|hop| lists(hop));
    match (reaches_one_with, reaches_one_without) {
        (false, true) if is_this => {
            Found::proven(format!("{says}; {} reaches only the latter", query.name()))
        }
        (false, true) => Found::likely(format!(
            "{says}, whoever sends it; {} reaches only the latter",
            query.name()
        )),
        (true, _) => Found::ruled_out(format!(
            "{says}, but {} reaches the one that has it",
            query.name()
        )),
        (false, false) => Found::likely(says),
    }
    .shown_by(evidence)
}

/// Whether the StoreAPI of a Receive shows the series of the case; none where it does not tell.
async fn at_store(case: &Case<'_>, hop: &Backend, evidence: &mut Vec<u32>) -> Option<bool> {
    hop.answers(Capability::StoreApi)?;
    let selector = case.asked(case.query()?)?;
    let told = case.ask.store_series(hop, selector, BACK, false).await;
    let told = told.ok().filter(|told| told.value.warnings.is_empty())?;
    evidence.push(told.n);
    Some(!told.value.series.is_empty())
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
    let says = format!(
        "the head of tenant `{}` at {} began {} ago",
        sending.tenant,
        hop.name(),
        words::age(age_ms)
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
    let station = case.station(hop.name());
    case.metric.window.is_none()
        && station.is_some_and(|station| station.sight.state == RungState::Present)
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

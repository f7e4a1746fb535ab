//! One Receive has the series, and those that Query reaches have not. Only a Receive that Query does not list can be that one, so those
//! are asked first: mostly there is none, however many there are.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::ask::Told;
use crate::backend::answer::Stores;
use crate::backend::{AddressKey, Backend, BackendKind, Capability, World};
use crate::check::servers;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::leaves::{RungState, words};

/// How far back a store is asked: as far as an instant query looks.
const BACK: Duration = Duration::from_secs(300);

/// Receives that are asked of those that Query lists, and of those that it does not, at most.
const MOST_ASKED: usize = 3;

/// What a Receive shows of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    /// Its StoreAPI shows the series of this case.
    Series,
    /// Its head lists the name, and its StoreAPI shows no such series.
    OtherSeries,
    /// Its head lists the name, whoever sends it.
    Name,
    /// Its head lists all its names, and this is not among them.
    Nothing,
    /// Its head lists some names only.
    Untold,
}

/// What the Receives that were asked show.
#[derive(Default)]
struct Heard {
    /// Whether there are more Receives than were asked.
    is_cut: bool,
    /// Whether those that were asked tell what all that Query lists lack.
    speaks_for_all: bool,
    each: Vec<(Arc<Backend>, Shows)>,
    evidence: Vec<u32>,
}

impl Heard {
    fn of(&self, shows: Shows) -> Vec<&Arc<Backend>> {
        let of_it = self.each.iter().filter(|(_, shown)| *shown == shows);
        of_it.map(|(hop, _)| hop).collect()
    }
}

/// Compares what the Receives that are known hold with which of them Query lists.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(name) = case.name() else {
        return Found::not_tested("the selector has no metric name");
    };
    let receives = match receives(case).await {
        Ok(receives) => receives,
        Err(why) => return Found::not_tested(why),
    };
    if receives.len() < 2 {
        return Found::not_tested("the suite names one Receive only");
    }
    let query = case.query();
    let stores = match query {
        Some(query) => case.ask.stores(query).await.ok(),
        None => None,
    };
    let is_listed = |hop: &Backend| stores.as_ref().is_some_and(|stores| lists(stores, hop));
    let all = receives.len();
    let (listed, beyond): (Vec<_>, Vec<_>) = receives.into_iter().partition(|hop| is_listed(hop));
    if let (Some(query), Some(stores), true) = (query, &stores, beyond.is_empty()) {
        return Found::ruled_out(format!(
            "{} lists each of the {all} Receives that are known",
            query.name()
        ))
        .shown_by([stores.n]);
    }
    // Where Query gives a whole answer without the series, no Receive that it lists has it.
    let is_absent = query.is_some_and(|query| case.state(query.name()) == Some(RungState::Absent));
    let mut heard = Heard {
        is_cut: beyond.len() > MOST_ASKED || listed.len() > MOST_ASKED,
        speaks_for_all: listed.len() <= MOST_ASKED || is_absent,
        ..Heard::default()
    };
    if let Err(why) = hear(case, name, &beyond, &mut heard).await {
        return Found::not_tested(why);
    }
    if beyond.len() <= MOST_ASKED
        && heard.of(Shows::Nothing).len() == beyond.len()
        && let (Some(query), Some(stores)) = (query, &stores)
    {
        return Found::ruled_out(format!(
            "no Receive that {} does not list holds `{name}`",
            query.name()
        ))
        .shown_by(heard.evidence)
        .shown_by([stores.n]);
    }
    if let Err(why) = hear(case, name, &listed, &mut heard).await {
        return Found::not_tested(why);
    }
    weigh(case, name, &heard, stores.as_ref())
}

/// What follows from what they show.
fn weigh(case: &Case<'_>, name: &str, heard: &Heard, stores: Option<&Told<Stores>>) -> Found {
    let (shown, not_shown) = (heard.of(Shows::Series), heard.of(Shows::OtherSeries));
    let (mut with, mut without) = (heard.of(Shows::Name), heard.of(Shows::Nothing));
    // A head lists a name whoever sends it; what a store does not show counts only beside one that shows it.
    let of_all_senders = case.ask.world().cluster.is_some()
        || case.stations.iter().any(|one| one.sight.of_all_senders);
    let is_open = !heard.of(Shows::Untold).is_empty()
        || heard.is_cut
        || !with.is_empty() && of_all_senders
        || shown.is_empty() && !not_shown.is_empty();
    let is_this = !shown.is_empty() || !of_all_senders;
    match shown.is_empty() {
        true => with.extend(not_shown),
        false => {
            with = shown;
            without.extend(not_shown);
        }
    }
    let evidence = heard.evidence.clone();
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
    let (Some(query), Some(stores)) = (case.query(), stores) else {
        return Found::likely(says).shown_by(evidence);
    };
    let reaches_one_without = without.iter().any(|hop| lists(stores, hop));
    let reaches_one_with = with.iter().any(|hop| lists(stores, hop));
    match (reaches_one_with, reaches_one_without) {
        (false, true) if is_this && heard.speaks_for_all => {
            Found::proven(format!("{says}; {} reaches only the latter", query.name()))
        }
        (false, true) if is_this => Found::likely(format!(
            "{says}, and of those two {} reaches only the latter; {} were asked of those that are known",
            query.name(),
            words::count(heard.each.len(), "Receive")
        )),
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
    .shown_by([stores.n])
}

/// Every Receive that the suite knows, a hop's replicas each.
async fn receives(case: &Case<'_>) -> Result<Vec<Arc<Backend>>, String> {
    let World {
        pipeline, beside, ..
    } = case.ask.world();
    let hops = pipeline
        .iter()
        .chain(beside)
        .filter(|hop| hop.kind() == BackendKind::ThanosReceive);
    let mut receives = Vec::new();
    for hop in hops {
        let each = servers(case.ask, hop).await;
        receives.extend(each.map_err(|unresolved| unresolved.what)?);
    }
    Ok(receives)
}

/// Whether Query lists the StoreAPI of a Receive.
fn lists(stores: &Told<Stores>, hop: &Backend) -> bool {
    hop.address(AddressKey::Grpc).is_some_and(|grpc| {
        let host = grpc.host_str().unwrap_or_default();
        let port = grpc.port_or_known_default().unwrap_or(10901);
        let address = format!("{host}:{port}");
        stores.value.0.iter().any(|store| store.name == address)
    })
}

/// Asks the first of these, all at once.
async fn hear(
    case: &Case<'_>,
    name: &str,
    hops: &[Arc<Backend>],
    heard: &mut Heard,
) -> Result<(), String> {
    let asked = hops.iter().take(MOST_ASKED);
    for told in join_all(asked.map(|hop| hold(case, hop, name))).await {
        let (hop, shows, evidence) = told?;
        heard.each.push((hop, shows));
        heard.evidence.extend(evidence);
    }
    Ok(())
}

/// What one Receive shows, and the exchanges.
async fn hold(
    case: &Case<'_>,
    hop: &Arc<Backend>,
    name: &str,
) -> Result<(Arc<Backend>, Shows, Vec<u32>), String> {
    let Ok(told) = case.ask.tsdb_status(hop).await else {
        return Err(format!("the heads of {} could not be asked", hop.shown()));
    };
    let heads = &told.value.0;
    let mut evidence = vec![told.n];
    let shows = if heads.iter().any(|head| head.series_of(name).is_some()) {
        match at_store(case, hop, &mut evidence).await {
            Some(true) => Shows::Series,
            Some(false) => Shows::OtherSeries,
            None => Shows::Name,
        }
    } else if heads.iter().all(|head| head.is_complete()) {
        Shows::Nothing
    } else {
        Shows::Untold
    };
    Ok((hop.clone(), shows, evidence))
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

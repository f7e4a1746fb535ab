//! Writes that a Prometheus as receiver refuses.

use crate::backend::Backend;
use crate::backend::answer::Movement;
use crate::diagnose::accepting::taking::{Sending, sender_does};
use crate::diagnose::accepting::twin::{Values, twin, values};
use crate::diagnose::case::Case;
use crate::diagnose::figure::some;
use crate::diagnose::found::Found;
use crate::leaves::RungState;

/// What it counts of its requests, and of samples that come out of order.
const NAMES: [&str; 2] = [REQUESTS, DISORDERED];
const REQUESTS: &str = "prometheus_http_requests_total";
const DISORDERED: &str = "prometheus_tsdb_out_of_order_samples_total";

/// The part of what is tried that must be refused for a metric to be missing altogether.
const NEARLY_ALL: f64 = 0.9;

/// `duplicate-writers` at a Prometheus: 400, samples out of order, and another writer with the same labels. By protocol 1.0 it takes
/// nothing of a write that holds one such sample, so that series that nobody else writes are lost with it.
pub(crate) async fn duplicate_writers(case: &Case<'_>, receiver: &Backend) -> Found {
    let sending = sender_does(case).await;
    let Some(queue) = sending.queue.as_ref() else {
        return Found::not_tested("what the sender's queue does could not be told");
    };
    let own = sending.evidence.iter().copied();
    if !sending.is_refused() {
        return Found::ruled_out("no write of the sender is refused for good").shown_by(own);
    }
    let name = receiver.name();
    let told = match case.ask.movement(receiver, &NAMES, None).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::not_tested(format!(
                "the counters of {name} could not be asked: {}",
                failure.what
            ))
            .shown_by(own);
        }
    };
    let (refused, disordered) = (refused(&told.value), disordered(&told.value));
    let shown = |found: Found| found.shown_by([told.n]).shown_by(own.clone());
    if refused == 0.0 || disordered == 0.0 {
        return shown(Found::ruled_out(format!(
            "{name} counts {} writes answered with 400, and {} samples out of order",
            some(refused),
            some(disordered)
        )));
    }
    let says = format!(
        "{name} answers {} writes with 400, and {} samples came out of order",
        some(refused),
        some(disordered)
    );
    match twin(case).await {
        Some((twin, evidence)) => {
            let says = format!(
                "{says}: {twin} has the same external labels, so that both write the same series"
            );
            let is_there = case.shows == RungState::Present;
            let compared = match is_there {
                true => values(case).await,
                false => Values::NotThere,
            };
            shown(match compared {
                Values::Differ(how, seen) => {
                    Found::proven(format!("{says}, and {how}")).shown_by(seen)
                }
                Values::Same(seen) => {
                    Found::ruled_out("the values are those that were sent").shown_by(seen)
                }
                Values::NotTold(why) => Found::likely(format!("{says}; {why}")),
                Values::NotThere if is_all_refused(&sending, queue.tried) => Found::proven(says),
                Values::NotThere => {
                    Found::likely(format!("{says}; some of the sender's writes are taken"))
                }
            })
            .shown_by(evidence)
        }
        None => shown(Found::possible(format!(
            "{says}; no other Prometheus of the suite that was asked has the same external labels"
        ))),
    }
}

fn is_all_refused(sending: &Sending, tried: f64) -> bool {
    let failed = sending.queue.as_ref().map_or(0.0, |queue| queue.failed);
    failed > 0.0 && failed >= tried * NEARLY_ALL
}

/// Writes answered with 400.
fn refused(movement: &Movement) -> f64 {
    movement
        .named(REQUESTS)
        .filter(|moved| {
            moved.labels.value("handler") == "/api/v1/write" && moved.labels.value("code") == "400"
        })
        .map(|moved| moved.grew.max(0.0))
        .sum()
}

fn disordered(movement: &Movement) -> f64 {
    movement
        .named(DISORDERED)
        .map(|moved| moved.grew.max(0.0))
        .sum()
}

//! The queue delivers, and falls behind.

use crate::check::QueueState;
use crate::diagnose::case::Case;
use crate::diagnose::figure::some;
use crate::diagnose::found::Found;
use crate::diagnose::sending::queue::{Writing, limit_ms, writing};
use crate::leaves::{RungState, words};

/// How far an instant query looks back, in milliseconds.
const LOOKBACK_MS: f64 = 300_000.0;

/// Waiting samples that take so long to send, at the rate of the reading, are many; in seconds.
const LONG_WAIT: f64 = 10.0;

/// Looks whether the queue falls behind, and by more than the check bears.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let writing = match writing(case).await {
        Ok(writing) => writing,
        Err(found) => return found,
    };
    let (sending, watched) = (&writing.sending, &writing.watched);
    if watched.hangs() {
        return Found::possible(format!(
            "the queue of {} is {}: one that sends slowly looks like that between two batches",
            sending.sender.name(),
            watched.says()
        ))
        .shown_by([sending.n, watched.n]);
    }
    if watched.state != QueueState::Lagging {
        return watched.shows_otherwise(sending);
    }
    let queue = &watched.queue;
    let lag_ms = queue.lag().unwrap_or_default() * 1000.0;
    let state = format!(
        "the queue of {} is {}",
        sending.sender.name(),
        watched.says()
    );
    // What is missing is explained by a lag that is longer than the time in which it is looked for.
    let window_ms = case
        .metric
        .window
        .map_or(LOOKBACK_MS, |window| window.0.as_secs_f64() * 1000.0);
    let explains = match case.shows {
        RungState::Present => case.metric.fresh.is_some() || case.metric.lag.is_some(),
        RungState::Stale if case.metric.fresh.is_some() => lag_ms > limit_ms(case),
        _ => lag_ms > window_ms.max(limit_ms(case)),
    };
    // A queue holds only so many: one that wants more shards than it may have is as full as it gets.
    let waits_long = queue.pending.1 > LONG_WAIT * queue.rate(queue.delivered())
        || queue.shards.is_some_and(|(wanted, most)| wanted > most);
    let growing = grew_ms(&writing).is_some_and(|grew| grew > 0.0);
    let says = format!(
        "{state}, and {} samples wait",
        some(queue.pending.1.round())
    );
    let found = if explains && waits_long && growing {
        Found::proven(format!("{says}; the lag grows"))
    } else if explains {
        Found::likely(says)
    } else {
        Found::possible(format!(
            "{says}; that is less than the {} in which the metric is looked for",
            words::age(window_ms as i64)
        ))
    };
    match queue.shards {
        Some((wanted, most)) if wanted > most => found.fix(format!(
            "Raise `max_shards` of the queue of {}, which wants more than the {most:.0} that it may have, or make the receiver answer faster.",
            sending.sender.name()
        )),
        _ => found,
    }
    .shown_by([sending.n, watched.n])
}

/// By how much the lag grew in the reading, in milliseconds.
fn grew_ms(writing: &Writing<'_>) -> Option<f64> {
    let (movement, queue) = (&writing.watched.movement, &writing.watched.queue);
    let ends = |metric: &str, own: bool| {
        let mut named = movement.named(metric);
        let moved = named.find(|moved| {
            !own || moved.labels.value("url") == queue.url
                && moved.labels.value("remote_name") == queue.name
        })?;
        Some((moved.first?, moved.last?))
    };
    let sent = ends(
        "prometheus_remote_storage_queue_highest_sent_timestamp_seconds",
        true,
    )?;
    let newest = match queue.newest_is_own {
        true => ends(
            "prometheus_remote_storage_queue_highest_timestamp_seconds",
            true,
        ),
        false => ends(
            "prometheus_remote_storage_highest_timestamp_in_seconds",
            false,
        ),
    }?;
    Some(((newest.1 - sent.1) - (newest.0 - sent.0)) * 1000.0)
}

//! What is said of a queue: what it does, in numbers, and what to look at.

use crate::check::remote_write::queue::Queue;
use crate::check::remote_write::state::State;
use crate::leaves::{Table, words};

/// What the queue was seen to do.
pub(crate) fn seen(state: State, queue: &Queue) -> String {
    let while_ = period(queue);
    match state {
        State::Delivering => format!(
            "delivering: {} samples/s{}",
            rate(queue, queue.delivered()),
            lag(queue).map_or_else(String::new, |lag| format!(", {lag} behind"))
        ),
        State::Lagging => format!(
            "lagging: {} samples/s, and the newest one sent lies {} behind",
            rate(queue, queue.delivered()),
            lag(queue).unwrap_or_default()
        ),
        State::Unclear => format!("nothing was sent in {while_}"),
        State::Idle => match queue.sent {
            Some(sent) => format!(
                "idle: nothing was sent in {while_}, and nothing newer than {} ago before that",
                words::age(millis(queue.ended - sent))
            ),
            None => format!("idle: there was nothing to send in {while_}, nor ever before"),
        },
        State::EverythingDropped => format!(
            "everything dropped: {} samples in {while_} were dropped by `write_relabel_configs`, and none was sent",
            whole(queue.dropped_by_rules)
        ),
        State::Blocked => format!(
            "blocked: {} samples wait, and none came through in {while_}",
            whole(queue.pending.1)
        ),
        State::Retrying => format!(
            "retrying: {} of {} samples of {while_} were to be sent again, and {} wait",
            whole(queue.retried),
            whole(queue.tried),
            whole(queue.pending.1)
        ),
        State::Failing => format!(
            "failing: {} of {} samples of {while_} were refused for good and are lost",
            whole(queue.failed),
            whole(queue.tried)
        ),
    }
}

/// What to look at, as a sentence.
pub(crate) fn advice(state: State) -> Option<&'static str> {
    Some(match state {
        State::Delivering | State::Unclear => return None,
        State::Lagging => {
            "The receiver is slow, or the shards are too few: compare `shards_desired` with `max_shards`."
        }
        State::Idle => {
            "Nothing comes into the queue: see whether this Prometheus scrapes anything. Write `idle: true` where that is as it should be."
        }
        State::EverythingDropped => {
            "See `write_relabel_configs`: external labels are there when its rules run."
        }
        State::Blocked => {
            "The receiver takes the connection and does not answer: see its load, and what stands before it."
        }
        State::Retrying => {
            "There is no answer, or a 5xx: check name, port and TLS of the URL with `dns` and `tcp`. Nothing is lost yet; the sender's log has the reason at level warn."
        }
        State::Failing => {
            "The answer is a 4xx: check path and port of the URL, credentials, the tenant, and whether samples are out of order or too old. The sender's log has the body at level error."
        }
    })
}

/// The counters of the queues, as they were read.
pub(crate) fn table(read: &str, all: &[(State, Queue)]) -> Table {
    let row = |(state, queue): &(State, Queue)| {
        vec![
            queue.name.clone(),
            words::cut(&queue.url, 200),
            state.word().to_owned(),
            whole(queue.tried),
            whole(queue.failed),
            whole(queue.retried),
            whole(queue.dropped_by_rules),
            whole(queue.dropped_otherwise),
            whole(queue.pending.1),
            lag(queue).unwrap_or_else(|| "unknown".to_owned()),
        ]
    };
    Table {
        title: format!("queues of remote_write, from {read}"),
        columns: [
            "queue",
            "url",
            "state",
            "tried",
            "failed",
            "retried",
            "dropped by rules",
            "dropped otherwise",
            "pending",
            "lag",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: all.iter().map(row).collect(),
    }
}

/// The rate of so many samples, in at most one digit after the point.
pub(crate) fn rate(queue: &Queue, samples: f64) -> String {
    let rate = queue.rate(samples);
    if rate >= 100.0 || rate == 0.0 {
        format!("{rate:.0}")
    } else if rate >= 0.1 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.3}")
    }
}

/// How long the queue was watched.
pub(crate) fn period(queue: &Queue) -> String {
    words::age(millis(queue.seconds))
}

/// How far it is behind, where that is known.
pub(crate) fn lag(queue: &Queue) -> Option<String> {
    queue.lag().map(|lag| words::age(millis(lag)))
}

/// Seconds as milliseconds.
pub(crate) fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

fn whole(samples: f64) -> String {
    // The sum of nothing is -0.
    format!("{:.0}", samples + 0.0)
}

//! What the queue of the block does, by the sender's own counters: one reading, shared by all looks of this family.

use std::sync::Arc;

use url::Url;

use crate::backend::answer::{Movement, RemoteWrite};
use crate::check::{QUEUE_NAMES, Queue, QueueState, leads_to, queue_seen, queue_state, queues};
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::sending::block::{By, Sending, sending};
use crate::leaves::words;

/// A lag above which a queue is called lagging where the check names no limit, in milliseconds.
const LATE_MS: f64 = 120_000.0;

/// The part of the samples tried that must fail for all to be called failing. A batch may be under way at either end of a reading.
const NEARLY_ALL: f64 = 0.9;

/// The queue that should send the metric.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) queue: Queue,
    pub(crate) state: QueueState,
    /// The exchange that showed the counters.
    pub(crate) n: u32,
    pub(crate) movement: Arc<Movement>,
}

/// Sender, receiver, block and queue.
pub(crate) struct Writing<'a> {
    pub(crate) sending: Sending<'a>,
    pub(crate) by: By,
    pub(crate) block: RemoteWrite,
    pub(crate) watched: Watched,
}

/// The block that leads to the receiver, and what its queue does.
pub(crate) async fn writing<'a>(case: &'a Case<'_>) -> Result<Writing<'a>, Found> {
    let sending = sending(case).await?;
    let (by, block) = sending.block()?;
    let block = block.clone();
    let watched = watched(case, &sending, &block).await?;
    Ok(Writing {
        sending,
        by,
        block,
        watched,
    })
}

/// What the queue of this block does.
pub(crate) async fn watched(
    case: &Case<'_>,
    sending: &Sending<'_>,
    block: &RemoteWrite,
) -> Result<Watched, Found> {
    let name = sending.sender.name();
    let told = match case.ask.movement(sending.sender, &QUEUE_NAMES, None).await {
        Ok(told) => told,
        Err(failure) => {
            return Err(Found::not_tested(format!(
                "the counters of {name} could not be asked: {}",
                failure.what
            )));
        }
    };
    let Ok(url) = Url::parse(&block.url) else {
        return Err(Found::not_tested(format!(
            "the URL of the block of {name} cannot be read"
        )));
    };
    let mut own: Vec<Queue> = queues(&told.value)
        .into_iter()
        .filter(|queue| {
            leads_to(&queue.url, &url) && (block.name.is_empty() || block.name == queue.name)
        })
        .collect();
    if own.len() != 1 {
        return Err(Found::not_tested(match own.len() {
            0 => format!("{name} has no counters yet of a queue to {}", shown(block)),
            _ => format!(
                "{name} has counters of {} to {}, and which of them is meant is not known",
                words::count(own.len(), "queue"),
                shown(block)
            ),
        })
        .shown_by([told.n]));
    }
    let queue = own.remove(0);
    let limit = limit_ms(case);
    let state = queue_state(&queue, |lag| lag * 1000.0 > limit, |_| false);
    Ok(Watched {
        queue,
        state,
        n: told.n,
        movement: told.value,
    })
}

/// The lag that is too much for this check, in milliseconds.
pub(crate) fn limit_ms(case: &Case<'_>) -> f64 {
    let fresh = case.metric.fresh.map(|fresh| fresh.limit.0);
    let lag = case.metric.lag.map(|lag| lag.0);
    lag.or(fresh)
        .map_or(LATE_MS, |limit| limit.as_secs_f64() * 1000.0)
}

/// The block's URL as it may be shown.
pub(crate) fn shown(block: &RemoteWrite) -> String {
    words::cut(&block.url, 200)
}

impl Watched {
    /// Whether the receiver refuses for good all that is tried: nothing else explains a metric that is missing altogether.
    pub(crate) fn refuses_all(&self) -> bool {
        self.state == QueueState::Failing && self.queue.failed >= self.queue.tried * NEARLY_ALL
    }

    /// Whether nothing comes through: batches are tried again and again, or hang.
    fn is_stuck(&self) -> bool {
        let none_ended = match self.queue.finished {
            Some(finished) => !finished,
            None => self.queue.delivered() <= 0.0,
        };
        self.has_trouble() && none_ended
    }

    /// Whether nothing came through and nothing was tried again: a batch is under way, for good or for long.
    pub(crate) fn hangs(&self) -> bool {
        self.state == QueueState::Blocked && self.queue.retried <= 0.0
    }

    /// Whether batches are tried again, or hang.
    pub(crate) fn has_trouble(&self) -> bool {
        matches!(self.state, QueueState::Retrying | QueueState::Blocked)
    }

    /// Whether nothing comes through, and batches are tried again, not only under way: what then fails from here fails for the sender.
    pub(crate) fn retries_all(&self) -> bool {
        self.is_stuck() && self.queue.retried > 0.0
    }

    /// Whether the queue is well: what it tried was taken.
    pub(crate) fn is_clean(&self) -> bool {
        let is_well = match self.state {
            QueueState::Delivering | QueueState::Lagging | QueueState::Idle => true,
            // Between two scrapes nothing need move.
            QueueState::Unclear => self.queue.pending.1 <= 0.0,
            _ => false,
        };
        // What a queue that delivers tried again came through then: a Receive refuses the first write of a tenant once.
        let retries = self.queue.retried > 0.0 && self.state != QueueState::Delivering;
        is_well && self.queue.failed <= 0.0 && !retries
    }

    /// What it was seen to do.
    pub(crate) fn says(&self) -> String {
        figure(queue_seen(self.state, &self.queue), self.state.word())
    }

    /// That samples of this sender do not come through, for the beginning of a sentence.
    pub(crate) fn trouble(&self, sender: &str) -> String {
        let part = match self.is_stuck() {
            true => "nothing of",
            false => "not all of",
        };
        format!("{part} {sender} comes through ({})", self.says())
    }

    /// What is said of a cause that would show in another way than the queue does.
    pub(crate) fn shows_otherwise(&self, sending: &Sending<'_>) -> Found {
        let says = format!(
            "the queue of {} to {}: {}",
            sending.sender.name(),
            sending.receiver.name(),
            self.says()
        );
        match self.state {
            QueueState::Unclear => {
                Found::not_tested(format!("{says}, too short a look to say more"))
            }
            _ => Found::ruled_out(says),
        }
        .shown_by([self.n])
    }
}

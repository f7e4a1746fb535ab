//! Single flight: a question that is under way, or was settled, serves everybody who asks it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::ask::question::{Question, Reply};
use crate::backend::{Failure, Trace};
use crate::leaves::Timestamp;

/// A question that was settled, for good or ill.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The answer, or why there is none. Failures are kept like answers: twenty who ask a dead backend wait once.
    pub reply: Result<Reply, Failure>,
    /// What was sent and what came back.
    pub trace: Trace,
    /// The backend's name, or the host that was asked.
    pub backend: String,
    /// The single request, where the question travelled in a batch.
    pub single: Option<String>,
    /// When it was settled.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How often it was sent.
    pub attempts: u32,
}

/// A question under way or settled. Flights are numbered in the order of their start.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) number: u64,
    landed: watch::Receiver<Option<Arc<Settled>>>,
}

impl Flight {
    /// Waits for the answer. None when the flight was lost, which only a panic in a client can do.
    pub(crate) async fn settled(mut self) -> Option<Arc<Settled>> {
        let landed = self.landed.wait_for(Option::is_some).await.ok()?;
        landed.clone()
    }
}

/// Where the one who flies puts the answer.
pub(crate) type Landing = watch::Sender<Option<Arc<Settled>>>;

/// The latest flight of each question.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    next: AtomicU64,
    latest: Mutex<HashMap<Question, Flight>>,
}

impl Flights {
    /// The number that the next flight will have: whoever wants fresh answers refuses all flights before it.
    pub(crate) fn next(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// The flight that serves this question, and the landing of a new one where none does that is young enough.
    pub(crate) fn join(&self, question: &Question, not_before: u64) -> (Flight, Option<Landing>) {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = latest
            .get(question)
            .filter(|flight| flight.number >= not_before)
        {
            return (flight.clone(), None);
        }
        let (landing, landed) = watch::channel(None);
        let flight = Flight {
            number: self.next.fetch_add(1, Ordering::Relaxed),
            landed,
        };
        latest.insert(question.clone(), flight.clone());
        (flight, Some(landing))
    }
}

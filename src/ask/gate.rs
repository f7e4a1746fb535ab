//! Gates: how much may go to one backend, or to one host and port, at once and a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Requests in flight at once to one backend, unless its hop says otherwise.
pub(crate) const DEFAULT_PARALLEL: u16 = 16;

/// Requests in flight at once in all, so that a run stays within the usual limit of open files.
const PARALLEL_IN_ALL: usize = 256;

/// The gate before one backend.
#[derive(Debug)]
pub(crate) struct Gate {
    slots: Arc<Semaphore>,
    all: Arc<Semaphore>,
    pace: Option<Duration>,
    next: Mutex<Option<Instant>>,
}

/// A right to send; given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    _slot: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Gate {
    /// Waits for a slot, and for the turn where there is a rate.
    pub(crate) async fn pass(&self) -> Pass {
        // The semaphores are never closed, so acquiring cannot fail.
        let slot = self
            .slots
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        if let Some(turn) = self.turn() {
            tokio::time::sleep_until(turn).await;
        }
        let all = self
            .all
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        Pass {
            _slot: slot,
            _all: all,
        }
    }

    fn turn(&self) -> Option<Instant> {
        let pace = self.pace?;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
        *next = Some(turn + pace);
        Some(turn)
    }
}

/// All gates of a run.
#[derive(Debug)]
pub(crate) struct Gates {
    all: Arc<Semaphore>,
    gates: Mutex<HashMap<Arc<str>, Arc<Gate>>>,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(PARALLEL_IN_ALL)),
            gates: Mutex::default(),
        }
    }
}

impl Gates {
    /// The gate with this key; the first who asks sets its limits.
    pub(crate) fn gate(&self, key: &Arc<str>, parallel: u16, rate: Option<f64>) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(key.clone()).or_insert_with(|| {
            let pace = rate
                .filter(|rate| *rate > 0.0)
                .map(|rate| Duration::from_secs_f64(1.0 / rate));
            Arc::new(Gate {
                slots: Arc::new(Semaphore::new(parallel.max(1).into())),
                all: self.all.clone(),
                pace,
                next: Mutex::new(None),
            })
        });
        gate.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_rate_spaces_requests() {
        let gate = Gates::default().gate(&"b".into(), 16, Some(10.0));
        let began = Instant::now();
        for _ in 0..5 {
            drop(gate.pass().await);
        }
        assert_eq!(began.elapsed().as_millis() / 100, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_pass_at_once_than_there_are_slots() {
        let gate = Gates::default().gate(&"b".into(), 2, None);
        let (_a, _b) = (gate.pass().await, gate.pass().await);
        assert!(
            tokio::time::timeout(Duration::from_secs(1), gate.pass())
                .await
                .is_err()
        );
    }
}

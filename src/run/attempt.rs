//! One step at work: judged, polled while it may still come right, judged again where retries are allowed.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use crate::ask::{Ask, Door, Witness};
use crate::leaves::{Judged, Timestamp, Verdict};
use crate::plan::{Plan, Step};
use crate::run::backoff::Backoff;
use crate::run::outcome::Outcome;

/// How a step is judged: `Check::judge`, except in tests of the runner itself.
pub(crate) type Judge = Arc<
    dyn for<'a> Fn(&'a Step, &'a Ask) -> Pin<Box<dyn Future<Output = Judged> + Send + 'a>>
        + Send
        + Sync,
>;

/// What a task tells while it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Started(usize),
    Retried(usize, u32),
}

/// How far a step came: what is told of it when the run ends before it does.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    started: Option<Timestamp>,
    attempts: u32,
    witness: Option<Arc<Witness>>,
}

/// A step and all that its task needs.
pub(crate) struct Attempt {
    pub(crate) plan: Arc<Plan>,
    pub(crate) at: usize,
    pub(crate) door: Arc<Door>,
    pub(crate) judge: Judge,
    pub(crate) retries: u32,
    pub(crate) slots: Option<Arc<Semaphore>>,
    pub(crate) words: UnboundedSender<Word>,
    pub(crate) trail: Arc<Mutex<Trail>>,
}

impl Attempt {
    /// Judges until the verdict stands.
    pub(crate) async fn work(self) -> Outcome {
        let step = &self.plan.steps[self.at];
        let (mut attempts, mut retried, mut polling) = (0, 0, step.within);
        let (mut backoff, mut slept) = (Backoff::default(), Duration::ZERO);
        let mut first_asked: Option<Timestamp> = None;
        loop {
            let (judged, ask, witness) = self.judge_once(step, attempts > 0).await;
            attempts += 1;
            let now = ask.now();
            let started = *first_asked.get_or_insert_with(|| self.started().unwrap_or(now));
            let took = duration(started, now);
            if matches!(judged.verdict, Verdict::Fail { .. } | Verdict::Error { .. }) {
                // A clock that stands still, as in a test, must not make the poll endless.
                let passed = took.max(slept);
                let wait = match polling {
                    Some(within) if passed < within => Some(backoff.wait(within - passed)),
                    _ if retried < self.retries => {
                        (polling, retried) = (None, retried + 1);
                        Some(backoff.wait(Duration::MAX))
                    }
                    _ => None,
                };
                if let Some(wait) = wait {
                    self.say(Word::Retried(self.at, attempts));
                    ask.sleep(wait).await;
                    slept += wait;
                    continue;
                }
            }
            return Outcome {
                flaky: retried > 0 && judged.verdict == Verdict::Pass,
                judged,
                fixed: false,
                attempts,
                started: Some(started),
                took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                evidence: witness.exchanges(),
                panicked: false,
            };
        }
    }

    /// Holds a slot for one judging only: a step that waits for its next poll holds none.
    async fn judge_once(&self, step: &Step, again: bool) -> (Judged, Ask, Arc<Witness>) {
        let _slot = match &self.slots {
            Some(slots) => slots.acquire().await.ok(),
            None => None,
        };
        let witness = Arc::new(Witness::of(&step.id));
        let ask = self
            .door
            .ask(witness.clone(), step.world.clone(), step.timeout);
        let ask = if again { ask.afresh() } else { ask };
        if !again {
            self.say(Word::Started(self.at));
        }
        {
            let mut trail = self.trail.lock().unwrap_or_else(PoisonError::into_inner);
            trail.started.get_or_insert_with(|| ask.now());
            trail.attempts += 1;
            trail.witness = Some(witness.clone());
        }
        let judged = (self.judge)(step, &ask).await;
        (judged, ask, witness)
    }

    fn started(&self) -> Option<Timestamp> {
        self.trail
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .started
    }

    fn say(&self, word: Word) {
        // The receiver lives as long as the tasks do; a run that has ended listens no more.
        let _ = self.words.send(word);
    }
}

impl Trail {
    /// The outcome of a step that the end of the run cut short.
    pub(crate) fn cut_short(&self, judged: Judged, now: Timestamp) -> Outcome {
        let started = self.started;
        let took = started.map_or(Duration::ZERO, |started| duration(started, now));
        Outcome {
            attempts: self.attempts,
            started,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            evidence: self
                .witness
                .as_ref()
                .map(|witness| witness.exchanges())
                .unwrap_or_default(),
            ..Outcome::unjudged(judged)
        }
    }

    /// Whether it was being judged at all.
    pub(crate) fn has_started(&self) -> bool {
        self.started.is_some()
    }
}

fn duration(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(from.age_ms(to).max(0).unsigned_abs())
}

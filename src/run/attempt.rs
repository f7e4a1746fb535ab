//! One step at work: judged, polled while it may still come right, judged again where retries are allowed.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use crate::ask::{Ask, Door};
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
#[derive(Default)]
pub(crate) struct Trail {
    began: Option<(Timestamp, Instant)>,
    attempts: u32,
    ask: Option<Ask>,
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
        let (mut retried, mut polling) = (0, step.within);
        let (mut backoff, mut slept) = (Backoff::default(), Duration::ZERO);
        let mut last: Option<Ask> = None;
        loop {
            let (judged, ask) = self.judge_once(step, last.as_ref()).await;
            let red = matches!(judged.verdict, Verdict::Fail { .. } | Verdict::Error { .. });
            // The check's own clock, so that a replay polls as often as the run did; and where it stands still, as in a test,
            // the waits themselves, so that no poll is endless.
            let passed = self.lock().passed(ask.now()).max(slept);
            let wait = match polling {
                _ if !red => None,
                Some(within) if passed < within => Some(backoff.wait(within - passed)),
                _ if retried < self.retries => {
                    (polling, retried) = (None, retried + 1);
                    Some(backoff.wait(Duration::MAX))
                }
                _ => None,
            };
            let Some(wait) = wait else {
                let flaky = retried > 0 && judged.verdict == Verdict::Pass;
                let outcome = self.lock().outcome(step, &self.door, judged);
                return Outcome { flaky, ..outcome };
            };
            let attempts = self.lock().attempts;
            self.say(Word::Retried(self.at, attempts));
            ask.sleep(wait).await;
            slept += wait;
            last = Some(ask);
        }
    }

    /// Holds a slot for one judging only: a step that waits for its next poll holds none.
    async fn judge_once(&self, step: &Step, last: Option<&Ask>) -> (Judged, Ask) {
        let _slot = match &self.slots {
            Some(slots) => slots.acquire().await.ok(),
            None => None,
        };
        let ask = match last {
            Some(last) => last.again(),
            None => {
                self.say(Word::Started(self.at));
                self.door.ask(&step.id, &step.world, step.timeout)
            }
        };
        self.lock().note(&ask);
        let judged = (self.judge)(step, &ask).await;
        (judged, ask)
    }

    fn lock(&self) -> MutexGuard<'_, Trail> {
        self.trail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, word: Word) {
        // The receiver lives as long as the tasks do; a run that has ended listens no more.
        let _ = self.words.send(word);
    }
}

impl Trail {
    fn note(&mut self, ask: &Ask) {
        self.began
            .get_or_insert_with(|| (ask.now(), Instant::now()));
        self.attempts += 1;
        self.ask = Some(ask.clone());
    }

    /// How long ago the first judging began, by the check's own clock.
    fn passed(&self, now: Timestamp) -> Duration {
        self.began.map_or(Duration::ZERO, |(began, _)| {
            Duration::from_millis(began.age_ms(now).max(0).unsigned_abs())
        })
    }

    /// Through what it was judged last.
    pub(crate) fn ask(&self) -> Option<Ask> {
        self.ask.clone()
    }

    /// Whether it was being judged at all.
    pub(crate) fn has_begun(&self) -> bool {
        self.began.is_some()
    }

    /// The outcome as far as the step came. How long it took is told by a clock that nobody sets.
    pub(crate) fn outcome(&self, step: &Step, door: &Door, judged: Judged) -> Outcome {
        let took = self.began.map(|(started, began)| {
            let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            door.step_took(&step.id, started, took_ms)
        });
        Outcome {
            attempts: self.attempts,
            started: took.map(|(started, _)| started),
            took_ms: took.map_or(0, |(_, took_ms)| took_ms),
            evidence: self.ask.as_ref().map(Ask::evidence).unwrap_or_default(),
            ..Outcome::unjudged(judged)
        }
    }
}

//! The witness of one judging: writes down every question and answer in the order of asking, and keeps the check's time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::ask::flight::Settled;
use crate::ask::question::Question;
use crate::leaves::{Exchange, Timestamp};

/// The evidence of one judging of one check.
#[derive(Debug)]
pub struct Witness {
    /// The step's full id.
    pub step: String,
    /// Which judging of the step this is, from 0.
    pub(crate) attempt: u32,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    now: Timestamp,
    asked: u32,
    /// Numbers given in the recorded run, for each question in the order of asking it.
    recorded: HashMap<Question, Vec<u32>>,
    /// Numbers already given: who asks again what was asked in this judging is told the same exchange.
    given: HashMap<(Question, u64), u32>,
    exchanges: Vec<Exchange>,
}

impl Witness {
    /// A witness of a judging that begins now.
    pub(crate) fn new(
        step: &str,
        attempt: u32,
        now: Timestamp,
        mut recorded: HashMap<Question, Vec<u32>>,
    ) -> Self {
        let asked = recorded.values().flatten().copied().max().unwrap_or(0);
        for numbers in recorded.values_mut() {
            numbers.sort_unstable_by(|a, b| b.cmp(a));
        }
        Self {
            step: step.to_owned(),
            attempt,
            seen: Mutex::new(Seen {
                now,
                asked,
                recorded,
                given: HashMap::new(),
                exchanges: Vec::new(),
            }),
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The number of this question's exchange: in a replay the recorded one, so that evidence keeps its numbers. A question that was
    /// asked before in this judging, with no fresher answer wanted, keeps its number.
    pub(crate) fn number(&self, question: &Question, not_before: u64) -> u32 {
        self.with(|seen| {
            let asked = (question.clone(), not_before);
            if let Some(n) = seen.given.get(&asked) {
                return *n;
            }
            let recorded = seen.recorded.get_mut(question).and_then(Vec::pop);
            let n = recorded.unwrap_or_else(|| {
                seen.asked += 1;
                seen.asked
            });
            seen.given.insert(asked, n);
            n
        })
    }

    /// What time it is, as far as this check can know: when its last answer came, or its last wait ended.
    pub(crate) fn now(&self) -> Timestamp {
        self.with(|seen| seen.now)
    }

    pub(crate) fn see(&self, now: Timestamp) {
        self.with(|seen| seen.now = seen.now.max(now));
    }

    pub(crate) fn keep(&self, n: u32, question: &Question, settled: &Settled) {
        let answer = match &settled.reply {
            Ok(_) => settled.trace.excerpt.clone(),
            Err(failure) => failure.what.clone(),
        };
        let exchange = Exchange {
            n,
            backend: settled.backend.clone(),
            question: question.words(),
            request: settled.trace.request.clone(),
            single: settled.single.clone(),
            status: settled.trace.status,
            at: settled.at,
            took_ms: settled.took_ms,
            attempts: settled.attempts,
            answer,
        };
        self.with(|seen| {
            seen.now = seen.now.max(settled.at);
            if seen.exchanges.iter().all(|known| known.n != n) {
                seen.exchanges.push(exchange);
            }
        });
    }

    /// The exchanges so far, in the order of asking.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let mut exchanges = self.with(|seen| seen.exchanges.clone());
        exchanges.sort_by_key(|exchange| exchange.n);
        exchanges
    }
}

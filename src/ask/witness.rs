//! The witness of one check: writes down every question and answer in the order of asking.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::ask::door::Settled;
use crate::ask::question::Question;
use crate::leaves::Exchange;

/// The evidence of one judging of one check.
#[derive(Debug, Default)]
pub struct Witness {
    /// The step's full id.
    pub step: String,
    asked: AtomicU32,
    exchanges: Mutex<Vec<Exchange>>,
}

impl Witness {
    /// A witness of the step with this id.
    pub fn of(step: &str) -> Self {
        Self {
            step: step.to_owned(),
            ..Self::default()
        }
    }

    /// The number of the next exchange, from 1.
    pub(crate) fn number(&self) -> u32 {
        self.asked.fetch_add(1, Ordering::Relaxed) + 1
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
        self.exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(exchange);
    }

    /// The exchanges so far, in the order of asking.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let mut exchanges = self
            .exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        exchanges.sort_by_key(|exchange| exchange.n);
        exchanges
    }
}

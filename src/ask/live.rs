//! Behind a live door stands the world: gates, batches, retries, and the clients of `backend/`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::ask::batch::{self, Shape};
use crate::ask::dispatch;
use crate::ask::flight::{Landing, Settled};
use crate::ask::gate::{DEFAULT_PARALLEL, Gate, Gates, Pass};
use crate::ask::options::DoorOptions;
use crate::ask::question::{Question, Reply};
use crate::ask::queue::{Member, Queue};
use crate::ask::retry::Budget;
use crate::backend::answer::Count;
use crate::backend::tls::Trust;
use crate::backend::{Backend, Clients, Exchanged, Failure, FailureClass, Trace, prometheus};
use crate::leaves::{Selector, Timestamp, words};

/// Longest text of a batch's request that evidence keeps; the single request says the same.
const BATCH_TEXT: usize = 240;

/// The world, as a door reaches it.
#[derive(Debug)]
pub(crate) struct Live {
    clients: Clients,
    trust: Trust,
    backends: HashMap<Arc<str>, Arc<Backend>>,
    gates: Gates,
    budget: Budget,
    parallel: u16,
    batching: bool,
    deadline: Option<Instant>,
    waiting: Mutex<HashMap<Arc<str>, Queue>>,
}

impl Live {
    pub(crate) fn new(options: &DoorOptions) -> Self {
        let by_key = |backend: &Arc<Backend>| (backend.key.clone(), backend.clone());
        Self {
            clients: Clients::new(options.redactor.clone()),
            trust: Trust::default(),
            backends: options.backends.iter().map(by_key).collect(),
            gates: Gates::default(),
            budget: Budget::default(),
            parallel: options.parallel.unwrap_or(DEFAULT_PARALLEL),
            batching: options.batching,
            deadline: options.deadline.map(|deadline| Instant::now() + deadline),
            waiting: Mutex::default(),
        }
    }

    /// Sends the question on its way. The flight goes on even when whoever asked has stopped waiting.
    pub(crate) fn fly(self: &Arc<Self>, question: Question, timeout: Duration, landing: Landing) {
        self.budget.question();
        let live = self.clone();
        if let (true, Question::Count { backend, selector }) = (self.batching, &question)
            && let (Some(backend), Some(shape)) =
                (self.backends.get(backend), batch::shape(selector))
        {
            let member = Member {
                selector: selector.clone(),
                timeout,
                landing,
            };
            if self.queued(&backend.key, |queue| queue.push(shape, member)) {
                let backend = backend.clone();
                tokio::spawn(async move { live.leave(&backend).await });
            }
            return;
        }
        tokio::spawn(async move {
            let settled = live.alone(&question, timeout).await;
            // Nobody waits any more: the answer is kept for whoever asks next.
            landing.send_replace(Some(Arc::new(settled)));
        });
    }

    fn queued<T>(&self, key: &Arc<str>, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        change(waiting.entry(key.clone()).or_default())
    }

    /// Takes batches from a backend's queue, one a free slot, until it is empty.
    async fn leave(self: Arc<Self>, backend: &Arc<Backend>) {
        let gate = self.gate_of(backend);
        loop {
            // All who are ready to ask come first, so that the first batch is not one member alone.
            tokio::task::yield_now().await;
            let pass = gate.pass().await;
            let Some((shape, members)) = self.queued(&backend.key, Queue::next_batch) else {
                return;
            };
            let (live, backend) = (self.clone(), backend.clone());
            tokio::spawn(async move { live.together(&backend, &shape, members, Some(pass)).await });
        }
    }

    /// Asks for all members in one query, and in halves where the query itself was refused.
    async fn together(
        self: Arc<Self>,
        backend: &Arc<Backend>,
        shape: &Shape,
        members: Vec<Member>,
        pass: Option<Pass>,
    ) {
        let began = Instant::now();
        let selectors: Vec<&Selector> = members.iter().map(|member| &member.selector).collect();
        let query = match selectors.as_slice() {
            [only] => batch::single(only),
            all => batch::query(shape, all),
        };
        let timeout = members
            .iter()
            .map(|member| member.timeout)
            .max()
            .unwrap_or_default();
        let question = Question::Query {
            backend: backend.key.clone(),
            query,
            at: None,
        };
        let gate = self.gate_of(backend);
        let (attempts, (trace, answer)) = self
            .persist(&gate, pass, &question, Some(backend), timeout)
            .await;
        if let Err(failure) = &answer
            && members.len() > 1
            && batch::splits(failure)
        {
            let mut first = members;
            let second = first.split_off(first.len() / 2);
            for half in [first, second] {
                Box::pin(self.clone().together(backend, shape, half, None)).await;
            }
            return;
        }
        let counts = answer.and_then(|reply| match reply {
            Reply::Query(answer) if members.len() == 1 => Ok(vec![batch::count_of(&answer)?]),
            Reply::Query(answer) => batch::take_apart(shape, &selectors, &answer),
            _ => Err(Failure::new(
                FailureClass::Malformed,
                "expected the answer to a query",
            )),
        });
        let settled = Settled {
            reply: Err(Failure::new(FailureClass::Malformed, "no count")),
            trace: of_batch(trace, members.len()),
            backend: backend.name().to_owned(),
            single: None,
            at: Timestamp::now(),
            took_ms: millis(began),
            attempts,
        };
        hand_out(backend, members, counts, &settled);
    }

    async fn alone(&self, question: &Question, timeout: Duration) -> Settled {
        let began = Instant::now();
        let backend = question.backend().and_then(|key| self.backends.get(key));
        let gate = match backend {
            Some(backend) => self.gate_of(backend),
            None => self
                .gates
                .gate(&host_of(question).into(), self.parallel, None),
        };
        let subject = matches!(
            question,
            Question::Dns(_) | Question::Tcp(_) | Question::Http(_)
        );
        let (attempts, (trace, reply)) = if subject {
            // Here the connection is the subject: a failure is an answer, and is not asked away.
            let _pass = gate.pass().await;
            (
                1,
                dispatch::put(&self.clients, &self.trust, None, question, timeout).await,
            )
        } else {
            self.persist(&gate, None, question, backend, timeout).await
        };
        let name = backend.map_or_else(|| host_of(question), |backend| backend.name().to_owned());
        Settled {
            reply,
            trace,
            backend: name,
            single: None,
            at: Timestamp::now(),
            took_ms: millis(began),
            attempts,
        }
    }

    /// Sends until an answer comes, or a failure that patience does not cure. No slot is held while waiting.
    async fn persist(
        &self,
        gate: &Gate,
        mut pass: Option<Pass>,
        question: &Question,
        backend: Option<&Arc<Backend>>,
        timeout: Duration,
    ) -> (u32, Exchanged<Reply>) {
        let mut sends = 0;
        loop {
            let held = match pass.take() {
                Some(pass) => pass,
                None => gate.pass().await,
            };
            let (trace, mut answer) = dispatch::put(
                &self.clients,
                &self.trust,
                backend.map(Arc::as_ref),
                question,
                timeout,
            )
            .await;
            drop(held);
            sends += 1;
            let left = self
                .deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let wait = answer
                .as_mut()
                .err()
                .and_then(|failure: &mut Failure| self.budget.wait(failure, sends, left));
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return (sends, (trace, answer)),
            }
        }
    }

    fn gate_of(&self, backend: &Backend) -> Arc<Gate> {
        self.gates.gate(
            &backend.key,
            backend.hop.max_parallel.unwrap_or(self.parallel),
            backend.hop.rate,
        )
    }
}

/// Gives each member its own count, or all of them the same failure.
fn hand_out(
    backend: &Backend,
    members: Vec<Member>,
    counts: Result<Vec<Count>, Failure>,
    settled: &Settled,
) {
    let alone = members.len() == 1;
    for (at, member) in members.into_iter().enumerate() {
        let mut own = settled.clone();
        own.reply = match &counts {
            Ok(counts) => {
                own.trace.excerpt = batch::in_words(&counts[at]);
                Ok(Reply::Count(Arc::new(counts[at].clone())))
            }
            Err(failure) => Err(failure.clone()),
        };
        own.single =
            (!alone).then(|| prometheus::query_request(backend, &batch::single(&member.selector)));
        // Whoever asked may have stopped waiting: the answer is kept for the next one.
        member.landing.send_replace(Some(Arc::new(own)));
    }
}

/// The trace of a batch: its request is cut, since every member keeps a copy of it.
fn of_batch(mut trace: Trace, members: usize) -> Trace {
    if members > 1 {
        trace.request = format!(
            "{} (a batch of {members})",
            words::cut(&trace.request, BATCH_TEXT)
        );
        trace.excerpt.clear();
    }
    trace
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// What is asked, where no backend is: the host and port, or the resolver.
fn host_of(question: &Question) -> String {
    let of_url = |url: &str| {
        Url::parse(url).ok().map_or_else(
            || url.to_owned(),
            |url| {
                url.authority()
                    .rsplit('@')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            },
        )
    };
    match question {
        Question::Dns(probe) => probe
            .resolver
            .clone()
            .unwrap_or_else(|| "resolver".to_owned()),
        Question::Tcp(probe) => format!("{}:{}", probe.host, probe.port),
        Question::Http(probe) => of_url(&probe.url),
        Question::PageAt { url } => of_url(url),
        _ => String::new(),
    }
}

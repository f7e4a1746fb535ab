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
use crate::ask::question::{Question, Reply};
use crate::ask::retry::Budget;
use crate::backend::tls::Trust;
use crate::backend::{Backend, Clients, Exchanged, Failure, FailureClass, prometheus};
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

/// Counts that gather while no slot is free for their backend.
#[derive(Debug, Default)]
struct Queue {
    members: Vec<Member>,
    leaving: bool,
}

#[derive(Debug)]
struct Member {
    selector: Selector,
    shape: Shape,
    timeout: Duration,
    landing: Landing,
}

impl Live {
    pub(crate) fn new(
        backends: impl IntoIterator<Item = Arc<Backend>>,
        parallel: Option<u16>,
        batching: bool,
        deadline: Option<Duration>,
    ) -> Self {
        Self {
            clients: Clients,
            trust: Trust::default(),
            backends: backends
                .into_iter()
                .map(|backend| (backend.key.clone(), backend))
                .collect(),
            gates: Gates::default(),
            budget: Budget::default(),
            parallel: parallel.unwrap_or(DEFAULT_PARALLEL),
            batching,
            deadline: deadline.map(|deadline| Instant::now() + deadline),
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
                shape,
                timeout,
                landing,
            };
            if self.enqueue(&backend.key, member) {
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

    /// Adds a member to its backend's queue; true when nobody is taking members from it yet.
    fn enqueue(&self, key: &Arc<str>, member: Member) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = waiting.entry(key.clone()).or_default();
        queue.members.push(member);
        !std::mem::replace(&mut queue.leaving, true)
    }

    /// Takes batches from a backend's queue, one a free slot, until it is empty.
    async fn leave(self: Arc<Self>, backend: &Arc<Backend>) {
        let gate = self.gate_of(backend);
        loop {
            // All who are ready to ask come first, so that the first batch is not one member alone.
            tokio::task::yield_now().await;
            let pass = gate.pass().await;
            let Some(members) = self.next_batch(&backend.key) else {
                return;
            };
            let (live, backend) = (self.clone(), backend.clone());
            tokio::spawn(async move { live.together(&backend, members, Some(pass)).await });
        }
    }

    /// The next members that fit into one query: of the first one's shape, in their order.
    fn next_batch(&self, key: &Arc<str>) -> Option<Vec<Member>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = waiting.get_mut(key)?;
        let Some(first) = queue.members.first() else {
            queue.leaving = false;
            return None;
        };
        let shape = first.shape.clone();
        let (same, others): (Vec<Member>, Vec<Member>) = std::mem::take(&mut queue.members)
            .into_iter()
            .partition(|member| member.shape == shape);
        let selectors: Vec<&Selector> = same.iter().map(|member| &member.selector).collect();
        let fit = batch::fitting(&selectors);
        let mut same = same;
        queue.members = same.split_off(fit);
        queue.members.extend(others);
        Some(same)
    }

    /// Asks for all members in one query, and in halves where the query itself was refused.
    async fn together(
        self: Arc<Self>,
        backend: &Arc<Backend>,
        members: Vec<Member>,
        pass: Option<Pass>,
    ) {
        let began = Instant::now();
        let selectors: Vec<&Selector> = members.iter().map(|member| &member.selector).collect();
        let (shape, timeout) = (
            members[0].shape.clone(),
            members
                .iter()
                .map(|member| member.timeout)
                .max()
                .unwrap_or_default(),
        );
        let text = if let [only] = selectors.as_slice() {
            batch::single(only)
        } else {
            batch::query(&shape, &selectors)
        };
        let gate = self.gate_of(backend);
        let question = Question::Query {
            backend: backend.key.clone(),
            query: text,
            at: None,
        };
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
                Box::pin(self.clone().together(backend, half, None)).await;
            }
            return;
        }
        let alone = members.len() == 1;
        let counts = answer.and_then(|reply| match reply {
            Reply::Query(answer) if alone => Ok(vec![batch::count_of(&answer)?]),
            Reply::Query(answer) => batch::take_apart(&shape, &selectors, &answer),
            _ => Err(Failure::new(
                FailureClass::Malformed,
                "expected the answer to a query",
            )),
        });
        let (at, took_ms) = (Timestamp::now(), millis(began));
        let request = if alone {
            trace.request.clone()
        } else {
            format!(
                "{} (a batch of {})",
                words::cut(&trace.request, BATCH_TEXT),
                members.len()
            )
        };
        for (at_member, member) in members.into_iter().enumerate() {
            let mut trace = trace.clone();
            trace.request.clone_from(&request);
            let reply = counts
                .as_ref()
                .map(|counts| counts[at_member].clone())
                .map_err(Clone::clone);
            if let Ok(count) = &reply {
                trace.excerpt = batch::in_words(count);
            }
            let single =
                (!alone).then(|| prometheus::query_url(backend, &batch::single(&member.selector)));
            let reply = reply.map(|count| Reply::Count(Arc::new(count)));
            member.landing.send_replace(Some(Arc::new(Settled {
                reply,
                trace,
                backend: backend.name().to_owned(),
                single,
                at,
                took_ms,
                attempts,
            })));
        }
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

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
    backends: Mutex<HashMap<Arc<str>, Arc<Backend>>>,
    gates: Gates,
    budget: Budget,
    parallel: u16,
    batching: bool,
    deadline: Option<Instant>,
    waiting: Mutex<HashMap<Arc<str>, Queue>>,
}

impl Live {
    pub(crate) fn new(options: &DoorOptions, clients: Clients) -> Self {
        let by_key = |backend: &Arc<Backend>| (backend.key.clone(), backend.clone());
        Self {
            clients,
            trust: Trust::default(),
            backends: Mutex::new(options.backends.iter().map(by_key).collect()),
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
            && let (Some(backend), Some(shape)) = (self.backend(backend), batch::shape(selector))
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

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clients.now()
    }

    /// From now on, questions may name this backend too.
    pub(crate) fn meet(&self, backend: &Arc<Backend>) {
        let mut backends = self.backends.lock().unwrap_or_else(PoisonError::into_inner);
        backends
            .entry(backend.key.clone())
            .or_insert_with(|| backend.clone());
    }

    fn backend(&self, key: &Arc<str>) -> Option<Arc<Backend>> {
        let backends = self.backends.lock().unwrap_or_else(PoisonError::into_inner);
        backends.get(key).cloned()
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
        let sent = Sent {
            trace: of_batch(trace, members.len()),
            at: self.now(),
            took_ms: millis(began),
            attempts,
        };
        hand_out(backend, members, counts, &sent);
    }

    async fn alone(&self, question: &Question, timeout: Duration) -> Settled {
        let began = Instant::now();
        let backend = question.backend().and_then(|key| self.backend(key));
        let gate = match &backend {
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
                dispatch::put(&self.clients, &self.trust, None, None, question, timeout).await,
            )
        } else {
            self.persist(&gate, None, question, backend.as_ref(), timeout)
                .await
        };
        let name = backend.map_or_else(|| host_of(question), |backend| backend.shown().to_owned());
        Settled {
            reply,
            trace,
            backend: name,
            single: None,
            at: self.now(),
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
        let history = match question {
            Question::Movement {
                history: Some(key), ..
            } => self.backend(key),
            _ => None,
        };
        loop {
            let held = match pass.take() {
                Some(pass) => pass,
                None => gate.pass().await,
            };
            // It has its turn, but must not keep others waiting while it waits between two readings.
            let held = (!matches!(question, Question::Movement { .. })).then_some(held);
            let (trace, mut answer) = dispatch::put(
                &self.clients,
                &self.trust,
                backend.map(Arc::as_ref),
                history.as_deref(),
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

/// What the members of a batch have in common once it came back.
struct Sent {
    trace: Trace,
    at: Timestamp,
    took_ms: u64,
    attempts: u32,
}

/// Gives each member its own count, or all of them the same failure.
fn hand_out(
    backend: &Backend,
    members: Vec<Member>,
    counts: Result<Vec<Count>, Failure>,
    sent: &Sent,
) {
    let alone = members.len() == 1;
    for (at, member) in members.into_iter().enumerate() {
        let count = counts
            .as_ref()
            .map(|counts| counts[at].clone())
            .map_err(Clone::clone);
        let mut trace = sent.trace.clone();
        if let Ok(count) = &count {
            trace.excerpt = batch::in_words(count);
        }
        // Whoever asked may have stopped waiting: the answer is kept for the next one.
        member.landing.send_replace(Some(Arc::new(Settled {
            reply: count.map(|count| Reply::Count(Arc::new(count))),
            trace,
            backend: backend.shown().to_owned(),
            single: (!alone)
                .then(|| prometheus::query_request(backend, &batch::single(&member.selector))),
            at: sent.at,
            took_ms: sent.took_ms,
            attempts: sent.attempts,
        })));
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::ask::{Ask, Door};
    use crate::backend::{BackendKind, Hop, World};
    use crate::leaves::Redactor;

    /// A server that answers what it is told to, and counts.
    struct Stub {
        backend: Arc<Backend>,
        requests: Arc<Mutex<Vec<String>>>,
        most_at_once: Arc<AtomicUsize>,
    }

    type Answering = fn(usize, &str) -> (u16, String);

    async fn stub(parallel: Option<u16>, answering: Answering) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (requests, most_at_once) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicUsize::new(0)),
        );
        let (seen, most, now) = (
            requests.clone(),
            most_at_once.clone(),
            Arc::new(AtomicUsize::new(0)),
        );
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(
                    stream,
                    seen.clone(),
                    most.clone(),
                    now.clone(),
                    answering,
                ));
            }
        });
        let hop = serde_json::json!({ "name": "prom", "kind": "prometheus", "url": url, "max_parallel": parallel });
        Stub {
            backend: Arc::new(Backend::of(serde_json::from_value::<Hop>(hop).unwrap())),
            requests,
            most_at_once,
        }
    }

    async fn serve(
        stream: TcpStream,
        seen: Arc<Mutex<Vec<String>>>,
        most: Arc<AtomicUsize>,
        now: Arc<AtomicUsize>,
        answering: Answering,
    ) {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut first, mut length) = (String::new(), 0);
            if stream.read_line(&mut first).await.unwrap_or(0) == 0 {
                return;
            }
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.unwrap();
            let target = first.split(' ').nth(1).unwrap();
            let form = if length > 0 {
                String::from_utf8(body).unwrap()
            } else {
                target
                    .split_once('?')
                    .map_or("", |(_, query)| query)
                    .to_owned()
            };
            let query = url::form_urlencoded::parse(form.as_bytes())
                .find(|(key, _)| key == "query")
                .map_or_else(String::new, |(_, value)| value.into_owned());
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let count = {
                let mut seen = seen.lock().unwrap();
                seen.push(query.clone());
                seen.len()
            };
            tokio::time::sleep(Duration::from_millis(5)).await;
            let (status, body) = answering(count, &query);
            now.fetch_sub(1, Ordering::SeqCst);
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).await.unwrap();
        }
    }

    fn door(stub: &Stub, batching: bool) -> Arc<Door> {
        Door::live(DoorOptions {
            backends: vec![stub.backend.clone()],
            parallel: None,
            batching,
            deadline: None,
            record: true,
            vantage: "test".into(),
            redactor: Redactor::default(),
        })
    }

    fn ask(door: &Arc<Door>, step: &str) -> Ask {
        door.ask(step, &Arc::new(World::default()), Duration::from_secs(5))
    }

    /// Every name that is asked for has one series, unless it begins with `absent`.
    fn present(_: usize, query: &str) -> (u16, String) {
        let rows: Vec<String> = match query.strip_prefix("count(") {
            Some(single) => vec![single.trim_end_matches(')').to_owned()],
            None => query
                .split('"')
                .nth(1)
                .unwrap()
                .split('|')
                .map(str::to_owned)
                .collect(),
        };
        let rows: Vec<String> = rows
            .iter()
            .filter(|name| !name.starts_with("absent"))
            .map(|name| format!(r#"{{"metric":{{"__name__":"{name}"}},"value":[1,"1"]}}"#))
            .collect();
        (
            200,
            format!(
                r#"{{"status":"success","data":{{"resultType":"vector","result":[{}]}}}}"#,
                rows.join(",")
            ),
        )
    }

    fn refused(status: u16, text: &str) -> (u16, String) {
        (
            status,
            format!(r#"{{"status":"error","errorType":"x","error":"{text}"}}"#),
        )
    }

    #[tokio::test]
    async fn a_backend_that_no_suite_names_can_be_met_and_asked() {
        let stub = stub(None, present).await;
        let door = door(&stub, true);
        let ask = ask(&door, "s");
        let stranger = Backend::of(Hop {
            tenant: Some("finops-test".into()),
            ..stub.backend.hop.clone()
        });
        let selector = Selector::of("up");
        let refused = ask.count(&stranger, &selector).await;
        assert!(refused.is_err(), "nobody has introduced it");
        let met = ask.again().meet(stranger.hop);
        let told = ask.again().count(&met, &selector).await;
        assert_eq!(told.unwrap().value.series, 1);
    }

    #[tokio::test]
    async fn what_is_asked_twice_in_one_judging_is_one_exchange() {
        let stub = stub(None, present).await;
        let door = door(&stub, true);
        let ask = ask(&door, "s");
        let selector = Selector::of("up");
        let first = ask.count(&stub.backend, &selector).await.unwrap();
        let second = ask.count(&stub.backend, &selector).await.unwrap();
        assert_eq!((first.n, second.n), (1, 1));
        let fresher = ask.afresh().count(&stub.backend, &selector).await.unwrap();
        assert_eq!(fresher.n, 2);
        let numbers: Vec<u32> = ask.evidence().iter().map(|each| each.n).collect();
        assert_eq!(numbers, [1, 2]);
    }

    #[tokio::test]
    async fn forty_who_ask_the_same_are_told_by_one_request() {
        let stub = stub(None, present).await;
        let door = door(&stub, true);
        let asks: Vec<Ask> = (0..40).map(|at| ask(&door, &format!("s{at}"))).collect();
        let selector = Selector::of("up");
        let told = join_all(asks.iter().map(|ask| ask.count(&stub.backend, &selector))).await;
        assert!(
            told.iter()
                .all(|told| told.as_ref().unwrap().value.series == 1)
        );
        assert_eq!(stub.requests.lock().unwrap().len(), 1);
        assert_eq!(
            asks[39].evidence()[0]
                .request
                .matches("query=count")
                .count(),
            1,
            "each has the evidence"
        );
        let again = asks[0].again();
        again.count(&stub.backend, &selector).await.unwrap();
        assert_eq!(
            stub.requests.lock().unwrap().len(),
            2,
            "who asks again is told anew"
        );
    }

    #[tokio::test]
    async fn many_counts_travel_in_few_queries_and_each_finds_its_own() {
        let stub = stub(None, present).await;
        let door = door(&stub, true);
        let ask = ask(&door, "s");
        let selectors: Vec<Selector> = (0..600)
            .map(|at| {
                Selector::of(&format!(
                    "{}_{at}",
                    if at % 3 == 0 { "absent" } else { "here" }
                ))
            })
            .collect();
        let told = join_all(
            selectors
                .iter()
                .map(|selector| ask.count(&stub.backend, selector)),
        )
        .await;
        for (at, told) in told.iter().enumerate() {
            assert_eq!(
                told.as_ref().unwrap().value.series,
                u64::from(at % 3 != 0),
                "{at}"
            );
        }
        assert_eq!(stub.requests.lock().unwrap().len(), 3);
        assert!(
            ask.evidence()[7]
                .single
                .as_deref()
                .unwrap()
                .ends_with("query=count%28here_7%29"),
            "{:?}",
            ask.evidence()[7]
        );
    }

    #[tokio::test]
    async fn a_refused_batch_is_asked_in_halves_and_one_that_names_a_store_is_not() {
        let stub1 = stub(None, |_, query| {
            if query.len() > 60 {
                refused(400, "too much")
            } else {
                present(0, query)
            }
        })
        .await;
        let door1 = door(&stub1, true);
        let asker = ask(&door1, "s");
        let selectors: Vec<Selector> = (0..8)
            .map(|at| Selector::of(&format!("metric_{at}")))
            .collect();
        let told = join_all(
            selectors
                .iter()
                .map(|selector| asker.count(&stub1.backend, selector)),
        )
        .await;
        assert!(
            told.iter()
                .all(|told| told.as_ref().unwrap().value.series == 1),
            "{told:?}"
        );

        let stub2 = stub(None, |_, _| {
            refused(422, "receive series from Addr: 10.0.0.1:10901 ..")
        })
        .await;
        let door2 = door(&stub2, true);
        let asker = ask(&door2, "s");
        let told = join_all(
            selectors
                .iter()
                .map(|selector| asker.count(&stub2.backend, selector)),
        )
        .await;
        assert!(
            told.iter().all(|told| told
                .as_ref()
                .is_err_and(|failure| failure.what.contains("10.0.0.1"))),
            "{told:?}"
        );
        assert_eq!(stub2.requests.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_server_that_is_busy_for_a_moment_is_asked_again() {
        let stub1 = stub(None, |count, query| {
            if count == 1 {
                refused(503, "busy")
            } else {
                present(0, query)
            }
        })
        .await;
        let asker = ask(&door(&stub1, false), "s");
        assert_eq!(asker.query(&stub1.backend, "count(up)").await.unwrap().n, 1);
        assert_eq!(asker.evidence()[0].attempts, 2);

        let stub2 = stub(None, |_, _| refused(503, "busy")).await;
        let door2 = door(&stub2, false);
        let asks: Vec<Ask> = (0..100).map(|at| ask(&door2, &format!("s{at}"))).collect();
        let queries: Vec<String> = (0..100).map(|at| format!("count(up) + {at}")).collect();
        join_all(
            asks.iter()
                .zip(&queries)
                .map(|(ask, query)| ask.query(&stub2.backend, query)),
        )
        .await;
        assert!(
            stub2.requests.lock().unwrap().len() <= 130,
            "retries stay within their budget"
        );
    }

    #[tokio::test]
    async fn a_backend_is_never_asked_more_at_once_than_it_allows() {
        let stub = stub(Some(3), present).await;
        let ask = ask(&door(&stub, false), "s");
        let queries: Vec<String> = (0..40).map(|at| format!("count(up{at})")).collect();
        join_all(queries.iter().map(|query| ask.query(&stub.backend, query))).await;
        assert_eq!(stub.most_at_once.load(Ordering::SeqCst), 3);
        assert_eq!(stub.backend.kind(), BackendKind::Prometheus);
    }

    #[tokio::test]
    async fn what_was_recorded_is_told_again_with_the_same_numbers() {
        let stub = stub(None, present).await;
        let door = door(&stub, true);
        let asker = ask(&door, "s");
        let (up, absent) = (Selector::of("up"), Selector::of("absent"));
        let (a, b) = tokio::join!(
            asker.count(&stub.backend, &up),
            asker.query(&stub.backend, "count(absent)")
        );
        assert!(a.is_ok() && b.is_ok());
        let again = asker.again();
        again.count(&stub.backend, &up).await.unwrap();
        let recording = door.recording(0).unwrap();

        let tape = Door::replay(&recording).unwrap();
        let replayed = ask(&tape, "s");
        // Asked in another order, the evidence keeps its numbers.
        assert_eq!(
            replayed
                .query(&stub.backend, "count(absent)")
                .await
                .unwrap()
                .n,
            2
        );
        assert_eq!(replayed.count(&stub.backend, &up).await.unwrap().n, 1);
        assert_eq!(replayed.evidence(), asker.evidence());
        assert_eq!(
            replayed.again().count(&stub.backend, &up).await.unwrap().at,
            again.evidence()[0].at
        );
        let failure = replayed.count(&stub.backend, &absent).await.unwrap_err();
        assert!(
            failure.what.contains("holds no answer") && failure.what.contains("absent"),
            "{failure}"
        );
        assert!(
            Door::replay(b"{}").is_err() && Door::replay(b"").is_err(),
            "what is no recording is refused"
        );
        let cut = &recording[..recording.len() - 40];
        assert!(Door::replay(cut).is_err(), "half a recording is refused");
    }
}

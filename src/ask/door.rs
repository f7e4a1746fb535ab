//! The door itself: settles questions, whatever stands behind it: the world, a recording, or a test's script.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ask::flight::{Flights, Settled};
use crate::ask::live::Live;
use crate::ask::options::DoorOptions;
use crate::ask::question::{Question, Reply};
use crate::ask::tape::{Recorder, Tape, TapeError};
use crate::ask::witness::Witness;
use crate::backend::{Backend, Clients, Clock, Exchanged, Failure, FailureClass, InProcess, Trace};
use crate::leaves::Timestamp;

/// A script: what is answered to each question, for tests.
pub type Script = Box<dyn Fn(&Question) -> Exchanged<Reply> + Send + Sync>;

/// The one door through which every fact comes.
pub struct Door {
    behind: Behind,
    flights: Flights,
    recorder: Option<Recorder>,
    started: Timestamp,
    began: Instant,
    vantage: String,
}

enum Behind {
    World(Arc<Live>),
    Tape(Box<Tape>),
    Script(Script),
}

impl Door {
    fn new(
        behind: Behind,
        recorder: Option<Recorder>,
        started: Timestamp,
        vantage: String,
    ) -> Arc<Self> {
        Arc::new(Self {
            behind,
            flights: Flights::default(),
            recorder,
            started,
            began: Instant::now(),
            vantage,
        })
    }

    /// A door to the world. Flights are tasks of the runtime in which questions are asked.
    pub fn live(options: DoorOptions) -> Arc<Self> {
        let clients = Clients::new(options.redactor.clone());
        Self::over(clients, options)
    }

    /// A door behind which functions answer in place of the network.
    pub fn in_process(options: DoorOptions, network: Arc<InProcess>) -> Arc<Self> {
        Self::in_process_at(options, network, Arc::new(Timestamp::now))
    }

    /// The same at the time that a clock tells: what happened on another day can be asked again.
    pub fn in_process_at(options: DoorOptions, network: Arc<InProcess>, clock: Clock) -> Arc<Self> {
        let clients = Clients::in_process_at(options.redactor.clone(), network, clock);
        Self::over(clients, options)
    }

    fn over(clients: Clients, options: DoorOptions) -> Arc<Self> {
        let live = Live::new(&options, clients);
        let started = live.now();
        Self::new(
            Behind::World(Arc::new(live)),
            options.record.then(Recorder::default),
            started,
            options.vantage,
        )
    }

    /// A door behind which a recording stands: no network, and the recording's time.
    ///
    /// # Errors
    /// What is wrong with the recording, and in which line.
    pub fn replay(recording: &[u8]) -> Result<Arc<Self>, TapeError> {
        let tape = Tape::read(recording)?;
        let (started, vantage) = (tape.started, tape.vantage.clone());
        Ok(Self::new(
            Behind::Tape(Box::new(tape)),
            None,
            started,
            vantage,
        ))
    }

    /// A door behind which a script stands, at a fixed time: recorded answers in, verdict out.
    pub fn scripted(now: Timestamp, script: Script) -> Arc<Self> {
        Self::new(Behind::Script(script), None, now, "script".to_owned())
    }

    /// From now on, questions may name this backend too.
    pub(crate) fn meet(&self, backend: &Arc<Backend>) {
        if let Behind::World(live) = &self.behind {
            live.meet(backend);
        }
    }

    /// The time at which a step's first judging begins: now, or what was recorded.
    pub(crate) fn beginning(&self, step: &str) -> Timestamp {
        match &self.behind {
            Behind::World(live) => live.now(),
            Behind::Tape(tape) => tape.step(step).map_or(self.started, |(started, _)| started),
            Behind::Script(_) => self.started,
        }
    }

    pub(crate) fn witness(&self, step: &str, attempt: u32, now: Timestamp) -> Arc<Witness> {
        let numbers = match &self.behind {
            Behind::Tape(tape) => tape.numbers(step, attempt),
            Behind::World(_) | Behind::Script(_) => HashMap::new(),
        };
        Arc::new(Witness::new(step, attempt, now, numbers))
    }

    /// When the run began: now for a live door, the recording's time in a replay.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// How long the run has taken so far, in milliseconds; in a replay, how long it took.
    pub fn took_ms(&self) -> u64 {
        match &self.behind {
            Behind::World(_) => u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            Behind::Tape(tape) => tape.took_ms,
            Behind::Script(_) => 0,
        }
    }

    /// From where the run looks.
    pub fn vantage(&self) -> &str {
        &self.vantage
    }

    /// When a step that ends now began and how long it took, in milliseconds; in a replay, what was recorded.
    pub fn step_took(&self, step: &str, started: Timestamp, took_ms: u64) -> (Timestamp, u64) {
        match &self.behind {
            Behind::World(_) => {
                if let Some(recorder) = &self.recorder {
                    recorder.step(step, started, took_ms);
                }
                (started, took_ms)
            }
            Behind::Tape(tape) => tape.step(step).unwrap_or((self.started, 0)),
            Behind::Script(_) => (self.started, 0),
        }
    }

    /// Writes down, where a recording is kept, that a step was looked into; or that it was not, and what is said of that.
    pub fn looked_into(&self, step: &str, not: Option<&str>) {
        if let Some(recorder) = &self.recorder {
            recorder.looked_into(step, not);
        }
    }

    /// In a replay, what was said of a red step that the recorded run did not look into: it ended before. None where it did.
    pub fn not_looked_into(&self, step: &str) -> Option<&str> {
        match &self.behind {
            Behind::Tape(tape) => tape.not_looked_into(step),
            Behind::World(_) | Behind::Script(_) => None,
        }
    }

    /// The recording of all that passed in a run that took so long, where the door keeps one.
    pub fn recording(&self, took_ms: u64) -> Option<Vec<u8>> {
        self.recorder
            .as_ref()
            .map(|recorder| recorder.write(self.started, took_ms, &self.vantage))
    }

    /// The number of the next flight: answers that began before it are old.
    pub(crate) fn next_flight(&self) -> u64 {
        self.flights.next()
    }

    pub(crate) async fn sleep(&self, witness: &Witness, wait: Duration) {
        if let Behind::World(live) = &self.behind {
            tokio::time::sleep(wait).await;
            witness.see(live.now());
        } else {
            witness.see(
                witness
                    .now()
                    .plus_ms(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
            );
        }
    }

    /// The answer to a question of this witness, told by a flight not before the one with that number.
    pub(crate) async fn settle(
        &self,
        witness: &Witness,
        not_before: u64,
        n: u32,
        question: &Question,
        timeout: Duration,
    ) -> Arc<Settled> {
        match &self.behind {
            Behind::Tape(tape) => tape.settle(witness, n, question),
            Behind::Script(script) => {
                let (trace, reply) = script(question);
                Arc::new(Settled {
                    reply,
                    trace,
                    backend: String::new(),
                    single: None,
                    at: self.started,
                    took_ms: 0,
                    attempts: 1,
                })
            }
            Behind::World(live) => {
                let (flight, landing) = self.flights.join(question, not_before);
                let number = flight.number;
                if let Some(landing) = landing {
                    live.fly(question.clone(), timeout, landing);
                }
                let settled = flight.settled().await.unwrap_or_else(|| lost(question));
                if let Some(recorder) = &self.recorder {
                    recorder.told(witness, n, number, question, &settled);
                }
                settled
            }
        }
    }
}

/// The answer of a flight that never landed: its client panicked.
fn lost(question: &Question) -> Arc<Settled> {
    let failure = Failure::new(
        FailureClass::Local,
        format!(
            "gapcheck lost the answer to its question ({})",
            question.words()
        ),
    )
    .help("This is a bug in gapcheck: please report it with the suite's check.");
    Arc::new(Settled {
        reply: Err(failure),
        trace: Trace::default(),
        backend: String::new(),
        single: None,
        at: Timestamp::now(),
        took_ms: 0,
        attempts: 1,
    })
}

//! Record and replay: a run's questions and answers as JSON lines, and a door behind which only they stand.
//!
//! A recording has a header, a line a flight, and a line a judging (which flights it was told, under which numbers). A replayed
//! judging is told the same flights again. A question that it did not ask then is answered from any flight of that question; one
//! that nobody asked is an error that names it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ask::flight::Settled;
use crate::ask::question::{Question, Reply};
use crate::ask::witness::Witness;
use crate::backend::{Failure, FailureClass, Trace};
use crate::leaves::{Timestamp, words};

/// The version of the recording's format.
const VERSION: u32 = 1;

/// A recording that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the recording cannot be read: {why}")]
pub struct TapeError {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// The header.
    Recording {
        version: u32,
        started: Timestamp,
        vantage: String,
    },
    /// A question that was settled.
    Flight(Box<FlightLine>),
    /// A judging: for each exchange its number and its flight.
    Judging {
        step: String,
        attempt: u32,
        told: Vec<(u32, u64)>,
    },
    /// When a step began and how long it took.
    Step {
        step: String,
        started: Timestamp,
        took_ms: u64,
        /// That the run ended before it had looked into why the step is red, and what it said of that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_looked_into: Option<String>,
    },
    /// How long the run took.
    End { took_ms: u64 },
}

#[derive(Debug, Serialize, Deserialize)]
struct FlightLine {
    flight: u64,
    question: Question,
    backend: String,
    at: Timestamp,
    took_ms: u64,
    attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    single: Option<String>,
    trace: Trace,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<Reply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

/// What a door writes down while it is live.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Mutex<Recorded>);

#[derive(Debug, Default)]
struct Recorded {
    flights: HashMap<u64, (Question, Arc<Settled>)>,
    told: Vec<(Arc<str>, u32, u32, u64)>,
    steps: Vec<(String, Timestamp, u64)>,
    /// Steps that should be looked into and were not yet, each with what is said of that.
    not_looked_into: HashMap<String, String>,
}

impl Recorder {
    pub(crate) fn told(
        &self,
        witness: &Witness,
        n: u32,
        flight: u64,
        question: &Question,
        settled: &Arc<Settled>,
    ) {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recorded
            .flights
            .entry(flight)
            .or_insert_with(|| (question.clone(), settled.clone()));
        recorded
            .told
            .push((witness.step.as_str().into(), witness.attempt, n, flight));
    }

    pub(crate) fn step(&self, step: &str, started: Timestamp, took_ms: u64) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .steps
            .push((step.to_owned(), started, took_ms));
    }

    /// That a step was looked into; or that it was not, and what is said of that.
    pub(crate) fn looked_into(&self, step: &str, not: Option<&str>) {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match not {
            Some(said) => recorded
                .not_looked_into
                .insert(step.to_owned(), said.to_owned()),
            None => recorded.not_looked_into.remove(step),
        };
    }

    /// The whole recording.
    pub(crate) fn write(&self, started: Timestamp, took_ms: u64, vantage: &str) -> Vec<u8> {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = vec![Line::Recording {
            version: VERSION,
            started,
            vantage: vantage.to_owned(),
        }];
        let mut flights: Vec<_> = recorded.flights.iter().collect();
        flights.sort_by_key(|(number, _)| **number);
        lines.extend(flights.into_iter().map(|(number, (question, settled))| {
            Line::Flight(Box::new(FlightLine {
                flight: *number,
                question: question.clone(),
                backend: settled.backend.clone(),
                at: settled.at,
                took_ms: settled.took_ms,
                attempts: settled.attempts,
                single: settled.single.clone(),
                trace: settled.trace.clone(),
                reply: settled.reply.as_ref().ok().cloned(),
                failure: settled.reply.as_ref().err().cloned(),
            }))
        }));
        let mut told = recorded.told.clone();
        told.sort();
        told.dedup();
        lines.extend(
            told.chunk_by(|a, b| (&a.0, a.1) == (&b.0, b.1))
                .map(|judging| Line::Judging {
                    step: judging[0].0.to_string(),
                    attempt: judging[0].1,
                    told: judging
                        .iter()
                        .map(|(_, _, n, flight)| (*n, *flight))
                        .collect(),
                }),
        );
        lines.extend(
            recorded
                .steps
                .iter()
                .map(|(step, started, took_ms)| Line::Step {
                    step: step.clone(),
                    started: *started,
                    took_ms: *took_ms,
                    not_looked_into: recorded.not_looked_into.get(step).cloned(),
                }),
        );
        lines.push(Line::End { took_ms });
        let mut bytes = Vec::new();
        for line in lines {
            // Plain data with text keys always serialises, and writing to a Vec cannot fail.
            serde_json::to_writer(&mut bytes, &line).expect("a recording is plain data");
            bytes.push(b'\n');
        }
        bytes
    }
}

/// A recording that is played back.
#[derive(Debug)]
pub(crate) struct Tape {
    pub(crate) started: Timestamp,
    pub(crate) took_ms: u64,
    pub(crate) vantage: String,
    flights: HashMap<u64, Arc<Settled>>,
    of_question: HashMap<Question, u64>,
    /// Flights of a judging, by step and attempt: number of the exchange and flight.
    told: HashMap<(String, u32), Vec<(u32, u64)>>,
    questions: HashMap<u64, Question>,
    steps: HashMap<String, (Timestamp, u64)>,
    not_looked_into: HashMap<String, String>,
}

impl Tape {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, TapeError> {
        let mut tape = Self {
            started: Timestamp(0),
            took_ms: 0,
            vantage: String::new(),
            flights: HashMap::new(),
            of_question: HashMap::new(),
            told: HashMap::new(),
            questions: HashMap::new(),
            steps: HashMap::new(),
            not_looked_into: HashMap::new(),
        };
        let (mut begun, mut ended) = (false, false);
        for (at, text) in bytes
            .split(|byte| *byte == b'\n')
            .enumerate()
            .filter(|(_, text)| !text.is_empty())
        {
            let refuse = |why: String| TapeError { line: at + 1, why };
            match serde_json::from_slice(text).map_err(|why| refuse(why.to_string()))? {
                Line::Recording {
                    version,
                    started,
                    vantage,
                } if version == VERSION => {
                    begun = true;
                    (tape.started, tape.vantage) = (started, vantage);
                }
                Line::Recording { version, .. } => {
                    return Err(refuse(format!(
                        "it is of version {version}; this gapcheck reads version {VERSION}"
                    )));
                }
                _ if !begun => {
                    return Err(refuse(
                        "it does not begin with a recording's header".to_owned(),
                    ));
                }
                Line::Flight(line) => tape.keep(*line).map_err(refuse)?,
                Line::Judging {
                    step,
                    attempt,
                    told,
                } => drop(tape.told.insert((step, attempt), told)),
                Line::Step {
                    step,
                    started,
                    took_ms,
                    not_looked_into,
                } => {
                    let said = not_looked_into.map(|said| (step.clone(), said));
                    tape.not_looked_into.extend(said);
                    tape.steps.insert(step, (started, took_ms));
                }
                Line::End { took_ms } => {
                    ended = true;
                    tape.took_ms = took_ms;
                }
            }
        }
        match (begun, ended) {
            (true, true) => Ok(tape),
            _ => Err(TapeError {
                line: 1,
                why: "it is not whole: its header or its end is missing".to_owned(),
            }),
        }
    }

    fn keep(&mut self, line: FlightLine) -> Result<(), String> {
        let reply = match (line.reply, line.failure) {
            (Some(reply), None) => Ok(reply),
            (None, Some(failure)) => Err(failure),
            _ => return Err("a flight has either a reply or a failure".to_owned()),
        };
        let settled = Settled {
            reply,
            trace: line.trace,
            backend: line.backend,
            single: line.single,
            at: line.at,
            took_ms: line.took_ms,
            attempts: line.attempts,
        };
        self.flights.insert(line.flight, Arc::new(settled));
        self.of_question.insert(line.question.clone(), line.flight);
        self.questions.insert(line.flight, line.question);
        Ok(())
    }

    /// The numbers that this judging's questions had.
    pub(crate) fn numbers(&self, step: &str, attempt: u32) -> HashMap<Question, Vec<u32>> {
        let mut numbers: HashMap<Question, Vec<u32>> = HashMap::new();
        for (n, flight) in self
            .told
            .get(&(step.to_owned(), attempt))
            .into_iter()
            .flatten()
        {
            if let Some(question) = self.questions.get(flight) {
                numbers.entry(question.clone()).or_default().push(*n);
            }
        }
        numbers
    }

    /// What the exchange with this number was told, else what anybody was told who asked the same.
    pub(crate) fn settle(&self, witness: &Witness, n: u32, question: &Question) -> Arc<Settled> {
        let told = self.told.get(&(witness.step.clone(), witness.attempt));
        let flight = told
            .and_then(|told| {
                told.iter().find(|(number, flight)| {
                    *number == n && self.questions.get(flight) == Some(question)
                })
            })
            .map(|(_, flight)| *flight)
            .or_else(|| self.of_question.get(question).copied());
        flight.and_then(|flight| self.flights.get(&flight)).cloned().unwrap_or_else(|| {
            let failure = Failure::new(FailureClass::NotRecorded, format!("the recording holds no answer to this question: {}", asked(question)))
                .help("Record the run again with this suite, or replay it with the suite it was recorded with.");
            Arc::new(Settled { reply: Err(failure), trace: Trace::default(), backend: String::new(), single: None, at: witness.now(), took_ms: 0, attempts: 0 })
        })
    }

    pub(crate) fn step(&self, step: &str) -> Option<(Timestamp, u64)> {
        self.steps.get(step).copied()
    }

    pub(crate) fn not_looked_into(&self, step: &str) -> Option<&str> {
        self.not_looked_into.get(step).map(String::as_str)
    }
}

/// A question in words, with what is asked for: ``series count `up` ``.
fn asked(question: &Question) -> String {
    let fields = match serde_json::to_value(question) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let of_backends = ["ask", "backend", "history", "address"];
    let details: Vec<&str> = fields
        .iter()
        .filter(|(key, _)| !of_backends.contains(&key.as_str()))
        .filter_map(|(_, value)| value.as_str())
        .collect();
    match details.is_empty() {
        true => question.words(),
        false => format!(
            "{} `{}`",
            question.words(),
            words::cut(&details.join(" "), 160)
        ),
    }
}

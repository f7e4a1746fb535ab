//! `Ask`: what a check is handed. One typed method a question.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::ask::door::Door;
use crate::ask::question::{Question, Reply};
use crate::ask::witness::Witness;
use crate::backend::{Backend, Failure, FailureClass, Hop, World};
use crate::leaves::{Exchange, Timestamp};

/// A typed answer, or why there is none.
pub type Answer<T> = Result<Told<T>, Failure>;

/// What was told, by whom and when.
#[derive(Clone, Debug)]
pub struct Told<T> {
    /// The answer.
    pub value: Arc<T>,
    /// Number of the exchange in this check's evidence.
    pub n: u32,
    /// When the answer came, by our clock.
    pub at: Timestamp,
    /// When it was given, by the server's own clock (`Date` header), else by ours: ages of its data are measured against this.
    pub server_now: Timestamp,
}

/// The door, as one check sees it: cheap to clone, sharing answers, limits and evidence with all that pass through it.
#[derive(Clone)]
pub struct Ask {
    pub(crate) door: Arc<Door>,
    pub(crate) witness: Arc<Witness>,
    pub(crate) world: Arc<World>,
    /// Answers whose flight began before this one are too old.
    pub(crate) not_before: u64,
    pub(crate) timeout: Duration,
    /// Where the numbers of the exchanges are noted that one look asked for, whoever else asks at the same time.
    pub(crate) notes: Option<Notes>,
}

/// Numbers of the exchanges that one look asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<BTreeSet<u32>>>);

impl Notes {
    fn note(&self, n: u32) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(n);
    }

    /// Those numbers so far, in the order of asking.
    pub(crate) fn numbers(&self) -> BTreeSet<u32> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Door {
    /// What the first judging of this step is handed; `Ask::again` gives what the next one is handed.
    pub fn ask(self: &Arc<Self>, step: &str, world: &Arc<World>, timeout: Duration) -> Ask {
        Ask {
            door: self.clone(),
            witness: self.witness(step, 0, self.beginning(step)),
            world: world.clone(),
            not_before: 0,
            timeout,
            notes: None,
        }
    }
}

impl Ask {
    /// The systems that this check can ask.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// A backend that no suite names, such as one replica of a hop or a hop asked as another tenant: from now on it may be asked.
    pub fn meet(&self, hop: Hop) -> Arc<Backend> {
        let backend = Arc::new(Backend::of(hop));
        self.door.meet(&backend);
        backend
    }

    /// The same judging in another world: one in which a replica stands for its hop, say. Evidence and clock are shared.
    #[must_use]
    pub fn within(&self, world: World) -> Self {
        Self {
            world: Arc::new(world),
            ..self.clone()
        }
    }

    /// What time it is, as far as this check can know: when its last answer came or its last wait ended. The same in a replay.
    pub fn now(&self) -> Timestamp {
        self.witness.now()
    }

    /// The evidence so far, in the order of asking.
    pub fn evidence(&self) -> Vec<Exchange> {
        self.witness.exchanges()
    }

    /// The same judging, with the numbers of what is asked through this from now on: a look's own, whoever else asks meanwhile.
    pub(crate) fn noted(&self) -> (Self, Notes) {
        let notes = Notes::default();
        let ask = Self {
            notes: Some(notes.clone()),
            ..self.clone()
        };
        (ask, notes)
    }

    /// Waits; in a replay only the clock moves.
    pub async fn sleep(&self, wait: Duration) {
        self.door.sleep(&self.witness, wait).await;
    }

    /// What the next judging of the same check is handed: evidence of its own, the same clock, and only answers that were not under
    /// way before: what was told is asked again.
    #[must_use]
    pub fn again(&self) -> Self {
        let witness = self.door.witness(
            &self.witness.step,
            self.witness.attempt + 1,
            self.witness.now(),
        );
        Self {
            witness,
            not_before: self.door.next_flight(),
            notes: None,
            ..self.clone()
        }
    }

    /// The same judging, with only answers that were not under way before now: for a fact that changes while a run lasts.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self {
            not_before: self.door.next_flight(),
            ..self.clone()
        }
    }

    /// Puts a question, keeps the evidence, and unpacks the answer's type.
    pub(crate) async fn put<T>(
        &self,
        question: Question,
        timeout: Option<Duration>,
        typed: impl Fn(&Reply) -> Option<&Arc<T>>,
    ) -> Answer<T> {
        let n = self.witness.number(&question, self.not_before);
        if let Some(notes) = &self.notes {
            notes.note(n);
        }
        let settled = self
            .door
            .settle(
                &self.witness,
                self.not_before,
                n,
                &question,
                timeout.unwrap_or(self.timeout),
            )
            .await;
        self.witness.keep(n, &question, &settled);
        let reply = settled.reply.as_ref().map_err(|failure| Failure {
            n: Some(n),
            ..failure.clone()
        })?;
        let value = typed(reply).ok_or_else(|| {
            Failure::new(
                FailureClass::Malformed,
                format!(
                    "the recorded answer to `{}` is of another type",
                    question.words()
                ),
            )
        })?;
        Ok(Told {
            value: value.clone(),
            n,
            at: settled.at,
            server_now: settled.trace.date.unwrap_or(settled.at),
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join;

    use super::*;
    use crate::backend::Trace;
    use crate::backend::answer::Flags;

    #[tokio::test]
    async fn two_looks_at_once_know_each_what_they_asked_themselves() {
        let script = |question: &Question| {
            let reply = match question {
                Question::Flags { .. } => Ok(Reply::Flags(Arc::new(Flags::default()))),
                _ => Err(Failure::new(FailureClass::NotRecorded, "nobody told it")),
            };
            (Trace::default(), reply)
        };
        let door = Door::scripted(Timestamp(0), Box::new(script));
        let ask = door.ask(
            "s/check",
            &Arc::new(World::default()),
            Duration::from_secs(1),
        );
        let form = |name: &str| {
            let url = format!("http://{name}:9090");
            let hop = serde_json::json!({ "name": name, "kind": "prometheus", "url": url });
            Backend::of(serde_json::from_value(hop).unwrap())
        };
        let (a, b) = (form("a"), form("b"));
        let ((one, of_one), (two, of_two)) = (ask.noted(), ask.noted());
        let first = async {
            one.flags(&a).await.unwrap();
            tokio::task::yield_now().await;
            one.afresh().build(&a).await.unwrap_err();
        };
        let second = async {
            two.flags(&b).await.unwrap();
            tokio::task::yield_now().await;
            // What the first look asked, too.
            two.flags(&a).await.unwrap();
        };
        join(first, second).await;
        ask.flags(&b).await.unwrap();
        assert_eq!(Vec::from_iter(of_one.numbers()), [1, 3]);
        assert_eq!(Vec::from_iter(of_two.numbers()), [1, 2]);
        assert_eq!(ask.evidence().len(), 3);
    }
}

//! The door itself: settles questions, whatever stands behind it.

use std::sync::Arc;
use std::time::Duration;

use crate::ask::asking::Ask;
use crate::ask::question::{Question, Reply};
use crate::ask::witness::Witness;
use crate::backend::{Failure, Trace, World};
use crate::leaves::Timestamp;

/// A question that was settled, for good or ill.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The answer, or why there is none.
    pub reply: Result<Reply, Failure>,
    /// What was sent and what came back.
    pub trace: Trace,
    /// The backend's name, or the host that was asked.
    pub backend: String,
    /// The single request, where the question travelled in a batch.
    pub single: Option<String>,
    /// When it was settled.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How often it was sent.
    pub attempts: u32,
}

/// A script: what is answered to each question, for tests.
pub type Script = Box<dyn Fn(&Question) -> (Trace, Result<Reply, Failure>) + Send + Sync>;

/// The one door through which every fact comes.
pub struct Door {
    script: Script,
    now: Timestamp,
}

impl Door {
    /// A door behind which a script stands, at a fixed time: recorded answers in, verdict out.
    pub fn scripted(now: Timestamp, script: Script) -> Arc<Self> {
        Arc::new(Self { script, now })
    }

    /// What a check of this step is handed.
    pub fn ask(
        self: &Arc<Self>,
        witness: Arc<Witness>,
        world: Arc<World>,
        timeout: Duration,
    ) -> Ask {
        Ask {
            door: self.clone(),
            witness,
            world,
            not_older_than: Timestamp(i64::MIN),
            timeout,
        }
    }

    pub(crate) fn now(&self, _witness: &Witness) -> Timestamp {
        self.now
    }

    pub(crate) async fn sleep(&self, _witness: &Witness, _wait: Duration) {}

    pub(crate) async fn settle(
        &self,
        _ask: &Ask,
        question: Question,
        _timeout: Duration,
    ) -> Arc<Settled> {
        let (trace, reply) = (self.script)(&question);
        let at = self.now;
        Arc::new(Settled {
            reply,
            trace,
            backend: String::new(),
            single: None,
            at,
            took_ms: 0,
            attempts: 1,
        })
    }
}

//! `Ask`: what a check is handed. One typed method a question.

use std::sync::Arc;
use std::time::Duration;

use crate::ask::door::Door;
use crate::ask::question::{Question, Reply};
use crate::ask::witness::Witness;
use crate::backend::answer::{
    Build, Count, DnsAnswer, Flags, HttpAnswer, LoadedConfig, Movement, Page, QueryAnswer,
    RuleGroups, StoreInfo, StoreSeries, StoreValues, Stores, Targets, TcpAnswer, TsdbStatus,
};
use crate::backend::{
    AddressKey, Backend, DnsProbe, Failure, FailureClass, HttpProbe, TcpProbe, World,
};
use crate::leaves::{Exchange, Selector, Timestamp};

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
        }
    }
}

macro_rules! questions_of_a_backend {
    ($($(#[$doc:meta])* $method:ident: $variant:ident -> $answer:ty;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// Why the question could not be answered.
        pub async fn $method(&self, backend: &Backend) -> Answer<$answer> {
            self.put(Question::$variant { backend: backend.key.clone() }, backend.hop.timeout.map(|t| t.0), |reply| match reply {
                Reply::$variant(value) => Some(value),
                _ => None,
            })
            .await
        })*
    };
}

impl Ask {
    /// The systems that this check can ask.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What time it is, as far as this check can know: when its last answer came or its last wait ended. The same in a replay.
    pub fn now(&self) -> Timestamp {
        self.witness.now()
    }

    /// The evidence so far, in the order of asking.
    pub fn evidence(&self) -> Vec<Exchange> {
        self.witness.exchanges()
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

    /// How many series does this selector have now? Travels in a batch where it can.
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn count(&self, backend: &Backend, selector: &Selector) -> Answer<Count> {
        let question = Question::Count {
            backend: backend.key.clone(),
            selector: selector.clone(),
        };
        self.put(
            question,
            backend.hop.timeout.map(|t| t.0),
            |reply| match reply {
                Reply::Count(value) => Some(value),
                _ => None,
            },
        )
        .await
    }

    /// What does this expression give now, as an instant query?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn query(&self, backend: &Backend, query: impl Into<String>) -> Answer<QueryAnswer> {
        let question = Question::Query {
            backend: backend.key.clone(),
            query: query.into(),
            at: None,
        };
        self.put(
            question,
            backend.hop.timeout.map(|t| t.0),
            |reply| match reply {
                Reply::Query(value) => Some(value),
                _ => None,
            },
        )
        .await
    }

    questions_of_a_backend! {
        /// Which targets does this Prometheus scrape?
        targets: Targets -> Targets;
        /// Which configuration has it loaded?
        config: Config -> LoadedConfig;
        /// Which flags was it started with?
        flags: Flags -> Flags;
        /// Which version is it?
        build: Build -> Build;
        /// Which stores does this Query see?
        stores: Stores -> Stores;
        /// What does this Receive's head hold, tenant by tenant?
        tsdb_status: TsdbStatus -> TsdbStatus;
        /// Which rules has it, and how do they fare?
        rules: Rules -> RuleGroups;
        /// What does this store say of itself, over gRPC?
        store_info: StoreInfo -> StoreInfo;
        /// What is on this exporter's page?
        page: Page -> Page;
    }

    /// How did the server's own metrics of these names move? A name that ends in `*` stands for all that begin so. Answered from the
    /// history that `history` (or the server itself) has, without waiting, else by two readings of its metrics page 15 s apart; all
    /// who ask the same share them.
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn movement(
        &self,
        backend: &Backend,
        names: &[&str],
        history: Option<&Backend>,
    ) -> Answer<Movement> {
        let question = Question::Movement {
            backend: backend.key.clone(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            history: history.map(|backend| backend.key.clone()),
        };
        self.put(
            question,
            backend.hop.timeout.map(|t| t.0),
            |reply| match reply {
                Reply::Movement(value) => Some(value),
                _ => None,
            },
        )
        .await
    }

    /// What does this path of a backend bring, with its credentials? Any status is an answer.
    ///
    /// # Errors
    /// Why no whole answer came.
    pub async fn path(
        &self,
        backend: &Backend,
        address: AddressKey,
        path: &str,
    ) -> Answer<HttpAnswer> {
        let question = Question::Path {
            backend: backend.key.clone(),
            address,
            path: path.to_owned(),
        };
        self.put(
            question,
            backend.hop.timeout.map(|t| t.0),
            |reply| match reply {
                Reply::Http(value) => Some(value),
                _ => None,
            },
        )
        .await
    }

    /// Which series does this store hold, over gRPC, so far back from now? With `chunks`, each one's newest sample too.
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn store_series(
        &self,
        backend: &Backend,
        selector: &Selector,
        back: Duration,
        chunks: bool,
    ) -> Answer<StoreSeries> {
        let back_ms = i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
        let question = Question::StoreSeries {
            backend: backend.key.clone(),
            selector: selector.clone(),
            back_ms,
            chunks,
        };
        self.put(
            question,
            backend.hop.timeout.map(|t| t.0),
            |reply| match reply {
                Reply::StoreSeries(value) => Some(value),
                _ => None,
            },
        )
        .await
    }

    /// Which values has a label at this store, over gRPC, of these series so far back from now?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn store_values(
        &self,
        backend: &Backend,
        label: &str,
        selector: &Selector,
        back: Duration,
    ) -> Answer<StoreValues> {
        let back_ms = i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
        let question = Question::StoreValues {
            backend: backend.key.clone(),
            label: label.to_owned(),
            selector: selector.clone(),
            back_ms,
        };
        self.put(
            question,
            backend.hop.timeout.map(|t| t.0),
            |reply| match reply {
                Reply::StoreValues(value) => Some(value),
                _ => None,
            },
        )
        .await
    }

    /// What does this expression give at that moment, as an instant query?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn query_at(
        &self,
        backend: &Backend,
        query: impl Into<String>,
        at: Timestamp,
    ) -> Answer<QueryAnswer> {
        let question = Question::Query {
            backend: backend.key.clone(),
            query: query.into(),
            at: Some(at),
        };
        self.put(
            question,
            backend.hop.timeout.map(|t| t.0),
            |reply| match reply {
                Reply::Query(value) => Some(value),
                _ => None,
            },
        )
        .await
    }

    /// What is on the metrics page at this address?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn page_at(&self, url: &str) -> Answer<Page> {
        self.put(
            Question::PageAt {
                url: url.to_owned(),
            },
            None,
            |reply| match reply {
                Reply::Page(value) => Some(value),
                _ => None,
            },
        )
        .await
    }

    /// What does this name resolve to, as typed and through the search list?
    ///
    /// # Errors
    /// Why the question could not be answered: no name server is known, or the run ended. What name servers say is an answer.
    pub async fn dns(&self, probe: DnsProbe) -> Answer<DnsAnswer> {
        self.put(Question::Dns(probe), None, |reply| match reply {
            Reply::Dns(value) => Some(value),
            _ => None,
        })
        .await
    }

    /// Does this port answer?
    ///
    /// # Errors
    /// Why the question could not be put. A refused connection is an answer.
    pub async fn tcp(&self, probe: TcpProbe) -> Answer<TcpAnswer> {
        self.put(Question::Tcp(probe), None, |reply| match reply {
            Reply::Tcp(value) => Some(value),
            _ => None,
        })
        .await
    }

    /// What does this request bring?
    ///
    /// # Errors
    /// Why no whole answer came; `Failure::is_connection` tells a failed connection from the rest.
    pub async fn http(&self, probe: HttpProbe) -> Answer<HttpAnswer> {
        self.put(Question::Http(probe), None, |reply| match reply {
            Reply::Http(value) => Some(value),
            _ => None,
        })
        .await
    }

    async fn put<T>(
        &self,
        question: Question,
        timeout: Option<Duration>,
        typed: impl Fn(&Reply) -> Option<&Arc<T>>,
    ) -> Answer<T> {
        let n = self.witness.number(&question);
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
        let reply = settled.reply.as_ref().map_err(Clone::clone)?;
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

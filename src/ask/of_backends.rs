//! What `Ask` can ask of a backend: one typed method a question.

use std::sync::Arc;
use std::time::Duration;

use crate::ask::asking::{Answer, Ask};
use crate::ask::question::{Question, Reply};
use crate::backend::answer::{
    Build, Count, Exposures, Flags, HttpAnswer, LabelValues, LoadedConfig, Movement, Page,
    QueryAnswer, RuleGroups, Runtime, StoreInfo, StoreSeries, StoreValues, Stores, Targets,
    TsdbStatus,
};
use crate::backend::{AddressKey, Backend, QueryHow, RangeHow};
use crate::leaves::{Selector, Timestamp};

macro_rules! questions_of_a_backend {
    ($($(#[$doc:meta])* $method:ident: $variant:ident -> $answer:ty;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// Why the question could not be answered.
        pub async fn $method(&self, backend: &Backend) -> Answer<$answer> {
            self.put_to(backend, Question::$variant { backend: backend.key.clone() }, Reply::$method)
            .await
        })*
    };
}

impl Ask {
    /// Puts a question to a backend, with the timeout that its hop names.
    async fn put_to<T>(
        &self,
        backend: &Backend,
        question: Question,
        typed: fn(&Reply) -> Option<&Arc<T>>,
    ) -> Answer<T> {
        self.put(question, backend.hop.timeout.map(|t| t.0), typed)
            .await
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
        self.put_to(backend, question, Reply::count).await
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
        self.put_to(backend, question, Reply::query).await
    }

    questions_of_a_backend! {
        /// Which targets does this Prometheus scrape?
        targets: Targets -> Targets;
        /// Which configuration has it loaded?
        config: Config -> LoadedConfig;
        /// Which flags was it started with?
        flags: Flags -> Flags;
        /// When did the process begin, and is the configuration on disk the one that runs?
        runtime: Runtime -> Runtime;
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
        self.put_to(backend, question, Reply::movement).await
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
        self.put_to(backend, question, Reply::http).await
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
        self.put_to(backend, question, Reply::store_series).await
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
        self.put_to(backend, question, Reply::store_values).await
    }

    /// What does this expression give as an instant query that is answered in another way than the usual?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn query_as(
        &self,
        backend: &Backend,
        query: impl Into<String>,
        how: QueryHow,
    ) -> Answer<QueryAnswer> {
        let question = Question::QueryAs {
            backend: backend.key.clone(),
            query: query.into(),
            how,
        };
        self.put_to(backend, question, Reply::query).await
    }

    /// What does this expression give over a range of time?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn query_range(
        &self,
        backend: &Backend,
        query: impl Into<String>,
        how: RangeHow,
    ) -> Answer<QueryAnswer> {
        let question = Question::QueryRange {
            backend: backend.key.clone(),
            query: query.into(),
            how,
        };
        self.put_to(backend, question, Reply::query).await
    }

    /// Which targets of this Prometheus exposed the metric in their last scrape, before `metric_relabel_configs`?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn exposures(&self, backend: &Backend, metric: &str) -> Answer<Exposures> {
        let question = Question::Exposures {
            backend: backend.key.clone(),
            metric: metric.to_owned(),
        };
        self.put_to(backend, question, Reply::exposures).await
    }

    /// Which values has a label, of all series or of those of a selector?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn label_values(
        &self,
        backend: &Backend,
        label: &str,
        of: Option<&Selector>,
    ) -> Answer<LabelValues> {
        let question = Question::LabelValues {
            backend: backend.key.clone(),
            label: label.to_owned(),
            of: of.cloned(),
        };
        self.put_to(backend, question, Reply::label_values).await
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
        self.put_to(backend, question, Reply::query).await
    }
}

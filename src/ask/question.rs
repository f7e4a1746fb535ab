//! The closed list of questions, and what answers them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::backend::answer::{
    Build, Count, DnsAnswer, Exposures, Flags, HttpAnswer, LabelValues, LoadedConfig, Movement,
    Page, QueryAnswer, RuleGroups, Runtime, StoreInfo, StoreSeries, StoreValues, Stores, Targets,
    TcpAnswer, TsdbStatus,
};
use crate::backend::{AddressKey, DnsProbe, HttpProbe, QueryHow, RangeHow, TcpProbe};
use crate::leaves::{Selector, Timestamp};

/// A question. It names a backend by its key and holds no secret; it holds a moment only where a user named one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Question {
    /// How many series does this selector have now? May travel in a batch.
    Count {
        /// Key of the backend.
        backend: Arc<str>,
        /// The series.
        selector: Selector,
    },
    /// What does this expression give, as an instant query?
    Query {
        /// Key of the backend.
        backend: Arc<str>,
        /// The expression.
        query: String,
        /// Evaluation time, where it is not now.
        at: Option<Timestamp>,
    },
    /// What does this expression give, answered in another way than the usual?
    QueryAs {
        /// Key of the backend.
        backend: Arc<str>,
        /// The expression.
        query: String,
        /// How it is to be answered.
        how: QueryHow,
    },
    /// What does this expression give over a range of time?
    QueryRange {
        /// Key of the backend.
        backend: Arc<str>,
        /// The expression.
        query: String,
        /// Which times, and how it is to be answered.
        how: RangeHow,
    },
    /// When did the process begin, and is the configuration on disk the one that runs?
    Runtime {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// Which targets expose this metric?
    Exposures {
        /// Key of the backend.
        backend: Arc<str>,
        /// The name of the metric's family.
        metric: String,
    },
    /// Which values has this label?
    LabelValues {
        /// Key of the backend.
        backend: Arc<str>,
        /// The label.
        label: String,
        /// Of which series, where not of all.
        of: Option<Selector>,
    },
    /// Which targets are there?
    Targets {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// Which configuration is loaded?
    Config {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// Which flags was it started with?
    Flags {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// Which version is it?
    Build {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// Which stores does it see?
    Stores {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// What does its head hold, tenant by tenant?
    TsdbStatus {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// Which rules has it, and how do they fare?
    Rules {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// How did its own metrics of these names move?
    Movement {
        /// Key of the backend.
        backend: Arc<str>,
        /// Names of the metrics; a name that ends in `*` stands for all that begin so.
        names: Vec<String>,
        /// Key of the Prometheus that scrapes it and is asked for the history, where one is known.
        history: Option<Arc<str>>,
    },
    /// What does this path of it bring, with its credentials?
    Path {
        /// Key of the backend.
        backend: Arc<str>,
        /// Which of its addresses.
        address: AddressKey,
        /// The path, from the address' own path on.
        path: String,
    },
    /// What does this store say of itself?
    StoreInfo {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// Which series does this store hold between two moments?
    StoreSeries {
        /// Key of the backend.
        backend: Arc<str>,
        /// The series.
        selector: Selector,
        /// How far back, in milliseconds before the question.
        back_ms: i64,
        /// Whether to ask for chunks, for the time of the newest sample.
        chunks: bool,
    },
    /// Which values has a label at this store, of these series?
    StoreValues {
        /// Key of the backend.
        backend: Arc<str>,
        /// The label.
        label: String,
        /// The series.
        selector: Selector,
        /// How far back, in milliseconds before the question.
        back_ms: i64,
    },
    /// What is on its page?
    Page {
        /// Key of the backend.
        backend: Arc<str>,
    },
    /// What is on the page at this address?
    PageAt {
        /// The whole URL.
        url: String,
    },
    /// What does this name resolve to?
    Dns(DnsProbe),
    /// Does this port answer?
    Tcp(TcpProbe),
    /// What does this request bring?
    Http(HttpProbe),
}

/// An answer, of the type its question asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", content = "value", rename_all = "kebab-case")]
pub enum Reply {
    /// To `Count`.
    Count(Arc<Count>),
    /// To `Query`, `QueryAs` and `QueryRange`.
    Query(Arc<QueryAnswer>),
    /// To `Runtime`.
    Runtime(Arc<Runtime>),
    /// To `Exposures`.
    Exposures(Arc<Exposures>),
    /// To `LabelValues`.
    LabelValues(Arc<LabelValues>),
    /// To `Targets`.
    Targets(Arc<Targets>),
    /// To `Config`.
    Config(Arc<LoadedConfig>),
    /// To `Flags`.
    Flags(Arc<Flags>),
    /// To `Build`.
    Build(Arc<Build>),
    /// To `Stores`.
    Stores(Arc<Stores>),
    /// To `TsdbStatus`.
    TsdbStatus(Arc<TsdbStatus>),
    /// To `Rules`.
    Rules(Arc<RuleGroups>),
    /// To `Movement`.
    Movement(Arc<Movement>),
    /// To `StoreInfo`.
    StoreInfo(Arc<StoreInfo>),
    /// To `StoreSeries`.
    StoreSeries(Arc<StoreSeries>),
    /// To `StoreValues`.
    StoreValues(Arc<StoreValues>),
    /// To `Page` and `PageAt`.
    Page(Arc<Page>),
    /// To `Dns`.
    Dns(Arc<DnsAnswer>),
    /// To `Tcp`.
    Tcp(Arc<TcpAnswer>),
    /// To `Http` and `Path`.
    Http(Arc<HttpAnswer>),
}

macro_rules! unpacked {
    ($($method:ident $variant:ident $answer:ty;)*) => {
        impl Reply {
            $(pub(crate) fn $method(&self) -> Option<&Arc<$answer>> {
                match self {
                    Self::$variant(value) => Some(value),
                    _ => None,
                }
            })*
        }
    };
}

// The answer of one type; none where the reply is of another.
unpacked! {
    count Count Count;
    query Query QueryAnswer;
    runtime Runtime Runtime;
    exposures Exposures Exposures;
    label_values LabelValues LabelValues;
    targets Targets Targets;
    config Config LoadedConfig;
    flags Flags Flags;
    build Build Build;
    stores Stores Stores;
    tsdb_status TsdbStatus TsdbStatus;
    rules Rules RuleGroups;
    movement Movement Movement;
    store_info StoreInfo StoreInfo;
    store_series StoreSeries StoreSeries;
    store_values StoreValues StoreValues;
    page Page Page;
    dns Dns DnsAnswer;
    tcp Tcp TcpAnswer;
    http Http HttpAnswer;
}

impl Question {
    /// The key of the backend that is asked; none for questions to the network itself.
    pub fn backend(&self) -> Option<&Arc<str>> {
        match self {
            Self::Count { backend, .. }
            | Self::Query { backend, .. }
            | Self::QueryAs { backend, .. }
            | Self::QueryRange { backend, .. }
            | Self::Runtime { backend }
            | Self::Exposures { backend, .. }
            | Self::LabelValues { backend, .. }
            | Self::Targets { backend }
            | Self::Config { backend }
            | Self::Flags { backend }
            | Self::Build { backend }
            | Self::Stores { backend }
            | Self::TsdbStatus { backend }
            | Self::Rules { backend }
            | Self::Movement { backend, .. }
            | Self::Path { backend, .. }
            | Self::StoreInfo { backend }
            | Self::StoreSeries { backend, .. }
            | Self::StoreValues { backend, .. }
            | Self::Page { backend } => Some(backend),
            Self::PageAt { .. } | Self::Dns(_) | Self::Tcp(_) | Self::Http(_) => None,
        }
    }

    /// What is asked, in words, for the evidence.
    pub fn words(&self) -> String {
        match self {
            Self::Count { .. } => "series count".to_owned(),
            Self::Query { .. } | Self::QueryAs { .. } => "instant query".to_owned(),
            Self::QueryRange { .. } => "range query".to_owned(),
            Self::Runtime { .. } => "runtime".to_owned(),
            Self::Exposures { metric, .. } => format!("targets that expose `{metric}`"),
            Self::LabelValues { label, .. } => format!("values of label `{label}`"),
            Self::Targets { .. } => "targets".to_owned(),
            Self::Config { .. } => "loaded configuration".to_owned(),
            Self::Flags { .. } => "flags".to_owned(),
            Self::Build { .. } => "build".to_owned(),
            Self::Stores { .. } => "stores".to_owned(),
            Self::TsdbStatus { .. } => "head of each tenant".to_owned(),
            Self::Rules { .. } => "rules".to_owned(),
            Self::Movement { .. } => "movement of its own metrics".to_owned(),
            Self::Path { path, .. } => format!("GET of `{path}`"),
            Self::StoreInfo { .. } => "StoreAPI Info".to_owned(),
            Self::StoreSeries { .. } => "StoreAPI Series".to_owned(),
            Self::StoreValues { .. } => "StoreAPI LabelValues".to_owned(),
            Self::Page { .. } | Self::PageAt { .. } => "metrics page".to_owned(),
            Self::Dns(probe) => format!("{:?} record", probe.record)
                .to_uppercase()
                .replace("RECORD", "record"),
            Self::Tcp(probe) if probe.tls.is_some() => "TLS handshake".to_owned(),
            Self::Tcp(_) => "TCP connection".to_owned(),
            Self::Http(_) => "HTTP request".to_owned(),
        }
    }
}

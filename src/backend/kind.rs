//! The kinds of backend, and which questions each can answer.

use serde::{Deserialize, Serialize};

/// What kind of system a backend is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum BackendKind {
    /// An exporter: a page of metrics.
    Exporter,
    /// A Prometheus server. One that runs as an agent is recognised when it is asked.
    Prometheus,
    /// A Prometheus in agent mode: it scrapes and sends, and stores nothing that could be queried.
    PrometheusAgent,
    /// A single-node VictoriaMetrics.
    #[serde(rename = "victoriametrics")]
    VictoriaMetrics,
    /// A VictoriaMetrics cluster, asked at its vmselect below the path of the account: `http://vmselect:8481/select/0/prometheus`.
    #[serde(rename = "victoriametrics-cluster")]
    VictoriaMetricsCluster,
    /// A Thanos Receive: its write port (19291) also answers `/api/v1/status/tsdb`; it serves no PromQL.
    ThanosReceive,
    /// A Thanos Query.
    ThanosQuery,
    /// A Thanos Query Frontend: it passes questions on to the Query behind it, whose stores and flags it shows.
    ThanosQueryFrontend,
    /// A Thanos sidecar: the StoreAPI of one Prometheus.
    ThanosSidecar,
    /// A Thanos store gateway: the StoreAPI of a bucket.
    ThanosStore,
    /// A Grafana Mimir: its PromQL is below `/prometheus` of its address, its tenant in `X-Scope-OrgID`.
    Mimir,
    /// A Cortex, asked like a Mimir.
    Cortex,
}

/// A sort of question that a backend can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// PromQL: instant queries.
    Query,
    /// `/api/v1/targets`.
    Targets,
    /// `/api/v1/status/config`.
    Config,
    /// `/api/v1/status/flags`.
    Flags,
    /// `/api/v1/status/buildinfo`.
    Build,
    /// `/metrics`: what it says of itself.
    OwnMetrics,
    /// `/api/v1/stores`.
    Stores,
    /// `/api/v1/rules`.
    Rules,
    /// Thanos Receive's `/api/v1/status/tsdb`.
    TsdbStatus,
    /// Thanos' gRPC StoreAPI.
    StoreApi,
    /// A page in the exposition format.
    Page,
}

impl Capability {
    /// All of them, each with its word and what it tells.
    pub const ALL: &[(Self, &str, &str)] = &[
        (Self::Query, "query", "PromQL, as instant queries"),
        (
            Self::Targets,
            "targets",
            "what it scrapes, and how that goes",
        ),
        (
            Self::Config,
            "config",
            "the configuration that it has loaded",
        ),
        (Self::Flags, "flags", "the flags that it was started with"),
        (
            Self::OwnMetrics,
            "metrics",
            "its own metrics, on `/metrics`",
        ),
        (Self::Stores, "stores", "the stores that it sees"),
        (
            Self::Rules,
            "rules",
            "its rules, and how their evaluation goes",
        ),
        (
            Self::TsdbStatus,
            "heads",
            "what the head of each tenant holds",
        ),
        (
            Self::StoreApi,
            "storeapi",
            "series, over Thanos' gRPC StoreAPI",
        ),
        (Self::Page, "page", "a page of metrics"),
        (Self::Build, "build", "its version"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        self.row().1
    }

    /// What it tells.
    pub fn says(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        Self::ALL
            .iter()
            .find(|(known, ..)| *known == self)
            .expect("every capability has a row: a test counts those that kinds have")
    }
}

/// A key under which a hop gives an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKey {
    /// `url:`
    Url,
    /// `write:`, Receive's remote write port.
    Write,
    /// `http:`, the metrics port of Receive, a sidecar or a store gateway.
    Http,
    /// `grpc:`, the StoreAPI of a Thanos component.
    Grpc,
}

impl AddressKey {
    /// The key as written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Write => "write",
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

/// What is known of a kind.
#[derive(Debug)]
pub struct KindRow {
    /// The kind.
    pub kind: BackendKind,
    /// The word in suites.
    pub word: &'static str,
    /// Address keys it takes.
    pub addresses: &'static [AddressKey],
    /// The questions it answers, each with the address it is asked at.
    pub answers: &'static [(Capability, AddressKey)],
    /// Whether series of several senders meet there.
    pub gathers: bool,
    /// Header that carries the tenant, unless the hop names another.
    pub tenant_header: Option<&'static str>,
    /// Path below which its API for reading stands, where the address has no path of its own.
    pub read_below: Option<&'static str>,
}

/// All kinds of this version.
pub const BACKEND_KINDS: &[KindRow] = &[
    KindRow {
        kind: BackendKind::Exporter,
        word: "exporter",
        addresses: &[AddressKey::Url],
        answers: &[(Capability::Page, AddressKey::Url)],
        gathers: false,
        tenant_header: None,
        read_below: None,
    },
    KindRow {
        kind: BackendKind::Prometheus,
        word: "prometheus",
        addresses: &[AddressKey::Url],
        answers: &[
            (Capability::OwnMetrics, AddressKey::Url),
            (Capability::Query, AddressKey::Url),
            (Capability::Build, AddressKey::Url),
            (Capability::Targets, AddressKey::Url),
            (Capability::Config, AddressKey::Url),
            (Capability::Flags, AddressKey::Url),
            (Capability::Rules, AddressKey::Url),
        ],
        gathers: false,
        tenant_header: None,
        read_below: None,
    },
    KindRow {
        kind: BackendKind::PrometheusAgent,
        word: "prometheus-agent",
        addresses: &[AddressKey::Url],
        answers: &[
            (Capability::OwnMetrics, AddressKey::Url),
            (Capability::Build, AddressKey::Url),
            (Capability::Targets, AddressKey::Url),
            (Capability::Config, AddressKey::Url),
            (Capability::Flags, AddressKey::Url),
        ],
        gathers: false,
        tenant_header: None,
        read_below: None,
    },
    KindRow {
        kind: BackendKind::VictoriaMetrics,
        word: "victoriametrics",
        addresses: &[AddressKey::Url],
        answers: &[
            (Capability::OwnMetrics, AddressKey::Url),
            (Capability::Query, AddressKey::Url),
            (Capability::Build, AddressKey::Url),
        ],
        gathers: true,
        tenant_header: None,
        read_below: None,
    },
    KindRow {
        kind: BackendKind::VictoriaMetricsCluster,
        word: "victoriametrics-cluster",
        addresses: &[AddressKey::Url],
        answers: &[
            (Capability::Query, AddressKey::Url),
            (Capability::Build, AddressKey::Url),
        ],
        gathers: true,
        tenant_header: None,
        read_below: None,
    },
    KindRow {
        kind: BackendKind::ThanosReceive,
        word: "thanos-receive",
        addresses: &[AddressKey::Write, AddressKey::Http, AddressKey::Grpc],
        answers: &[
            (Capability::OwnMetrics, AddressKey::Http),
            (Capability::TsdbStatus, AddressKey::Write),
            (Capability::StoreApi, AddressKey::Grpc),
        ],
        gathers: true,
        tenant_header: Some("THANOS-TENANT"),
        read_below: None,
    },
    KindRow {
        kind: BackendKind::ThanosQuery,
        word: "thanos-query",
        addresses: &[AddressKey::Url, AddressKey::Grpc],
        answers: &[
            (Capability::OwnMetrics, AddressKey::Url),
            (Capability::Query, AddressKey::Url),
            (Capability::Build, AddressKey::Url),
            (Capability::Stores, AddressKey::Url),
            (Capability::Flags, AddressKey::Url),
            (Capability::Rules, AddressKey::Url),
            (Capability::StoreApi, AddressKey::Grpc),
        ],
        gathers: true,
        tenant_header: Some("THANOS-TENANT"),
        read_below: None,
    },
    // What it does not answer itself goes to the Query behind it: stores, flags and build are that Query's (Thanos 0.31 to 0.42).
    KindRow {
        kind: BackendKind::ThanosQueryFrontend,
        word: "thanos-query-frontend",
        addresses: &[AddressKey::Url],
        answers: &[
            (Capability::OwnMetrics, AddressKey::Url),
            (Capability::Query, AddressKey::Url),
            (Capability::Build, AddressKey::Url),
            (Capability::Stores, AddressKey::Url),
            (Capability::Flags, AddressKey::Url),
        ],
        gathers: true,
        tenant_header: Some("THANOS-TENANT"),
        read_below: None,
    },
    KindRow {
        kind: BackendKind::ThanosSidecar,
        word: "thanos-sidecar",
        addresses: &[AddressKey::Http, AddressKey::Grpc],
        answers: &[
            (Capability::OwnMetrics, AddressKey::Http),
            (Capability::StoreApi, AddressKey::Grpc),
        ],
        gathers: false,
        tenant_header: Some("THANOS-TENANT"),
        read_below: None,
    },
    KindRow {
        kind: BackendKind::ThanosStore,
        word: "thanos-store",
        addresses: &[AddressKey::Http, AddressKey::Grpc],
        answers: &[
            (Capability::OwnMetrics, AddressKey::Http),
            (Capability::StoreApi, AddressKey::Grpc),
        ],
        gathers: true,
        tenant_header: Some("THANOS-TENANT"),
        read_below: None,
    },
    KindRow {
        kind: BackendKind::Mimir,
        word: "mimir",
        addresses: &[AddressKey::Url],
        answers: &[
            (Capability::Query, AddressKey::Url),
            (Capability::Build, AddressKey::Url),
        ],
        gathers: true,
        tenant_header: Some("X-Scope-OrgID"),
        read_below: Some("prometheus"),
    },
    KindRow {
        kind: BackendKind::Cortex,
        word: "cortex",
        addresses: &[AddressKey::Url],
        answers: &[
            (Capability::Query, AddressKey::Url),
            (Capability::Build, AddressKey::Url),
        ],
        gathers: true,
        tenant_header: Some("X-Scope-OrgID"),
        read_below: Some("prometheus"),
    },
];

impl BackendKind {
    /// Its row.
    pub fn row(self) -> &'static KindRow {
        BACKEND_KINDS
            .iter()
            .find(|row| row.kind == self)
            .expect("every kind has a row: a test counts them")
    }

    /// The word in suites.
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// Whether it is a Thanos Query, or passes questions on to one: it lists stores, and an answer is as whole as they are.
    pub fn asks_stores(self) -> bool {
        self.answers(Capability::Stores).is_some()
    }

    /// Whether it can answer such a question, and at which of its addresses.
    pub fn answers(self, capability: Capability) -> Option<AddressKey> {
        self.row()
            .answers
            .iter()
            .find(|(known, _)| *known == capability)
            .map(|(_, key)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_row_and_its_word_is_what_serde_reads() {
        for row in BACKEND_KINDS {
            assert_eq!(serde_json::to_value(row.kind).unwrap(), row.word);
            for (capability, _) in row.answers {
                assert!(!capability.word().is_empty());
            }
            assert!(
                row.answers
                    .iter()
                    .all(|(_, key)| row.addresses.contains(key)),
                "{}",
                row.word
            );
        }
        for kind in [
            BackendKind::Exporter,
            BackendKind::Prometheus,
            BackendKind::PrometheusAgent,
            BackendKind::VictoriaMetrics,
            BackendKind::VictoriaMetricsCluster,
            BackendKind::ThanosReceive,
            BackendKind::ThanosQuery,
            BackendKind::ThanosQueryFrontend,
            BackendKind::ThanosSidecar,
            BackendKind::ThanosStore,
            BackendKind::Mimir,
            BackendKind::Cortex,
        ] {
            assert_eq!(kind.row().kind, kind);
        }
    }
}

//! The stations of the lab: all speak HTTP, one of them gRPC over it.

use std::fmt;

/// A server of the lab. Receive has two: the write port and the port with its own metrics.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Station {
    /// The cost exporter of cluster `ops`.
    Exporter,
    /// The Prometheus of one cluster.
    Prometheus(String),
    /// Thanos Receive's remote-write port, 19291 by convention.
    ReceiveWrite,
    /// Thanos Receive's HTTP port, 10902 by convention.
    ReceiveHttp,
    /// Thanos Receive's gRPC port, 10901 by convention.
    ReceiveGrpc,
    /// Thanos Query.
    Query,
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exporter => write!(f, "exporter"),
            Self::Prometheus(cluster) => write!(f, "prometheus of {cluster}"),
            Self::ReceiveWrite => write!(f, "receive, write port"),
            Self::ReceiveHttp => write!(f, "receive, http port"),
            Self::ReceiveGrpc => write!(f, "receive, gRPC port"),
            Self::Query => write!(f, "query"),
        }
    }
}

//! The stations of the lab: all speak HTTP, one of them gRPC over it.

use std::fmt;

/// A server of the lab. Each replica of Receive has three: the write port, the port with its own metrics, and gRPC; replicas are
/// counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Station {
    /// The cost exporter of cluster `ops`.
    Exporter,
    /// The Prometheus of one cluster.
    Prometheus(String),
    /// The remote-write port of a replica of Thanos Receive, 19291 by convention.
    ReceiveWrite(usize),
    /// Its HTTP port, 10902 by convention.
    ReceiveHttp(usize),
    /// Its gRPC port, 10901 by convention.
    ReceiveGrpc(usize),
    /// Thanos Query.
    Query,
    /// Thanos Query Frontend before it.
    Frontend,
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exporter => write!(f, "exporter"),
            Self::Prometheus(cluster) => write!(f, "prometheus of {cluster}"),
            Self::ReceiveWrite(n) => write!(f, "receive {n}, write port"),
            Self::ReceiveHttp(n) => write!(f, "receive {n}, http port"),
            Self::ReceiveGrpc(n) => write!(f, "receive {n}, gRPC port"),
            Self::Query => write!(f, "query"),
            Self::Frontend => write!(f, "query frontend"),
        }
    }
}

//! What is asked of the network itself: a name, a port, a URL. None of them holds a secret.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::backend::answer::RecordType;

/// A name to look up, as typed and through the search list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DnsProbe {
    /// The name as typed.
    pub name: String,
    /// The record type.
    pub record: RecordType,
    /// Name server as `ip` or `ip:port`; the system's where none is named.
    pub resolver: Option<String>,
    /// Search list in place of the system's.
    pub search: Option<Vec<String>>,
    /// `ndots` in place of the system's.
    pub ndots: Option<u8>,
}

impl DnsProbe {
    /// The address of a name server that is written as `ip` or `ip:port` (`[::1]:53`).
    pub fn server(written: &str) -> Option<SocketAddr> {
        written
            .parse()
            .ok()
            .or_else(|| written.parse::<IpAddr>().ok().map(|ip| (ip, 53).into()))
    }
}

/// A port to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TcpProbe {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The TLS handshake to make, where one is wanted.
    pub tls: Option<TlsProbe>,
}

/// How to make a TLS handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TlsProbe {
    /// Name to ask for and to verify, where it is not the host.
    pub server_name: Option<String>,
    /// PEM file of the authorities to trust, in place of the system's.
    pub ca: Option<String>,
}

/// A request to make.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HttpProbe {
    /// The method, upper case.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Headers to send.
    pub headers: Vec<(String, String)>,
    /// Body to send.
    pub body: Option<String>,
    /// How to make the TLS handshake, on https.
    #[serde(default)]
    pub tls: TlsProbe,
}

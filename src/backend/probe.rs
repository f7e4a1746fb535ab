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

/// How names are looked up where a question says nothing of it itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameLookup {
    /// Name server as `ip` or `ip:port`; the system's where none is named.
    pub resolver: Option<String>,
    /// Search list in place of the system's.
    pub search: Option<Vec<String>>,
    /// `ndots` in place of the system's.
    pub ndots: Option<u8>,
}

impl NameLookup {
    /// The probe with what it leaves open as it is said here.
    #[must_use]
    pub fn complete(&self, probe: DnsProbe) -> DnsProbe {
        DnsProbe {
            resolver: probe.resolver.or_else(|| self.resolver.clone()),
            search: probe.search.or_else(|| self.search.clone()),
            ndots: probe.ndots.or(self.ndots),
            ..probe
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_probe_says_itself_is_kept() {
        let names = NameLookup {
            resolver: Some("10.96.0.10".into()),
            search: Some(vec!["cluster.local".into()]),
            ndots: Some(5),
        };
        let probe = |resolver: Option<&str>, ndots| DnsProbe {
            name: "receive".into(),
            record: RecordType::A,
            resolver: resolver.map(str::to_owned),
            search: None,
            ndots,
        };
        let own = names.complete(probe(Some("127.0.0.1"), Some(1)));
        assert_eq!(
            (own.resolver.as_deref(), own.ndots),
            (Some("127.0.0.1"), Some(1))
        );
        assert_eq!(own.search, names.search);
        let none = names.complete(probe(None, None));
        assert_eq!((none.resolver, none.ndots), (names.resolver, Some(5)));
    }
}

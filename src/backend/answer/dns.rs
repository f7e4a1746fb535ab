//! What name servers answer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Record types that can be asked for.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// IPv4 addresses.
    #[default]
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Another name.
    Cname,
    /// Services: targets and ports.
    Srv,
    /// Texts.
    Txt,
}

impl RecordType {
    /// The type as written: `AAAA`.
    pub fn word(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Both lookups of one name side by side: as typed, and through the search list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAnswer {
    /// The settings that were used.
    pub settings: ResolverSettings,
    /// Every name that was tried at every server, in order.
    pub attempts: Vec<DnsAttempt>,
}

/// The resolver's settings, from `resolv.conf` or from the check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolverSettings {
    /// Name servers as `ip:port`.
    pub servers: Vec<String>,
    /// The search list.
    pub search: Vec<String>,
    /// Names with at least so many dots are tried as typed first.
    pub ndots: u8,
    /// Where the settings come from: `/etc/resolv.conf`, `the check`.
    pub from: String,
}

/// One name asked at one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAttempt {
    /// The full name that was asked, with its final dot.
    pub name: String,
    /// How the name came about.
    pub form: DnsForm,
    /// The server, `ip:port`.
    pub server: String,
    /// What came back.
    pub outcome: DnsOutcome,
    /// The CNAMEs on the way, in their order, then the records of the type asked for.
    pub records: Vec<DnsRecord>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

impl DnsAttempt {
    /// The server's answer in short: `10.0.0.1, 10.0.0.2`, `NXDOMAIN`, `no reply in time`.
    pub fn says(&self) -> String {
        match &self.outcome {
            DnsOutcome::Found => self.values().join(", "),
            outcome => outcome.to_string(),
        }
    }

    /// All records in words, the aliases on the way too.
    pub fn values(&self) -> Vec<String> {
        self.records.iter().map(ToString::to_string).collect()
    }
}

/// How a name that is asked came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DnsForm {
    /// As typed, with a final dot.
    Absolute,
    /// With this suffix of the search list.
    Search(String),
}

impl fmt::Display for DnsForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute => f.write_str("as typed"),
            Self::Search(suffix) => write!(f, "search: {suffix}"),
        }
    }
}

/// What came back for one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DnsOutcome {
    /// Records of the type.
    Found,
    /// The name exists, without records of the type.
    NoData,
    /// There is no such name.
    NxDomain,
    /// The server failed or refused: its response code, such as `SERVFAIL` or `REFUSED`.
    Code(String),
    /// No reply in time.
    Timeout,
    /// The exchange failed otherwise, such as a reply that cannot be read.
    Failed(String),
}

impl DnsOutcome {
    /// Whether the server knew: the name has such records, has none, or does not exist. Any other outcome proves nothing of the name.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Found | Self::NoData | Self::NxDomain)
    }
}

impl fmt::Display for DnsOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found => "found",
            Self::NoData => "NODATA",
            Self::NxDomain => "NXDOMAIN",
            Self::Timeout => "no reply in time",
            Self::Code(text) | Self::Failed(text) => text,
        })
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DnsRecord {
    /// A, AAAA, CNAME, SRV, TXT.
    #[serde(rename = "type")]
    pub record: RecordType,
    /// The address, target name (with final dot) or text.
    pub value: String,
    /// SRV: the port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Time to live, seconds.
    pub ttl: u32,
}

impl fmt::Display for DnsRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.record, self.port) {
            (RecordType::Cname, _) => write!(f, "CNAME {}", self.value),
            (_, Some(port)) => write!(f, "{}:{port}", self.value),
            (RecordType::Txt, _) => write!(f, "{:?}", self.value),
            _ => f.write_str(&self.value),
        }
    }
}

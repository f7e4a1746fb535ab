//! What name servers answer.

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
    /// The records of the type asked for (following CNAMEs), or the CNAMEs alone where nothing else came.
    pub records: Vec<DnsRecord>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
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

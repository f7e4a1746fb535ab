//! The form of a `dns` check, and what can be wrong with it before anything is asked.

use std::net::IpAddr;

use futures_util::future::join_all;
use ipnet::IpNet;
use serde::Deserialize;

use crate::ask::Ask;
use crate::backend::answer::RecordType;
use crate::backend::{DnsProbe, NameLookup, World};
use crate::check::given::given;
use crate::check::kind::CheckKind;
use crate::leaves::{Complaint, Judged, NumberMatcher, OneOrMore, words};

/// A name resolves. Each name is looked up in two ways, whatever the check demands: as typed, and with every suffix of the search list, as
/// a pod or a host does with short names; both are reported side by side. Names are asked for at the name servers themselves: the hosts
/// file and caches of this machine are left out.
///
/// ```yaml
/// - dns: thanos-receive.monitoring.svc          # passes if it resolves in one of the two ways
/// - dns: [thanos-receive.monitoring.svc.cluster.local, thanos-query.monitoring.svc.cluster.local]
///   lookup: absolute
///   addresses: 10.96.0.0/12
/// - dns: _grpc._tcp.thanos-receive.monitoring.svc.cluster.local
///   type: SRV
///   port: 10901
///   targets: ">= 2"
/// ```
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dns {
    /// The name, or a list of names that must all pass. A final dot leaves the search list out.
    pub dns: OneOrMore<String>,
    /// The record type, A by default.
    #[serde(default, rename = "type")]
    pub record: RecordType,
    /// Which lookup must resolve: `absolute` (as typed), `search` (with a suffix of the search list), or `any` of them, the default.
    #[serde(default)]
    pub lookup: Lookup,
    /// Name server in place of the system's: `10.96.0.10`, `"127.0.0.1:5353"`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "String")]
    pub resolver: Option<String>,
    /// Search list in place of the system's, such as that of a pod.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "Vec<String>")]
    pub search: Option<Vec<String>>,
    /// Names with fewer dots are tried through the search list first; the system's `ndots` by default.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "u8")]
    pub ndots: Option<u8>,
    /// The addresses that are right, each an address or a CIDR: every answer must be one of them, and every single address must be answered.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "OneOrMore<String>")]
    pub addresses: Option<OneOrMore<String>>,
    /// How many records must be answered.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub count: Option<NumberMatcher>,
    /// SRV: how many different targets must be answered.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "NumberMatcher")]
    pub targets: Option<NumberMatcher>,
    /// SRV: the port that every record must have.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "u16")]
    pub port: Option<u16>,
    /// CNAME, SRV: the names, TXT: the texts that must be answered, in any order, and no others.
    #[serde(default, deserialize_with = "given")]
    #[schemars(skip_serializing_if = "Option::is_none", with = "OneOrMore<String>")]
    pub equals: Option<OneOrMore<String>>,
    /// The name must not exist (NXDOMAIN) in any lookup that `lookup` names. A server that fails proves nothing, and is an error.
    #[serde(default)]
    pub nxdomain: bool,
}

/// Which lookup of a name counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lookup {
    /// As typed, as if it had a final dot.
    Absolute,
    /// With a suffix of the search list.
    Search,
    /// One of the two.
    #[default]
    Any,
}

impl CheckKind for Dns {
    fn subject(&self) -> String {
        words::list(&self.dns.0)
    }

    fn review(&self, _world: &World) -> Vec<Complaint> {
        let mut complaints = self.review_names();
        complaints.extend(self.review_resolver());
        complaints.extend(self.review_demands());
        complaints.extend(self.review_addresses());
        complaints
    }

    async fn judge(&self, ask: &Ask) -> Judged {
        let asked = self.dns.0.iter().map(|name| {
            ask.dns(DnsProbe {
                name: name.clone(),
                record: self.record,
                resolver: self.resolver.clone(),
                search: self.search.clone(),
                ndots: self.ndots,
            })
        });
        let answers = join_all(asked).await;
        self.judge_answers(&answers)
    }
}

impl Dns {
    fn review_names(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let single = self.dns.0.len() == 1;
        for (at, name) in self.dns.0.iter().enumerate() {
            let about = |message: String| {
                let complaint = Complaint::about("dns", message);
                if single {
                    complaint
                } else {
                    complaint.item(at)
                }
            };
            if let Some(why) = no_name(name) {
                complaints.push(
                    about(why)
                        .help("Write a name without scheme and port, such as receive.example."),
                );
            } else if self.dns.0[..at].contains(name) {
                complaints.push(
                    about(format!("`{name}` stands in the list twice")).help("Name it once."),
                );
            }
            if self.lookup == Lookup::Search && name.ends_with('.') {
                complaints.push(
                    about(format!("`{name}` ends in a dot, which leaves the search list out, and `lookup: search` demands it"))
                        .help("Leave the dot out, or write `lookup: absolute`."),
                );
            }
        }
        complaints
    }

    fn review_resolver(&self) -> Vec<Complaint> {
        let mut complaints = review_lookup(&NameLookup {
            resolver: self.resolver.clone(),
            search: self.search.clone(),
            ndots: self.ndots,
        });
        if self.lookup == Lookup::Search && self.search.as_ref().is_some_and(Vec::is_empty) {
            complaints.push(
                Complaint::about(
                    "search",
                    "the search list is empty, and `lookup: search` demands one",
                )
                .help("Name its suffixes, or leave `search` out for the system's."),
            );
        }
        complaints
    }

    /// Keys that do not go together.
    fn review_demands(&self) -> Vec<Complaint> {
        use RecordType::{A, Aaaa, Cname, Srv, Txt};
        let given = [
            ("addresses", self.addresses.is_some(), &[A, Aaaa][..]),
            (
                "count",
                self.count.is_some(),
                &[A, Aaaa, Cname, Srv, Txt][..],
            ),
            ("targets", self.targets.is_some(), &[Srv][..]),
            ("port", self.port.is_some(), &[Srv][..]),
            ("equals", self.equals.is_some(), &[Cname, Srv, Txt][..]),
        ];
        let mut complaints = Vec::new();
        for (key, _, types) in given.iter().filter(|(_, is_given, _)| *is_given) {
            if self.nxdomain {
                complaints.push(
                    Complaint::about(
                        key,
                        format!("`{key}` and `nxdomain: true` contradict each other"),
                    )
                    .help("Keep one of them."),
                );
            } else if !types.contains(&self.record) {
                let types: Vec<&str> = types.iter().map(|known| known.word()).collect();
                complaints.push(
                    Complaint::about(
                        key,
                        format!(
                            "`{key}` belongs to {} records, and {} is asked for",
                            words::list(&types),
                            self.record
                        ),
                    )
                    .help(format!("Write `type: {}`, or leave `{key}` out.", types[0])),
                );
            }
        }
        if self.port == Some(0) {
            complaints.push(Complaint::about("port", "`0` is no port"));
        }
        complaints
    }

    fn review_addresses(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        for (at, written) in self.addresses.iter().flat_map(|all| &all.0).enumerate() {
            let about = |message: String| Complaint::about("addresses", message).item(at);
            match network(written) {
                None => complaints.push(
                    about(format!("`{written}` is neither an address nor a CIDR"))
                        .help("Write an address such as 10.0.0.1, or a range such as 10.0.0.0/24."),
                ),
                Some(net) => {
                    let six = matches!(net, IpNet::V6(_));
                    if matches!(
                        (self.record, six),
                        (RecordType::A, true) | (RecordType::Aaaa, false)
                    ) {
                        complaints.push(about(format!(
                            "no {} record can be `{written}`",
                            self.record
                        )));
                    }
                }
            }
        }
        complaints
    }
}

/// An address (as a range of one), or a CIDR.
pub(crate) fn network(written: &str) -> Option<IpNet> {
    match written.parse::<IpAddr>() {
        Ok(address) => Some(IpNet::from(address)),
        Err(_) => written.parse().ok(),
    }
}

/// What is wrong with a way to look names up.
pub(crate) fn review_lookup(names: &NameLookup) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if let Some(written) = &names.resolver
        && DnsProbe::server(written).is_none()
    {
        complaints.push(
            Complaint::about(
                "resolver",
                format!("`{written}` is no name server; an address, or address:port, is expected"),
            )
            .help("Write an address such as 10.96.0.10 or \"127.0.0.1:5353\"."),
        );
    }
    for (at, suffix) in names.search.iter().flatten().enumerate() {
        if let Some(why) = no_name(suffix) {
            complaints.push(Complaint::about("search", why).item(at));
        }
    }
    if let Some(dots) = names.ndots.filter(|dots| *dots > 15) {
        complaints.push(Complaint::about(
            "ndots",
            format!("`{dots}` is more than 15, the most that resolvers take"),
        ));
    }
    complaints
}

/// Why it is no name that can be looked up.
fn no_name(written: &str) -> Option<String> {
    let bare = written.strip_suffix('.').unwrap_or(written);
    if bare.is_empty() {
        return Some("a name is empty".to_owned());
    }
    if bare.parse::<IpAddr>().is_ok() {
        return Some(format!("`{written}` is an address, and a name is expected"));
    }
    if bare.contains(|c: char| c.is_whitespace() || c.is_control() || ":/@,".contains(c)) {
        return Some(format!("`{written}` is no name"));
    }
    if let Some(label) = bare
        .split('.')
        .find(|label| label.is_empty() || label.len() > 63)
    {
        return Some(if label.is_empty() {
            format!("`{written}` has two dots in a row, or begins with one")
        } else {
            format!(
                "`{written}` has a label of {} bytes; 63 are the most",
                label.len()
            )
        });
    }
    (bare.len() > 253).then(|| format!("`{written}` has {} bytes; 253 are the most", bare.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(form: &str) -> Vec<String> {
        serde_json::from_str::<Dns>(form)
            .unwrap()
            .review(&World::default())
            .into_iter()
            .map(|complaint| format!("{}: {}", complaint.key.join("."), complaint.message))
            .collect()
    }

    #[test]
    fn good_forms_have_no_complaint() {
        for form in [
            r#"{"dns": "thanos-receive.monitoring.svc"}"#,
            r#"{"dns": ["a.example.", "büro.example"], "addresses": ["10.0.0.1", "10.0.0.0/8"], "count": ">= 1"}"#,
            r#"{"dns": "_grpc._tcp.a", "type": "SRV", "port": 10901, "targets": ">= 1", "equals": "b.example."}"#,
            r#"{"dns": "a", "lookup": "search", "search": ["svc.cluster.local", "cluster.local."], "ndots": 5, "resolver": "[::1]:53"}"#,
            r#"{"dns": "a", "nxdomain": true, "lookup": "absolute"}"#,
        ] {
            assert_eq!(complaints(form), [] as [&str; 0], "{form}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_before_anything_is_asked() {
        for (form, says) in [
            (
                r#"{"dns": "http://a.example"}"#,
                "dns: `http://a.example` is no name",
            ),
            (
                r#"{"dns": "a.example:53"}"#,
                "dns: `a.example:53` is no name",
            ),
            (
                r#"{"dns": "10.0.0.1"}"#,
                "dns: `10.0.0.1` is an address, and a name is expected",
            ),
            (r#"{"dns": ["a", ""]}"#, "dns.1: a name is empty"),
            (
                r#"{"dns": ["a", "a"]}"#,
                "dns.1: `a` stands in the list twice",
            ),
            (
                r#"{"dns": "a..b"}"#,
                "dns: `a..b` has two dots in a row, or begins with one",
            ),
            (
                r#"{"dns": "a.", "lookup": "search"}"#,
                "dns: `a.` ends in a dot, which leaves the search list out, and `lookup: search` demands it",
            ),
            (
                r#"{"dns": "a", "resolver": "dns.example"}"#,
                "resolver: `dns.example` is no name server; an address, or address:port, is expected",
            ),
            (
                r#"{"dns": "a", "search": [], "lookup": "search"}"#,
                "search: the search list is empty, and `lookup: search` demands one",
            ),
            (
                r#"{"dns": "a", "search": ["a b"]}"#,
                "search.0: `a b` is no name",
            ),
            (
                r#"{"dns": "a", "ndots": 16}"#,
                "ndots: `16` is more than 15, the most that resolvers take",
            ),
            (
                r#"{"dns": "a", "addresses": ["10.0.0.0/33"]}"#,
                "addresses.0: `10.0.0.0/33` is neither an address nor a CIDR",
            ),
            (
                r#"{"dns": "a", "addresses": ["::1"]}"#,
                "addresses.0: no A record can be `::1`",
            ),
            (
                r#"{"dns": "a", "targets": 1}"#,
                "targets: `targets` belongs to SRV records, and A is asked for",
            ),
            (
                r#"{"dns": "a", "nxdomain": true, "count": 0}"#,
                "count: `count` and `nxdomain: true` contradict each other",
            ),
            (
                r#"{"dns": "a", "type": "SRV", "port": 0}"#,
                "port: `0` is no port",
            ),
        ] {
            assert_eq!(complaints(form), [says], "{form}");
        }
        assert!(
            complaints(&format!(r#"{{"dns": "{}"}}"#, "x".repeat(64)))[0]
                .contains("a label of 64 bytes")
        );
    }

    #[test]
    fn an_empty_list_asserts_nothing() {
        for form in [
            r#"{"dns": []}"#,
            r#"{"dns": "a", "addresses": []}"#,
            r#"{"dns": "a", "type": "TXT", "equals": []}"#,
        ] {
            let why = serde_json::from_str::<Dns>(form).unwrap_err().to_string();
            assert!(why.contains("asserts nothing"), "{form}: {why}");
        }
    }
}

//! The names that the lab's DNS server knows.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Records, and the domains for which the server has authority.
#[derive(Debug, Clone, Default)]
pub struct Zone {
    /// The domains it answers for, without a final dot. A name outside all of them is refused by nobody: it is NXDOMAIN.
    pub domains: Vec<String>,
    /// All records.
    pub records: Vec<Record>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The owner, lower case, without a final dot.
    pub name: String,
    /// What it says.
    pub data: Data,
}

/// The content of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// Another name for the same.
    Cname(String),
    /// A service's host and port.
    Srv {
        /// The port of the service.
        port: u16,
        /// The host of the service.
        target: String,
    },
    /// A text.
    Txt(String),
}

impl Zone {
    /// The zone with one record more.
    pub fn with(mut self, name: &str, data: Data) -> Self {
        self.records.push(Record {
            name: name.to_owned(),
            data,
        });
        self
    }

    /// Takes away every record of a name and of the names below it.
    pub fn forget(&mut self, name: &str) {
        let below = format!(".{name}");
        self.records
            .retain(|record| record.name != name && !record.name.ends_with(&below));
    }

    /// Whether the name has records, or is on the way to a name that has.
    pub fn exists(&self, name: &str) -> bool {
        let below = format!(".{name}");
        self.domains.iter().any(|domain| domain == name)
            || self
                .records
                .iter()
                .any(|record| record.name == name || record.name.ends_with(&below))
    }

    /// The records of exactly this name.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Record> {
        self.records
            .iter()
            .filter(move |record| record.name == name)
    }

    /// The longest domain above a name, or the root.
    pub fn domain_of(&self, name: &str) -> &str {
        self.domains
            .iter()
            .filter(|domain| {
                name == *domain
                    || name
                        .strip_suffix(domain.as_str())
                        .is_some_and(|rest| rest.ends_with('.'))
            })
            .max_by_key(|domain| domain.len())
            .map_or(".", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{Data, Zone};

    #[test]
    fn forgetting_a_name_takes_its_services_along() {
        let mut zone = Zone::default()
            .with("a.b", Data::A(Ipv4Addr::LOCALHOST))
            .with(
                "_grpc._tcp.a.b",
                Data::Srv {
                    port: 1,
                    target: "a.b".to_owned(),
                },
            )
            .with("aa.b", Data::A(Ipv4Addr::LOCALHOST));
        assert!(zone.exists("_tcp.a.b"), "an empty name on the way exists");
        zone.forget("a.b");
        assert_eq!(zone.records.len(), 1);
        assert!(!zone.exists("a.b"));
    }

    #[test]
    fn the_longest_domain_has_authority() {
        let zone = Zone {
            domains: vec!["local".to_owned(), "cluster.local".to_owned()],
            records: Vec::new(),
        };
        assert_eq!(zone.domain_of("x.cluster.local"), "cluster.local");
        assert_eq!(zone.domain_of("xcluster.local"), "local");
        assert_eq!(zone.domain_of("example.org"), ".");
    }
}

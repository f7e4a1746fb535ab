//! Addresses of stores and of hops: taken apart, and resolved as the runner's own resolver sees them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::ask::Ask;
use crate::backend::answer::{DnsRecord, RecordType};
use crate::backend::{AddressKey, Backend};
use crate::check::dns::Lookups;

/// Host and port of an address as Query has it: `10.1.2.3:10901`, `[::1]:10901`, `kubernetes:///name:10901`.
pub(crate) fn host_and_port(address: &str) -> (&str, Option<u16>) {
    let address = address.rsplit('/').next().unwrap_or(address);
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok())
        }
        _ => (address, None),
    };
    (
        host.trim_start_matches('[')
            .trim_end_matches(']')
            .trim_end_matches('.'),
        port,
    )
}

/// The hosts at which a Query may know a hop: of its StoreAPI's address where it gives one, else of all its addresses.
pub(crate) fn hosts(hop: &Backend) -> BTreeSet<String> {
    let keys: &[AddressKey] = match hop.address(AddressKey::Grpc) {
        Some(_) => &[AddressKey::Grpc],
        None => &[AddressKey::Url, AddressKey::Write, AddressKey::Http],
    };
    keys.iter()
        .copied()
        .flat_map(|key| hop.known_at(key))
        .filter_map(|url| url.host_str())
        .map(|host| {
            host.trim_matches(['[', ']'])
                .trim_end_matches('.')
                .to_ascii_lowercase()
        })
        .collect()
}

/// What a name resolves to: addresses, or why none is known.
pub(crate) async fn resolved(ask: &Ask, host: &str) -> Result<BTreeSet<IpAddr>, String> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(BTreeSet::from([ip]));
    }
    let mut addresses = BTreeSet::new();
    let mut why = None;
    for record in [RecordType::A, RecordType::Aaaa] {
        match records(ask, host, record).await {
            Ok(found) => addresses.extend(
                found
                    .iter()
                    .filter_map(|record| record.value.parse::<IpAddr>().ok()),
            ),
            Err(said) => why = why.or(Some(said)),
        }
        if !addresses.is_empty() {
            break;
        }
    }
    match (addresses.is_empty(), why) {
        (true, why) => Err(why.unwrap_or_else(|| format!("`{host}` has no address"))),
        (false, _) => Ok(addresses),
    }
}

/// The records of this type that a name has.
pub(crate) async fn records(
    ask: &Ask,
    name: &str,
    record: RecordType,
) -> Result<Vec<DnsRecord>, String> {
    let told = ask
        .dns(ask.world().lookup(name, record))
        .await
        .map_err(|failure| failure.what)?;
    let lookups = Lookups::of(&told.value);
    match lookups.first {
        Some(found) => Ok(found
            .records
            .iter()
            .filter(|one| one.record == record)
            .cloned()
            .collect()),
        None => Err(format!(
            "`{name}` does not resolve ({} record): {}",
            record.word(),
            lookups.absolute.says()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_stores_are_taken_apart() {
        for (address, host, port) in [
            ("10.1.2.3:10901", "10.1.2.3", Some(10901)),
            ("[::1]:10901", "::1", Some(10901)),
            ("::1", "::1", None),
            (
                "receive.monitoring.svc.:10901",
                "receive.monitoring.svc",
                Some(10901),
            ),
            ("kubernetes:///receive:10901", "receive", Some(10901)),
            ("receive", "receive", None),
            ("", "", None),
            (":", "", None),
        ] {
            assert_eq!(host_and_port(address), (host, port), "{address}");
        }
    }

    #[test]
    fn a_hop_is_known_by_its_store_api_where_it_gives_one() {
        let hop = |grpc: Option<&str>| {
            let hop = serde_json::json!({ "name": "r", "kind": "thanos-receive", "write": "http://lb.example:19291", "grpc": grpc });
            hosts(&Backend::of(serde_json::from_value(hop).unwrap()))
        };
        assert_eq!(hop(None), BTreeSet::from(["lb.example".to_owned()]));
        assert_eq!(
            hop(Some("10.1.2.3:10901")),
            BTreeSet::from(["10.1.2.3".to_owned()])
        );
    }
}

//! What a Query is configured with and does not list: a store that it never reached is simply not there.

use std::collections::BTreeSet;

use crate::ask::Ask;
use crate::backend::Backend;
use crate::backend::answer::{RecordType, Stores};
use crate::check::completeness::{Completeness, Configured, configured, is_at};
use crate::check::store::address::{host_and_port, records, resolved};
use crate::leaves::words;

/// Names that discovery expands, which are looked up at most.
const LOOKED_UP: usize = 20;

/// Endpoints that Query should know.
#[derive(Debug, Default)]
pub(crate) struct Unlisted {
    /// Fixed addresses of its flags that it does not list.
    pub(crate) fixed: Vec<String>,
    /// Addresses to which its `dns+` and `dnssrv+` names resolve here, and which it does not list: the name, and the address.
    pub(crate) expanded: Vec<(String, String)>,
    /// What else there is to say: names that do not resolve here, files that cannot be seen, closed flags.
    pub(crate) notes: Vec<String>,
}

impl Unlisted {
    /// All of them in words.
    pub(crate) fn words(&self) -> Vec<String> {
        let expanded = self
            .expanded
            .iter()
            .map(|(name, address)| format!("{address} (by `{name}`)"));
        self.fixed.iter().cloned().chain(expanded).collect()
    }
}

/// Compares what Query lists with what it was told to ask.
pub(crate) async fn unlisted(ask: &Ask, query: &Backend, stores: &Stores) -> Unlisted {
    let mut unlisted = Unlisted::default();
    let configured: Configured = match configured(ask, query).await {
        Ok(configured) => configured,
        Err(Completeness::Half { why, .. }) => {
            unlisted.notes.push(why);
            return unlisted;
        }
        Err(Completeness::Whole(_)) => return unlisted,
    };
    let is_listed = |address: &str| stores.0.iter().any(|store| is_at(store, address));
    unlisted.fixed = configured
        .fixed
        .iter()
        .filter(|address| !is_listed(address))
        .cloned()
        .collect();
    let mut unseen = Vec::new();
    for name in configured.discovered.iter().take(LOOKED_UP) {
        let Some((scheme, target)) = name.split_once('+').filter(|_| !name.starts_with("--"))
        else {
            unseen.push(name.clone());
            continue;
        };
        match expanded(ask, scheme, target).await {
            Ok(addresses) => unlisted.expanded.extend(
                addresses
                    .into_iter()
                    .filter(|address| !is_listed(address))
                    .map(|address| (name.clone(), address)),
            ),
            Err(why) => unlisted.notes.push(format!(
                "what {} discovers by `{name}` could not be looked up from here: {why}",
                query.name()
            )),
        }
    }
    if !unseen.is_empty() {
        unlisted.notes.push(format!(
            "{} discovers stores by {}; whether all of those are listed was not tested",
            query.name(),
            words::few(&unseen, 3)
        ));
    }
    unlisted
}

/// What Thanos makes of a name: `dns` looks up addresses and keeps the port, `dnssrv` looks up services and then the addresses of their
/// targets, `dnssrvnoa` takes the targets as they are (Thanos `pkg/discovery/dns`).
pub(crate) async fn expanded(
    ask: &Ask,
    scheme: &str,
    target: &str,
) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    if scheme == "dns" || scheme == "dnsdualstack" {
        let (host, port) = host_and_port(target);
        for ip in resolved(ask, host).await? {
            found.insert(joined(&ip.to_string(), port));
        }
        return Ok(found);
    }
    let (name, port) = host_and_port(target);
    for service in records(ask, name, RecordType::Srv).await? {
        let port = port.or(service.port);
        let host = service.value.trim_end_matches('.');
        if scheme == "dnssrvnoa" {
            found.insert(joined(host, port));
            continue;
        }
        for ip in resolved(ask, host).await? {
            found.insert(joined(&ip.to_string(), port));
        }
    }
    Ok(found)
}

fn joined(host: &str, port: Option<u16>) -> String {
    match (host.contains(':'), port) {
        (true, Some(port)) => format!("[{host}]:{port}"),
        (false, Some(port)) => format!("{host}:{port}"),
        (_, None) => host.to_owned(),
    }
}

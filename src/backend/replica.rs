//! Replicas: the several addresses behind one hop, each a hop of its own when it is asked.

use std::net::IpAddr;
use std::sync::Arc;

use url::Url;

use crate::backend::hop::{Hop, Replica, Replicas, TlsFiles};
use crate::backend::kind::AddressKey;
use crate::leaves::OneOrMore;

/// The keys under which a hop gives addresses, in the order in which a replica is named by them.
const KEYS: [AddressKey; 4] = [
    AddressKey::Url,
    AddressKey::Write,
    AddressKey::Http,
    AddressKey::Grpc,
];

impl Hop {
    /// All addresses under that key: several where it gives replicas.
    pub fn addresses(&self, key: AddressKey) -> &[Url] {
        let given = match key {
            AddressKey::Url => &self.url,
            AddressKey::Write => &self.write,
            AddressKey::Http => &self.http,
            AddressKey::Grpc => &self.grpc,
        };
        given.as_ref().map_or(&[], |addresses| &addresses.0)
    }

    /// Whether it stands for several servers, each of which is asked.
    pub fn has_replicas(&self) -> bool {
        self.expand || KEYS.iter().any(|key| self.addresses(*key).len() > 1)
    }

    /// How many of its replicas must be as a check demands: all, where it does not say.
    pub fn how_many(&self) -> Replicas {
        self.replicas.unwrap_or_default()
    }

    /// The replicas that its lists give: the n-th of each list belong together, and an address that stands alone is that of every
    /// replica. None where it has no list.
    pub fn listed_replicas(&self) -> Vec<Self> {
        let many = KEYS
            .iter()
            .map(|key| self.addresses(*key).len())
            .max()
            .unwrap_or_default();
        if many < 2 {
            return Vec::new();
        }
        let of = Arc::new(self.clone());
        let hops: Vec<Self> = (0..many)
            .map(|at| self.with_addresses(&of, |urls| urls.get(at).unwrap_or(&urls[0]).clone()))
            .collect();
        // The first key with a list tells them apart.
        let told = KEYS
            .into_iter()
            .find(|key| self.addresses(*key).len() > 1)
            .unwrap_or(AddressKey::Url);
        labelled(hops, &of, told)
    }

    /// The replicas at these addresses of its host; on https they must still have the certificate of the name as written.
    pub fn replicas_at(&self, ips: &[IpAddr]) -> Vec<Self> {
        let of = Arc::new(self.clone());
        let host = self.host().map(str::to_owned);
        let is_tls = KEYS
            .iter()
            .flat_map(|key| self.addresses(*key))
            .any(|url| url.scheme() == "https");
        let hops = ips.iter().map(|ip| {
            let mut hop = self.with_addresses(&of, |urls| {
                let mut url = urls[0].clone();
                // Fails only for addresses without a host; http and https have one.
                let _ = url.set_ip_host(*ip);
                url
            });
            if is_tls {
                let files = hop.tls.get_or_insert_with(TlsFiles::default);
                files.server_name = files.server_name.take().or_else(|| host.clone());
            }
            hop
        });
        let told = KEYS
            .into_iter()
            .find(|key| !self.addresses(*key).is_empty())
            .unwrap_or(AddressKey::Url);
        labelled(hops.collect(), &of, told)
    }

    /// The host of its first address.
    pub fn host(&self) -> Option<&str> {
        KEYS.iter()
            .find_map(|key| self.addresses(*key).first())?
            .host_str()
    }

    fn with_addresses(&self, of: &Arc<Self>, choose: impl Fn(&[Url]) -> Url) -> Self {
        let one = |key| match self.addresses(key) {
            [] => None,
            urls => Some(OneOrMore(vec![choose(urls)])),
        };
        Self {
            url: one(AddressKey::Url),
            write: one(AddressKey::Write),
            http: one(AddressKey::Http),
            grpc: one(AddressKey::Grpc),
            expand: false,
            replicas: None,
            replica: Some(Replica {
                label: String::new(),
                of: of.clone(),
            }),
            ..self.clone()
        }
    }
}

/// Names each by host and port of its address under that key, or by the whole of it where that names two.
fn labelled(mut hops: Vec<Hop>, of: &Arc<Hop>, key: AddressKey) -> Vec<Hop> {
    let url = |hop: &Hop| hop.addresses(key).first().cloned();
    let short: Vec<String> = hops
        .iter()
        .map(|hop| url(hop).map_or_else(String::new, |url| host_and_port(&url)))
        .collect();
    let is_ambiguous = short
        .iter()
        .enumerate()
        .any(|(at, label)| short[..at].contains(label));
    for (hop, short) in hops.iter_mut().zip(short) {
        let label = match url(hop) {
            Some(url) if is_ambiguous => url.to_string(),
            _ => short,
        };
        hop.replica = Some(Replica {
            label,
            of: of.clone(),
        });
    }
    hops
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hop(form: serde_json::Value) -> Hop {
        serde_json::from_value(form).unwrap()
    }

    fn labels(hops: &[Hop]) -> Vec<&str> {
        hops.iter()
            .map(|hop| hop.replica.as_ref().unwrap().label.as_str())
            .collect()
    }

    #[test]
    fn one_address_is_no_replica() {
        for url in [json!("http://a:1"), json!(["http://a:1"])] {
            let hop = hop(json!({ "name": "p", "kind": "prometheus", "url": url }));
            assert!(!hop.has_replicas() && hop.listed_replicas().is_empty());
        }
    }

    #[test]
    fn the_nth_of_each_list_belong_together_and_one_address_is_that_of_all() {
        let hop = hop(json!({
            "name": "r", "kind": "thanos-receive", "write": "http://lb:19291",
            "http": ["http://a:10902", "http://b:10902"], "grpc": ["a:10901", "b:10901"],
        }));
        let all = hop.listed_replicas();
        assert_eq!(labels(&all), ["a:10902", "b:10902"]);
        assert_eq!(
            all[1].addresses(AddressKey::Write)[0].as_str(),
            "http://lb:19291/"
        );
        assert_eq!(
            all[1].addresses(AddressKey::Grpc)[0].as_str(),
            "http://b:10901/"
        );
        assert!(!all[1].has_replicas());
        assert!(all[0].replica.as_ref().unwrap().of.has_replicas());
    }

    #[test]
    fn replicas_of_one_host_and_port_are_told_by_their_whole_address() {
        let hop =
            hop(json!({ "name": "p", "kind": "prometheus", "url": ["http://a/0", "http://a/1"] }));
        assert_eq!(labels(&hop.listed_replicas()), ["http://a/0", "http://a/1"]);
    }

    #[test]
    fn a_name_is_replaced_by_its_addresses_and_stays_the_name_of_the_certificate() {
        let hop = hop(json!({
            "name": "p", "kind": "prometheus", "url": "https://prom.example:9090/x", "expand": true,
        }));
        let all = hop.replicas_at(&["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()]);
        assert_eq!(labels(&all), ["10.0.0.1:9090", "[fd00::1]:9090"]);
        assert_eq!(
            all[1].addresses(AddressKey::Url)[0].as_str(),
            "https://[fd00::1]:9090/x"
        );
        let tls = all[0].tls.as_ref().unwrap();
        assert_eq!(tls.server_name.as_deref(), Some("prom.example"));
    }
}

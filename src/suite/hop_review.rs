//! What no type can say of a hop: addresses that cannot be asked, limits that let nothing through, credentials on their way to a place
//! where they do not belong.

use std::path::Path;
use std::sync::Arc;

use url::Url;

use crate::backend::{AddressKey, BackendKind, Hop};
use crate::leaves::{Mistake, Origin, Secret, SecretText};
use crate::suite::node::Node;
use crate::suite::secret_table::{SecretTable, may_go};

/// The keys that hold addresses.
pub(crate) const ADDRESSES: [&str; 4] = ["url", "write", "http", "grpc"];

/// A hop under review, with its templates filled in.
pub(crate) struct HopReview<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its file.
    pub(crate) file: &'a Arc<Path>,
    /// Where its name stands.
    pub(crate) origin: &'a Origin,
    /// What is written.
    pub(crate) node: &'a Node,
}

impl HopReview<'_> {
    /// What can be said before the types have read it.
    pub(crate) fn form(&self, mistakes: &mut Vec<Mistake>) {
        for key in ADDRESSES {
            match self.node.get(key).map(|written| (written, written.items())) {
                Some((written, Some([]))) => mistakes.push(
                    Mistake::new(written.origin(self.file), "an empty list of addresses")
                        .help("Give at least one, or leave the key out."),
                ),
                Some((_, Some(items))) => {
                    for item in items {
                        self.address(key, item, mistakes);
                    }
                }
                Some((written, None)) => self.address(key, written, mistakes),
                None => {}
            }
        }
        self.limits(mistakes);
        self.headers(mistakes);
    }

    /// Names of headers that no request can carry (RFC 9110, section 5.6.2).
    fn headers(&self, mistakes: &mut Vec<Mistake>) {
        let listed = self
            .node
            .get("headers")
            .and_then(Node::entries)
            .unwrap_or_default();
        let names = listed
            .iter()
            .map(|(key, _)| key)
            .chain(self.node.get("tenant_header"));
        for name in names {
            let text = name.as_text().unwrap_or_default();
            let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if text.is_empty() || !text.chars().all(fits) {
                mistakes.push(Mistake::new(
                    name.origin(self.file),
                    format!("`{text}` cannot be the name of a header"),
                ));
            }
        }
        for (key, value) in listed {
            if value
                .as_text()
                .is_some_and(|text| text.contains(|c: char| c.is_control()))
            {
                mistakes.push(Mistake::new(
                    value.origin(self.file),
                    format!(
                        "the header `{}` holds a control character",
                        key.as_text().unwrap_or_default()
                    ),
                ));
            }
        }
    }

    /// What can be said of the hop that was read.
    pub(crate) fn hop(&self, hop: &Hop, secrets: &SecretTable, mistakes: &mut Vec<Mistake>) {
        self.kind(hop, mistakes);
        self.credentials(hop, secrets, mistakes);
    }

    /// Where the address with this number under a key is written.
    pub(crate) fn address_origin(&self, key: &str, at: usize) -> Origin {
        self.node
            .along(&[key.to_owned(), at.to_string()])
            .origin(self.file)
    }

    fn address(&self, key: &str, written: &Node, mistakes: &mut Vec<Mistake>) {
        let text = written.as_text().unwrap_or_default();
        let origin = written.origin(self.file);
        let with_scheme;
        let text = if key == "grpc" && !text.contains("://") {
            with_scheme = format!("http://{text}");
            &with_scheme
        } else {
            text
        };
        let refuse = |why: &str| {
            Mistake::new(origin.clone(), format!("{} {why}", written.words())).help(format!(
                "Write `{key}: http://host:port` or `{key}: https://host`."
            ))
        };
        match Url::parse(text) {
            Err(_) if !text.contains("://") => {
                mistakes.push(refuse("is not an address: the scheme is missing"))
            }
            Err(error) => mistakes.push(refuse(&format!("is not an address: {error}"))),
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                mistakes.push(refuse("is not an http or https address"))
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => mistakes.push(
                Mistake::new(origin, "a credential must not stand in an address")
                    .help("Use `basic_auth: { username: .., password: \"${{ secrets.NAME }}\" }`."),
            ),
            Ok(url) if url.fragment().is_some() => {
                mistakes.push(refuse("has a fragment (`#..`), which is never sent"))
            }
            Ok(_) => {}
        }
    }

    fn limits(&self, mistakes: &mut Vec<Mistake>) {
        for key in ["max_parallel", "rate", "timeout"] {
            if let Some(written) = self.node.get(key)
                && written.as_text().is_some_and(|text| {
                    text.trim_end_matches(|c: char| c.is_ascii_alphabetic())
                        .parse::<f64>()
                        .is_ok_and(|n| n <= 0.0)
                })
            {
                mistakes.push(Mistake::new(
                    written.origin(self.file),
                    format!("`{key}` of {} lets nothing be asked", written.words()),
                ));
            }
        }
    }

    fn kind(&self, hop: &Hop, mistakes: &mut Vec<Mistake>) {
        let row = hop.kind.row();
        let takes: Vec<String> = row
            .addresses
            .iter()
            .map(|key| format!("`{}`", key.word()))
            .collect();
        for key in ADDRESSES {
            if let Some((written, _)) = self.node.entry(key)
                && !row.addresses.iter().any(|known| known.word() == key)
            {
                mistakes.push(
                    Mistake::new(
                        written.origin(self.file),
                        format!("a {} hop has no address `{key}`", row.word),
                    )
                    .help(format!("It takes {}.", crate::leaves::words::list(&takes))),
                );
            }
        }
        if [&hop.url, &hop.write, &hop.http, &hop.grpc]
            .iter()
            .all(|url| url.is_none())
        {
            mistakes.push(
                Mistake::new(
                    self.origin.clone(),
                    format!("hop `{}` has no address", self.name),
                )
                .help(format!("Give it {}.", crate::leaves::words::list(&takes))),
            );
        }
        if hop.kind == BackendKind::VictoriaMetricsCluster
            && hop
                .addresses(AddressKey::Url)
                .iter()
                .any(|url| url.path() == "/")
        {
            mistakes.push(
                Mistake::new(
                    self.node.get("url").unwrap_or(self.node).origin(self.file),
                    "a VictoriaMetrics cluster answers below the path of an account, and this address has none",
                )
                .help("Write vmselect's address with it, such as `http://vmselect:8481/select/0/prometheus`; ignore this if a proxy adds it.")
                .as_warning(),
            );
        }
        for (kind, key, ports, said) in PORT_HINTS {
            for (at, url) in hop.addresses(*key).iter().enumerate() {
                let Some(port) = url.port().filter(|port| ports.contains(port)) else {
                    continue;
                };
                if hop.kind == *kind {
                    mistakes.push(
                        Mistake::new(
                            self.address_origin(key.word(), at),
                            format!("{port} {said}"),
                        )
                        .help("Ignore this if the ports are mapped.")
                        .as_warning(),
                    );
                }
            }
        }
    }

    fn credentials(&self, hop: &Hop, table: &SecretTable, mistakes: &mut Vec<Mistake>) {
        let addresses: Vec<&Url> = [&hop.url, &hop.write, &hop.http, &hop.grpc]
            .into_iter()
            .flatten()
            .flat_map(|addresses| &addresses.0)
            .collect();
        for (path, secret) in credentials(hop) {
            let origin = self
                .node
                .along(&path.iter().map(|&key| key.to_owned()).collect::<Vec<_>>())
                .origin(self.file);
            if let Some(hosts) = table.hosts.get(secret.name()) {
                for url in addresses.iter().filter(|url| !may_go(hosts, url)) {
                    mistakes.push(
                        Mistake::new(
                            origin.clone(),
                            format!("secret `{}` may only go to {}, and hop `{}` is at `{}`", secret.name(), crate::leaves::words::list(hosts), self.name, url.host_str().unwrap_or_default()),
                        )
                        .help("Add the host where the secret is bound (`hosts:` or `--secret-host`), or take another secret."),
                    );
                }
            }
            let sent = path.first() != Some(&"tls");
            if let Some(url) = addresses.iter().find(|url| {
                sent && url.scheme() == "http" && !is_loopback(url) && !hop.allow_plaintext
            }) {
                mistakes.push(
                    Mistake::new(
                        origin,
                        format!(
                            "secret `{}` would be sent over plain http to `{}`",
                            secret.name(),
                            url.host_str().unwrap_or_default()
                        ),
                    )
                    .help("Use https, or say `allow_plaintext: true` on this hop."),
                );
            }
        }
    }
}

/// Ports that are most likely another than the one meant.
const PORT_HINTS: &[(BackendKind, AddressKey, &[u16], &str)] = &[
    (
        BackendKind::ThanosReceive,
        AddressKey::Write,
        &[10902],
        "is Receive's metrics port; remote write and TSDB status are on 19291",
    ),
    (
        BackendKind::ThanosReceive,
        AddressKey::Write,
        &[10901],
        "is Receive's gRPC port; remote write and TSDB status are on 19291",
    ),
    (
        BackendKind::ThanosReceive,
        AddressKey::Http,
        &[19291],
        "is Receive's remote write port; its metrics are on 10902",
    ),
    (
        BackendKind::ThanosReceive,
        AddressKey::Http,
        &[10901],
        "is Receive's gRPC port; its metrics are on 10902",
    ),
    (
        BackendKind::ThanosReceive,
        AddressKey::Grpc,
        &[10902, 19291],
        "is an HTTP port of Receive; its gRPC port is 10901",
    ),
    (
        BackendKind::ThanosQuery,
        AddressKey::Url,
        &[10901],
        "is Query's gRPC port; its API is on its http port, 10902 by default",
    ),
    (
        BackendKind::ThanosSidecar,
        AddressKey::Grpc,
        &[10902],
        "is the sidecar's HTTP port; its gRPC port is 10901",
    ),
    (
        BackendKind::ThanosStore,
        AddressKey::Grpc,
        &[10902],
        "is the store gateway's HTTP port; its gRPC port is 10901",
    ),
];

/// The secrets of a hop, each with the keys on the way to it.
pub(crate) fn credentials(hop: &Hop) -> Vec<(Vec<&str>, &Secret)> {
    let mut found = Vec::new();
    if let Some(secret) = &hop.token {
        found.push((vec!["token"], secret));
    }
    if let Some(basic) = &hop.basic_auth {
        if let SecretText::Secret(secret) = &basic.username {
            found.push((vec!["basic_auth", "username"], secret));
        }
        found.push((vec!["basic_auth", "password"], &basic.password));
    }
    for (name, value) in &hop.headers {
        if let SecretText::Secret(secret) = value {
            found.push((vec!["headers", name.as_str()], secret));
        }
    }
    if let Some(SecretText::Secret(secret)) = hop.tls.as_ref().and_then(|tls| tls.key.as_ref()) {
        found.push((vec!["tls", "key"], secret));
    }
    found
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

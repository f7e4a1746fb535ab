//! A hop of the pipeline or a backend beside it: its clusters, its addresses, and where its credentials go.

use std::path::Path;
use std::sync::Arc;

use url::Url;

use crate::backend::{AddressKey, BACKEND_KINDS, BackendKind, Hop};
use crate::leaves::{Mistake, Origin, Secret, SecretText};
use crate::suite::cluster::{Cluster, ClusterChoice};
use crate::suite::misread::{misread, unknown_key};
use crate::suite::naming::{bad_name, meant};
use crate::suite::node::{Node, NodeKind};
use crate::suite::read_error::ReadFault;
use crate::suite::reader::read;
use crate::suite::secret_table::{SecretTable, may_go};
use crate::suite::template::Context;

/// The keys of a hop in this version.
pub(crate) const HOP_KEYS: &[&str] = &[
    "name",
    "kind",
    "url",
    "write",
    "http",
    "tenant",
    "tenant_header",
    "headers",
    "token",
    "basic_auth",
    "tls",
    "max_parallel",
    "rate",
    "timeout",
    "endpoints",
    "allow_plaintext",
    "clusters",
];

/// Keys of later versions.
const LATER_KEYS: &[&str] = &["grpc", "meta", "expand", "replicas"];

/// Kinds of later versions.
const LATER_HOPS: &[&str] = &[
    "thanos-query-frontend",
    "thanos-sidecar",
    "thanos-store",
    "mimir",
    "cortex",
    "grafana",
    "kubernetes",
];

const ADDRESSES: [&str; 3] = ["url", "write", "http"];

/// A hop as written, before templates are filled in.
#[derive(Debug)]
pub(crate) struct HopForm {
    /// Its name.
    pub(crate) name: String,
    /// The file it stands in.
    pub(crate) file: Arc<Path>,
    /// Where its name stands.
    pub(crate) origin: Origin,
    /// The clusters that have it.
    pub(crate) clusters: ClusterChoice,
    /// The rest.
    node: Node,
}

/// Reads the names and the clusters of a list of hops; keys and kinds of later versions are refused.
pub(crate) fn read_hops(
    file: &Arc<Path>,
    section: &str,
    list: &Node,
    clusters: &[Cluster],
    mistakes: &mut Vec<Mistake>,
) -> Vec<HopForm> {
    let Some(items) = list.items() else {
        mistakes.push(Mistake::new(
            list.origin(file),
            format!("{} stands where a list of hops is expected, such as `{section}: [{{ name: prom, kind: prometheus, url: .. }}]`", list.words()),
        ));
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| read_hop(file, item, clusters, mistakes))
        .collect()
}

fn read_hop(
    file: &Arc<Path>,
    node: &Node,
    clusters: &[Cluster],
    mistakes: &mut Vec<Mistake>,
) -> Option<HopForm> {
    let before = mistakes.len();
    let Some(entries) = node.entries() else {
        mistakes.push(
            Mistake::new(
                node.origin(file),
                format!("{} stands where a hop is expected", node.words()),
            )
            .help("Write `{ name: prom, kind: prometheus, url: http://.. }`."),
        );
        return None;
    };
    let mut rest = Vec::new();
    for (key, value) in entries {
        let name = key.as_text().unwrap_or_default();
        if LATER_KEYS.contains(&name) {
            mistakes.push(Mistake::new(
                key.origin(file),
                format!("`{name}` is not in this version"),
            ));
        } else if !HOP_KEYS.contains(&name) {
            mistakes.push(unknown_key(
                key.origin(file),
                name,
                HOP_KEYS.iter().copied(),
            ));
        } else if ADDRESSES.contains(&name) && value.items().is_some() {
            mistakes.push(
                Mistake::new(
                    value.origin(file),
                    "a list of addresses is not in this version",
                )
                .help("Give one address, or write a hop for each."),
            );
        } else if name != "clusters" {
            rest.push((key.clone(), value.clone()));
        }
    }
    let choice = match node.get("clusters") {
        None => ClusterChoice::All,
        Some(written) => match read::<ClusterChoice>(written) {
            Ok(choice) => {
                choice.review(file, written, clusters, mistakes);
                choice
            }
            Err(error) => {
                mistakes.push(misread(file, written, &error));
                ClusterChoice::All
            }
        },
    };
    later_kind(file, node, mistakes);
    let name = node.get("name").filter(|name| name.as_text().is_some());
    let Some(name) = name else {
        mistakes.push(
            Mistake::new(node.origin(file), "this hop has no `name`")
                .help("Write `name: prom`: `at:` and `through:` take it."),
        );
        return None;
    };
    let text = name.as_text().unwrap_or_default();
    if name.has_template() {
        mistakes.push(Mistake::new(
            name.origin(file),
            "the name of a hop is the same in every cluster, so no template can give it",
        ));
    } else if let Some(why) = bad_name("a hop", text) {
        mistakes.push(Mistake::new(name.origin(file), why));
    }
    (mistakes.len() == before).then(|| HopForm {
        name: text.to_owned(),
        file: file.clone(),
        origin: name.origin(file),
        clusters: choice,
        node: Node {
            place: node.place,
            kind: NodeKind::Map(rest),
        },
    })
}

fn later_kind(file: &Arc<Path>, node: &Node, mistakes: &mut Vec<Mistake>) {
    let Some(kind) = node.get("kind") else {
        mistakes.push(
            Mistake::new(node.origin(file), "this hop has no `kind`")
                .help(format!("The kinds are {}.", kind_words())),
        );
        return;
    };
    let word = kind.as_text().unwrap_or_default();
    if BACKEND_KINDS.iter().any(|row| row.word == word) {
        return;
    }
    mistakes.push(if LATER_HOPS.contains(&word) {
        Mistake::new(
            kind.origin(file),
            format!("the kind `{word}` is not in this version"),
        )
        .help(format!("This version knows {}.", kind_words()))
    } else {
        let known = BACKEND_KINDS
            .iter()
            .map(|row| row.word)
            .chain(LATER_HOPS.iter().copied());
        let meant = meant(word, known);
        Mistake::new(
            kind.origin(file),
            format!("{} is not a kind of hop{meant}", kind.words()),
        )
        .help(format!("The kinds are {}.", kind_words()))
    });
}

fn kind_words() -> String {
    let words: Vec<&str> = BACKEND_KINDS.iter().map(|row| row.word).collect();
    crate::leaves::words::list(&words)
}

/// Where secrets may stand in a hop.
fn secret_places(keys: &[&str]) -> bool {
    matches!(
        keys,
        ["token"] | ["basic_auth" | "headers", _] | ["tls", "key"]
    )
}

impl HopForm {
    /// The hop with its templates filled in, if nothing is wrong with it.
    pub(crate) fn concrete(
        &self,
        context: &Context<'_>,
        secrets: &SecretTable,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Hop> {
        let before = errors(mistakes);
        let node = context.fill(&self.node, &self.file, secret_places, mistakes)?;
        for key in ADDRESSES {
            if let Some(written) = node.get(key) {
                self.review_address(key, written, mistakes);
            }
        }
        self.review_limits(&node, mistakes);
        if errors(mistakes) != before {
            return None;
        }
        let mut hop = match read::<Hop>(&node) {
            Ok(hop) => hop,
            Err(error) => {
                mistakes.push(match error.what {
                    ReadFault::MissingKey(key) if error.keys.is_empty() => Mistake::new(
                        self.origin.clone(),
                        format!("hop `{}` has no `{key}`", self.name),
                    ),
                    _ => misread(&self.file, &node, &error),
                });
                return None;
            }
        };
        self.review_kind(&hop, &node, mistakes);
        self.review_credentials(&hop, &node, secrets, mistakes);
        self.place_files(&mut hop);
        (errors(mistakes) == before).then_some(hop)
    }

    fn review_address(&self, key: &str, written: &Node, mistakes: &mut Vec<Mistake>) {
        let text = written.as_text().unwrap_or_default();
        let origin = written.origin(&self.file);
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

    fn review_limits(&self, node: &Node, mistakes: &mut Vec<Mistake>) {
        for key in ["max_parallel", "rate", "timeout"] {
            if let Some(written) = node.get(key)
                && written.as_text().is_some_and(|text| {
                    text.trim_end_matches(|c: char| c.is_ascii_alphabetic())
                        .parse::<f64>()
                        .is_ok_and(|n| n <= 0.0)
                })
            {
                mistakes.push(Mistake::new(
                    written.origin(&self.file),
                    format!("`{key}` of {} lets nothing be asked", written.words()),
                ));
            }
        }
    }

    fn review_kind(&self, hop: &Hop, node: &Node, mistakes: &mut Vec<Mistake>) {
        let row = hop.kind.row();
        let takes: Vec<String> = row
            .addresses
            .iter()
            .map(|key| format!("`{}`", key.word()))
            .collect();
        for key in ADDRESSES {
            if let Some((written, _)) = node.entry(key)
                && !row.addresses.iter().any(|known| known.word() == key)
            {
                mistakes.push(
                    Mistake::new(
                        written.origin(&self.file),
                        format!("a {} hop has no address `{key}`", row.word),
                    )
                    .help(format!("It takes {}.", crate::leaves::words::list(&takes))),
                );
            }
        }
        if [&hop.url, &hop.write, &hop.http]
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
        for (kind, key, ports, said) in PORT_HINTS {
            let port = address(hop, *key).and_then(Url::port);
            if hop.kind == *kind && port.is_some_and(|port| ports.contains(&port)) {
                let place = node.get(key.word()).unwrap_or(node);
                mistakes.push(
                    Mistake::new(
                        place.origin(&self.file),
                        format!("{} {said}", port.unwrap_or_default()),
                    )
                    .help("Ignore this if the ports are mapped.")
                    .as_warning(),
                );
            }
        }
    }

    fn review_credentials(
        &self,
        hop: &Hop,
        node: &Node,
        table: &SecretTable,
        mistakes: &mut Vec<Mistake>,
    ) {
        let addresses: Vec<&Url> = [&hop.url, &hop.write, &hop.http]
            .into_iter()
            .flatten()
            .collect();
        for (path, secret) in credentials(hop) {
            let origin = node
                .along(&path.iter().map(|&key| key.to_owned()).collect::<Vec<_>>())
                .origin(&self.file);
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

    /// Files are relative to the file that names them.
    fn place_files(&self, hop: &mut Hop) {
        let Some(tls) = &mut hop.tls else { return };
        let directory = self.file.parent().unwrap_or(Path::new(""));
        let place = |path: &mut String| {
            if let Some(joined) = directory.join(&*path).to_str() {
                *path = joined.to_owned();
            }
        };
        [&mut tls.ca, &mut tls.cert]
            .into_iter()
            .flatten()
            .for_each(place);
        if let Some(SecretText::Plain(path)) = &mut tls.key {
            place(path);
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
        BackendKind::ThanosQuery,
        AddressKey::Url,
        &[10901],
        "is Query's gRPC port; its API is on its http port, 10902 by default",
    ),
];

fn address(hop: &Hop, key: AddressKey) -> Option<&Url> {
    match key {
        AddressKey::Url => hop.url.as_ref(),
        AddressKey::Write => hop.write.as_ref(),
        AddressKey::Http => hop.http.as_ref(),
    }
}

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

fn errors(mistakes: &[Mistake]) -> usize {
    mistakes.iter().filter(|mistake| !mistake.warning).count()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

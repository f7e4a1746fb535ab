//! A hop of the pipeline or a backend beside it: its clusters, its addresses, and where its credentials go.

use std::path::Path;
use std::sync::Arc;

use crate::backend::{BACKEND_KINDS, Hop};
use crate::leaves::{Mistake, Origin, SecretText};
use crate::suite::cluster::{Cluster, ClusterChoice};
use crate::suite::hop_review::HopReview;
use crate::suite::misread::{misread, unknown_key};
use crate::suite::naming::{bad_name, meant};
use crate::suite::node::{Node, NodeKind};
use crate::suite::read_error::ReadFault;
use crate::suite::reader::read;
use crate::suite::replica_review::replicas;
use crate::suite::secret_table::SecretTable;
use crate::suite::template::Context;

/// The keys of a hop in this version.
pub(crate) const HOP_KEYS: &[&str] = &[
    "name",
    "kind",
    "url",
    "write",
    "http",
    "grpc",
    "expand",
    "replicas",
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
    "meta",
    "allow_plaintext",
    "clusters",
];

/// Kinds of later versions.
const LATER_HOPS: &[&str] = &["grafana", "kubernetes"];

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

/// Reads the names and the clusters of a list of hops; kinds of later versions are refused.
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
        if !HOP_KEYS.contains(&name) {
            mistakes.push(unknown_key(
                key.origin(file),
                name,
                HOP_KEYS.iter().copied(),
            ));
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
        let review = HopReview {
            name: &self.name,
            file: &self.file,
            origin: &self.origin,
            node: &node,
        };
        review.form(mistakes);
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
        review.hop(&hop, secrets, mistakes);
        replicas(&review, &hop, mistakes);
        self.place_files(&mut hop);
        (errors(mistakes) == before).then_some(hop)
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

fn errors(mistakes: &[Mistake]) -> usize {
    mistakes.iter().filter(|mistake| !mistake.warning).count()
}

//! What is wrong with the replicas of a hop: lists that do not fit together, names that cannot be expanded, and a choice between
//! replicas where there is one server.

use std::net::IpAddr;

use url::{Host, Url};

use crate::backend::{AddressKey, BackendKind, Hop};
use crate::leaves::{Mistake, words};
use crate::suite::hop_review::HopReview;

/// The keys under which a hop gives addresses.
const KEYS: [AddressKey; 4] = [
    AddressKey::Url,
    AddressKey::Write,
    AddressKey::Http,
    AddressKey::Grpc,
];

/// All that is wrong with the replicas of a hop that was read.
pub(crate) fn replicas(review: &HopReview<'_>, hop: &Hop, mistakes: &mut Vec<Mistake>) {
    twice(review, hop, mistakes);
    lengths(review, hop, mistakes);
    if hop.expand {
        expand(review, hop, mistakes);
    }
    // A list may have one address in one cluster and several in another.
    let is_list = |key: &AddressKey| {
        let written = review.node.get(key.word());
        written.is_some_and(|written| written.items().is_some())
    };
    if hop.replicas.is_some() && !hop.expand && !KEYS.iter().any(is_list) {
        mistakes.push(
            Mistake::new(
                key_origin(review, "replicas"),
                format!(
                    "`replicas` says how many of several must do, and hop `{}` has one address",
                    review.name
                ),
            )
            .help("Give a list of addresses, or say `expand: true`."),
        );
    }
    if hop.has_replicas() && hop.replicas.is_none() && hop.kind == BackendKind::ThanosReceive {
        mistakes.push(
            Mistake::new(
                review.origin.clone(),
                format!(
                    "every replica of `{}` must hold what is asked for, as `replicas:` does not say otherwise",
                    review.name
                ),
            )
            .help("Behind a hashring a series is on some Receives only: write `replicas: any`, or `replicas: all` if each one gets all.")
            .as_warning(),
        );
    }
}

fn key_origin(review: &HopReview<'_>, key: &str) -> crate::leaves::Origin {
    review
        .node
        .entry(key)
        .map_or(review.origin.clone(), |(key, _)| key.origin(review.file))
}

/// An address that stands in a list twice.
fn twice(review: &HopReview<'_>, hop: &Hop, mistakes: &mut Vec<Mistake>) {
    for key in KEYS {
        let urls = hop.addresses(key);
        for (at, url) in urls.iter().enumerate() {
            if urls[..at].contains(url) {
                mistakes.push(
                    Mistake::new(
                        review.address_origin(key.word(), at),
                        format!("`{url}` stands in this list twice"),
                    )
                    .help("Each replica has an address of its own."),
                );
            }
        }
    }
}

/// Lists whose n-th addresses cannot belong together.
fn lengths(review: &HopReview<'_>, hop: &Hop, mistakes: &mut Vec<Mistake>) {
    let mut lists = KEYS
        .into_iter()
        .map(|key| (key, hop.addresses(key).len()))
        .filter(|(_, many)| *many > 1);
    let Some((first, many)) = lists.next() else {
        return;
    };
    for (key, other) in lists.filter(|(_, other)| *other != many) {
        mistakes.push(
            Mistake::new(
                review.node.along(&[key.word().to_owned()]).origin(review.file),
                format!(
                    "`{}` has {}, and `{}` {many}",
                    key.word(),
                    words::count(other, "address"),
                    first.word()
                ),
            )
            .help("The first of each list are those of one replica, and so on: give lists of the same length, or one address for all."),
        );
    }
}

fn expand(review: &HopReview<'_>, hop: &Hop, mistakes: &mut Vec<Mistake>) {
    let mut first: Option<(AddressKey, &Url)> = None;
    for key in KEYS {
        let url = match hop.addresses(key) {
            [] => continue,
            [url] => url,
            _ => {
                mistakes.push(
                    Mistake::new(
                        key_origin(review, "expand"),
                        format!("`expand` and a list under `{}`", key.word()),
                    )
                    .help("Give the list of the replicas, or one name that has them all."),
                );
                continue;
            }
        };
        let place = || review.address_origin(key.word(), 0);
        if is_number(url) {
            mistakes.push(
                Mistake::new(
                    place(),
                    format!(
                        "`expand` looks up a name, and `{}` is none",
                        url.host_str().unwrap_or_default()
                    ),
                )
                .help("Give the addresses as a list, or the name of a service."),
            );
        }
        match first {
            Some((other, known)) if known.host() != url.host() => mistakes.push(
                Mistake::new(
                    place(),
                    format!(
                        "`expand` looks up one name, and `{}` has another than `{}`",
                        key.word(),
                        other.word()
                    ),
                )
                .help("Give all addresses of the hop the same host, or lists of addresses."),
            ),
            Some(_) => {}
            None => first = Some((key, url)),
        }
    }
}

fn is_number(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        // A scheme that `url` does not know keeps numbers as text.
        Some(Host::Domain(name)) => name.parse::<IpAddr>().is_ok(),
        None => false,
    }
}

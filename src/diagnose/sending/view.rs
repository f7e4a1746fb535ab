//! What the sender's URL looks like from here, and how far that is what the sender sees.

use std::net::IpAddr;

use url::{Host, Url};

use crate::ask::Told;
use crate::backend::answer::{HttpAnswer, RemoteWrite};
use crate::backend::{AddressKey, Backend, Failure, HttpProbe, TlsProbe, is_loopback};
use crate::diagnose::case::Case;
use crate::diagnose::sending::block::By;
use crate::leaves::words;

/// Why the URL was not asked, or did not answer.
#[derive(Clone, Debug)]
pub(crate) enum Unseen {
    /// It is not for us to ask: the reason.
    NotAsked(String),
    /// It was asked, and no whole answer came.
    Failed(Failure),
}

impl Unseen {
    /// The reason in words.
    pub(crate) fn why(&self) -> &str {
        match self {
            Self::NotAsked(why) => why,
            Self::Failed(failure) => &failure.what,
        }
    }
}

/// The block's URL, as far as it can be asked from here, without credentials.
pub(crate) fn address(sender: &Backend, block: &RemoteWrite) -> Result<Url, String> {
    if block.through_proxy {
        return Err(format!(
            "{} writes to {} through a proxy: what is seen from here says nothing of that way",
            sender.name(),
            words::cut(&block.url, 200)
        ));
    }
    let mut url = Url::parse(&block.url)
        .map_err(|why| format!("the URL of the block cannot be read: {why}"))?;
    if url.host().is_none() || !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "the URL of the block has no host to ask: {}",
            words::cut(&block.url, 200)
        ));
    }
    if is_loopback(&url) && !is_here(sender) {
        return Err(format!(
            "{} is an address of the machine of {}, which cannot be asked from here",
            words::cut(&block.url, 200),
            sender.name()
        ));
    }
    // What could not be set was not there.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok(url)
}

/// Whether what a GET of the block's URL brings is what the sender would get.
pub(crate) fn speaks_for(sender: &Backend, by: By, block: &RemoteWrite) -> bool {
    address(sender, block).is_ok_and(|url| answers_alike(sender, by, &url, None))
}

/// A GET of the URL to which the sender writes, without credentials: it stores nothing, and its status tells path and server.
pub(crate) async fn get(
    case: &Case<'_>,
    sender: &Backend,
    block: &RemoteWrite,
) -> Result<Told<HttpAnswer>, Unseen> {
    let url = address(sender, block).map_err(Unseen::NotAsked)?;
    let probe = HttpProbe {
        method: "GET".to_owned(),
        url: url.to_string(),
        headers: Vec::new(),
        body: None,
        tls: TlsProbe::default(),
    };
    case.ask.http(probe).await.map_err(Unseen::Failed)
}

/// The value of a header.
pub(crate) fn header<'a>(answer: &'a HttpAnswer, name: &str) -> Option<&'a str> {
    answer
        .headers
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// The status and the beginning of the body, for a sentence.
pub(crate) fn status(answer: &HttpAnswer) -> String {
    let text = answer.body.trim();
    match text.is_empty() || text.starts_with('<') {
        true => answer.status.to_string(),
        false => format!(
            "{} `{}`",
            answer.status,
            words::cut(text.lines().next().unwrap_or_default(), 160)
        ),
    }
}

/// Whether the sender runs on this machine, as far as its address in the suite tells.
pub(crate) fn is_here(sender: &Backend) -> bool {
    sender.address(AddressKey::Url).is_some_and(is_loopback)
}

/// Whether a name means to us what it means to the sender: we reached it by a name of the same domain, or of the same Kubernetes. That
/// it seems to run on this machine is no sign: it may be at the other end of a forwarded port.
pub(crate) fn sees_alike(sender: &Backend, host: &str) -> bool {
    let Some(Host::Domain(own)) = sender.address(AddressKey::Url).and_then(Url::host) else {
        return false;
    };
    if is_here(sender) {
        return false;
    }
    match (cluster_of(own), cluster_of(host)) {
        // What follows `svc` may be left out on either side.
        (Some(own), Some(other)) => own == other || own.is_empty() || other.is_empty(),
        (None, None) => labels(own).split_off(1) == labels(host).split_off(1),
        _ => false,
    }
}

/// Whether what answers us at the URL is what answers the sender: the suite itself gives the receiver that address, or the name means
/// the same to both, or the address is one of the whole internet, of the sender's own network, or of this machine.
pub(crate) fn answers_alike(sender: &Backend, by: By, url: &Url, answered: Option<IpAddr>) -> bool {
    let by_address = |address: IpAddr| is_public(address) || is_near(sender, address);
    is_loopback(url)
        || matches!(by, By::Address | By::Host)
        || match url.host() {
            Some(Host::Domain(name)) => {
                sees_alike(sender, name) || answered.is_some_and(by_address)
            }
            Some(Host::Ipv4(address)) => by_address(address.into()),
            Some(Host::Ipv6(address)) => by_address(address.into()),
            None => false,
        }
}

fn labels(name: &str) -> Vec<String> {
    name.trim_end_matches('.')
        .split('.')
        .map(str::to_ascii_lowercase)
        .collect()
}

/// What follows `svc` in the name of a Kubernetes service.
fn cluster_of(name: &str) -> Option<Vec<String>> {
    let mut labels = labels(name);
    let at = labels.iter().position(|label| label == "svc")?;
    Some(labels.split_off(at + 1))
}

/// Whether an address means the same everywhere.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            let is_special = first == 0 || first >= 224;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || is_shared
                || is_special)
        }
        IpAddr::V6(v6) => v6.segments()[0] & 0xe000 == 0x2000,
    }
}

/// Whether we reached the sender at an address of the same small network.
fn is_near(sender: &Backend, address: IpAddr) -> bool {
    match (sender.address(AddressKey::Url).and_then(Url::host), address) {
        (Some(Host::Ipv4(own)), IpAddr::V4(other)) => own.octets()[..3] == other.octets()[..3],
        (Some(Host::Ipv6(own)), IpAddr::V6(other)) => own.segments()[..4] == other.segments()[..4],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sender(url: &str) -> Backend {
        let hop = json!({"name": "prom", "kind": "prometheus", "url": url});
        Backend::of(serde_json::from_value(hop).unwrap())
    }

    #[test]
    fn only_names_beside_the_one_by_which_the_sender_was_reached_mean_the_same() {
        for (url, host, alike) in [
            ("http://127.0.0.1:9090", "anything.example", false),
            ("http://prom.a.example:9090", "receive.a.example", true),
            ("http://prom.a.example:9090", "receive.b.example", false),
            ("http://prom.a.example:9090", "receive.mon.svc", false),
            ("http://prom.mon.svc:9090", "receive.mon.svc", true),
            (
                "http://prom.mon.svc:9090",
                "receive.mon.svc.cluster.local",
                true,
            ),
            ("http://prom.mon.svc:9090", "receive.thanos.svc", true),
            (
                "http://prom.mon.svc.one:9090",
                "receive.thanos.svc.two",
                false,
            ),
            ("http://10.1.2.3:9090", "receive.mon.svc", false),
            ("http://prometheus:9090", "receive", true),
        ] {
            assert_eq!(sees_alike(&sender(url), host), alike, "{url} {host}");
        }
    }

    #[test]
    fn an_answer_from_elsewhere_is_the_senders_only_where_the_address_says_so() {
        let url = |text: &str| Url::parse(text).unwrap();
        let at = |text: &str| Some(text.parse().unwrap());
        for (prom, by, to, answered, alike) in [
            (
                "http://p",
                By::Path,
                "http://r.corp.example",
                at("10.0.0.5"),
                false,
            ),
            (
                "http://p",
                By::Address,
                "http://r.corp.example",
                at("10.0.0.5"),
                true,
            ),
            (
                "http://p",
                By::Path,
                "http://r.corp.example",
                at("8.8.8.8"),
                true,
            ),
            ("http://p", By::Path, "http://r.corp.example", None, false),
            ("http://10.0.0.1", By::Only, "http://10.0.0.5", None, true),
            ("http://10.0.1.1", By::Only, "http://10.0.0.5", None, false),
            (
                "http://localhost",
                By::Only,
                "http://172.20.90.200",
                None,
                false,
            ),
            ("http://localhost", By::Only, "http://127.0.0.1", None, true),
            ("http://p", By::Only, "http://203.0.113.10", None, false),
            ("http://p", By::Only, "http://[2600::1]", None, true),
            ("http://p", By::Only, "http://[fd00::1]", None, false),
        ] {
            let found = answers_alike(&sender(prom), by, &url(to), answered);
            assert_eq!(found, alike, "{prom} {to} {answered:?}");
        }
    }

    #[test]
    fn a_loopback_address_of_another_machine_is_not_asked_and_credentials_are_left_out() {
        let block = |url: &str| RemoteWrite {
            url: url.into(),
            ..RemoteWrite::default()
        };
        let local = block("http://127.0.0.1:19291/api/v1/receive");
        let why = address(&sender("http://prom:9090"), &local).unwrap_err();
        assert!(why.contains("the machine of prom"), "{why}");
        assert!(address(&sender("http://localhost:9090"), &local).is_ok());
        let url = address(&sender("http://prom:9090"), &block("http://me:xxxxx@r/w")).unwrap();
        assert_eq!(url.as_str(), "http://r/w");
    }
}

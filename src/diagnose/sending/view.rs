//! What the sender's URL looks like from here, and how far that is what the sender sees.

use url::{Host, Url};

use crate::ask::Told;
use crate::backend::answer::{HttpAnswer, RemoteWrite};
use crate::backend::{AddressKey, Backend, Failure, HttpProbe, TlsProbe, is_loopback};
use crate::diagnose::case::Case;
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

/// Whether a name means to us what it means to the sender: we reached it by a name of the same domain, or it runs here and the name
/// is not one that only some network knows. (What looks as if it ran here may be at the other end of a forwarded port.)
pub(crate) fn sees_alike(sender: &Backend, host: &str) -> bool {
    if is_here(sender) {
        return !is_private(host);
    }
    let Some(Host::Domain(own)) = sender.address(AddressKey::Url).and_then(Url::host) else {
        return false;
    };
    let domain = |name: &str| -> Vec<String> {
        name.trim_end_matches('.')
            .split('.')
            .skip(1)
            .map(str::to_ascii_lowercase)
            .collect()
    };
    domain(own) == domain(host)
}

/// Whether only name servers of some network know such a name: one word, a service of Kubernetes, a private zone.
fn is_private(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let zones = [
        "local", "internal", "lan", "intranet", "corp", "home", "arpa",
    ];
    !name.contains('.')
        || name.split('.').any(|label| label == "svc")
        || zones
            .iter()
            .any(|zone| name.rsplit('.').next() == Some(zone))
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
            ("http://127.0.0.1:9090", "anything.example", true),
            ("http://127.0.0.1:9090", "receive.mon.svc", false),
            ("http://prom.mon.svc:9090", "receive.mon.svc", true),
            (
                "http://prom.mon.svc:9090",
                "receive.mon.svc.cluster.local",
                false,
            ),
            ("http://prom.mon.svc:9090", "receive.thanos.svc", false),
            ("http://10.1.2.3:9090", "receive.mon.svc", false),
            ("http://prometheus:9090", "receive", true),
        ] {
            assert_eq!(sees_alike(&sender(url), host), alike, "{url} {host}");
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

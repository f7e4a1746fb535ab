//! The sender cannot connect to the receiver: its address refuses, does not answer, or the TLS handshake fails.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use crate::backend::answer::{ConnectAttempt, TcpAnswer};
use crate::backend::{FailureClass, TcpProbe, TlsProbe, is_loopback};
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::sending::queue::{Writing, shown, writing};
use crate::diagnose::sending::view::{address, answers_alike};
use crate::leaves::words;

/// Connects to where the sender writes.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let writing = match writing(case).await {
        Ok(writing) => writing,
        Err(found) => return found,
    };
    let (sending, watched) = (&writing.sending, &writing.watched);
    if !watched.has_trouble() {
        return watched.shows_otherwise(sending);
    }
    let url = match address(sending.sender, &writing.block) {
        Ok(url) => url,
        Err(why) => return Found::not_tested(why).shown_by([sending.n, watched.n]),
    };
    let Some(probe) = probe(&url) else {
        return Found::not_tested("the URL of the block names no host and port");
    };
    let (host, port) = (probe.host.clone(), probe.port);
    let told = match case.ask.tcp(probe).await {
        Ok(told) => told,
        Err(failure) => {
            return Found::not_tested(format!(
                "whether {host}:{port} takes a connection could not be tried: {}",
                failure.what
            ))
            .shown_by([watched.n]);
        }
    };
    let place = Place {
        alike: answers_alike(sending.sender, writing.by, &url, answered(&told.value)),
        near: is_loopback(&url),
    };
    judged(&writing, &told.value, place)
        .shown_by([sending.n, watched.n, told.n])
        .next(next::look(&url))
}

/// The exchange that shows that what the sender tries again and again to connect to refuses connections, its own too.
pub(crate) async fn refuses_sender(case: &Case<'_>) -> Option<u32> {
    let writing = writing(case).await.ok()?;
    let sender = writing.sending.sender;
    let url = address(sender, &writing.block).ok()?;
    let told = case.ask.tcp(probe(&url)?).await.ok()?;
    let is_refused = |attempt: &ConnectAttempt| {
        let failure = attempt.failure.as_ref();
        failure.is_some_and(|failure| failure.class == FailureClass::Refused)
    };
    let tried = &told.value.attempts;
    let all = !tried.is_empty() && tried.iter().all(is_refused);
    let alike = answers_alike(sender, writing.by, &url, answered(&told.value));
    (all && alike && writing.watched.retries_all()).then_some(told.n)
}

/// The connection that the sender makes to that URL.
pub(crate) fn probe(url: &Url) -> Option<TcpProbe> {
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    Some(TcpProbe {
        host,
        port: url.port_or_known_default()?,
        tls: (url.scheme() == "https").then(TlsProbe::default),
    })
}

/// How far what is seen from here is what the sender sees.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// What answers us, be it with a refusal, is what answers the sender.
    alike: bool,
    /// Where nothing answers us, the way is the sender's too.
    near: bool,
}

/// The address that answered or refused: the first one that was tried.
fn answered(answer: &TcpAnswer) -> Option<IpAddr> {
    let tried = answer.attempts.first().map(|attempt| &attempt.address);
    let address: SocketAddr = answer.address.as_ref().or(tried)?.parse().ok()?;
    Some(address.ip())
}

fn judged(writing: &Writing<'_>, answer: &TcpAnswer, place: Place) -> Found {
    let watched = &writing.watched;
    let name = writing.sending.sender.name();
    let at = shown(&writing.block);
    let state = watched.trouble(name);
    if answer.address.is_none() {
        return closed(&state, answer, place, watched.retries_all(), name);
    }
    match &answer.tls {
        Some(Err(failure)) => {
            let says = format!("{state}, and {}", failure.what);
            let is_plain = failure.what.contains("does not speak TLS");
            // A client certificate that we lack may make all the difference.
            if watched.retries_all() && place.alike && (is_plain || !writing.block.own_tls) {
                let found = Found::proven(says);
                return match is_plain {
                    true => found.fix(format!(
                        "Write `http://` in place of `https://` in `url` of the `remote_write` block of {name}: a TLS handshake is made on a plain port."
                    )),
                    false => found,
                };
            }
            Found::likely(says)
        }
        Some(Ok(seen)) => match &seen.untrusted {
            Some(why) => Found::likely(format!(
                "{state}, and the certificate at {at} is not trusted from here: {why}"
            )),
            None => Found::ruled_out(format!("a TLS handshake with {at} succeeds from here")),
        },
        None => Found::ruled_out(format!("{at} takes connections from here")),
    }
}

/// No address took the connection.
fn closed(state: &str, answer: &TcpAnswer, place: Place, retries: bool, name: &str) -> Found {
    let failed: Vec<(&ConnectAttempt, FailureClass, &str)> = answer
        .attempts
        .iter()
        .filter_map(|attempt| {
            let failure = attempt.failure.as_ref()?;
            Some((attempt, failure.class, failure.what.as_str()))
        })
        .collect();
    let each: Vec<&str> = failed.iter().map(|(_, _, what)| *what).collect();
    let says = format!("{state}, and {}", words::few(&each, 3));
    let all = |class: FailureClass| failed.iter().all(|(_, known, _)| *known == class);
    if failed.is_empty() {
        Found::not_tested("no address was tried")
    } else if failed
        .iter()
        .any(|(_, class, _)| *class == FailureClass::Name)
    {
        Found::not_tested(format!(
            "the name does not resolve from here: {}",
            words::few(&each, 3)
        ))
    } else if failed
        .iter()
        .any(|(_, class, _)| *class == FailureClass::Local)
    {
        Found::not_tested(words::few(&each, 3))
    } else if retries && (place.near || (place.alike && all(FailureClass::Refused))) {
        Found::proven(says)
    } else {
        Found::likely(format!(
            "{says}; that is so from here, and the way from {name} may be another"
        ))
    }
}

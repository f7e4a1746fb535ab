//! A connection to a host and port: resolve, connect, and shake hands where TLS is asked for.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::backend::answer::{ConnectAttempt, TcpAnswer, TlsSeen};
use crate::backend::error_chain::os_reason;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::probe::TcpProbe;
use crate::backend::socket::{host_port, io_failure, ms, span};
use crate::backend::tcp::race::{in_turn, race};
use crate::backend::tls::{Trust, handshake};
use crate::backend::trace::{Exchanged, Trace};
use crate::leaves::words;

/// Connects to the host's addresses in their order, IPv6 and IPv4 in turn, until one answers; all is over when `timeout` is. A
/// connection that fails is an answer; a failure is what could not be tried at all.
pub async fn connect(probe: &TcpProbe, timeout: Duration, trust: &Trust) -> Exchanged<TcpAnswer> {
    let target = host_port(&probe.host, probe.port);
    let mut trace = Trace {
        request: match &probe.tls {
            None => format!("connect {target}"),
            Some(_) => format!("connect {target}, TLS handshake"),
        },
        ..Trace::default()
    };
    let result = answer(probe, &target, timeout, trust).await;
    if let Ok(answer) = &result {
        trace.excerpt = excerpt(answer);
    }
    (trace, result)
}

async fn answer(
    probe: &TcpProbe,
    target: &str,
    timeout: Duration,
    trust: &Trust,
) -> Result<TcpAnswer, Failure> {
    // What is missing on this machine is told before anything is sent.
    let verifier = match &probe.tls {
        Some(tls) => Some((tls, trust.verifier(tls.ca.as_deref()).await?)),
        None => None,
    };
    let started = Instant::now();
    let deadline = started + timeout;
    let addresses = match resolve(&probe.host, probe.port, started, deadline).await {
        Ok(addresses) => addresses,
        Err(failure) if failure.is_connection() => {
            return Ok(TcpAnswer {
                attempts: vec![ConnectAttempt {
                    address: probe.host.clone(),
                    failure: Some(failure),
                    took_ms: ms(started),
                }],
                address: None,
                tls: None,
            });
        }
        Err(failure) => return Err(failure),
    };
    let (attempts, connected) = race(addresses, deadline).await;
    if connected.is_none() {
        let local = |attempt: &ConnectAttempt| {
            attempt
                .failure
                .clone()
                .filter(|failure| failure.class == FailureClass::Local)
        };
        if let Some(failure) = attempts.iter().find_map(local) {
            return Err(failure);
        }
    }
    let address = connected.as_ref().map(|(address, _)| address.to_string());
    let tls = match (verifier, connected) {
        (Some((tls, verifier)), Some((_, stream))) => {
            let name = tls.server_name.as_deref().unwrap_or(&probe.host);
            let seen = handshake(stream, name, verifier, target);
            Some(match timeout_at(deadline, seen).await {
                Ok(seen) => seen,
                Err(_) => Err(Failure::new(
                    FailureClass::Timeout,
                    format!("{target} accepts the connection, but no TLS handshake is done within {} (phase tls)", span(timeout)),
                )
                .help("Look whether the port speaks TLS at all, and whether the server hangs.")),
            })
        }
        _ => None,
    };
    Ok(TcpAnswer {
        attempts,
        address,
        tls,
    })
}

/// Asks the system for the host's addresses: its own order, with the families in turn.
async fn resolve(
    host: &str,
    port: u16,
    started: Instant,
    deadline: Instant,
) -> Result<Vec<SocketAddr>, Failure> {
    let looked_up = timeout_at(deadline, tokio::net::lookup_host((host, port))).await;
    let found: Vec<SocketAddr> = match looked_up {
        Err(_) => {
            return Err(Failure::new(
                FailureClass::Timeout,
                format!(
                    "the name `{host}` is not resolved within {} (phase name)",
                    span(started.elapsed())
                ),
            )
            .help("Look at the name servers with a `dns` check."));
        }
        Ok(Err(why)) => {
            let failure = io_failure(&why, host, started.elapsed());
            return Err(if failure.class == FailureClass::Local {
                failure
            } else {
                Failure::new(
                    FailureClass::Name,
                    format!(
                        "the name `{host}` does not resolve: {}",
                        resolver_words(&why)
                    ),
                )
                .help("Look at both lookups of the name with a `dns` check.")
            });
        }
        Ok(Ok(found)) => found.collect(),
    };
    if found.is_empty() {
        return Err(Failure::new(
            FailureClass::Name,
            format!("the name `{host}` has no address"),
        ));
    }
    Ok(in_turn(found))
}

/// The resolver's reason: `Name or service not known`.
fn resolver_words(why: &io::Error) -> String {
    let text = os_reason(why);
    match text.split_once("lookup address information: ") {
        Some((_, reason)) => reason.to_lowercase(),
        None => text,
    }
}

fn excerpt(answer: &TcpAnswer) -> String {
    let tls = |seen: &TlsSeen| match &seen.untrusted {
        None => format!("{}, issued by {}", seen.version, seen.issuer),
        Some(why) => format!("{}, not trusted: {why}", seen.version),
    };
    match (&answer.address, &answer.tls) {
        (None, _) => {
            let reasons: Vec<&str> = answer
                .attempts
                .iter()
                .filter_map(|attempt| attempt.failure.as_ref())
                .map(|failure| failure.what.as_str())
                .collect();
            words::cut(&reasons.join("; "), 400)
        }
        (Some(address), None) => format!("connected to {address}"),
        (Some(address), Some(Ok(seen))) => format!("connected to {address}; {}", tls(seen)),
        (Some(address), Some(Err(failure))) => {
            format!("connected to {address}; {}", failure.what)
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::backend::probe::TlsProbe;
    use crate::backend::tls::fake_server::{Authority, self_signed, serve_plain, serve_tls};

    async fn try_it(
        host: &str,
        port: u16,
        tls: Option<TlsProbe>,
        timeout_ms: u64,
    ) -> Result<TcpAnswer, Failure> {
        let probe = TcpProbe {
            host: host.to_owned(),
            port,
            tls,
        };
        let timeout = Duration::from_millis(timeout_ms);
        connect(&probe, timeout, &Trust::default()).await.1
    }

    fn tls(ca: &Authority, server_name: &str) -> Option<TlsProbe> {
        Some(TlsProbe {
            server_name: Some(server_name.to_owned()),
            ca: Some(ca.ca()),
        })
    }

    async fn free_port() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    }

    #[tokio::test]
    async fn an_open_port_answers_and_a_closed_one_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = try_it("127.0.0.1", port, None, 2000).await.unwrap();
        assert_eq!(open.address, Some(format!("127.0.0.1:{port}")));
        assert_eq!(open.attempts.len(), 1);
        assert_eq!(open.attempts[0].failure, None);

        let port = free_port().await;
        let closed = try_it("127.0.0.1", port, None, 2000).await.unwrap();
        assert_eq!(closed.address, None);
        let failure = closed.attempts[0].failure.as_ref().unwrap();
        assert_eq!(failure.class, FailureClass::Refused);
        assert_eq!(
            failure.what,
            format!("connection refused by 127.0.0.1:{port}")
        );
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_an_answer() {
        // Too long a label is refused by the system's resolver itself: nothing leaves this machine.
        let host = format!("{}.invalid", "x".repeat(70));
        let answer = try_it(&host, 80, None, 5000).await.unwrap();
        assert_eq!((answer.address, answer.attempts.len()), (None, 1));
        let failure = answer.attempts[0].failure.as_ref().unwrap();
        assert_eq!(failure.class, FailureClass::Name);
        assert!(failure.what.starts_with("the name `xxx"), "{failure}");
    }

    #[tokio::test]
    async fn t01_a_trusted_certificate_shows_its_facts() {
        let ca = Authority::new("Ours");
        for (version, word) in [
            (&rustls::version::TLS13, "TLSv1.3"),
            (&rustls::version::TLS12, "TLSv1.2"),
        ] {
            let config = ca.server(
                &["recv.example", "*.blue.example", "10.0.0.9"],
                (2024, 2049),
                &[version],
            );
            let server = serve_tls(config, b"").await;
            let answer = try_it("127.0.0.1", server.port(), tls(&ca, "recv.example"), 5000)
                .await
                .unwrap();
            let seen = answer.tls.unwrap().unwrap();
            assert_eq!(seen.untrusted, None);
            assert_eq!(seen.version, word);
            assert_eq!(seen.names, ["recv.example", "*.blue.example", "10.0.0.9"]);
            assert!(seen.issuer.contains("Ours"), "{}", seen.issuer);
            assert_eq!(seen.not_before.to_string(), "2024-01-01T00:00:00Z");
            assert_eq!(seen.not_after.to_string(), "2049-01-01T00:00:00Z");
        }
    }

    #[tokio::test]
    async fn t01_an_untrusted_certificate_is_seen_and_its_reason_told() {
        let (ca, other) = (Authority::new("Ours"), Authority::new("Theirs"));
        let namesake = Authority::new("Ours");
        let all = rustls::ALL_VERSIONS;
        for (config, says) in [
            (
                ca.server(&["a.example"], (2020, 2021), all),
                "it expired on 2021-01-01T00:00:00Z, ",
            ),
            (
                ca.server(&["a.example"], (2048, 2049), all),
                "it is not valid before 2048-01-01T00:00:00Z",
            ),
            (
                ca.server(&["b.example"], (2020, 2049), all),
                "it is not valid for `a.example`, only for b.example",
            ),
            (
                other.server(&["a.example"], (2020, 2049), all),
                "its issuer is not trusted: CN=Theirs",
            ),
            (
                namesake.server(&["a.example"], (2020, 2049), all),
                "its issuer has the name of a trusted authority, but not its key",
            ),
            (self_signed(&["a.example"]), "it is self-signed"),
        ] {
            let server = serve_tls(config, b"").await;
            let answer = try_it("127.0.0.1", server.port(), tls(&ca, "a.example"), 5000)
                .await
                .unwrap();
            let seen = answer.tls.unwrap().unwrap();
            let untrusted = seen.untrusted.unwrap();
            assert!(untrusted.starts_with(says), "{says}: {untrusted}");
            assert_eq!(seen.names.len(), 1);
        }
    }

    #[tokio::test]
    async fn t03_a_plain_port_a_silent_one_and_a_closing_one_fail_in_their_own_words() {
        let ca = Authority::new("Ours");
        let plain = serve_plain(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), false).await;
        let silent = serve_plain(Vec::new(), true).await;
        let closing = serve_plain(Vec::new(), false).await;
        for (server, class, says) in [
            (plain, FailureClass::Tls, "does not speak TLS"),
            (silent, FailureClass::Timeout, "(phase tls)"),
            (closing, FailureClass::Broken, "closed the connection"),
        ] {
            let answer = try_it("127.0.0.1", server.port(), tls(&ca, "a.example"), 700)
                .await
                .unwrap();
            let failure = answer.tls.unwrap().unwrap_err();
            assert_eq!(failure.class, class, "{failure}");
            assert!(failure.what.contains(says), "{failure}");
            assert!(failure.is_connection());
        }
    }

    #[tokio::test]
    async fn t04_a_file_of_authorities_that_is_absent_or_empty_is_no_answer() {
        let empty = tempfile::NamedTempFile::new().unwrap();
        for (ca, says) in [
            ("/nowhere/ca.pem", "/nowhere/ca.pem"),
            ("/dev/zero", "it is no file"),
            (empty.path().to_str().unwrap(), "holds no certificate"),
        ] {
            let probe = TlsProbe {
                server_name: None,
                ca: Some(ca.to_owned()),
            };
            let failure = try_it("127.0.0.1", 1, Some(probe), 1000).await.unwrap_err();
            assert_eq!(failure.class, FailureClass::Local);
            assert!(failure.what.contains(says), "{failure}");
        }
    }
}

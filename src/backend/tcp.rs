//! TCP: which address of a host accepts a connection, which do not and why; a TLS handshake where one is asked for.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::backend::answer::{ConnectAttempt, TcpAnswer, TlsSeen};
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::probe::TcpProbe;
use crate::backend::tls::{Trust, handshake};
use crate::backend::trace::{Exchanged, Trace};
use crate::leaves::words;

/// An address that has not answered for so long lets the next one be tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);
/// Addresses of one name that are tried at most.
const MOST_ADDRESSES: usize = 16;

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

/// The addresses with the families in turn, beginning with the first one's; no address twice.
fn in_turn(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let six_first = found.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<SocketAddr>, Vec<SocketAddr>) = found
        .into_iter()
        .partition(|address| address.is_ipv6() == six_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turned: Vec<SocketAddr> = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            turned.truncate(MOST_ADDRESSES);
            return turned;
        }
        for address in pair.into_iter().flatten() {
            if !turned.contains(&address) {
                turned.push(address);
            }
        }
    }
}

/// Tries the addresses in their order; the next one has its turn when one has failed, or has not answered for a while.
async fn race(
    addresses: Vec<SocketAddr>,
    deadline: Instant,
) -> (Vec<ConnectAttempt>, Option<(SocketAddr, TcpStream)>) {
    let mut waiting = addresses.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    let mut open: Vec<(usize, SocketAddr, Instant)> = Vec::new();
    let mut done: Vec<(usize, ConnectAttempt)> = Vec::new();
    let mut connected = None;
    while connected.is_none() {
        match waiting.next() {
            Some((at, address)) => {
                let began = Instant::now();
                open.push((at, address, began));
                running
                    .push(async move { (at, address, began, TcpStream::connect(address).await) });
            }
            None if running.is_empty() => break,
            None => {}
        }
        let until = if waiting.len() == 0 {
            deadline
        } else {
            deadline.min(Instant::now() + HEAD_START)
        };
        tokio::select! {
            biased;
            Some((at, address, began, result)) = running.next() => {
                open.retain(|(other, ..)| *other != at);
                let failure = match result {
                    Ok(stream) => {
                        connected = Some((address, stream));
                        None
                    }
                    Err(why) => Some(io_failure(&why, &address.to_string(), began.elapsed())),
                };
                done.push((at, ConnectAttempt { address: address.to_string(), failure, took_ms: ms(began) }));
            }
            () = sleep_until(until) => {
                if Instant::now() >= deadline {
                    break;
                }
            }
        }
    }
    // What still runs now was overtaken by another address, or by the end of the time; an address whose turn never came is no attempt.
    let overtaken = connected.is_some();
    for (at, address, began) in open {
        let failure = if overtaken {
            Failure::new(
                FailureClass::Timeout,
                format!(
                    "{address} had not answered after {} when another address did",
                    span(began.elapsed())
                ),
            )
        } else {
            unanswered(&address.to_string(), began.elapsed())
        };
        done.push((
            at,
            ConnectAttempt {
                address: address.to_string(),
                failure: Some(failure),
                took_ms: ms(began),
            },
        ));
    }
    done.sort_by_key(|(at, _)| *at);
    (
        done.into_iter().map(|(_, attempt)| attempt).collect(),
        connected,
    )
}

fn unanswered(target: &str, waited: Duration) -> Failure {
    Failure::new(
        FailureClass::Timeout,
        format!(
            "no answer from {target} within {} (phase connect)",
            span(waited)
        ),
    )
    .help("A packet filter may drop it, or no such host is up: a refused port would have answered.")
}

/// What an error of a socket means.
pub(crate) fn io_failure(why: &io::Error, target: &str, after: Duration) -> Failure {
    // EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL: this machine's limits. The kinds of some have no stable name.
    const LOCAL: [i32; 5] = [24, 23, 105, 12, 99];
    if why
        .raw_os_error()
        .is_some_and(|code| cfg!(target_os = "linux") && LOCAL.contains(&code))
    {
        return Failure::new(
            FailureClass::Local,
            format!(
                "this machine could not open a connection to {target}: {}",
                os_words(why)
            ),
        )
        .help("Raise the limit of open files or of local ports, or run fewer checks at once.");
    }
    let (class, what) = match why.kind() {
        io::ErrorKind::ConnectionRefused => (
            FailureClass::Refused,
            format!("connection refused by {target}"),
        ),
        io::ErrorKind::TimedOut => return unanswered(target, after),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => (
            FailureClass::Broken,
            format!("{target} closed the connection: {}", os_words(why)),
        ),
        _ => (
            FailureClass::Unreachable,
            format!("{target} cannot be reached: {}", os_words(why)),
        ),
    };
    Failure::new(class, what)
}

/// The system's reason without its number: `no route to host`.
fn os_words(why: &io::Error) -> String {
    let text = why.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().collect::<String>() + letters.as_str()
    })
}

/// The resolver's reason: `Name or service not known`.
fn resolver_words(why: &io::Error) -> String {
    let text = os_words(why);
    match text.split_once("lookup address information: ") {
        Some((_, reason)) => reason.to_lowercase(),
        None => text,
    }
}

/// `host:port`, an IPv6 address in brackets.
pub(crate) fn host_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// A duration in words.
pub(crate) fn span(duration: Duration) -> String {
    words::age(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

fn ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
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

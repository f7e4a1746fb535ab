//! Trying the addresses of one host: in their order, the families in turn, the next one beside a slow one.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::backend::answer::ConnectAttempt;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::socket::{io_failure, ms, span, unanswered};

/// An address that has not answered for so long lets the next one be tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);
/// Addresses of one name that are tried at most.
const MOST_ADDRESSES: usize = 16;

/// The addresses with the families in turn, beginning with the first one's; no address twice.
pub(crate) fn in_turn(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
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
pub(crate) async fn race(
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

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    #[tokio::test]
    async fn h20_a_dead_address_leaves_it_to_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        // Nothing listens at this address, whatever the port.
        let dead: SocketAddr = ([127, 0, 0, 2], live.port()).into();
        let started = Instant::now();
        let (attempts, connected) = race(vec![dead, live], started + Duration::from_secs(5)).await;
        assert_eq!(connected.unwrap().0, live);
        assert_eq!(attempts.len(), 2);
        assert_eq!(
            attempts[0].failure.as_ref().unwrap().class,
            FailureClass::Refused
        );
        assert!(started.elapsed() < Duration::from_millis(300));
    }

    /// A listener whose queue is full: further connections get no answer.
    async fn full_listener() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        while let Ok(Ok(stream)) =
            tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
        {
            held.push(stream);
        }
        (listener, held, address)
    }

    #[tokio::test]
    async fn t06_a_dropped_connection_is_no_answer_and_not_a_refusal() {
        let (_listener, _held, full) = full_listener().await;
        let started = Instant::now();
        let (attempts, connected) = race(vec![full], started + Duration::from_millis(300)).await;
        assert!(connected.is_none());
        assert!(started.elapsed() < Duration::from_millis(550));
        let failure = attempts[0].failure.as_ref().unwrap();
        assert_eq!(failure.class, FailureClass::Timeout);
        assert!(
            failure.what.contains("no answer from") && failure.what.contains("(phase connect)"),
            "{failure}"
        );
        assert!(failure.help.as_ref().unwrap().contains("filter"));

        // Beside it, the next address is tried after a short while.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = listener.local_addr().unwrap();
        let started = Instant::now();
        let (attempts, connected) = race(vec![full, live], started + Duration::from_secs(5)).await;
        assert_eq!(connected.unwrap().0, live);
        assert!(
            started.elapsed() < Duration::from_millis(700),
            "{:?}",
            started.elapsed()
        );
        assert!(
            attempts[0]
                .failure
                .as_ref()
                .unwrap()
                .what
                .contains("when another address did")
        );
    }

    #[test]
    fn families_take_turns() {
        let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        assert_eq!(
            in_turn(addresses(&[
                "[::1]:1",
                "[::2]:1",
                "[::1]:1",
                "1.1.1.1:1",
                "1.1.1.2:1"
            ])),
            addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1"])
        );
    }
}

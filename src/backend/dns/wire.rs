//! One question at one name server: over UDP, and over TCP where the reply was cut short.
//!
//! The resolver library asks twice where told to ask once, and does not tell a refused port from silence; so the sockets are ours
//! and only the messages are the library's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use crate::backend::failure::{Failure, FailureClass};
use crate::backend::socket::io_failure;

/// What was heard of a server.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Its reply to our question.
    Reply(Box<Message>),
    /// Nothing in time.
    Silence,
    /// Something went wrong, in words.
    Broken(String),
}

/// Sends the query and waits for the reply that belongs to it. Replies with another id or question are no replies of ours and are
/// passed over. A lost datagram is sent once more when half of the time is gone.
///
/// # Errors
/// What this machine could not do: open another socket.
pub(crate) async fn ask(
    server: SocketAddr,
    query: &Message,
    deadline: Instant,
) -> Result<Heard, Failure> {
    let bytes = match query.to_vec() {
        Ok(bytes) => bytes,
        Err(why) => {
            return Ok(Heard::Broken(format!(
                "the question cannot be written: {why}"
            )));
        }
    };
    match over_udp(server, query, &bytes, deadline).await? {
        Heard::Reply(reply) if reply.metadata.truncation => {
            match timeout_at(deadline, over_tcp(server, query, &bytes)).await {
                Err(_) => Ok(Heard::Broken(
                    "the reply was cut short, and no reply came over TCP in time".to_owned(),
                )),
                Ok(Ok(Heard::Broken(why))) => Ok(Heard::Broken(format!(
                    "the reply was cut short, and over TCP {why}"
                ))),
                Ok(heard) => heard,
            }
        }
        heard => Ok(heard),
    }
}

async fn over_udp(
    server: SocketAddr,
    query: &Message,
    bytes: &[u8],
    deadline: Instant,
) -> Result<Heard, Failure> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // A connected socket hears that server alone, and hears that its port is closed.
    let socket = match UdpSocket::bind((any, 0)).await {
        Ok(socket) => socket,
        Err(why) => return broken(&why, server),
    };
    if let Err(why) = socket.connect(server).await {
        return broken(&why, server);
    }
    let now = Instant::now();
    let again_at = now + deadline.saturating_duration_since(now) / 2;
    let (mut passed_over, mut sent) = (0_u32, 0_u32);
    let mut buffer = vec![0; usize::from(u16::MAX)];
    while sent < 2 {
        if let Err(why) = socket.send(bytes).await {
            return broken(&why, server);
        }
        sent += 1;
        let until = if sent == 1 { again_at } else { deadline };
        loop {
            let length = match timeout_at(until, socket.recv(&mut buffer)).await {
                Err(_) => break,
                Ok(Err(why)) => return broken(&why, server),
                Ok(Ok(length)) => length,
            };
            match belongs(&buffer[..length], query) {
                Ok(Some(reply)) => return Ok(Heard::Reply(Box::new(reply))),
                Ok(None) => passed_over = passed_over.saturating_add(1),
                Err(why) => return Ok(Heard::Broken(why)),
            }
        }
    }
    Ok(match passed_over {
        0 => Heard::Silence,
        1 => Heard::Broken("no reply in time; 1 reply to another question was ignored".to_owned()),
        n => Heard::Broken(format!(
            "no reply in time; {n} replies to other questions were ignored"
        )),
    })
}

async fn over_tcp(server: SocketAddr, query: &Message, bytes: &[u8]) -> Result<Heard, Failure> {
    let exchanged = async {
        let mut stream = TcpStream::connect(server).await?;
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        stream
            .write_all(&[&length.to_be_bytes()[..], bytes].concat())
            .await?;
        let mut reply = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut reply).await?;
        Ok::<_, std::io::Error>(reply)
    };
    match exchanged.await {
        Err(why) => broken(&why, server),
        Ok(reply) => Ok(match belongs(&reply, query) {
            Ok(Some(reply)) => Heard::Reply(Box::new(reply)),
            Ok(None) => Heard::Broken("a reply to another question came".to_owned()),
            Err(why) => Heard::Broken(why),
        }),
    }
}

/// The reply, where it is one to our question; an error where it claims to be ours and cannot be read.
fn belongs(bytes: &[u8], query: &Message) -> Result<Option<Message>, String> {
    if bytes.get(..2) != Some(&query.metadata.id.to_be_bytes()[..]) {
        return Ok(None);
    }
    let reply =
        Message::from_vec(bytes).map_err(|why| format!("a reply that cannot be read: {why}"))?;
    let same_question = match (reply.queries.as_slice(), query.queries.as_slice()) {
        ([theirs], [ours]) => {
            theirs.name() == ours.name() && theirs.query_type() == ours.query_type()
        }
        // A server that could not even read the question sends none back.
        ([], _) => reply.metadata.response_code != ResponseCode::NoError,
        _ => false,
    };
    Ok((same_question && reply.metadata.message_type == MessageType::Response).then_some(reply))
}

/// What an error of a socket says of the server; an error of its own where it is this machine's fault.
fn broken(why: &std::io::Error, server: SocketAddr) -> Result<Heard, Failure> {
    let failure = io_failure(why, &server.to_string(), Duration::ZERO);
    match failure.class {
        FailureClass::Local => Err(failure),
        FailureClass::Timeout => Ok(Heard::Silence),
        FailureClass::Refused => Ok(Heard::Broken(format!(
            "connection refused: no name server listens at {server}"
        ))),
        _ => Ok(Heard::Broken(failure.what)),
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::op::Query;
    use hickory_resolver::proto::rr::{Name, RecordType};
    use proptest::prelude::*;

    use super::*;
    use crate::backend::answer;
    use crate::backend::dns::reply::read;

    proptest! {
        #[test]
        fn whatever_bytes_come_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let name = Name::from_ascii("a.example.").unwrap();
            let mut query = Message::query();
            query.add_query(Query::query(name.clone(), RecordType::A));
            let mut ours = query.metadata.id.to_be_bytes().to_vec();
            ours.extend(bytes);
            if let Ok(Some(reply)) = belongs(&ours, &query) {
                let _ = read(&reply, &name, answer::RecordType::A);
            }
        }
    }
}

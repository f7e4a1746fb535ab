//! A name server on loopback that answers as a test wants, over UDP and TCP.

use std::sync::Arc;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// What the fake server sends for a query, over UDP (false) or TCP (true).
pub(crate) type Answering = dyn Fn(&Message, bool) -> Vec<Vec<u8>> + Send + Sync;

pub(crate) async fn serve(
    answering: impl Fn(&Message, bool) -> Vec<Vec<u8>> + Send + Sync + 'static,
) -> String {
    let answering: Arc<Answering> = Arc::new(answering);
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let server = udp.local_addr().unwrap().to_string();
    let over_tcp = answering.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = tcp.accept().await.unwrap();
            let mut bytes = vec![0; stream.read_u16().await.unwrap().into()];
            stream.read_exact(&mut bytes).await.unwrap();
            for reply in over_tcp(&Message::from_vec(&bytes).unwrap(), true) {
                stream.write_u16(reply.len() as u16).await.unwrap();
                stream.write_all(&reply).await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        loop {
            let (length, from) = udp.recv_from(&mut buffer).await.unwrap();
            for reply in answering(&Message::from_vec(&buffer[..length]).unwrap(), false) {
                udp.send_to(&reply, from).await.unwrap();
            }
        }
    });
    server
}

pub(crate) fn reply(query: &Message, code: ResponseCode, answers: Vec<Record>) -> Message {
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.metadata.response_code = code;
    reply.add_queries(query.queries.clone());
    reply.add_answers(answers);
    reply
}

pub(crate) fn bytes(reply: &Message) -> Vec<Vec<u8>> {
    vec![reply.to_vec().unwrap()]
}

pub(crate) fn asked(query: &Message) -> String {
    query.queries[0].name().to_ascii()
}

pub(crate) fn record(name: &str, data: RData) -> Record {
    Record::from_rdata(Name::from_ascii(name).unwrap(), 30, data)
}

pub(crate) fn a(name: &str, ip: [u8; 4]) -> Record {
    record(name, RData::A(A(ip.into())))
}

pub(crate) fn cname(name: &str, target: &str) -> Record {
    record(name, RData::CNAME(CNAME(Name::from_ascii(target).unwrap())))
}

/// A server that answers by the first label: `nx.`, `nodata.`, `servfail.`, ...
pub(crate) async fn by_first_label() -> String {
    serve(|query, _| {
        let name = asked(query);
        bytes(&match name.split('.').next().unwrap() {
            "nx" => reply(query, ResponseCode::NXDomain, vec![]),
            "nodata" => reply(query, ResponseCode::NoError, vec![]),
            "servfail" => reply(query, ResponseCode::ServFail, vec![]),
            "refused" => reply(query, ResponseCode::Refused, vec![]),
            "formerr" => {
                let mut bare = reply(query, ResponseCode::FormErr, vec![]);
                bare.queries.clear();
                bare
            }
            "odd" => reply(query, ResponseCode::Unknown(12), vec![]),
            "silent" => return vec![],
            "mapped" => reply(
                query,
                ResponseCode::NoError,
                vec![
                    cname(&name, "END.example."),
                    a("end.example.", [10, 0, 0, 7]),
                ],
            ),
            "dangling" => reply(
                query,
                ResponseCode::NXDomain,
                vec![cname(&name, "gone.example.")],
            ),
            "circle" => reply(
                query,
                ResponseCode::NoError,
                vec![cname(&name, "b.example."), cname("b.example.", &name)],
            ),
            "chain" => {
                let link = |n: usize| format!("c{n}.example.");
                let mut chain = vec![cname(&name, &link(0))];
                chain.extend((0..30).map(|n| cname(&link(n), &link(n + 1))));
                reply(query, ResponseCode::NoError, chain)
            }
            _ => reply(
                query,
                ResponseCode::NoError,
                vec![a(&name, [10, 0, 0, 1]), a("other.example.", [9, 9, 9, 9])],
            ),
        })
    })
    .await
}

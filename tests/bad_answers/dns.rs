//! Group D: name servers that fail, lie, keep silent or talk nonsense, asked by the `dns` kind, and what the other kinds make of a
//! name that does not resolve.

use std::net::{TcpListener, UdpSocket};
use std::thread;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use crate::stage::{Judged, alone, every_kind_with};

/// A name server on a loopback port that sends these datagrams for each query.
fn responder(answer: impl Fn(&Message) -> Vec<Vec<u8>> + Send + 'static) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let query = Message::from_vec(&buffer[..length]).unwrap();
            for datagram in answer(&query) {
                let _ = socket.send_to(&datagram, from);
            }
        }
    });
    address
}

fn reply(query: &Message, code: ResponseCode, records: Vec<Record>) -> Message {
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.add_query(query.queries[0].clone());
    reply.metadata.response_code = code;
    reply.add_answers(records);
    reply
}

fn bytes(message: &Message) -> Vec<Vec<u8>> {
    vec![message.to_vec().unwrap()]
}

fn asked(query: &Message) -> Name {
    query.queries[0].name().clone()
}

fn a(name: &Name, ttl: u32, last: u8) -> Record {
    Record::from_rdata(name.clone(), ttl, RData::A(A([10, 0, 0, last].into())))
}

fn cname(from: &str, to: &str) -> Record {
    let to = Name::from_ascii(to).unwrap();
    Record::from_rdata(Name::from_ascii(from).unwrap(), 5, RData::CNAME(CNAME(to)))
}

/// Asks this server for a name, with further keys.
fn ask(server: &str, name: &str, keys: &str) -> Judged {
    let keys = if keys.is_empty() {
        String::new()
    } else {
        format!(", {keys}")
    };
    alone(
        &format!("{{ id: d, dns: \"{name}\", lookup: absolute, resolver: \"{server}\"{keys} }}"),
        "--timeout 500ms",
    )
}

fn coded(code: ResponseCode) -> String {
    responder(move |query| bytes(&reply(query, code, vec![])))
}

#[test]
fn d01_a_name_that_does_not_exist_and_one_without_addresses_are_told_apart() {
    let (gone, bare) = (coded(ResponseCode::NXDomain), coded(ResponseCode::NoError));
    ask(&gone, "a.example", "").fails("NXDOMAIN");
    let seen = ask(&bare, "a.example", "");
    assert_eq!(seen.checks[0]["verdict"], "fail", "{}", seen.text);
    assert!(!seen.text.contains("NXDOMAIN"), "{}", seen.text);
    ask(&gone, "a.example", "nxdomain: true").passes();
    let seen = ask(&bare, "a.example", "nxdomain: true");
    assert_ne!(seen.checks[0]["verdict"], "pass", "{}", seen.text);
}

#[test]
fn d02_a_server_that_fails_proves_no_absence_and_is_named_with_its_code() {
    for (code, word) in [
        (ResponseCode::ServFail, "SERVFAIL"),
        (ResponseCode::Refused, "REFUSED"),
        (ResponseCode::FormErr, "FORMERR"),
        (ResponseCode::NotImp, "NOTIMP"),
    ] {
        let server = coded(code);
        let seen = ask(&server, "a.example", "nxdomain: true").errs();
        assert!(seen.text.contains(word), "{word}: {}", seen.text);
        assert!(seen.text.contains(&server), "{}", seen.text);
        let seen = ask(&server, "a.example", "");
        assert_ne!(seen.checks[0]["verdict"], "pass", "{}", seen.text);
        assert!(seen.text.contains(word), "{word}: {}", seen.text);
    }
}

#[test]
fn d03_silence_ends_at_the_checks_own_time() {
    let server = responder(|_| vec![]);
    let seen = ask(&server, "a.example", "nxdomain: true")
        .errs()
        .within(Duration::from_secs(3));
    assert!(seen.text.contains("no reply in time"), "{}", seen.text);
    let seen = ask(&server, "a.example", "").within(Duration::from_secs(3));
    assert_ne!(seen.checks[0]["verdict"], "pass", "{}", seen.text);
}

#[test]
fn d04_a_cut_answer_without_tcp_proves_nothing() {
    let server = responder(|query| {
        let mut cut = reply(query, ResponseCode::NXDomain, vec![]);
        cut.metadata.truncation = true;
        bytes(&cut)
    });
    ask(&server, "a.example", "nxdomain: true").errs();
    let seen = ask(&server, "a.example", "");
    assert_ne!(seen.checks[0]["verdict"], "pass", "{}", seen.text);
    // A port for TCP that takes the question and closes is no better.
    let (socket, listener) = loop {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(listener) = TcpListener::bind(socket.local_addr().unwrap()) {
            break (socket, listener);
        }
    };
    let address = socket.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().for_each(drop));
    thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let query = Message::from_vec(&buffer[..length]).unwrap();
            let mut cut = reply(&query, ResponseCode::NXDomain, vec![]);
            cut.metadata.truncation = true;
            let _ = socket.send_to(&cut.to_vec().unwrap(), from);
        }
    });
    ask(&address, "a.example", "nxdomain: true").errs();
}

#[test]
fn d05_chains_circles_and_junk_end_in_words() {
    let circle = responder(|query| {
        let records = vec![
            cname("a.example.", "b.example."),
            cname("b.example.", "a.example."),
        ];
        bytes(&reply(query, ResponseCode::NoError, records))
    });
    let chain = responder(|query| {
        let mut records = vec![cname("a.example.", "n0.example.")];
        records.extend(
            (0..30).map(|n| cname(&format!("n{n}.example."), &format!("n{}.example.", n + 1))),
        );
        bytes(&reply(query, ResponseCode::NoError, records))
    });
    let pointer = responder(|query| {
        let mut junk = query.metadata.id.to_be_bytes().to_vec();
        junk.extend([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]);
        junk.resize(60_000, 0xc0);
        vec![junk]
    });
    let short = responder(|query| vec![query.metadata.id.to_be_bytes().to_vec()]);
    for server in [circle, chain, pointer, short] {
        let seen = ask(&server, "a.example", "").within(Duration::from_secs(5));
        assert!(matches!(seen.code, 1 | 3), "{}", seen.text);
        ask(&server, "a.example", "nxdomain: true").errs();
    }
}

#[test]
fn d06_answers_are_compared_as_sets_whatever_their_order_and_case() {
    let server = responder(|query| {
        let name = Name::from_ascii(asked(query).to_ascii().to_uppercase()).unwrap();
        let records = vec![a(&name, 0, 2), a(&name, 0, 1)];
        bytes(&reply(query, ResponseCode::NoError, records))
    });
    for name in ["a.example", "A.Example", "a.example."] {
        ask(&server, name, "addresses: [10.0.0.1, 10.0.0.2]").passes();
    }
    ask(&server, "a.example", "addresses: 10.0.0.1").fails("10.0.0.2");
    ask(
        &server,
        "a.example",
        "addresses: [10.0.0.1, 10.0.0.2, 10.0.0.3]",
    )
    .fails("10.0.0.3");
    ask(&server, "a.example", "count: 3").fails("2");
}

#[test]
fn d07_replies_to_other_questions_are_passed_over() {
    let server = responder(|query| {
        let name = asked(query);
        let mut other_id = reply(query, ResponseCode::NoError, vec![a(&name, 5, 66)]);
        other_id.metadata.id = query.metadata.id.wrapping_add(1);
        let mut other_name = reply(query, ResponseCode::NoError, vec![a(&name, 5, 66)]);
        other_name.queries[0].set_name(Name::from_ascii("evil.example.").unwrap());
        let mut other_type = reply(query, ResponseCode::NoError, vec![a(&name, 5, 66)]);
        other_type.queries[0].set_query_type(RecordType::AAAA);
        let mut sent: Vec<Vec<u8>> = [&other_id, &other_name, &other_type]
            .into_iter()
            .flat_map(bytes)
            .collect();
        if name.to_ascii().starts_with("up") {
            sent.extend(bytes(&reply(
                query,
                ResponseCode::NoError,
                vec![a(&name, 5, 1)],
            )));
        }
        sent
    });
    ask(&server, "up.example", "addresses: 10.0.0.1").passes();
    let seen = ask(&server, "down.example", "nxdomain: true").errs();
    assert!(seen.text.contains("ignored"), "{}", seen.text);
    assert!(!seen.text.contains("10.0.0.66"), "{}", seen.text);
}

#[test]
fn d08_the_source_of_an_answer_and_the_way_through_the_search_list_are_shown() {
    let server = responder(|query| {
        let name = asked(query);
        let known = name.to_ascii() == "recv.monitoring.svc.cluster.local.";
        bytes(&match known {
            true => reply(query, ResponseCode::NoError, vec![a(&name, 5, 1)]),
            false => reply(query, ResponseCode::NXDomain, vec![]),
        })
    });
    let check = format!(
        "{{ id: d, dns: recv.monitoring.svc, resolver: \"{server}\", search: [cluster.local], ndots: 5 }}"
    );
    let seen = alone(&check, "--timeout 500ms").passes();
    let record = seen.checks[0].to_string();
    for shown in [
        server.as_str(),
        "recv.monitoring.svc.cluster.local",
        "10.0.0.1",
    ] {
        assert!(record.contains(shown), "{shown}: {record}");
    }
    ask(&server, "recv.monitoring.svc", "").fails("NXDOMAIN");
}

#[test]
fn d01_a_name_that_no_http_kind_can_resolve_is_an_error() {
    every_kind_with("http://no-such-host.invalid:9090", "", "--timeout 2s").errs();
}

//! The lab's DNS server: question to answer, and both as bytes.

use std::str::FromStr;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, SOA, SRV, TXT};
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordType};

use crate::lab::zone::{Data, Zone};

/// Seconds that an answer may be kept.
const TTL: u32 = 30;

/// The most bytes of an answer over UDP.
const UDP_BYTES: usize = 512;

/// Whether the answer goes over UDP, where it may not be long, or over TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

/// What the server says to one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The response code; a name that exists without such a record is `NoError` with no answers.
    pub code: ResponseCode,
    /// The records asked for, aliases on the way first.
    pub answers: Vec<Record>,
    /// The SOA record, where the answer is negative.
    pub authority: Option<Record>,
}

/// Answers one question.
pub fn answer(zone: &Zone, name: &Name, kind: RecordType) -> Reply {
    let mut asked = plain(name);
    let mut answers = Vec::new();
    for _ in 0..8 {
        let here: Vec<_> = zone.of(&asked).collect();
        let fitting: Vec<Record> = here
            .iter()
            .filter_map(|one| record(&one.name, &one.data))
            .filter(|one| kind == RecordType::ANY || one.record_type() == kind)
            .collect();
        if !fitting.is_empty() {
            answers.extend(fitting);
            return Reply {
                code: ResponseCode::NoError,
                answers,
                authority: None,
            };
        }
        let alias = here.iter().find_map(|one| match &one.data {
            Data::Cname(target) => Some((record(&one.name, &one.data), target.clone())),
            _ => None,
        });
        let Some((Some(link), target)) = alias else {
            break;
        };
        answers.push(link);
        asked = target;
    }
    let code = if zone.exists(&asked) || !answers.is_empty() && zone.exists(&plain(name)) {
        ResponseCode::NoError
    } else {
        ResponseCode::NXDomain
    };
    Reply {
        code,
        answers,
        authority: authority(zone.domain_of(&asked)),
    }
}

/// Answers a message. What is no question is answered with an error, or with nothing if it is no DNS at all.
pub fn answer_bytes(zone: &Zone, bytes: &[u8], transport: Transport) -> Option<Vec<u8>> {
    let question = Message::from_vec(bytes).ok()?;
    if question.metadata.message_type != MessageType::Query {
        return None;
    }
    let metadata = &question.metadata;
    let mut reply = Message::response(metadata.id, metadata.op_code);
    reply.metadata.recursion_desired = metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.metadata.authoritative = true;
    reply.add_queries(question.queries.iter().cloned());
    match question.queries.as_slice() {
        _ if metadata.op_code != OpCode::Query => {
            reply.metadata.response_code = ResponseCode::NotImp;
        }
        [only] if only.query_class == DNSClass::IN => {
            let answer = answer(zone, only.name(), only.query_type());
            reply.metadata.response_code = answer.code;
            reply.add_answers(answer.answers);
            reply.add_authorities(answer.authority);
        }
        [_] => reply.metadata.response_code = ResponseCode::Refused,
        _ => reply.metadata.response_code = ResponseCode::FormErr,
    }
    let bytes = reply.to_vec().ok()?;
    if transport == Transport::Udp && bytes.len() > UDP_BYTES {
        return reply.truncate().to_vec().ok();
    }
    Some(bytes)
}

fn plain(name: &Name) -> String {
    let text = name.to_ascii().to_ascii_lowercase();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

fn absolute(name: &str) -> Option<Name> {
    let mut name = Name::from_str(name).ok()?;
    name.set_fqdn(true);
    Some(name)
}

fn record(owner: &str, data: &Data) -> Option<Record> {
    let data = match data {
        Data::A(address) => RData::A(A(*address)),
        Data::Aaaa(address) => RData::AAAA(AAAA(*address)),
        Data::Cname(target) => RData::CNAME(CNAME(absolute(target)?)),
        Data::Srv { port, target } => RData::SRV(SRV::new(0, 100, *port, absolute(target)?)),
        Data::Txt(text) => RData::TXT(TXT::new(vec![text.clone()])),
    };
    Some(Record::from_rdata(absolute(owner)?, TTL, data))
}

fn authority(domain: &str) -> Option<Record> {
    let server = if domain == "." {
        "a.root-servers.net".to_owned()
    } else {
        format!("ns.dns.{domain}")
    };
    let soa = SOA::new(
        absolute(&server)?,
        absolute("hostmaster.example.net")?,
        1,
        7_200,
        1_800,
        86_400,
        5,
    );
    Some(Record::from_rdata(absolute(domain)?, TTL, RData::SOA(soa)))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::str::FromStr;

    use hickory_resolver::proto::op::{Message, Query, ResponseCode};
    use hickory_resolver::proto::rr::{Name, RData, RecordType};

    use super::{Reply, Transport, answer, answer_bytes};
    use crate::lab::incident;
    use crate::lab::zone::{Data, Zone};

    fn ask(name: &str, kind: RecordType) -> Reply {
        let zone = incident::healthy(0).zone;
        answer(&zone, &Name::from_str(name).expect("a name"), kind)
    }

    #[test]
    fn a_service_name_has_an_address() {
        let reply = ask(
            "Thanos-Receive.monitoring.svc.cluster.local.",
            RecordType::A,
        );
        assert_eq!(reply.code, ResponseCode::NoError);
        assert_eq!(reply.answers.len(), 1);
        assert!(reply.authority.is_none());
    }

    #[test]
    fn the_short_name_is_nxdomain_with_a_soa() {
        let reply = ask("thanos-receive.monitoring.svc.", RecordType::A);
        assert_eq!(reply.code, ResponseCode::NXDomain);
        assert!(reply.authority.is_some());
    }

    #[test]
    fn a_name_without_such_a_record_is_no_error_and_empty() {
        let reply = ask(
            "thanos-receive.monitoring.svc.cluster.local.",
            RecordType::AAAA,
        );
        assert_eq!(reply.code, ResponseCode::NoError);
        assert!(reply.answers.is_empty());
        assert!(reply.authority.is_some());
    }

    #[test]
    fn a_service_record_names_port_and_host() {
        let reply = ask(
            "_grpc._tcp.thanos-receive.monitoring.svc.cluster.local.",
            RecordType::SRV,
        );
        let RData::SRV(srv) = &reply.answers[0].data else {
            panic!("no SRV record");
        };
        assert_eq!(srv.port, 10901);
    }

    #[test]
    fn an_alias_is_followed() {
        let reply = ask("thanos-receive.talentos.darey.io.", RecordType::A);
        assert_eq!(reply.answers.len(), 2);
        assert_eq!(reply.answers[0].record_type(), RecordType::CNAME);
        let reply = ask("thanos-receive.talentos.darey.io.", RecordType::CNAME);
        assert_eq!(reply.answers.len(), 1);
    }

    #[test]
    fn a_circle_of_aliases_ends() {
        let zone = Zone::default()
            .with("a", Data::Cname("b".to_owned()))
            .with("b", Data::Cname("a".to_owned()));
        let name = Name::from_str("a.").expect("a name");
        assert_eq!(
            answer(&zone, &name, RecordType::A).code,
            ResponseCode::NoError
        );
    }

    #[test]
    fn long_answers_are_truncated_over_udp_only() {
        let mut zone = Zone::default();
        for n in 0..100 {
            zone = zone.with("many", Data::A(Ipv4Addr::new(10, 0, 0, n)));
        }
        let mut question = Message::query();
        question.add_query(Query::query(
            Name::from_str("many.").expect("a name"),
            RecordType::A,
        ));
        let bytes = question.to_vec().expect("bytes");
        let over = |transport| {
            let reply = answer_bytes(&zone, &bytes, transport).expect("an answer");
            Message::from_vec(&reply).expect("a message")
        };
        assert!(over(Transport::Udp).metadata.truncation);
        assert_eq!(over(Transport::Tcp).answers.len(), 100);
    }

    #[test]
    fn noise_is_not_answered() {
        let zone = Zone::default();
        assert_eq!(answer_bytes(&zone, b"GET / HTTP/1.1", Transport::Udp), None);
        assert_eq!(answer_bytes(&zone, &[], Transport::Tcp), None);
    }
}

//! What a reply says of the name that was asked: the chain of aliases, the records at its end, and the response code.

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record};

use crate::backend::answer::{DnsOutcome, DnsRecord, RecordType};

/// Aliases in a row that are followed.
const MOST_ALIASES: usize = 20;

/// Reads a reply to the question for this type at this name.
pub(crate) fn read(
    reply: &Message,
    name: &Name,
    record: RecordType,
) -> (DnsOutcome, Vec<DnsRecord>) {
    let code = reply.metadata.response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return (DnsOutcome::Code(word(code)), Vec::new());
    }
    let (owner, mut records) = match aliases(reply, name, record) {
        Ok(found) => found,
        Err(why) => return (DnsOutcome::Failed(why), Vec::new()),
    };
    let before = records.len();
    records.extend(
        reply
            .answers
            .iter()
            .filter(|answer| answer.name == owner)
            .filter_map(typed)
            .filter(|answer| answer.record == record),
    );
    let outcome = match code {
        ResponseCode::NXDomain => DnsOutcome::NxDomain,
        _ if records.len() == before => DnsOutcome::NoData,
        _ => DnsOutcome::Found,
    };
    (outcome, records)
}

/// The name at the end of the chain of aliases, and the chain.
fn aliases(
    reply: &Message,
    name: &Name,
    record: RecordType,
) -> Result<(Name, Vec<DnsRecord>), String> {
    let mut way = vec![name.clone()];
    let mut records = Vec::new();
    if record == RecordType::Cname {
        return Ok((name.clone(), records));
    }
    loop {
        let owner = &way[way.len() - 1];
        let alias = reply
            .answers
            .iter()
            .find_map(|answer| match (&answer.data, typed(answer)) {
                (RData::CNAME(target), Some(alias)) if answer.name == *owner => {
                    Some((target.0.clone(), alias))
                }
                _ => None,
            });
        let Some((target, alias)) = alias else {
            return Ok((owner.clone(), records));
        };
        let circle = way.contains(&target);
        way.push(target);
        records.push(alias);
        if circle {
            let way: Vec<String> = way.iter().map(Name::to_ascii).collect();
            return Err(format!("the CNAMEs go in a circle: {}", way.join(" > ")));
        }
        if records.len() > MOST_ALIASES {
            return Err(format!("more than {MOST_ALIASES} CNAMEs in a row"));
        }
    }
}

/// A record of a type that can be asked for.
fn typed(answer: &Record) -> Option<DnsRecord> {
    let (record, value, port) = match &answer.data {
        RData::A(address) => (RecordType::A, address.0.to_string(), None),
        RData::AAAA(address) => (RecordType::Aaaa, address.0.to_string(), None),
        RData::CNAME(target) => (RecordType::Cname, target.0.to_ascii(), None),
        RData::SRV(service) => (
            RecordType::Srv,
            service.target.to_ascii(),
            Some(service.port),
        ),
        RData::TXT(texts) => (
            RecordType::Txt,
            String::from_utf8_lossy(&texts.txt_data.concat()).into_owned(),
            None,
        ),
        _ => return None,
    };
    Some(DnsRecord {
        record,
        value,
        port,
        ttl: answer.ttl,
    })
}

fn word(code: ResponseCode) -> String {
    match code {
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        ResponseCode::NotAuth => "NOTAUTH".to_owned(),
        other => format!("RCODE {}", u16::from(other)),
    }
}

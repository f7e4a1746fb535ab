//! Both lookups of a name: as typed, and with every suffix of the search list. Servers are asked in their order, until one settles it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::proto::op::{Message, Query};
use hickory_resolver::proto::rr::{Name, RecordType as WireType};
use tokio::time::Instant;

use crate::backend::answer::{
    DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, RecordType, ResolverSettings,
};
use crate::backend::dns::reply::read;
use crate::backend::dns::settings::{names, settings};
use crate::backend::dns::wire::{Heard, ask};
use crate::backend::failure::Failure;
use crate::backend::probe::DnsProbe;
use crate::backend::trace::{Exchanged, Trace};
use crate::leaves::words;

/// Where the system keeps its resolver's settings.
pub const RESOLV_CONF: &str = "/etc/resolv.conf";
/// As much as an excerpt shows, in bytes.
const EXCERPT: usize = 400;

/// Looks a name up in every form, with the system's settings where the probe has none of its own. All is over when `timeout` is.
/// What name servers say, or that they say nothing, is an answer.
pub async fn lookup(probe: &DnsProbe, timeout: Duration) -> Exchanged<DnsAnswer> {
    lookup_with(probe, timeout, Path::new(RESOLV_CONF)).await
}

/// The same with another `resolv.conf`.
pub async fn lookup_with(
    probe: &DnsProbe,
    timeout: Duration,
    resolv_conf: &Path,
) -> Exchanged<DnsAnswer> {
    let mut trace = Trace {
        request: format!("{} {}", probe.record.word(), probe.name),
        ..Trace::default()
    };
    let (settings, servers) = match settings(probe, resolv_conf) {
        Ok(settings) => settings,
        Err(failure) => return (trace, Err(failure)),
    };
    let names = names(&probe.name, &settings);
    trace.request = request(probe, &settings, &names);
    let deadline = Instant::now() + timeout;
    let asked = names
        .into_iter()
        .map(|(form, name)| ask_servers(name, form, probe.record, &servers, deadline));
    let attempts: Result<Vec<Vec<DnsAttempt>>, Failure> =
        join_all(asked).await.into_iter().collect();
    match attempts {
        Err(failure) => (trace, Err(failure)),
        Ok(attempts) => {
            let attempts = attempts.concat();
            trace.excerpt = excerpt(&attempts);
            (trace, Ok(DnsAnswer { settings, attempts }))
        }
    }
}

/// Asks for one name, server after server until one knows: a server that fails, refuses or is silent leaves it to the next, each
/// having its share of the time.
async fn ask_servers(
    name: String,
    form: DnsForm,
    record: RecordType,
    servers: &[SocketAddr],
    deadline: Instant,
) -> Result<Vec<DnsAttempt>, Failure> {
    let mut attempts = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        let started = Instant::now();
        let left = u32::try_from(servers.len() - at).unwrap_or(u32::MAX);
        let share = started + deadline.saturating_duration_since(started) / left;
        let (shown, outcome, records) = match Name::from_str_relaxed(&name) {
            Err(why) => (
                name.clone(),
                DnsOutcome::Failed(format!("not a name that can be asked for: {why}")),
                Vec::new(),
            ),
            Ok(wire_name) => {
                let mut query = Message::query();
                query.metadata.recursion_desired = true;
                query.add_query(Query::query(wire_name.clone(), wire_type(record)));
                let (outcome, records) = match ask(*server, &query, share).await? {
                    Heard::Reply(reply) => read(&reply, &wire_name, record),
                    Heard::Silence => (DnsOutcome::Timeout, Vec::new()),
                    Heard::Broken(why) => (DnsOutcome::Failed(why), Vec::new()),
                };
                (wire_name.to_ascii(), outcome, records)
            }
        };
        let settled = outcome.is_settled();
        attempts.push(DnsAttempt {
            name: shown,
            form: form.clone(),
            server: server.to_string(),
            outcome,
            records,
            took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        if settled {
            break;
        }
    }
    Ok(attempts)
}

fn wire_type(record: RecordType) -> WireType {
    match record {
        RecordType::A => WireType::A,
        RecordType::Aaaa => WireType::AAAA,
        RecordType::Cname => WireType::CNAME,
        RecordType::Srv => WireType::SRV,
        RecordType::Txt => WireType::TXT,
    }
}

/// The request as a person would repeat it: the name as typed, the first server, and every full name that was asked for.
fn request(probe: &DnsProbe, settings: &ResolverSettings, names: &[(DnsForm, String)]) -> String {
    let server = settings.servers.first().map_or("", String::as_str);
    let asked = format!("{} {} @{server}", probe.record.word(), probe.name);
    if names.len() < 2 {
        return asked;
    }
    let full: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
    format!("{asked}, as {}", full.join(" "))
}

fn excerpt(attempts: &[DnsAttempt]) -> String {
    let said: Vec<String> = attempts
        .iter()
        .map(|attempt| format!("{} {}", attempt.name, attempt.says()))
        .collect();
    words::cut(&said.join("; "), EXCERPT)
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::op::ResponseCode;
    use hickory_resolver::proto::rr::RData;
    use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, SRV, TXT};
    use tokio::net::UdpSocket;

    use super::*;
    use crate::backend::dns::fake_server::{a, asked, by_first_label, bytes, record, reply, serve};

    fn probe(name: &str, server: &str) -> DnsProbe {
        DnsProbe {
            name: name.to_owned(),
            record: RecordType::A,
            resolver: Some(server.to_owned()),
            search: Some(Vec::new()),
            ndots: Some(1),
        }
    }

    async fn attempts(probe: &DnsProbe) -> Vec<DnsAttempt> {
        lookup(probe, Duration::from_millis(400))
            .await
            .1
            .unwrap()
            .attempts
    }

    #[tokio::test]
    async fn d01_d02_d03_every_answer_is_told_apart() {
        let server = by_first_label().await;
        for (name, outcome, values) in [
            ("up.example", DnsOutcome::Found, vec!["10.0.0.1"]),
            ("nx.example", DnsOutcome::NxDomain, vec![]),
            ("nodata.example", DnsOutcome::NoData, vec![]),
            (
                "servfail.example",
                DnsOutcome::Code("SERVFAIL".to_owned()),
                vec![],
            ),
            (
                "refused.example",
                DnsOutcome::Code("REFUSED".to_owned()),
                vec![],
            ),
            (
                "formerr.example",
                DnsOutcome::Code("FORMERR".to_owned()),
                vec![],
            ),
            (
                "odd.example",
                DnsOutcome::Code("RCODE 12".to_owned()),
                vec![],
            ),
            ("silent.example", DnsOutcome::Timeout, vec![]),
            (
                "mapped.example",
                DnsOutcome::Found,
                vec!["CNAME END.example.", "10.0.0.7"],
            ),
            (
                "dangling.example",
                DnsOutcome::NxDomain,
                vec!["CNAME gone.example."],
            ),
            (
                "circle.example",
                DnsOutcome::Failed(
                    "the CNAMEs go in a circle: circle.example. > b.example. > circle.example."
                        .to_owned(),
                ),
                vec![],
            ),
            (
                "chain.example",
                DnsOutcome::Failed("more than 20 CNAMEs in a row".to_owned()),
                vec![],
            ),
        ] {
            let attempts = attempts(&probe(name, &server)).await;
            assert_eq!(attempts.len(), 1, "{name}");
            assert_eq!(attempts[0].outcome, outcome, "{name}");
            assert_eq!(attempts[0].values(), values, "{name}");
            assert_eq!(attempts[0].server, server);
        }
    }

    #[tokio::test]
    async fn d03_silence_ends_at_the_checks_own_deadline() {
        let server = by_first_label().await;
        let started = Instant::now();
        let attempts = attempts(&probe("silent.example", &server)).await;
        let took = started.elapsed();
        assert_eq!(attempts[0].outcome, DnsOutcome::Timeout);
        assert!(
            took >= Duration::from_millis(390) && took < Duration::from_millis(900),
            "{took:?}"
        );
    }

    #[tokio::test]
    async fn a_short_name_is_asked_through_the_whole_search_list_and_as_typed() {
        let server = serve(|query, _| {
            let name = asked(query);
            bytes(&if name == "recv.monitoring.svc.cluster.local." {
                reply(query, ResponseCode::NoError, vec![a(&name, [10, 96, 0, 7])])
            } else {
                reply(query, ResponseCode::NXDomain, vec![])
            })
        })
        .await;
        let mut probe = probe("recv.monitoring.svc", &server);
        probe.search = Some(
            [
                "finops.svc.cluster.local.",
                "svc.cluster.local",
                "cluster.local",
            ]
            .map(str::to_owned)
            .to_vec(),
        );
        probe.ndots = Some(5);
        let said = |attempts: &[DnsAttempt]| -> Vec<String> {
            attempts
                .iter()
                .map(|attempt| format!("{} | {} | {}", attempt.form, attempt.name, attempt.says()))
                .collect()
        };
        assert_eq!(
            said(&attempts(&probe).await),
            [
                "search: finops.svc.cluster.local | recv.monitoring.svc.finops.svc.cluster.local. | NXDOMAIN",
                "search: svc.cluster.local | recv.monitoring.svc.svc.cluster.local. | NXDOMAIN",
                "search: cluster.local | recv.monitoring.svc.cluster.local. | 10.96.0.7",
                "as typed | recv.monitoring.svc. | NXDOMAIN",
            ]
        );
        // With enough dots the name as typed comes first; a final dot leaves the search list out.
        probe.ndots = Some(2);
        assert_eq!(attempts(&probe).await[0].form, DnsForm::Absolute);
        probe.name = "recv.monitoring.svc.cluster.local.".to_owned();
        let request = lookup(&probe, Duration::from_secs(1)).await.0.request;
        assert_eq!(
            request,
            format!("A recv.monitoring.svc.cluster.local. @{server}")
        );
        let (trace, answer) = lookup(&probe, Duration::from_secs(1)).await;
        assert_eq!(
            said(&answer.unwrap().attempts),
            ["as typed | recv.monitoring.svc.cluster.local. | 10.96.0.7"]
        );
        assert_eq!(
            trace.excerpt,
            "recv.monitoring.svc.cluster.local. 10.96.0.7"
        );
    }

    #[tokio::test]
    async fn the_next_server_is_asked_only_when_one_does_not_know() {
        let broken = by_first_label().await;
        let whole = by_first_label().await;
        let servers = [broken.parse().unwrap(), whole.parse().unwrap()];
        for (name, rows) in [
            ("servfail.example.", 2),
            ("silent.example.", 2),
            ("nx.example.", 1),
            ("up.example.", 1),
        ] {
            let attempts = ask_servers(
                name.to_owned(),
                DnsForm::Absolute,
                RecordType::A,
                &servers,
                Instant::now() + Duration::from_millis(400),
            )
            .await
            .unwrap();
            assert_eq!(attempts.len(), rows, "{name}");
        }
    }

    #[tokio::test]
    async fn d04_a_cut_reply_is_asked_again_over_tcp() {
        let server = serve(|query, tcp| {
            let name = asked(query);
            let mut reply = reply(
                query,
                ResponseCode::NoError,
                (0..200).map(|n| a(&name, [10, 0, 1, n])).collect(),
            );
            if !tcp {
                reply.answers.truncate(2);
                reply.metadata.truncation = true;
            }
            bytes(&reply)
        })
        .await;
        let attempts = attempts(&probe("many.example", &server)).await;
        assert_eq!(attempts[0].outcome, DnsOutcome::Found);
        assert_eq!(attempts[0].records.len(), 200);
    }

    #[tokio::test]
    async fn d04_a_cut_reply_without_tcp_is_no_answer() {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = udp.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            let (length, from) = udp.recv_from(&mut buffer).await.unwrap();
            let query = Message::from_vec(&buffer[..length]).unwrap();
            let mut reply = reply(&query, ResponseCode::NoError, vec![]);
            reply.metadata.truncation = true;
            udp.send_to(&reply.to_vec().unwrap(), from).await.unwrap();
        });
        let attempts = attempts(&probe("many.example", &server)).await;
        assert!(
            matches!(&attempts[0].outcome, DnsOutcome::Failed(why) if why.contains("cut short") && why.contains("refused")),
            "{:?}",
            attempts[0].outcome
        );
    }

    #[tokio::test]
    async fn d05_junk_is_a_failure_and_never_a_panic() {
        let server = serve(|query, _| {
            let mut junk = query.metadata.id.to_be_bytes().to_vec();
            // A name that points at itself.
            junk.extend([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]);
            junk.resize(60_000, 0xc0);
            vec![junk]
        })
        .await;
        let attempts = attempts(&probe("up.example", &server)).await;
        assert!(
            matches!(&attempts[0].outcome, DnsOutcome::Failed(why) if why.contains("cannot be read")),
            "{:?}",
            attempts[0].outcome
        );
    }

    #[tokio::test]
    async fn d07_replies_to_other_questions_are_passed_over_and_counted() {
        let spoofs = |query: &Message| {
            let name = asked(query);
            let mut other_id = reply(query, ResponseCode::NoError, vec![a(&name, [6, 6, 6, 6])]);
            other_id.metadata.id = query.metadata.id.wrapping_add(1);
            let mut other_question = other_id.clone();
            other_question.metadata.id = query.metadata.id;
            other_question.queries[0].set_name(Name::from_ascii("evil.example.").unwrap());
            let mut spoofs = bytes(&other_id);
            spoofs.extend(bytes(&other_question));
            spoofs
        };
        let server = serve(move |query, _| {
            let name = asked(query);
            let mut replies = spoofs(query);
            if name.starts_with("up") {
                replies.extend(bytes(&reply(
                    query,
                    ResponseCode::NoError,
                    vec![a(&name, [10, 0, 0, 1])],
                )));
            }
            replies
        })
        .await;
        assert_eq!(
            attempts(&probe("up.example", &server)).await[0].values(),
            ["10.0.0.1"]
        );
        assert_eq!(
            attempts(&probe("silent.example", &server)).await[0].says(),
            // Sent twice, as a lost datagram would be.
            "no reply in time; 4 replies to other questions were ignored"
        );
    }

    #[tokio::test]
    async fn d03_a_closed_port_says_so_at_once() {
        let server = {
            let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            gone.local_addr().unwrap().to_string()
        };
        let attempts = attempts(&probe("up.example", &server)).await;
        assert_eq!(
            attempts[0].says(),
            format!("connection refused: no name server listens at {server}")
        );
    }

    #[tokio::test]
    async fn every_type_has_its_values() {
        let server = serve(|query, _| {
            let name = asked(query);
            let target = |text: &str| Name::from_ascii(text).unwrap();
            let data = match query.queries[0].query_type() {
                WireType::AAAA => RData::AAAA(AAAA("::1".parse().unwrap())),
                WireType::SRV => RData::SRV(SRV::new(0, 0, 10901, target("recv-0.example."))),
                WireType::TXT => RData::TXT(TXT::new(vec!["v=1 ".into(), "\u{1b}[2J".into()])),
                WireType::CNAME => RData::CNAME(CNAME(target("lb.example."))),
                _ => RData::A(A([10, 0, 0, 1].into())),
            };
            bytes(&reply(
                query,
                ResponseCode::NoError,
                vec![record(&name, data)],
            ))
        })
        .await;
        for (record, value) in [
            (RecordType::A, "10.0.0.1"),
            (RecordType::Aaaa, "::1"),
            (RecordType::Srv, "recv-0.example.:10901"),
            (RecordType::Txt, "\"v=1 \\u{1b}[2J\""),
            (RecordType::Cname, "CNAME lb.example."),
        ] {
            let mut probe = probe("_grpc._tcp.Büro.example", &server);
            probe.record = record;
            let attempts = attempts(&probe).await;
            assert_eq!(attempts[0].values(), [value]);
            assert_eq!(attempts[0].name, "_grpc._tcp.xn--bro-hoa.example.");
        }
    }

    #[tokio::test]
    async fn d06_names_that_are_none_are_answers_too() {
        for name in ["a..b", &"x".repeat(70), &"abcdefg.".repeat(60), "", "."] {
            let attempts = attempts(&probe(name, "127.0.0.1:9")).await;
            assert!(
                matches!(attempts[0].outcome, DnsOutcome::Failed(_)),
                "{name}: {:?}",
                attempts[0].outcome
            );
        }
    }
}

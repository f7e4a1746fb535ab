//! The lab behind the door without a socket: names to addresses, addresses to stations, and what stands in the way of us alone.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use gapcheck::backend::answer::{
    ConnectAttempt, DnsAnswer, DnsAttempt, DnsForm, DnsOutcome, DnsRecord, RecordType,
    ResolverSettings, TcpAnswer,
};
use gapcheck::backend::{
    DnsProbe, Failure, FailureClass, HttpGot, HttpSent, InProcess, RpcGot, TcpProbe,
};
use gapcheck::lab::{Model, Request, Station, answer, answer_dns, answer_storeapi, clock};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType as WireType};
use url::{Host, Url, form_urlencoded};

/// How a station is out of our reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreachable {
    /// Something refuses our connections.
    Refused,
    /// Our packets are dropped.
    Silent,
}

/// A path that a server, or a proxy before it, refuses us.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The station.
    pub(crate) at: Station,
    /// What its path begins with.
    pub(crate) path: &'static str,
    /// The HTTP status; on gRPC its code.
    pub(crate) status: u16,
}

/// The network as we see it.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// The lab.
    pub(crate) model: Model,
    /// Where each station listens.
    pub(crate) stations: BTreeMap<(IpAddr, u16), Station>,
    /// What is out of our reach.
    pub(crate) unreachable: Vec<(Station, Unreachable)>,
    /// What is refused us.
    pub(crate) refusals: Vec<Refusal>,
    /// Our search list; empty outside of the cluster.
    pub(crate) search: Vec<String>,
    /// Whether what the suite reaches by forwarded ports is there.
    pub(crate) forwards: bool,
    /// Whether the cluster's names resolve for us.
    pub(crate) knows_names: bool,
}

/// The clock of all servers, in milliseconds since the epoch.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

enum Reached {
    Station(Station),
    Refused,
    NoName,
    Silent,
}

impl Network {
    /// The functions for a door.
    pub(crate) fn functions(self, time: Clock) -> InProcess {
        let network = Arc::new(self);
        let (http, rpc) = (network.clone(), network.clone());
        let (dns, tcp) = (network.clone(), network);
        let of_rpc = time.clone();
        InProcess {
            http: Box::new(move |sent| http.http(&sent, time())),
            rpc: Box::new(move |url, path, message| rpc.rpc(url, path, message, of_rpc())),
            dns: Box::new(move |probe| dns.lookup(probe)),
            tcp: Box::new(move |probe| tcp.connect(probe)),
        }
    }

    fn http(&self, sent: &HttpSent, now_ms: i64) -> HttpGot {
        let station = match self.reach(&sent.url) {
            Reached::Station(station) => station,
            Reached::Refused => return HttpGot::Refused,
            Reached::NoName => return HttpGot::NoName,
            Reached::Silent => return HttpGot::Silent,
        };
        // A plain server under TLS, or HTTP/1 at a gRPC port, gives nothing that could be read.
        if sent.url.scheme() != "http" || matches!(station, Station::ReceiveGrpc(_)) {
            return HttpGot::Silent;
        }
        let date = http_date(clock(&self.model, &station, now_ms));
        let date = ("date".to_owned(), date);
        let path = sent.url.path();
        if let Some(refusal) = self.refusal(&station, path) {
            return HttpGot::Answer {
                status: refusal.status,
                headers: vec![date],
                body: b"refused by the proxy\n".to_vec(),
            };
        }
        let got = answer(&self.model, &station, now_ms, &request(sent));
        let mut headers = got.headers;
        headers.push(date);
        HttpGot::Answer {
            status: got.status,
            headers,
            body: got.body.into_bytes(),
        }
    }

    fn rpc(&self, url: &Url, path: &str, message: &[u8], now_ms: i64) -> RpcGot {
        let station = match self.reach(url) {
            Reached::Station(station) => station,
            Reached::Refused | Reached::NoName => return RpcGot::Refused,
            Reached::Silent => return RpcGot::Silent,
        };
        if let Some(refusal) = self.refusal(&station, path) {
            let code = u8::try_from(refusal.status).unwrap_or(7);
            return RpcGot::Status(code, "not for you".to_owned());
        }
        let reply = answer_storeapi(&self.model, &station, now_ms, path, message);
        match reply.code {
            0 => RpcGot::Messages(reply.messages),
            code => RpcGot::Status(code, reply.text),
        }
    }

    fn refusal(&self, station: &Station, path: &str) -> Option<&Refusal> {
        self.refusals
            .iter()
            .find(|refusal| refusal.at == *station && path.starts_with(refusal.path))
    }

    fn reach(&self, url: &Url) -> Reached {
        let Some(port) = url.port_or_known_default() else {
            return Reached::Refused;
        };
        let ips = match url.host() {
            Some(Host::Domain(name)) => self.addresses(name),
            Some(Host::Ipv4(ip)) => vec![IpAddr::V4(ip)],
            Some(Host::Ipv6(ip)) => vec![IpAddr::V6(ip)],
            None => Vec::new(),
        };
        match ips.first() {
            Some(ip) => self.at(*ip, port),
            None => Reached::NoName,
        }
    }

    fn at(&self, ip: IpAddr, port: u16) -> Reached {
        let Some(station) = self.stations.get(&(ip, port)) else {
            return Reached::Refused;
        };
        let hidden = self.unreachable.iter().find(|(one, _)| one == station);
        match hidden {
            Some((_, Unreachable::Silent)) => Reached::Silent,
            Some((_, Unreachable::Refused)) => Reached::Refused,
            None if self.model.is_open(station) => Reached::Station(station.clone()),
            None => Reached::Refused,
        }
    }

    /// The IPv4 addresses of a name as our resolver finds them.
    fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let probe = DnsProbe {
            name: name.to_owned(),
            record: RecordType::A,
            resolver: None,
            search: None,
            ndots: None,
        };
        let answer = self.lookup(&probe);
        let found = answer
            .attempts
            .iter()
            .find(|attempt| attempt.outcome == DnsOutcome::Found);
        let records = found.map_or(&[][..], |attempt| &attempt.records);
        records
            .iter()
            .filter_map(|record| record.value.parse().ok())
            .collect()
    }

    fn lookup(&self, probe: &DnsProbe) -> DnsAnswer {
        let search = probe.search.clone().unwrap_or_else(|| self.search.clone());
        let settings = ResolverSettings {
            servers: vec!["10.96.0.10:53".to_owned()],
            search: search.clone(),
            ndots: probe.ndots.unwrap_or(5),
            from: "/etc/resolv.conf".to_owned(),
        };
        let mut names = vec![(DnsForm::Absolute, probe.name.clone())];
        if !probe.name.ends_with('.') {
            let of_suffix = |suffix: String| {
                let name = format!("{}.{suffix}", probe.name);
                (DnsForm::Search(suffix), name)
            };
            names.extend(search.into_iter().map(of_suffix));
        }
        let attempts = names
            .into_iter()
            .map(|(form, name)| self.asked(form, &name, probe.record))
            .collect();
        DnsAnswer { settings, attempts }
    }

    fn asked(&self, form: DnsForm, name: &str, record: RecordType) -> DnsAttempt {
        let plain = name.trim_end_matches('.');
        let mut attempt = DnsAttempt {
            name: format!("{plain}."),
            form,
            server: "10.96.0.10:53".to_owned(),
            outcome: DnsOutcome::NxDomain,
            records: Vec::new(),
            took_ms: 1,
        };
        let Ok(wire) = format!("{plain}.").parse::<Name>() else {
            return attempt;
        };
        if !self.knows_names && plain.ends_with(".cluster.local") {
            return attempt;
        }
        let reply = answer_dns(&self.model.zone, &wire, wire_type(record));
        attempt.records = reply.answers.iter().filter_map(read).collect();
        let of_type = |one: &DnsRecord| one.record == record;
        attempt.outcome = match reply.code {
            ResponseCode::NoError if attempt.records.iter().any(of_type) => DnsOutcome::Found,
            ResponseCode::NoError => DnsOutcome::NoData,
            ResponseCode::NXDomain => DnsOutcome::NxDomain,
            other => DnsOutcome::Code(other.to_string()),
        };
        attempt
    }

    fn connect(&self, probe: &TcpProbe) -> TcpAnswer {
        let ips = match probe.host.parse::<IpAddr>() {
            Ok(ip) => vec![ip],
            Err(_) => self.addresses(&probe.host),
        };
        let failed = |address: String, class: FailureClass, what: &str| ConnectAttempt {
            failure: Some(Failure::new(class, format!("`{address}` {what}"))),
            address,
            took_ms: 1,
        };
        let mut told = TcpAnswer {
            attempts: Vec::new(),
            address: None,
            tls: None,
        };
        if ips.is_empty() {
            let host = probe.host.clone();
            let attempt = failed(host, FailureClass::Name, "does not resolve");
            told.attempts.push(attempt);
        }
        for ip in ips {
            let address = format!("{ip}:{}", probe.port);
            let attempt = match self.at(ip, probe.port) {
                Reached::Station(_) => ConnectAttempt {
                    address: address.clone(),
                    failure: None,
                    took_ms: 1,
                },
                Reached::Silent => failed(address, FailureClass::Timeout, "did not answer in time"),
                Reached::Refused | Reached::NoName => {
                    failed(address, FailureClass::Refused, "refused the connection")
                }
            };
            let is_open = attempt.failure.is_none();
            if is_open {
                told.address = Some(attempt.address.clone());
            }
            told.attempts.push(attempt);
            if is_open {
                break;
            }
        }
        if probe.tls.is_some() && told.address.is_some() {
            let what = "the server does not speak TLS";
            told.tls = Some(Err(Failure::new(FailureClass::Tls, what)));
        }
        told
    }
}

/// An IPv4 address of the lab.
pub(crate) fn ip(parts: [u8; 4]) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(parts))
}

fn http_date(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).expect("a moment of our age");
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The request in the lab's own form.
fn request(sent: &HttpSent) -> Request {
    let mut params: Vec<(String, String)> = sent.url.query_pairs().into_owned().collect();
    let is_form = sent.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-type")
            && value.starts_with("application/x-www-form-urlencoded")
    });
    if is_form {
        params.extend(form_urlencoded::parse(&sent.body).into_owned());
    }
    // A path has no `+` for a space, and no `&` that parts it.
    let guarded = sent.url.path().replace('+', "%2B").replace('&', "%26");
    let path = form_urlencoded::parse(format!("x={}", guarded.replace('=', "%3D")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, path)| path.into_owned());
    Request {
        method: sent.method.clone(),
        path,
        params,
        headers: sent.headers.clone(),
        body: sent.body.clone(),
    }
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

fn read(record: &Record) -> Option<DnsRecord> {
    let (kind, value, port) = match &record.data {
        RData::A(ip) => (RecordType::A, ip.to_string(), None),
        RData::AAAA(ip) => (RecordType::Aaaa, ip.to_string(), None),
        RData::CNAME(name) => (RecordType::Cname, name.to_string(), None),
        RData::SRV(service) => (
            RecordType::Srv,
            service.target.to_string(),
            Some(service.port),
        ),
        RData::TXT(text) => (RecordType::Txt, text.to_string(), None),
        _ => return None,
    };
    Some(DnsRecord {
        record: kind,
        value,
        port,
        ttl: record.ttl,
    })
}

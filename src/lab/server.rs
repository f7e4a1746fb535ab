//! The lab as servers on loopback ports: HTTP for every station, and DNS beside them.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::form_urlencoded;

use crate::lab::answer::{answer, clock};
use crate::lab::dns_server;
use crate::lab::message::{Request, Response};
use crate::lab::model::{Model, Own, Target};
use crate::lab::moment::http_date;
use crate::lab::station::Station;
use crate::lab::storeapi_server;

/// The lab's clock: milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The name of Receive's service, for a sender that writes to an address.
const RECEIVE_NAME: &str = "thanos-receive.monitoring.svc";

/// How long a server rests when it cannot accept, for want of file descriptors for instance.
const AFTER_AN_ERROR: Duration = Duration::from_millis(10);

/// The most bytes of a request's body that are read.
const MOST_BYTES: usize = 1 << 20;

/// A lab that runs; dropping it stops every server. A closed station has an address at which nothing listens.
#[derive(Debug)]
pub struct RunningLab {
    /// The exporter of `ops`.
    pub exporter: SocketAddr,
    /// The Prometheus of each cluster, and where each says that it writes.
    pub prometheus: Vec<Sender>,
    /// The write port of the first replica of Receive.
    pub receive_write: SocketAddr,
    /// Its HTTP port.
    pub receive_http: SocketAddr,
    /// Its gRPC port: StoreAPI, Info and health.
    pub receive_grpc: SocketAddr,
    /// The ports of every replica of Receive, the first one's too.
    pub replicas: Vec<ReplicaPorts>,
    /// Query.
    pub query: SocketAddr,
    /// Query Frontend before it.
    pub frontend: SocketAddr,
    /// The DNS server, over UDP and TCP.
    pub dns: SocketAddr,
    tasks: JoinSet<()>,
}

/// The ports of one replica of Receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaPorts {
    /// Its write port.
    pub write: SocketAddr,
    /// Its HTTP port.
    pub http: SocketAddr,
    /// Its gRPC port.
    pub grpc: SocketAddr,
}

/// A Prometheus of the running lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Its cluster.
    pub cluster: String,
    /// Its address.
    pub address: SocketAddr,
    /// The remote_write URL of its configuration.
    pub writes_to: String,
    /// The cluster of the Prometheus before it that has the same external labels, if one has.
    pub twin_of: Option<String>,
}

/// Starts every server of a model on loopback ports.
///
/// # Errors
///
/// When a port cannot be had.
pub async fn start(mut model: Model, clock: Clock) -> io::Result<RunningLab> {
    let exporter = Door::open(&model, Station::Exporter).await?;
    let query = Door::open(&model, Station::Query).await?;
    let frontend = Door::open(&model, Station::Frontend).await?;
    let mut senders = Vec::new();
    let mut doors = Vec::new();
    let mut replicas = Vec::new();
    let mut grpc = Vec::new();
    // Without a replica there are the addresses of one, at which nothing listens.
    for n in 0..model.receive.replicas.len().max(1) {
        let write = Door::open(&model, Station::ReceiveWrite(n)).await?;
        let http = Door::open(&model, Station::ReceiveHttp(n)).await?;
        let store = Door::open(&model, Station::ReceiveGrpc(n)).await?;
        replicas.push(ReplicaPorts {
            write: write.address,
            http: http.address,
            grpc: store.address,
        });
        doors.extend([write, http]);
        grpc.push(store);
    }
    let first = replicas[0];
    for prometheus in &model.prometheus {
        let cluster = prometheus.cluster.clone();
        let door = Door::open(&model, Station::Prometheus(cluster.clone())).await?;
        let mut others = model.prometheus.iter();
        let first = others.find(|one| one.external_labels == prometheus.external_labels);
        let twin_of = first.map(|one| one.cluster.clone());
        senders.push(Sender {
            twin_of: twin_of.filter(|first| *first != cluster),
            cluster,
            address: door.address,
            writes_to: prometheus.remote_write.url.clone(),
        });
        doors.push(door);
    }
    settle(&mut model, exporter.address, &replicas);
    for (sender, prometheus) in senders.iter_mut().zip(&model.prometheus) {
        sender.writes_to.clone_from(&prometheus.remote_write.url);
    }
    let mut lab = RunningLab {
        exporter: exporter.address,
        prometheus: senders,
        receive_write: first.write,
        receive_http: first.http,
        receive_grpc: first.grpc,
        replicas,
        query: query.address,
        frontend: frontend.address,
        dns: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tasks: JoinSet::new(),
    };
    let model = Arc::new(model);
    for door in grpc {
        if let Some(listener) = door.listener {
            let (model, clock) = (Arc::clone(&model), Arc::clone(&clock));
            lab.tasks
                .spawn(storeapi_server::serve(listener, model, door.station, clock));
        }
    }
    doors.extend([exporter, query, frontend]);
    for door in doors {
        if let Some(listener) = door.listener {
            let desk = Desk {
                model: Arc::clone(&model),
                clock: Arc::clone(&clock),
                station: door.station,
            };
            lab.tasks.spawn(serve_http(listener, Arc::new(desk)));
        }
    }
    let (udp, tcp) = dns_server::sockets().await?;
    lab.dns = udp.local_addr()?;
    lab.tasks
        .spawn(dns_server::serve_udp(udp, Arc::clone(&model)));
    lab.tasks.spawn(dns_server::serve_tcp(tcp, model));
    Ok(lab)
}

/// Tells the model where its servers really are: targets are shown at the address of their page, while the label `instance` stays as
/// it was, and Query lists its stores at their ports.
fn settle(model: &mut Model, exporter: SocketAddr, replicas: &[ReplicaPorts]) {
    let move_to = |target: &mut Target, address: SocketAddr| {
        let before = std::mem::replace(&mut target.address, address.to_string());
        target.instance.get_or_insert(before);
    };
    if let Some(target) = model.exporter_mut() {
        move_to(target, exporter);
    }
    for prometheus in &mut model.prometheus {
        for target in &mut prometheus.targets {
            if let Some(Own::Receive(n)) = target.shows
                && let Some(ports) = replicas.get(n)
            {
                move_to(target, ports.http);
            }
        }
    }
    for prometheus in &mut model.prometheus {
        let write = &mut prometheus.remote_write;
        if let (Some((scheme, path)), [first, ..]) = (write.queueing.to_receive, replicas) {
            write.url = format!("{scheme}://{}{path}", first.write);
        }
    }
    for (replica, ports) in model.receive.replicas.iter_mut().zip(replicas) {
        let before = std::mem::replace(&mut replica.address, ports.grpc.to_string());
        let known = model.query.stores.iter_mut();
        for store in known.filter(|store| store.address == before) {
            store.address.clone_from(&replica.address);
        }
    }
}

impl RunningLab {
    /// The rows of a clusters file that lead a suite to this lab instead of the real systems.
    pub fn clusters_yaml(&self) -> String {
        let mut text = "clusters:\n".to_owned();
        let is_first = |sender: &&Sender| sender.twin_of.is_none();
        for (n, sender) in self.prometheus.iter().filter(is_first).enumerate() {
            let tag = if n == 0 { "hub" } else { "spoke" };
            let _ = writeln!(text, "  {}:\n    tags: [{tag}]", sender.cluster);
            for (key, value) in self.addresses(sender, n == 0) {
                let _ = writeln!(text, "    {key}: {value:?}");
            }
        }
        text
    }

    /// The addresses of one row. Only the first cluster has an exporter of its own.
    fn addresses(&self, sender: &Sender, has_exporter: bool) -> Vec<(&'static str, String)> {
        let write_name = url::Url::parse(&sender.writes_to)
            .ok()
            .and_then(|url| url.domain().map(str::to_owned))
            .unwrap_or_else(|| RECEIVE_NAME.to_owned());
        let mut all = vec![
            ("prom", format!("http://{}", sender.address)),
            ("write", format!("http://{}", self.receive_write)),
            ("http", format!("http://{}", self.receive_http)),
            ("grpc", self.receive_grpc.to_string()),
            ("query", format!("http://{}", self.query)),
            ("remote_write", sender.writes_to.clone()),
            ("write_name", write_name),
            ("write_host", self.receive_write.ip().to_string()),
            ("write_port", self.receive_write.port().to_string()),
            ("dns", self.dns.to_string()),
        ];
        let is_twin = |other: &&Sender| other.twin_of.as_ref() == Some(&sender.cluster);
        if let Some(twin) = self.prometheus.iter().find(is_twin) {
            all.push(("prom_twin", format!("http://{}", twin.address)));
        }
        if has_exporter {
            all.push(("exporter", format!("http://{}/metrics", self.exporter)));
        }
        all
    }
}

/// A station's port: open, or with its number only.
struct Door {
    station: Station,
    address: SocketAddr,
    listener: Option<TcpListener>,
}

impl Door {
    async fn open(model: &Model, station: Station) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let listener = model.is_open(&station).then_some(listener);
        Ok(Self {
            station,
            address,
            listener,
        })
    }
}

/// Whoever answers at a station.
struct Desk {
    model: Arc<Model>,
    clock: Clock,
    station: Station,
}

async fn serve_http(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(AFTER_AN_ERROR).await;
            continue;
        };
        let desk = Arc::clone(&desk);
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let desk = Arc::clone(&desk);
                async move { Ok::<_, Infallible>(attend(&desk, request).await) }
            });
            // A client that goes away in the middle is no matter.
            let _ = http1::Builder::new()
                .auto_date_header(false)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn attend(desk: &Desk, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
    let now_ms = (desk.clock)();
    let response = match read(request).await {
        Some(request) => answer(&desk.model, &desk.station, now_ms, &request),
        None => Response::refusal(413, "request too big"),
    };
    let mut builder = hyper::Response::builder()
        .status(response.status)
        .header("Date", http_date(clock(&desk.model, &desk.station, now_ms)));
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    builder
        .body(Full::new(Bytes::from(response.body)))
        .unwrap_or_else(|_| {
            let mut failed = hyper::Response::new(Full::default());
            *failed.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
            failed
        })
}

/// The request in the lab's own form; none if its body is too long or broken off.
async fn read(request: hyper::Request<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MOST_BYTES)
        .collect()
        .await
        .ok()?
        .to_bytes();
    let mut params: Vec<(String, String)> = Vec::new();
    if let Some(query) = head.uri.query() {
        params.extend(form_urlencoded::parse(query.as_bytes()).into_owned());
    }
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        })
        .collect();
    let is_form = headers.iter().any(|(name, value)| {
        name == "content-type" && value.starts_with("application/x-www-form-urlencoded")
    });
    if is_form {
        params.extend(form_urlencoded::parse(&body).into_owned());
    }
    Some(Request {
        method: head.method.as_str().to_owned(),
        path: decoded(head.uri.path()),
        params,
        headers,
        body: body.to_vec(),
    })
}

/// A path without its percent signs; one that stands for nothing stays.
fn decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = path
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        plain.push(pair.unwrap_or(bytes[at]));
        at += if pair.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::SocketAddr;
    use std::sync::Arc;

    use hickory_resolver::proto::op::{Message, Query};
    use hickory_resolver::proto::rr::RecordType;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpStream, UdpSocket};

    use super::{RunningLab, decoded, start};
    use crate::lab::fault::fault;
    use crate::lab::incident;

    const NOW: i64 = 1_800_000_000_000;

    async fn lab(name: &str) -> RunningLab {
        let mut model = incident::healthy(NOW);
        (fault(name).expect("a fault").plant)(&mut model);
        start(model, Arc::new(|| NOW)).await.expect("ports")
    }

    async fn talk(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    fn dns_question() -> Vec<u8> {
        let mut question = Message::query();
        let name = "thanos-receive.monitoring.svc.cluster.local."
            .parse()
            .expect("a name");
        question.add_query(Query::query(name, RecordType::A));
        question.to_vec().expect("bytes")
    }

    #[tokio::test]
    async fn a_station_speaks_http_with_the_lab_s_date() {
        let lab = lab("none").await;
        let answer = talk(
            lab.query,
            "GET /api/v1/query?query=count(up) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(
            answer.contains("date: Fri, 15 Jan 2027 08:00:00 GMT\r\n"),
            "{answer}"
        );
        assert!(
            answer.ends_with(r#""value":[1800000000,"9"]}],"analysis":{}}}"#),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn a_connection_is_kept_and_takes_forms() {
        let lab = lab("none").await;
        let answer = talk(
            lab.query,
            "GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n\
             POST /api/v1/query HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\nquery=1%2B1",
        )
        .await;
        assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
        assert!(answer.contains("\"scalar\""), "{answer}");
    }

    #[tokio::test]
    async fn a_closed_station_refuses_connections() {
        let lab = lab("exporter-down").await;
        assert!(TcpStream::connect(lab.exporter).await.is_err());
        assert!(TcpStream::connect(lab.receive_write).await.is_ok());
        let targets = talk(
            lab.prometheus[0].address,
            "GET /api/v1/targets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        .await;
        let refused = format!("dial tcp {}: connect: connection refused", lab.exporter);
        assert!(targets.contains(&refused), "{targets}");
    }

    #[tokio::test]
    async fn every_replica_has_its_ports_and_its_head() {
        let lab = lab("metric-missing-at-query").await;
        let request =
            "GET /api/v1/status/tsdb?limit=1000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let mut heads = Vec::new();
        for ports in &lab.replicas {
            assert!(TcpStream::connect(ports.grpc).await.is_ok());
            heads.push(talk(ports.write, request).await);
        }
        assert_eq!(heads.len(), 2);
        let cost = |n: usize| heads[n].contains("current_month_cost\",\"value\":3}");
        assert!(cost(0) && !cost(1), "{heads:#?}");
        let stores = "GET /api/v1/stores HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let stores = talk(lab.query, stores).await;
        assert!(
            stores.contains(&lab.replicas[1].grpc.to_string()),
            "{stores}"
        );
    }

    #[tokio::test]
    async fn dns_answers_over_both_transports() {
        let lab = lab("none").await;
        let question = dns_question();
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        socket.send_to(&question, lab.dns).await.expect("sent");
        let mut bytes = [0; 512];
        let (length, _) = socket.recv_from(&mut bytes).await.expect("an answer");
        let over_udp = Message::from_vec(&bytes[..length]).expect("a message");
        let mut stream = TcpStream::connect(lab.dns).await.expect("a connection");
        let length = u16::try_from(question.len()).expect("short");
        stream.write_u16(length).await.expect("sent");
        stream.write_all(&question).await.expect("sent");
        let length = stream.read_u16().await.expect("a length");
        let mut bytes = vec![0; usize::from(length)];
        stream.read_exact(&mut bytes).await.expect("an answer");
        let over_tcp = Message::from_vec(&bytes).expect("a message");
        assert_eq!(over_udp.answers.len(), 1);
        assert_eq!(over_udp.answers, over_tcp.answers);
    }

    #[tokio::test]
    async fn dropping_the_lab_closes_its_ports() {
        let lab = lab("none").await;
        let address = lab.query;
        drop(lab);
        for _ in 0..1_000 {
            if TcpStream::connect(address).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the port is open still");
    }

    #[tokio::test]
    async fn the_rows_have_the_keys_of_the_clusters_file() {
        let keys = |text: &str| -> BTreeSet<String> {
            text.lines()
                .filter(|line| line.starts_with("  "))
                .filter(|line| !line.trim_start().starts_with('#'))
                .filter_map(|line| line.split_once(':'))
                .map(|(key, _)| key.to_owned())
                .collect()
        };
        let rows = lab("none").await.clusters_yaml();
        let file = include_str!("../../suites/clusters.yaml");
        assert_eq!(keys(&rows), keys(file));
        let exporters = |text: &str| text.matches(" exporter:").count();
        assert_eq!(exporters(&rows), exporters(file));
    }

    #[test]
    fn paths_are_decoded_and_odd_ones_survive() {
        assert_eq!(decoded("/a%2Fb%20c"), "/a/b c");
        assert_eq!(decoded("/%zz%"), "/%zz%");
        assert_eq!(decoded("/%\u{e9}"), "/%\u{e9}");
    }
}

//! The kinds `dns`, `tcp` and `http` from the check to the socket and back: servers of the test's own on loopback, the live door, a
//! recording, and what the schema makes of their forms.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gapcheck::ask::{Door, DoorOptions};
use gapcheck::backend::World;
use gapcheck::check::{Check, KINDS};
use gapcheck::leaves::{Judged, Redactor, Verdict};
use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

fn live(record: bool) -> Arc<Door> {
    Door::live(DoorOptions {
        backends: Vec::new(),
        parallel: None,
        batching: true,
        deadline: None,
        record,
        vantage: "test".to_owned(),
        redactor: Redactor::default(),
    })
}

async fn judge_by(door: &Arc<Door>, kind: &str, form: &Value) -> Judged {
    let check = Check::read(kind, form.clone()).unwrap();
    let world = Arc::new(World::default());
    assert_eq!(check.review(&world), [], "{form}");
    let ask = door.ask("step", &world, Duration::from_secs(3));
    check.judge(&ask).await
}

async fn judge(kind: &str, form: Value) -> Judged {
    judge_by(&live(false), kind, &form).await
}

fn failed(judged: &Judged) -> &str {
    match &judged.verdict {
        Verdict::Fail { actual, .. } => actual,
        other => panic!("{other:?} is no failure: {}", judged.says),
    }
}

/// A name server that knows `recv.monitoring.svc.cluster.local` and its service record, fails for `broken.*`, and nothing else.
async fn name_server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let query = Message::from_vec(&buffer[..length]).unwrap();
            let question = &query.queries[0];
            let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
            reply.add_query(question.clone());
            let name = question.name().to_ascii();
            let data = match (name.as_str(), question.query_type()) {
                ("recv.monitoring.svc.cluster.local.", RecordType::A) => {
                    Some(RData::A(A([10, 96, 0, 7].into())))
                }
                ("_grpc._tcp.recv.monitoring.svc.cluster.local.", RecordType::SRV) => {
                    let target = Name::from_ascii("recv-0.example.").unwrap();
                    Some(RData::SRV(SRV::new(0, 100, 10901, target)))
                }
                _ => None,
            };
            reply.metadata.response_code = match &data {
                Some(_) => ResponseCode::NoError,
                None if name.starts_with("broken.") => ResponseCode::ServFail,
                None => ResponseCode::NXDomain,
            };
            reply
                .add_answers(data.map(|data| Record::from_rdata(question.name().clone(), 5, data)));
            socket
                .send_to(&reply.to_vec().unwrap(), from)
                .await
                .unwrap();
        }
    });
    address
}

/// An HTTP server with one answer, over TLS where a configuration is given.
async fn http_server(tls: Option<ServerConfig>, answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                if let Some(acceptor) = acceptor {
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        let _ = stream.read(&mut request).await;
                        let _ = stream.write_all(answer.as_bytes()).await;
                        let _ = stream.shutdown().await;
                    }
                } else {
                    let _ = stream.read(&mut request).await;
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    address
}

/// A server's certificate for `recv.example`, and the file of the authority that signed it.
fn certificate() -> (ServerConfig, tempfile::NamedTempFile) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["recv.example".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(issuer.pem().as_bytes()).unwrap();
    (config, file)
}

async fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{\"status\":\"success\",\"data\":{\"up\":[1,2]}}";

#[tokio::test]
async fn a_short_name_resolves_through_the_search_list_alone() {
    let server = name_server().await.to_string();
    let form = |lookup: &str| {
        json!({ "dns": "recv.monitoring.svc", "lookup": lookup, "resolver": server, "ndots": 5,
                "search": ["finops.svc.cluster.local", "svc.cluster.local", "cluster.local"], "addresses": "10.96.0.0/12" })
    };
    for lookup in ["any", "search"] {
        let judged = judge("dns", form(lookup)).await;
        assert_eq!(judged.verdict, Verdict::Pass, "{}", judged.says);
        assert_eq!(judged.tables[0].rows.len(), 4);
        assert!(judged.notes[0].contains("`recv.monitoring.svc.cluster.local.` works everywhere"));
    }
    let judged = judge("dns", form("absolute")).await;
    assert!(failed(&judged).contains("as typed NXDOMAIN, through the search list 10.96.0.7"));
}

#[tokio::test]
async fn absence_is_proven_by_nxdomain_and_not_by_a_server_that_fails() {
    let server = name_server().await.to_string();
    let form =
        |name: &str| json!({ "dns": name, "nxdomain": true, "resolver": server, "search": [] });
    assert_eq!(
        judge("dns", form("gone.example")).await.verdict,
        Verdict::Pass
    );
    assert_eq!(
        judge("dns", form("broken.example")).await.verdict.state(),
        "error"
    );
    let there = judge("dns", form("recv.monitoring.svc.cluster.local")).await;
    assert!(failed(&there).contains("10.96.0.7"));
    let broken = json!({ "dns": "broken.example", "resolver": server, "search": [] });
    assert!(failed(&judge("dns", broken).await).contains("SERVFAIL"));
}

#[tokio::test]
async fn a_service_record_has_its_port() {
    let server = name_server().await.to_string();
    let form = |port: u16| {
        json!({ "dns": "_grpc._tcp.recv.monitoring.svc.cluster.local", "type": "SRV", "port": port,
                "targets": ">= 1", "resolver": server, "search": [] })
    };
    assert_eq!(judge("dns", form(10901)).await.verdict, Verdict::Pass);
    assert!(failed(&judge("dns", form(10902)).await).contains("recv-0.example.:10901"));
}

#[tokio::test]
async fn a_port_is_open_or_closed() {
    let (open, closed) = (http_server(None, "").await, closed_port().await);
    for (address, expect_closed, state) in [
        (open, false, "pass"),
        (closed, false, "fail"),
        (open, true, "fail"),
        (closed, true, "pass"),
    ] {
        let form = json!({ "tcp": address.to_string(), "closed": expect_closed });
        let judged = judge("tcp", form).await;
        assert_eq!(judged.verdict.state(), state, "{}", judged.says);
    }
}

#[tokio::test]
async fn a_certificate_is_judged_by_tcp_and_by_http() {
    let (config, ca) = certificate();
    let server = http_server(Some(config), JSON).await;
    let ca = ca.path().to_str().unwrap();
    let tls = json!({ "server_name": "recv.example", "ca": ca, "names": "recv.example", "days_left": "> 14", "version": "TLSv1.3" });
    let too_young = json!({ "server_name": "recv.example", "ca": ca, "days_left": "> 10000000" });
    let wrong_name = json!({ "ca": ca });
    for (kind, subject) in [
        ("tcp", server.to_string()),
        ("http", format!("https://{server}/")),
    ] {
        let judged = judge(kind, json!({ kind: subject, "tls": tls })).await;
        assert_eq!(judged.verdict, Verdict::Pass, "{}", judged.says);
        let judged = judge(kind, json!({ kind: subject, "tls": too_young })).await;
        assert!(failed(&judged).contains("it ends on "), "{}", judged.says);
        let judged = judge(kind, json!({ kind: subject, "tls": wrong_name })).await;
        assert!(
            failed(&judged).contains("only for recv.example"),
            "{}",
            judged.says
        );
        let absent = json!({ kind: subject, "tls": { "ca": "/nowhere/ca.pem" } });
        assert_eq!(judge(kind, absent).await.verdict.state(), "error");
    }
}

#[tokio::test]
async fn an_answer_is_judged_by_status_headers_and_json() {
    let server = http_server(None, JSON).await;
    let good = json!({ "http": format!("http://{server}/api"), "status": [200, 204], "headers": { "Content-Type": "/application.json/" },
        "body": { "/status": "success", "/data/up": { "all": "> 0", "len": 2 }, "/error": { "exists": false } } });
    let judged = judge("http", good).await;
    assert_eq!(judged.verdict, Verdict::Pass, "{judged:?}");
    let bad = json!({ "http": format!("http://{server}/api"), "status": 404, "body": { "/data/up/1": 3, "contains": "absent" } });
    let judged = judge("http", bad).await;
    assert!(
        failed(&judged).contains("HTTP status 200") && failed(&judged).contains("`/data/up/1` 2")
    );
    let closed = closed_port().await;
    let judged = judge("http", json!({ "http": format!("http://{closed}/") })).await;
    assert!(failed(&judged).contains("refused the connection"));
}

#[tokio::test]
async fn a_replay_says_the_same_and_an_altered_recording_says_otherwise() {
    let (names, port) = (name_server().await, http_server(None, JSON).await);
    for (kind, form, from, to) in [
        (
            "dns",
            json!({ "dns": "recv.monitoring.svc.cluster.local", "resolver": names.to_string(), "search": [], "addresses": "10.96.0.7" }),
            "\"value\":\"10.96.0.7\"",
            "\"value\":\"10.96.0.8\"",
        ),
        (
            "tcp",
            json!({ "tcp": port.to_string() }),
            &*format!("\"address\":\"{port}\",\"tls\""),
            "\"address\":null,\"tls\"",
        ),
        (
            "http",
            json!({ "http": format!("http://{port}/"), "body": { "/status": "success" } }),
            "\\\"success\\\"",
            "\\\"error\\\"",
        ),
    ] {
        let door = live(true);
        let told = judge_by(&door, kind, &form).await;
        assert_eq!(told.verdict, Verdict::Pass, "{}", told.says);
        let recording = String::from_utf8(door.recording(1).unwrap()).unwrap();
        let again = Door::replay(recording.as_bytes()).unwrap();
        assert_eq!(judge_by(&again, kind, &form).await, told);
        assert!(recording.contains(from), "{recording}");
        let altered = Door::replay(recording.replace(from, to).as_bytes()).unwrap();
        assert_eq!(
            judge_by(&altered, kind, &form).await.verdict.state(),
            "fail",
            "{kind}"
        );
    }
}

#[test]
fn the_schema_takes_good_forms_and_refuses_bad_ones() {
    let validator = jsonschema::draft7::new(&gapcheck::suite::schema()).unwrap();
    for (form, good) in [
        (json!({ "dns": "a.example" }), true),
        (
            json!({ "dns": ["a", "b"], "type": "SRV", "port": 1, "targets": ">= 1" }),
            true,
        ),
        (
            json!({ "dns": "a", "lookup": "search", "search": ["b"], "ndots": 5, "addresses": ["10.0.0.0/8"] }),
            true,
        ),
        (json!({ "dns": [] }), false),
        (json!({ "dns": "a", "type": "MX" }), false),
        (json!({ "dns": "a", "lookup": "both" }), false),
        (json!({ "dns": "a", "adresses": ["10.0.0.1"] }), false),
        (json!({ "dns": "a", "addresses": [] }), false),
        (json!({ "tcp": "a:1", "tls": true }), true),
        (
            json!({ "tcp": "a:1", "tls": { "names": "a", "days_left": 5 } }),
            true,
        ),
        (json!({ "tcp": "a:1", "tls": false }), false),
        (json!({ "tcp": "a:1", "tls": {} }), false),
        (json!({ "tcp": "a:1", "tls": { "nmaes": ["a"] } }), false),
        (
            json!({ "tcp": "a:1", "tls": { "version": "TLSv1.1" } }),
            false,
        ),
        (
            json!({ "http": "http://a/", "status": [200, "300..399"], "body": { "contains": ["a"], "/b": { "len": 2 } } }),
            true,
        ),
        (json!({ "http": "http://a/", "method": "DELETE" }), false),
        (json!({ "http": "http://a/", "body": {} }), false),
        (
            json!({ "http": "http://a/", "body": { "contain": "a" } }),
            false,
        ),
        (json!({ "http": "http://a/", "body": { "/a": [] } }), false),
        (
            json!({ "http": "http://a/", "body": { "/a": { "contian": 1 } } }),
            false,
        ),
        (json!({ "http": "http://a/", "status": [] }), false),
        (json!({ "http": "http://a/", "headers": {} }), false),
    ] {
        let suite = json!({ "version": 1, "suite": "a", "checks": [form] });
        assert_eq!(validator.is_valid(&suite), good, "{form}");
    }
}

#[test]
fn a_key_that_is_written_says_something() {
    for (kind, form) in [
        ("dns", json!({ "dns": "a", "addresses": null })),
        ("dns", json!({ "dns": "a", "count": null })),
        ("dns", json!({ "dns": "a", "type": null })),
        ("dns", json!({ "dns": "a", "nxdomain": null })),
        ("tcp", json!({ "tcp": "a:1", "tls": null })),
        ("tcp", json!({ "tcp": "a:1", "tls": { "days_left": null } })),
        ("http", json!({ "http": "http://a/", "status": null })),
        ("http", json!({ "http": "http://a/", "headers": null })),
        ("http", json!({ "http": "http://a/", "headers": {} })),
        ("http", json!({ "http": "http://a/", "body": null })),
        ("http", json!({ "http": "http://a/", "send": null })),
        (
            "http",
            json!({ "http": "http://a/", "send": { "body": null } }),
        ),
    ] {
        assert!(Check::read(kind, form.clone()).is_err(), "{form}");
    }
}

#[test]
fn every_key_has_a_description_and_no_null_is_offered() {
    for row in KINDS {
        if !["dns", "tcp", "http"].contains(&row.word) {
            continue;
        }
        let mut generator = SchemaSettings::draft07().into_generator();
        let schema = serde_json::to_value((row.schema)(&mut generator)).unwrap();
        for (key, of_key) in schema["properties"].as_object().unwrap() {
            let text = of_key.to_string();
            assert!(
                text.contains("\"description\""),
                "{}: {key}: {text}",
                row.word
            );
            assert!(!text.contains("null"), "{}: {key}: {text}", row.word);
        }
        assert_eq!(schema["additionalProperties"], false, "{}", row.word);
    }
}

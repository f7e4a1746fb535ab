//! The HTTP clients against a loopback server that misbehaves on purpose: each fault has its own failure, in plain words.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gapcheck::backend::answer::{QueryAnswer, QueryResult};
use gapcheck::backend::{
    Backend, Clients, Exchanged, Failure, FailureClass, Hop, exposition, prometheus, thanos,
};
use gapcheck::leaves::{Redactor, Secret, SecretText, Timestamp};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

/// What the server does once it has read a request.
#[derive(Clone)]
enum Then {
    /// Sends these bytes and keeps the connection.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection in good order.
    Close(Vec<u8>),
    /// Sends these bytes and resets the connection.
    Reset(Vec<u8>),
    /// Sends these bytes and is silent.
    Stall(Vec<u8>),
    /// Sends these bytes, then one more again and again.
    Drip(Vec<u8>),
}

struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    async fn that(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, connections) = (Arc::default(), Arc::default());
        let server = Self {
            address,
            requests: Arc::clone(&requests),
            connections: Arc::clone(&connections),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                tokio::spawn(answer(stream, then.clone(), Arc::clone(&requests)));
            }
        });
        server
    }

    async fn replying(head: &str, body: &str) -> Self {
        Self::that(Then::Send(reply(head, body))).await
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn request(&self) -> String {
        self.requests.lock().unwrap().last().cloned().unwrap()
    }
}

fn reply(head: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn answer(mut stream: TcpStream, then: Then, requests: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        requests.lock().unwrap().push(request);
        match &then {
            Then::Send(bytes) => stream.write_all(bytes).await.unwrap(),
            Then::Close(bytes) => return stream.write_all(bytes).await.unwrap(),
            Then::Reset(bytes) => {
                stream.write_all(bytes).await.unwrap();
                stream.flush().await.unwrap();
                return stream.set_zero_linger().unwrap();
            }
            Then::Stall(bytes) => {
                stream.write_all(bytes).await.unwrap();
                return std::future::pending().await;
            }
            Then::Drip(bytes) => {
                stream.write_all(bytes).await.unwrap();
                while stream.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
}

/// One request with its body; none when the connection is closed.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = String::new();
    let mut buffer = [0; 65_536];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
        }
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
    }
}

fn hop(form: serde_json::Value) -> Hop {
    serde_json::from_value(form).unwrap()
}

fn prometheus_at(url: &str) -> Backend {
    Backend::of(hop(
        json!({"name": "ops", "kind": "prometheus", "url": url}),
    ))
}

async fn ask(clients: &Clients, backend: &Backend) -> Exchanged<QueryAnswer> {
    prometheus::query(clients, backend, "up", None, Duration::from_secs(5)).await
}

async fn ask_quickly(server: &Server) -> (Failure, Duration) {
    let begun = Instant::now();
    let backend = prometheus_at(&server.url());
    let clients = Clients::default();
    let timeout = Duration::from_millis(200);
    let (_, answer) = prometheus::query(&clients, &backend, "up", None, timeout).await;
    (answer.unwrap_err(), begun.elapsed())
}

async fn failure_of(server: &Server) -> Failure {
    let (_, answer) = ask(&Clients::default(), &prometheus_at(&server.url())).await;
    answer.unwrap_err()
}

#[tokio::test]
async fn h01_a_refused_connection_names_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let backend = prometheus_at(&format!("http://{address}"));
    let (trace, answer) = ask(&Clients::default(), &backend).await;
    let failure = answer.unwrap_err();
    assert_eq!(failure.class, FailureClass::Refused);
    assert!(
        failure
            .what
            .starts_with(&format!("`ops` at `{address}` refused the connection")),
        "{failure}"
    );
    assert_eq!(
        trace.request,
        format!("GET http://{address}/api/v1/query?query=up")
    );
    assert_eq!(trace.status, None);
}

#[tokio::test]
async fn h01_a_name_that_does_not_exist_is_no_refusal() {
    // No name has a label of 64 letters: the system says so without asking anybody.
    let name = "x".repeat(64);
    let backend = prometheus_at(&format!("http://{name}:9090"));
    let (_, answer) = ask(&Clients::default(), &backend).await;
    let failure = answer.unwrap_err();
    assert_eq!(failure.class, FailureClass::Name, "{failure}");
    let said = format!("the name `{name}` does not resolve: ");
    assert!(failure.what.starts_with(&said), "{failure}");
}

#[tokio::test]
async fn h02_a_reset_before_the_headers_is_a_broken_connection() {
    let server = Server::that(Then::Reset(Vec::new())).await;
    let failure = failure_of(&server).await;
    assert_eq!(failure.class, FailureClass::Broken, "{failure}");
    assert!(
        failure.what.contains("before any answer (phase headers)"),
        "{failure}"
    );
}

#[tokio::test]
async fn h02_a_body_that_breaks_off_is_never_evaluated() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n".to_vec();
    bytes.extend(b"{\"status\":");
    let server = Server::that(Then::Reset(bytes)).await;
    let failure = failure_of(&server).await;
    assert_eq!(failure.class, FailureClass::Broken);
    assert!(failure.what.contains("got 10 of 100 bytes"), "{failure}");
}

#[tokio::test]
async fn h03_a_silent_server_is_given_up_in_time() {
    for (begin, phase) in [
        ("", "phase headers"),
        ("HTTP/1.1 200 OK\r\nDa", "phase headers"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":",
            "got 10 of 100 bytes (phase body)",
        ),
    ] {
        let server = Server::that(Then::Stall(begin.as_bytes().to_vec())).await;
        let (failure, took) = ask_quickly(&server).await;
        assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
        assert!(failure.what.contains(phase), "{failure}");
        assert!(failure.what.contains("within 200ms"), "{failure}");
        assert!(took < Duration::from_millis(450), "{took:?}");
    }
}

#[tokio::test]
async fn h04_a_body_that_drips_is_given_up_at_the_same_deadline() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    let server = Server::that(Then::Drip(head.to_vec())).await;
    let (failure, took) = ask_quickly(&server).await;
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
    assert!(took < Duration::from_millis(450), "{took:?}");
}

#[tokio::test]
async fn h05_a_huge_body_is_refused_with_and_without_its_length() {
    let long = "x".repeat(5_000);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
        long.len()
    );
    for bytes in [reply("200 OK", &long), chunked.into_bytes()] {
        let server = Server::that(Then::Send(bytes)).await;
        let clients = Clients::default().body_cap(4_096);
        let (_, answer) = ask(&clients, &prometheus_at(&server.url())).await;
        let failure = answer.unwrap_err();
        assert_eq!(failure.class, FailureClass::TooLarge);
        assert!(failure.what.ends_with("exceeds 4 KiB"), "{failure}");
    }
}

#[tokio::test]
async fn h07_a_login_page_is_no_answer() {
    let server = Server::replying(
        "200 OK\r\nContent-Type: text/html",
        "<html><head><title>Sign in</title></head></html>",
    )
    .await;
    let failure = failure_of(&server).await;
    assert_eq!(failure.class, FailureClass::NotThatApi);
    assert_eq!(failure.what, "expected JSON, got HTML (title `Sign in`)");
}

#[tokio::test]
async fn h16_a_redirect_is_named_and_not_followed() {
    let elsewhere = Server::replying("200 OK", EMPTY).await;
    let head = format!(
        "302 Found\r\nLocation: {}/login?state=s3cr3t",
        elsewhere.url()
    );
    let server = Server::replying(&head, "").await;
    let failure = failure_of(&server).await;
    assert_eq!(failure.class, FailureClass::Status(302));
    assert_eq!(
        failure.what,
        format!(
            "302 Found, a redirect to `{}/login`, is not followed",
            elsewhere.url()
        )
    );
    assert_eq!(elsewhere.requests.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn h11_rejected_credentials_are_not_tried_again() {
    let server = Server::replying("401 Unauthorized", "no\n").await;
    let failure = failure_of(&server).await;
    assert_eq!(failure.class, FailureClass::Status(401));
    assert!(!failure.is_transient());
    assert_eq!(server.requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn h13_a_busy_server_says_how_long_to_wait() {
    for (header, wait) in [
        ("\r\nRetry-After: 2", Some(2)),
        (
            "\r\nDate: Mon, 23 Nov 2026 11:00:00 GMT\r\nRetry-After: Mon, 23 Nov 2026 11:00:07 GMT",
            Some(7),
        ),
        ("\r\nRetry-After: -1", None),
        ("\r\nRetry-After: soon", None),
        ("", None),
    ] {
        let head = format!("429 Too Many Requests{header}");
        let server = Server::replying(&head, "slow down").await;
        let failure = failure_of(&server).await;
        assert_eq!(failure.class, FailureClass::Status(429));
        assert_eq!(
            failure.retry_after,
            wait.map(Duration::from_secs),
            "{header}"
        );
        assert!(failure.is_transient());
    }
}

#[tokio::test]
async fn requests_carry_the_hops_headers_and_ask_for_no_compression() {
    let server = Server::replying("200 OK", EMPTY).await;
    let mut hop = hop(json!({
        "name": "q", "kind": "thanos-query", "url": format!("{}/prefix/", server.url()),
        "tenant": "finops", "headers": {"X-Team": "cost"},
    }));
    hop.token = Some(Secret::new("token", "hunter2-hunter2"));
    hop.headers.insert(
        "X-Key".into(),
        SecretText::Secret(Secret::new("key", "swordfish")),
    );
    let backend = Backend::of(hop);
    let at = Some(Timestamp(1_795_432_836_869));
    let clients = Clients::default();
    let timeout = Duration::from_secs(5);
    let (trace, answer) = prometheus::query(&clients, &backend, "up{a=\"b c\"}", at, timeout).await;
    assert_eq!(answer.unwrap().result, QueryResult::Vector(Vec::new()));
    let request = server.request();
    let lower = request.to_lowercase();
    assert!(
        request.starts_with(
            "GET /prefix/api/v1/query?query=up%7Ba%3D%22b+c%22%7D&time=1795432836.869&dedup=true&partial_response=false HTTP/1.1"
        ),
        "{request}"
    );
    for header in [
        "authorization: bearer hunter2-hunter2",
        "x-key: swordfish",
        "x-team: cost",
        "thanos-tenant: finops",
        "accept: application/json",
        concat!("user-agent: gapcheck/", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(lower.contains(header), "{header}: {request}");
    }
    assert!(!lower.contains("accept-encoding"), "{request}");
    assert!(!lower.contains("referer"), "{request}");
    let shown = format!("{trace:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("swordfish"),
        "{shown}"
    );
    assert_eq!(
        trace.request,
        format!(
            "GET {}/prefix/api/v1/query?query=up%7Ba%3D%22b+c%22%7D&time=1795432836.869&dedup=true&partial_response=false",
            server.url()
        )
    );
}

#[tokio::test]
async fn an_address_of_an_expanded_name_is_asked_for_that_name() {
    let server = Server::replying("200 OK", EMPTY).await;
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let hop = hop(json!({
        "name": "q", "kind": "prometheus", "url": format!("http://prom.example:{port}"), "expand": true,
    }));
    let replica = hop.replicas_at(&["127.0.0.1".parse().unwrap()]).remove(0);
    let (trace, answer) = ask(&Clients::default(), &Backend::of(replica)).await;
    assert!(answer.is_ok(), "{answer:?}");
    assert!(trace.request.contains(&server.url()), "{}", trace.request);
    let request = server.request().to_lowercase();
    assert!(
        request.contains(&format!("host: prom.example:{port}\r\n")),
        "{request}"
    );
}

#[tokio::test]
async fn basic_authentication_and_another_tenant_header_are_sent() {
    let server = Server::replying("200 OK", r#"{"status":"success","data":[]}"#).await;
    let mut hop = hop(json!({
        "name": "r", "kind": "thanos-receive", "write": server.url(),
        "tenant": "finops", "tenant_header": "X-Scope-OrgID",
    }));
    hop.basic_auth = Some(gapcheck::backend::BasicAuth {
        username: SecretText::Plain("me".into()),
        password: Secret::new("password", "open sesame"),
    });
    let clients = Clients::default();
    let backend = Backend::of(hop);
    let (_, answer) = thanos::tsdb_status(&clients, &backend, Duration::from_secs(5)).await;
    assert_eq!(answer.unwrap().0, []);
    let request = server.request();
    assert!(
        request.starts_with("GET /api/v1/status/tsdb?all_tenants=true&limit=10000 HTTP/1.1"),
        "{request}"
    );
    assert!(
        request.contains("authorization: Basic bWU6b3BlbiBzZXNhbWU="),
        "{request}"
    );
    assert!(
        request.to_lowercase().contains("x-scope-orgid: finops"),
        "{request}"
    );
    assert!(
        !request.to_lowercase().contains("thanos-tenant"),
        "{request}"
    );
}

#[tokio::test]
async fn credentials_do_not_leave_the_machine_in_plain_text() {
    let mut hop = hop(json!({"name": "ops", "kind": "prometheus", "url": "http://192.0.2.1:9090"}));
    hop.token = Some(Secret::new("token", "hunter2-hunter2"));
    let (_, answer) = ask(&Clients::default(), &Backend::of(hop)).await;
    let failure = answer.unwrap_err();
    assert_eq!(failure.class, FailureClass::Local);
    assert!(failure.what.contains("over plain http"), "{failure}");
}

#[tokio::test]
async fn long_queries_are_posted_with_the_same_parameters() {
    let server = Server::replying("200 OK", EMPTY).await;
    let backend = Backend::of(hop(
        json!({"name": "vm", "kind": "victoriametrics", "url": server.url()}),
    ));
    let query = format!("count({{__name__=~\"{}\"}})", "a|".repeat(2_000));
    let clients = Clients::default();
    let timeout = Duration::from_secs(5);
    let (trace, answer) = prometheus::query(&clients, &backend, &query, None, timeout).await;
    assert!(answer.is_ok());
    let request = server.request();
    assert!(
        request.starts_with("POST /api/v1/query HTTP/1.1"),
        "{request}"
    );
    assert!(request.contains("\r\n\r\nquery=count%28"), "{request}");
    assert!(request.ends_with("&nocache=1"), "{request}");
    let shown = format!("POST {}/api/v1/query query=count%28", server.url());
    assert!(trace.request.starts_with(&shown), "{}", trace.request);
}

#[tokio::test]
async fn an_echoed_secret_is_gone_before_anything_is_cut() {
    let secret = Secret::new("token", "correct-horse-battery");
    let clients = Clients::new(Redactor::of([&secret]));
    for padding in 170..210 {
        let body = format!("{} correct-horse-battery", "x".repeat(padding));
        let server = Server::replying("500 Internal Server Error", &body).await;
        let (trace, answer) = ask(&clients, &prometheus_at(&server.url())).await;
        let shown = format!("{:?} {trace:?}", answer.unwrap_err());
        assert!(!shown.contains("correct"), "{shown}");
    }
}

#[tokio::test]
async fn h19_what_is_not_http_is_said_not_to_be() {
    let server = Server::that(Then::Send(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00".to_vec())).await;
    let failure = failure_of(&server).await;
    assert_eq!(failure.class, FailureClass::NotThatApi, "{failure}");
    assert!(
        failure.what.contains("does not answer in HTTP"),
        "{failure}"
    );
}

#[tokio::test]
async fn h06_a_compressed_answer_is_refused() {
    let server = Server::replying("200 OK\r\nContent-Encoding: gzip", "\x1f").await;
    let failure = failure_of(&server).await;
    assert_eq!(failure.class, FailureClass::Malformed);
    assert!(failure.what.contains("`gzip`"), "{failure}");
}

#[tokio::test]
async fn connections_are_reused() {
    let server = Server::replying("200 OK", EMPTY).await;
    let (clients, backend) = (Clients::default(), prometheus_at(&server.url()));
    for _ in 0..20 {
        assert!(ask(&clients, &backend).await.1.is_ok());
    }
    assert_eq!(*server.connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn the_servers_clock_and_the_beginning_of_its_answer_are_kept() {
    let head = "200 OK\r\nDate: Mon, 23 Nov 2026 11:20:36 GMT\r\nContent-Type: text/plain";
    let server = Server::replying(head, EMPTY).await;
    let (trace, answer) = ask(&Clients::default(), &prometheus_at(&server.url())).await;
    assert!(answer.is_ok());
    assert_eq!(trace.status, Some(200));
    assert_eq!(trace.date, Timestamp::from_rfc3339("2026-11-23T11:20:36Z"));
    assert_eq!(trace.excerpt, format!("(sent as `text/plain`) {EMPTY}"));
}

#[tokio::test]
async fn a_page_is_asked_for_as_prometheus_does() {
    let server = Server::replying("200 OK\r\nContent-Type: text/plain", "a 1\n").await;
    let backend = Backend::of(hop(
        json!({"name": "exporter", "kind": "exporter", "url": server.url()}),
    ));
    let clients = Clients::default();
    let timeout = Duration::from_secs(5);
    let (_, answer) = exposition::page(&clients, &backend, timeout).await;
    assert_eq!(answer.unwrap().samples.len(), 1);
    let request = server.request();
    assert!(request.starts_with("GET /metrics HTTP/1.1"), "{request}");
    assert!(
        request.contains("accept: application/openmetrics-text"),
        "{request}"
    );
    let url = format!("{}/probe?target=x", server.url());
    let (_, answer) = exposition::page_at(&clients, &url, timeout).await;
    assert!(answer.is_ok());
    assert!(server.request().starts_with("GET /probe?target=x HTTP/1.1"));
    let (_, answer) = exposition::page_at(&clients, "ftp://x", timeout).await;
    assert_eq!(answer.unwrap_err().class, FailureClass::NotThatApi);
}

#[tokio::test]
async fn a_question_that_the_kind_cannot_answer_is_not_sent() {
    let server = Server::replying("200 OK", EMPTY).await;
    let backend = Backend::of(hop(
        json!({"name": "r", "kind": "thanos-receive", "write": server.url()}),
    ));
    let (_, answer) = ask(&Clients::default(), &backend).await;
    assert_eq!(answer.unwrap_err().class, FailureClass::NotThatApi);
    assert_eq!(*server.connections.lock().unwrap(), 0);
}

#[tokio::test]
async fn t04_a_ca_file_that_is_not_there_is_named() {
    let backend = Backend::of(hop(json!({
        "name": "ops", "kind": "prometheus", "url": "https://127.0.0.1:1",
        "tls": {"ca": "no-such.pem"},
    })));
    let (_, answer) = ask(&Clients::default(), &backend).await;
    let failure = answer.unwrap_err();
    assert_eq!(failure.class, FailureClass::Tls);
    assert!(
        failure.what.contains("`no-such.pem` cannot be read"),
        "{failure}"
    );
}

#[tokio::test]
async fn h21_an_idle_connection_that_the_server_closed_is_no_failure() {
    let server = Server::that(Then::Close(reply("200 OK", EMPTY))).await;
    let (clients, backend) = (Clients::default(), prometheus_at(&server.url()));
    for _ in 0..10 {
        let (_, answer) = ask(&clients, &backend).await;
        assert!(answer.is_ok(), "{answer:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn h19_headers_without_end_are_too_large() {
    let headers = "X-A: b\r\n".repeat(100_000);
    let bytes = format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes();
    let server = Server::that(Then::Reset(bytes)).await;
    let failure = failure_of(&server).await;
    assert_eq!(failure.class, FailureClass::TooLarge, "{failure}");
}

#[tokio::test]
async fn t06_a_port_that_takes_no_connection_times_out_in_its_own_phase() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let _listener = socket.listen(0).unwrap();
    // The queue of connections that nobody accepts is full with these.
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let connecting = TcpStream::connect(address);
        if let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(50), connecting).await {
            waiting.push(stream);
        }
    }
    let backend = prometheus_at(&format!("http://{address}"));
    let timeout = Duration::from_millis(200);
    let (_, answer) = prometheus::query(&Clients::default(), &backend, "up", None, timeout).await;
    let failure = answer.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
    assert!(failure.what.contains("phase connect"), "{failure}");
}

/// Run by the test below in a process of its own, whose environment names a proxy.
#[tokio::test]
#[ignore = "needs a proxy in the environment"]
async fn child_behind_a_proxy() {
    let clients = Clients::default();
    let own = Server::replying("200 OK", EMPTY).await;
    assert!(ask(&clients, &prometheus_at(&own.url())).await.1.is_ok());
    let (_, answer) = ask(&clients, &prometheus_at("http://192.0.2.1:9090")).await;
    println!("through the proxy: {answer:?}");
}

async fn child_with(proxy: String) -> String {
    let run = move || {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "child_behind_a_proxy",
                "--nocapture",
            ])
            .env("HTTP_PROXY", &proxy)
            .env("http_proxy", &proxy)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env_remove("REQUEST_METHOD")
            .output()
            .unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[tokio::test]
async fn h23_the_proxy_of_the_environment_is_asked_but_not_for_this_machine() {
    let proxy = Server::replying("200 OK", EMPTY).await;
    let said = child_with(format!("http://me:s3cr3t@{}", proxy.address)).await;
    assert!(said.contains("through the proxy: Ok("), "{said}");
    let request = proxy.request();
    assert!(
        request.starts_with("GET http://192.0.2.1:9090/api/v1/query?query=up HTTP/1.1"),
        "{request}"
    );
    assert_eq!(proxy.requests.lock().unwrap().len(), 1);
    let refusing = Server::replying("407 Proxy Authentication Required", "").await;
    let said = child_with(refusing.url()).await;
    assert!(said.contains("the proxy wants credentials"), "{said}");
}

#[tokio::test]
async fn h23_a_proxy_that_is_down_is_named_without_its_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let said = child_with(format!("http://me:s3cr3t@{address}")).await;
    let told = format!("the proxy `http://{address}` did not lead to `192.0.2.1:9090`");
    assert!(said.contains(&told), "{said}");
    assert!(!said.contains("s3cr3t"), "{said}");
}

//! Servers that refuse, break off, send too much or speak another protocol: the gRPC rows of the reliability plan by their ids.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gapcheck::ask::{Door, DoorOptions};
use gapcheck::backend::answer::StoreSeries;
use gapcheck::backend::{Backend, Clients, Failure, FailureClass, World, storeapi};
use gapcheck::leaves::{Redactor, Selector};
use rcgen::generate_simple_self_signed;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{Ending, Play, Server, receive, start, start_with};

async fn series_at(backend: &Backend, clients: &Clients) -> Result<StoreSeries, Failure> {
    let timeout = Duration::from_millis(800);
    storeapi::series(
        clients,
        backend,
        &Selector::of("up"),
        60_000,
        false,
        timeout,
    )
    .await
    .1
}

async fn series(server: &Server) -> Result<StoreSeries, Failure> {
    let backend = receive(&server.address.to_string(), json!({}));
    series_at(&backend, &Clients::default()).await
}

/// A frame with one series of one label.
fn frame(value: &str) -> Vec<u8> {
    let field = |tag: u8, bytes: &[u8]| {
        let mut all = vec![tag << 3 | 2, u8::try_from(bytes.len()).expect("short")];
        all.extend(bytes);
        all
    };
    let label = [field(1, b"l"), field(2, value.as_bytes())].concat();
    field(1, &field(1, &label))
}

#[tokio::test]
async fn k01_each_code_is_said_in_words_with_help() {
    for (code, word) in [
        (14, "UNAVAILABLE"),
        (4, "DEADLINE_EXCEEDED"),
        (12, "UNIMPLEMENTED"),
        (7, "PERMISSION_DENIED"),
        (16, "UNAUTHENTICATED"),
        (10, "ABORTED"),
        (3, "INVALID_ARGUMENT"),
        (8, "RESOURCE_EXHAUSTED"),
    ] {
        let server = start(move |_| Play::status(code, "so it is")).await;
        let failure = series(&server).await.expect_err("a refusal");
        assert_eq!(failure.class, FailureClass::Rpc(code as u8));
        assert!(failure.what.contains(word), "{failure}");
        assert!(failure.what.contains("so it is"), "{failure}");
        assert!(failure.what.contains("`receive`"), "{failure}");
        assert!(failure.help.is_some(), "{word}");
        assert_eq!(failure.is_transient(), code == 14, "{word}");
    }
}

#[tokio::test]
async fn k01_unavailable_is_asked_again_and_a_denial_never() {
    for (code, sends) in [(14, 3), (7, 1), (16, 1), (12, 1)] {
        let server = start(move |_| Play::status(code, "no")).await;
        let backend = Arc::new(receive(&server.address.to_string(), json!({})));
        let world = Arc::new(World {
            pipeline: vec![backend.clone()],
            ..World::default()
        });
        let door = Door::live(DoorOptions {
            backends: vec![backend.clone()],
            parallel: None,
            batching: true,
            deadline: None,
            record: false,
            vantage: "test".to_owned(),
            redactor: Redactor::default(),
        });
        let ask = door.ask("a", &world, Duration::from_secs(5));
        let hour = Duration::from_secs(3600);
        let told = ask
            .store_series(&backend, &Selector::of("up"), hour, false)
            .await;
        assert!(told.is_err());
        assert_eq!(server.calls.load(Ordering::SeqCst), sends, "code {code}");
    }
}

#[tokio::test]
async fn k02_a_stream_that_dies_midway_is_no_answer() {
    let frames = ["a", "b", "c"].map(frame);
    for ending in [Ending::Broken, Ending::Silent] {
        let play = Play::of(&frames, ending);
        let server = start(move |_| play.clone()).await;
        let failure = series(&server).await.expect_err("incomplete");
        assert_eq!(failure.class, FailureClass::Broken, "{failure}");
        assert!(failure.what.contains("incomplete"), "{failure}");
    }
    let play = Play::of(&frames, Ending::Never);
    let server = start(move |_| play.clone()).await;
    let failure = series(&server).await.expect_err("late");
    assert_eq!(failure.class, FailureClass::Timeout);
    assert!(failure.what.contains("3 series came before"), "{failure}");
    let play = Play::of(&frames, Ending::Status(10, "a store died".to_owned()));
    let server = start(move |_| play.clone()).await;
    let failure = series(&server).await.expect_err("aborted");
    assert_eq!(failure.class, FailureClass::Rpc(10));
}

#[tokio::test]
async fn k02_warning_frames_and_frames_of_other_sorts_are_told_apart() {
    let warning = [&[0x12, 4][..], b"half"].concat();
    let hints = vec![0x1a, 0];
    let frames = [frame("a"), warning, hints];
    let play = Play::of(&frames, Ending::Status(0, String::new()));
    let server = start(move |_| play.clone()).await;
    let told = series(&server).await.expect("an answer");
    assert_eq!(told.series.len(), 1);
    assert_eq!(told.warnings, ["half"]);
}

#[tokio::test]
async fn k03_too_large_a_message_and_too_many_are_refused_by_name() {
    let ok = || Ending::Status(0, String::new());
    let large = Play::of(&[vec![0; 5_000]], ok());
    let many = Play::of(&vec![frame(&"v".repeat(90)); 100], ok());
    for play in [large, many] {
        let server = start(move |_| play.clone()).await;
        let backend = receive(&server.address.to_string(), json!({}));
        let clients = Clients::default().body_cap(4_096);
        let failure = series_at(&backend, &clients).await.expect_err("too large");
        assert_eq!(failure.class, FailureClass::TooLarge, "{failure}");
        assert!(failure.what.contains("the most that is read"), "{failure}");
        assert!(failure.help.unwrap().contains("`window`"));
    }
}

#[tokio::test]
async fn k03_more_series_than_are_kept_are_cut_and_said_so() {
    let frames = vec![frame("v"); storeapi::MOST_SERIES + 5];
    let play = Play::of(&frames, Ending::Never);
    let server = start(move |_| play.clone()).await;
    let backend = receive(&server.address.to_string(), json!({}));
    let timeout = Duration::from_secs(10);
    let (_, told) = storeapi::series(
        &Clients::default(),
        &backend,
        &Selector::of("up"),
        60_000,
        false,
        timeout,
    )
    .await;
    let told = told.expect("an answer");
    assert!(told.cut);
    assert_eq!(told.series.len(), storeapi::MOST_SERIES);
}

#[tokio::test]
async fn k03_a_compressed_message_and_rubbish_are_errors() {
    for message in [(1, vec![31, 139, 8]), (0, vec![255; 40]), (9, vec![1])] {
        let play = Play {
            messages: vec![message],
            ending: Ending::Status(0, String::new()),
        };
        let server = start(move |_| play.clone()).await;
        let failure = series(&server).await.expect_err("no message");
        assert!(matches!(failure.class, FailureClass::Rpc(_)), "{failure:?}");
        assert!(failure.help.is_some());
    }
}

fn acceptor() -> (tokio_rustls::TlsAcceptor, tempfile::NamedTempFile) {
    let made = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    (Arc::new(config).into(), file)
}

#[tokio::test]
async fn k03_tls_is_spoken_where_asked_for_and_mix_ups_are_named() {
    let ok = || Play::of(&[frame("a")], Ending::Status(0, String::new()));
    let (acceptor, ca) = acceptor();
    let under_tls = start_with(move |_| ok(), Some(acceptor)).await;
    let port = under_tls.address.port();
    let tls = json!({ "tls": { "ca": ca.path() } });
    let url = format!("https://localhost:{port}");
    let good = receive(&url, tls.clone());
    let told = series_at(&good, &Clients::default()).await;
    assert_eq!(told.expect("an answer").series.len(), 1);

    let untrusted = receive(&url, json!({}));
    let failure = series_at(&untrusted, &Clients::default())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Tls, "{failure}");

    let plain = receive(&format!("localhost:{port}"), json!({}));
    let failure = series_at(&plain, &Clients::default()).await.unwrap_err();
    assert!(failure.is_connection(), "{failure:?}");
    assert!(
        failure.help.as_deref().unwrap().contains("https://"),
        "{failure:?}"
    );

    let in_plain = start(move |_| ok()).await;
    let url = format!("https://localhost:{}", in_plain.address.port());
    let failure = series_at(&receive(&url, tls), &Clients::default())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Tls, "{failure}");
    assert!(
        failure.help.as_deref().unwrap().contains("http://"),
        "{failure:?}"
    );
}

/// A port that says this to whoever connects, and closes.
async fn port_that_says(word: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 512];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(word).await;
            let _ = stream.shutdown().await;
            // Closed with bytes unread, the word would be lost.
            while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        }
    });
    address.to_string()
}

#[tokio::test]
async fn k03_ports_of_other_protocols_are_named() {
    let http1 = port_that_says(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
    let failure = series_at(&receive(&http1, json!({})), &Clients::default())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::NotThatApi, "{failure}");
    assert!(failure.what.contains("HTTP/1"), "{failure}");
    assert!(failure.help.unwrap().contains("10901"));

    let silent = port_that_says(b"").await;
    let failure = series_at(&receive(&silent, json!({})), &Clients::default())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Broken, "{failure}");
    assert!(failure.help.unwrap().contains("https://"));

    let alert = port_that_says(&[0x15, 3, 1, 0, 2, 2, 70]).await;
    let failure = series_at(&receive(&alert, json!({})), &Clients::default())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Tls, "{failure}");
    assert!(failure.what.contains("speaks TLS"), "{failure}");
}

#[tokio::test]
async fn a_closed_port_is_refused_and_the_tenant_and_headers_are_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let failure = series_at(&receive(&address, json!({})), &Clients::default())
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::Refused, "{failure}");
    assert!(failure.help.unwrap().contains("10901"));

    let server = start(|_| Play::status(0, "")).await;
    let more = json!({ "tenant": "finops", "headers": { "X-Scope": "a" } });
    let backend = receive(&format!("http://{}", server.address), more);
    let told = series_at(&backend, &Clients::default()).await.unwrap();
    assert_eq!(told, StoreSeries::default());
    let headers = server.headers.lock().unwrap().clone();
    assert_eq!(headers["thanos-tenant"], "finops");
    assert_eq!(headers["x-scope"], "a");
    assert!(headers.contains_key("grpc-timeout"));
}

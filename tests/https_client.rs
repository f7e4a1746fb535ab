//! The HTTP clients over TLS, against a server of the test's own: own authorities, client certificates, another server name, and
//! what is said when the handshake fails.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gapcheck::backend::answer::QueryAnswer;
use gapcheck::backend::{Backend, Clients, Exchanged, FailureClass, Hop, prometheus};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const REPLY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 63\r\n\r\n{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}";

/// An authority, with its files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        Self::called("test authority")
    }

    fn called(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A certificate for that name; its files are `NAME.pem` and `NAME.key`.
    fn issue(&self, name: &str) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let write = |ending: &str, pem: String| {
            std::fs::write(Path::new(&self.file(&format!("{name}.{ending}"))), pem).unwrap();
        };
        write("pem", certificate.pem());
        write("key", key.serialize_pem());
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        (certificate.der().clone(), private)
    }

    fn trusted(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add(self.issuer.der().clone()).unwrap();
        store
    }

    /// A server with a certificate for that name, which may want one of its clients.
    async fn serve(&self, name: &str, wants_certificate: bool) -> SocketAddr {
        let (certificate, key) = self.issue(name);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match wants_certificate {
            true => builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(self.trusted()), provider)
                    .build()
                    .unwrap(),
            ),
            false => builder.with_no_client_auth(),
        };
        let config = builder.with_single_cert(vec![certificate], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut buffer = [0; 4_096];
                    while let Ok(read) = stream.read(&mut buffer).await
                        && read > 0
                    {
                        let _ = stream.write_all(REPLY.as_bytes()).await;
                    }
                });
            }
        });
        address
    }
}

async fn ask(url: String, tls: Value) -> Exchanged<QueryAnswer> {
    let hop = json!({"name": "ops", "kind": "prometheus", "url": url, "tls": tls});
    let backend = Backend::of(serde_json::from_value(hop).unwrap());
    let timeout = Duration::from_secs(5);
    prometheus::query(&Clients::default(), &backend, "up", None, timeout).await
}

#[tokio::test]
async fn an_own_authority_is_trusted() {
    let authority = Authority::new();
    let port = authority.serve("localhost", false).await.port();
    let url = format!("https://localhost:{port}");
    let (trace, answer) = ask(url, json!({"ca": authority.file("ca.pem")})).await;
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(trace.status, Some(200));
}

#[tokio::test]
async fn t01_an_unknown_authority_is_not() {
    let authority = Authority::new();
    let port = authority.serve("localhost", false).await.port();
    for (other, problem) in [
        ("another authority", "not trusted"),
        ("test authority", "another key"),
    ] {
        let other = Authority::called(other);
        let url = format!("https://localhost:{port}");
        let (_, answer) = ask(url, json!({"ca": other.file("ca.pem")})).await;
        let failure = answer.unwrap_err();
        assert_eq!(failure.class, FailureClass::Tls, "{failure}");
        assert!(failure.what.contains(problem), "{failure}");
        assert!(failure.help.unwrap().contains("ca: FILE"));
    }
}

#[tokio::test]
async fn t01_another_name_in_the_certificate_is_refused_unless_it_is_the_one_expected() {
    let authority = Authority::new();
    let address = authority.serve("query.example", false).await;
    let url = format!("https://{address}");
    let ca = authority.file("ca.pem");
    let (_, answer) = ask(url.clone(), json!({"ca": ca})).await;
    let failure = answer.unwrap_err();
    assert_eq!(failure.class, FailureClass::Tls, "{failure}");
    assert!(failure.what.contains("query.example"), "{failure}");
    assert!(failure.help.unwrap().contains("server_name"));
    let tls = json!({"ca": ca, "server_name": "query.example"});
    let (trace, answer) = ask(url.clone(), tls).await;
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(trace.request, format!("GET {url}/api/v1/query?query=up"));
}

#[tokio::test]
async fn an_address_of_an_expanded_name_must_have_the_certificate_of_that_name() {
    let authority = Authority::new();
    for (name, is_good) in [("query.example", true), ("other.example", false)] {
        let address = authority.serve(name, false).await;
        let hop: Hop = serde_json::from_value(json!({
            "name": "query", "kind": "prometheus", "expand": true,
            "url": format!("https://query.example:{}", address.port()),
            "tls": { "ca": authority.file("ca.pem") },
        }))
        .unwrap();
        let replica = Backend::of(hop.replicas_at(&[address.ip()]).remove(0));
        let clients = Clients::default();
        let timeout = Duration::from_secs(5);
        let (_, answer) = prometheus::query(&clients, &replica, "up", None, timeout).await;
        assert_eq!(answer.is_ok(), is_good, "{answer:?}");
    }
}

#[tokio::test]
async fn t04_a_client_certificate_is_shown_where_it_is_wanted() {
    let authority = Authority::new();
    let address = authority.serve("localhost", true).await;
    let url = format!("https://localhost:{}", address.port());
    authority.issue("client");
    let tls = json!({
        "ca": authority.file("ca.pem"),
        "cert": authority.file("client.pem"),
        "key": authority.file("client.key"),
    });
    let (_, answer) = ask(url.clone(), tls).await;
    assert!(answer.is_ok(), "{answer:?}");
    let (_, answer) = ask(url.clone(), json!({"ca": authority.file("ca.pem")})).await;
    let failure = answer.unwrap_err();
    assert!(
        matches!(failure.class, FailureClass::Tls | FailureClass::Broken),
        "{failure:?}"
    );
    let half = json!({"ca": authority.file("ca.pem"), "cert": authority.file("client.pem")});
    let (_, answer) = ask(url, half).await;
    assert!(answer.unwrap_err().what.contains("go together"));
}

#[tokio::test]
async fn t03_a_plain_port_is_said_to_speak_no_tls() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            // Kept until the client has seen enough.
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    });
    let tls = json!({"ca": authority.file("ca.pem")});
    let (_, answer) = ask(format!("https://{address}"), tls).await;
    let failure = answer.unwrap_err();
    assert_eq!(failure.class, FailureClass::Tls, "{failure}");
    assert!(failure.what.contains("does not speak TLS"), "{failure}");
    assert!(failure.help.unwrap().contains("http://"));
}

#[tokio::test]
async fn t03_plain_http_to_a_tls_port_is_named() {
    let authority = Authority::new();
    let address = authority.serve("localhost", false).await;
    let (_, answer) = ask(format!("http://{address}"), json!({})).await;
    let failure = answer.unwrap_err();
    assert!(
        matches!(
            failure.class,
            FailureClass::NotThatApi | FailureClass::Broken
        ),
        "{failure:?}"
    );
}

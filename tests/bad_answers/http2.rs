//! H18: an HTTP/2 server that goes away, resets, stalls or floods. Frames are written by hand, over TLS, as no library would send them.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use crate::scripted::{Say, Scripted};
use crate::stage::{every_kind_with, judge};

/// A server's configuration that speaks nothing but HTTP/2, and the file of the authority behind it.
fn http2() -> (ServerConfig, tempfile::NamedTempFile) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), issuer.pem()).unwrap();
    (config, file)
}

/// One frame: type, flags, stream, payload.
fn frame(sort: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([sort, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The server's first frame, then these.
fn after_settings(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = frame(4, 0, 0, &[]);
    bytes.extend(frames.concat());
    bytes
}

/// `:status: 200`, in the static table of HPACK.
const OK: [u8; 1] = [0x88];

/// Each way of giving no answer, with its name.
fn ways() -> Vec<(&'static str, Say)> {
    let headers = || frame(1, 4, 1, &OK);
    vec![
        (
            "GOAWAY before the request was taken",
            Say::Stall(after_settings(&[frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 2])])),
        ),
        (
            "RST_STREAM",
            Say::Stall(after_settings(&[frame(3, 0, 1, &[0, 0, 0, 2])])),
        ),
        (
            "RST_STREAM within the body",
            Say::Stall(after_settings(&[
                headers(),
                frame(0, 0, 1, b"{\"status\":"),
                frame(3, 0, 1, &[0, 0, 0, 2]),
            ])),
        ),
        ("silence", Say::Stall(after_settings(&[]))),
        (
            "silence within the body",
            Say::Stall(after_settings(&[headers()])),
        ),
        (
            "empty DATA without end",
            Say::Flood(
                after_settings(&[headers()]),
                frame(0, 0, 1, &[]).repeat(100),
            ),
        ),
        (
            "CONTINUATION without end",
            Say::Flood(
                after_settings(&[frame(1, 0, 1, &OK)]),
                frame(9, 0, 1, b"\x00\x01a\x01b").repeat(100),
            ),
        ),
        (
            "PING without end",
            Say::Flood(after_settings(&[]), frame(6, 0, 0, &[0; 8]).repeat(100)),
        ),
        ("a frame of no sense", Say::Stall(vec![0xff; 64])),
    ]
}

#[test]
fn h18_an_http2_server_that_gives_no_answer_is_an_error_in_time() {
    for (way, say) in ways() {
        let (config, ca) = http2();
        let server = Scripted::tls(config, false, say);
        let suite = format!(
            "version: 1\nsuite: s\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"https://localhost:{}\", tls: {{ ca: \"{}\" }} }}\nchecks:\n  - {{ id: any, promql: up, at: prom, expect: {{ count: \">= 0\" }} }}\n",
            server.address.port(),
            ca.path().display()
        );
        let judged = judge(&suite, "--timeout 700ms");
        assert_eq!(judged.code, 3, "{way}: {}", judged.text);
        judged.errs().within(Duration::from_secs(6));
    }
}

#[test]
fn h18_every_kind_errs_where_streams_are_reset() {
    let (config, ca) = http2();
    let reset = Say::Stall(after_settings(&[frame(3, 0, 1, &[0, 0, 0, 2])]));
    let server = Scripted::tls(config, false, reset);
    every_kind_with(
        &format!("https://localhost:{}", server.address.port()),
        &format!("tls: {{ ca: \"{}\" }}", ca.path().display()),
        "--timeout 700ms",
    )
    .errs();
}

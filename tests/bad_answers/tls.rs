//! Group T: certificates that are not to be trusted, handshakes that stall, and ports that speak something else.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use crate::scripted::{Say, Scripted, filtered, reply};
use crate::stage::{alone, every_kind, every_kind_with};
use crate::support::{Gapcheck, closed_port};

const ONE: &str = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1763805965,"1"]}]}}"#;

/// A server with a certificate for this name and these years, its authority in a file.
fn server(name: &str, years: (i32, i32)) -> (Scripted, tempfile::NamedTempFile) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let leaf = params.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), issuer.pem()).unwrap();
    let say = Say::Send(reply("200 OK", ONE));
    (Scripted::tls(config, true, say), file)
}

#[test]
fn t01_a_certificate_that_is_not_to_be_trusted_errs_for_the_api_and_fails_for_its_own_kinds() {
    for (why, name, years, trusted) in [
        (
            "its certificate has expired",
            "localhost",
            (2020, 2021),
            true,
        ),
        (
            "its certificate is not valid yet",
            "localhost",
            (2090, 2091),
            true,
        ),
        (
            "certificate not valid for name",
            "other.example",
            (2020, 2090),
            true,
        ),
        (
            "its certificate is signed with another key",
            "localhost",
            (2020, 2090),
            false,
        ),
    ] {
        let (server, ca) = server(name, years);
        let (host, ca) = (
            format!("localhost:{}", server.address.port()),
            ca.path().display().to_string(),
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        let ca = match trusted {
            true => ca,
            false => {
                let (_, other) = self::server(name, years);
                std::fs::copy(other.path(), file.path()).unwrap();
                file.path().display().to_string()
            }
        };
        every_kind_with(
            &format!("https://{host}"),
            &format!("tls: {{ ca: \"{ca}\" }}"),
            "",
        )
        .errs()
        .saying(why);
        assert_eq!(server.requests().len(), 0, "{why}");
        alone(
            &format!("{{ id: t, tcp: \"{host}\", tls: {{ ca: \"{ca}\" }} }}"),
            "",
        )
        .fails("not trusted");
        alone(
            &format!("{{ id: h, http: \"https://{host}/\", tls: {{ ca: \"{ca}\" }} }}"),
            "",
        )
        .fails("");
    }
}

#[test]
fn t01_a_server_that_speaks_only_old_tls_is_refused() {
    // Alert: fatal, protocol_version.
    let old = Scripted::unasked(Say::Close(vec![21, 3, 1, 0, 2, 2, 70]));
    every_kind(&format!("https://{}", old.address)).errs();
    alone(
        &format!("{{ id: t, tcp: \"{}\", tls: true }}", old.address),
        "",
    )
    .fails("");
}

#[test]
fn t02_there_is_no_key_that_turns_verification_off() {
    for key in [
        "insecure: true",
        "tls: { insecure: true }",
        "tls: { insecure_skip_verify: true }",
    ] {
        let suite = format!(
            "version: 1\nsuite: s\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"https://a.example\", {key} }}\nchecks:\n  - {{ id: c, promql: up, at: prom, expect: 1 }}\n"
        );
        Gapcheck::new("run s.yaml")
            .file("s.yaml", &suite)
            .run()
            .ends_with(2);
    }
}

#[test]
fn t03_a_handshake_that_stalls_ends_in_time_and_a_plain_port_is_named() {
    let silent = Scripted::unasked(Say::Stall(Vec::new()));
    every_kind_with(
        &format!("https://{}", silent.address),
        "",
        "--timeout 300ms",
    )
    .errs()
    .saying("no TLS connection")
    .within(Duration::from_secs(6));
    let plain = Scripted::that(Say::Close(reply("400 Bad Request", "no")));
    every_kind_with(&format!("https://{}", plain.address), "", "--timeout 1s").errs();
    let talking = Scripted::unasked(Say::Close(reply("400 Bad Request", "no")));
    every_kind(&format!("https://{}", talking.address))
        .errs()
        .saying("TLS");
    let (tls, _ca) = server("localhost", (2020, 2090));
    every_kind(&tls.url()).errs();
    // What Go's servers say to plain HTTP at a port of TLS.
    let hint = "Client sent an HTTP request to an HTTPS server.\n";
    let judged = every_kind(&Scripted::replying("400 Bad Request", hint).url()).errs();
    for check in &judged.checks {
        assert!(
            check["help"].as_str().unwrap().contains("https://"),
            "{check}"
        );
    }
}

#[test]
fn t04_files_that_are_not_there_or_hold_nothing_are_named_and_nothing_is_sent() {
    let (server, ca) = server("localhost", (2020, 2090));
    let url = format!("https://localhost:{}", server.address.port());
    let empty = tempfile::NamedTempFile::new().unwrap();
    let (ca, empty) = (ca.path().display(), empty.path().display());
    for (files, named) in [
        ("ca: no-such.pem".to_owned(), "no-such.pem".to_owned()),
        (format!("ca: \"{empty}\""), empty.to_string()),
        (
            format!("ca: \"{ca}\", cert: no-such.pem, key: no-such.key"),
            "no-such".to_owned(),
        ),
        (
            format!("ca: \"{ca}\", cert: \"{ca}\", key: \"{ca}\""),
            ca.to_string(),
        ),
    ] {
        every_kind_with(&url, &format!("tls: {{ {files} }}"), "")
            .errs()
            .saying(&named);
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn t06_a_filtered_port_is_no_answer_and_no_refusal() {
    let (address, _waiting, _listener) = filtered();
    every_kind_with(&format!("http://{address}"), "", "--timeout 300ms")
        .errs()
        .saying("phase connect")
        .within(Duration::from_secs(6));
    let check = format!("{{ id: t, tcp: \"{address}\" }}");
    let seen = alone(&check, "--timeout 300ms").fails("");
    assert!(!seen.text.contains("refused"), "{}", seen.text);
    // Silence is no proof that the port is closed; a refusal is.
    let check = format!("{{ id: t, tcp: \"{address}\", closed: true }}");
    let seen = alone(&check, "--timeout 300ms");
    assert_ne!(seen.checks[0]["verdict"], "pass", "{}", seen.text);
    let check = format!(
        "{{ id: t, tcp: \"127.0.0.1:{}\", closed: true }}",
        closed_port()
    );
    alone(&check, "").passes();
}

#[test]
fn t07_a_server_that_closes_keeps_silent_or_shouts_is_no_answer() {
    let closing = Scripted::unasked(Say::Close(Vec::new()));
    every_kind(&closing.url()).errs();
    every_kind(&format!("https://{}", closing.address)).errs();
    let silent = Scripted::unasked(Say::Stall(Vec::new()));
    every_kind_with(&silent.url(), "", "--timeout 300ms")
        .errs()
        .saying("phase headers")
        .within(Duration::from_secs(6));
    let shouting = Scripted::unasked(Say::Flood(
        Vec::new(),
        b"\x1b[2J\x1b]52;c;aGk=\x07".repeat(4_096),
    ));
    for url in [shouting.url(), format!("https://{}", shouting.address)] {
        let judged = every_kind_with(&url, "", "--timeout 1s").errs();
        assert!(!judged.text.contains('\x1b'), "{}", judged.text);
    }
}

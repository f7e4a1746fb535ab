//! Kinds `dns`, `tcp` and `http` against dnsmasq, Prometheus and a TLS server.

use std::sync::LazyLock;

use crate::pipeline::PIPELINE;
use crate::servers::{Server, check, dnsmasq, free_port, run, verdicts};
use crate::tls;

static DNS: LazyLock<Server> = LazyLock::new(|| {
    dnsmasq(&[
        "--host-record=thanos-receive.monitoring.svc.cluster.local,127.0.0.1",
        "--host-record=thanos-receive.monitoring.svc.cluster.local,10.1.2.3",
        "--host-record=thanos-query.monitoring.svc.cluster.local,10.1.2.4",
        "--srv-host=_grpc._tcp.thanos-receive.monitoring.svc.cluster.local,thanos-receive.monitoring.svc.cluster.local,10901",
        "--txt-record=note.cluster.local,hello",
        "--cname=alias.cluster.local,thanos-query.monitoring.svc.cluster.local",
    ])
});

fn judge(checks: &[(&str, String, &str)], exit: i32) -> serde_json::Value {
    let suite = checks.iter().fold(
        "version: 1\nsuite: net\nchecks:\n".to_owned(),
        |suite, (id, yaml, _)| suite + &format!("  - {{ id: {id}, {yaml} }}\n"),
    );
    let (code, report) = run(&suite, &[]);
    let expected: Vec<(String, String)> = checks
        .iter()
        .map(|(id, _, verdict)| ((*id).to_owned(), (*verdict).to_owned()))
        .collect();
    assert_eq!(verdicts(&report), expected, "{report:#}");
    assert_eq!(code, exit);
    report
}

#[test]
fn names_are_looked_up_in_both_forms() {
    let at = format!(
        "resolver: \"127.0.0.1:{}\", search: [finops.svc.cluster.local, svc.cluster.local, cluster.local], ndots: 5",
        DNS.port
    );
    let short = "dns: thanos-receive.monitoring.svc";
    let report = judge(
        &[
            ("any", format!("{short}, {at}"), "pass"),
            ("search", format!("{short}, lookup: search, {at}"), "pass"),
            (
                "absolute",
                format!("{short}, lookup: absolute, {at}"),
                "fail",
            ),
            (
                "fqdn",
                format!(
                    "dns: thanos-receive.monitoring.svc.cluster.local, lookup: absolute, addresses: [127.0.0.0/8, 10.0.0.0/8], count: 2, {at}"
                ),
                "pass",
            ),
            (
                "elsewhere",
                format!(
                    "dns: thanos-query.monitoring.svc.cluster.local, addresses: [192.168.0.0/16], {at}"
                ),
                "fail",
            ),
            (
                "srv",
                format!(
                    "dns: _grpc._tcp.thanos-receive.monitoring.svc.cluster.local, type: SRV, port: 10901, targets: '>= 1', {at}"
                ),
                "pass",
            ),
            (
                "srv-port",
                format!(
                    "dns: _grpc._tcp.thanos-receive.monitoring.svc.cluster.local, type: SRV, port: 19291, {at}"
                ),
                "fail",
            ),
            (
                "gone",
                format!("dns: no-such.monitoring.svc, nxdomain: true, {at}"),
                "pass",
            ),
            (
                "missing",
                format!("dns: no-such.monitoring.svc, {at}"),
                "fail",
            ),
            (
                "nodata",
                format!("dns: thanos-query.monitoring.svc.cluster.local, type: TXT, {at}"),
                "fail",
            ),
            (
                "txt",
                format!("dns: note.cluster.local, type: TXT, {at}"),
                "pass",
            ),
            (
                "cname",
                format!("dns: alias.cluster.local, type: CNAME, {at}"),
                "pass",
            ),
            (
                "list",
                format!("dns: [thanos-receive.monitoring.svc, thanos-query.monitoring.svc], {at}"),
                "pass",
            ),
        ],
        1,
    );
    let any = check(&report, "any").to_string();
    assert!(
        any.contains("thanos-receive.monitoring.svc.cluster.local"),
        "the name that works is suggested: {any}"
    );
    assert!(
        check(&report, "absolute")["actual"]
            .as_str()
            .unwrap()
            .contains("NXDOMAIN"),
        "{report:#}"
    );
    assert!(
        check(&report, "nodata").to_string().contains("NODATA"),
        "{report:#}"
    );
}

#[test]
fn a_resolver_that_is_silent_is_told_from_one_that_says_no() {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = format!(
        "resolver: \"{}\", search: [x.example], timeout: 1s",
        silent.local_addr().unwrap()
    );
    let report = judge(
        &[
            ("silent", format!("dns: a.example, {at}"), "fail"),
            (
                "gone",
                format!("dns: a.example, nxdomain: true, {at}"),
                "error",
            ),
        ],
        1,
    );
    assert!(
        check(&report, "silent").to_string().contains("timeout")
            || check(&report, "silent").to_string().contains("no reply"),
        "{report:#}"
    );
}

#[test]
fn ports_and_handshakes_are_judged() {
    let (server, closed) = (tls::Server::start(), free_port());
    let ca = server.ca.display();
    let report = judge(
        &[
            (
                "open",
                format!("tcp: \"127.0.0.1:{}\"", PIPELINE.ops.port),
                "pass",
            ),
            ("closed", format!("tcp: \"127.0.0.1:{closed}\""), "fail"),
            (
                "tls",
                format!(
                    "tcp: \"localhost:{}\", tls: {{ ca: \"{ca}\", names: [localhost], days_left: '> 14' }}",
                    server.port
                ),
                "pass",
            ),
            (
                "untrusted",
                format!("tcp: \"localhost:{}\", tls: true", server.port),
                "fail",
            ),
            (
                "expiring",
                format!(
                    "tcp: \"localhost:{}\", tls: {{ ca: \"{ca}\", days_left: '> 4000' }}",
                    server.port
                ),
                "fail",
            ),
            (
                "plain",
                format!("tcp: \"127.0.0.1:{}\", tls: true", PIPELINE.ops.port),
                "fail",
            ),
        ],
        1,
    );
    assert!(
        check(&report, "closed")["actual"]
            .as_str()
            .unwrap()
            .contains("refused"),
        "{report:#}"
    );
}

#[test]
fn answers_are_judged() {
    let (server, prom) = (tls::Server::start(), PIPELINE.ops.url());
    judge(
        &[
            ("ready", format!("http: \"{prom}/-/ready\""), "pass"),
            ("missing", format!("http: \"{prom}/no-such-page\""), "fail"),
            (
                "status",
                format!("http: \"{prom}/no-such-page\", status: 404"),
                "pass",
            ),
            (
                "pointer",
                format!(
                    "http: \"{prom}/api/v1/query?query=1\", headers: {{ content-type: /application.json.*/ }}, body: {{ /status: success, /data/resultType: scalar }}"
                ),
                "pass",
            ),
            (
                "pointer-wrong",
                format!("http: \"{prom}/api/v1/query?query=1\", body: {{ /status: error }}"),
                "fail",
            ),
            (
                "contains",
                format!(
                    "http: \"{prom}/metrics\", body: {{ contains: prometheus_build_info, matches: '/go_goroutines \\d+/' }}"
                ),
                "pass",
            ),
            (
                "refused",
                format!("http: \"http://127.0.0.1:{}/\"", free_port()),
                "fail",
            ),
            (
                "https",
                format!(
                    "http: \"https://localhost:{}/\", tls: {{ ca: \"{}\" }}, body: {{ contains: hello }}",
                    server.port,
                    server.ca.display()
                ),
                "pass",
            ),
            (
                "https-untrusted",
                format!("http: \"https://localhost:{}/\"", server.port),
                "fail",
            ),
        ],
        1,
    );
}

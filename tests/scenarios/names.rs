//! Scenarios of names, at dnsmasq and bind9. What a server under test resolves follows the machine's resolver, which knows none of these
//! names; a `dns` check of the suite names the one that should know them.

use std::sync::{Arc, LazyLock};

use gapcheck::lab::{cause_fault, incident, start};
use gapcheck::leaves::Timestamp;
use tempfile::TempDir;

use crate::judging::{Judged, judged as judged_suite, keyed_suite, suite};
use crate::rigs::{self, PAGE, SINK};
use crate::senders::Sender;
use crate::servers::{Exporter, Server, check, dnsmasq, free_port, run, until};

const ZONE: &str = r#"$TTL 5
@ IN SOA ns.example.test. admin.example.test. ( 1 5 5 5 5 )
@ IN NS ns.example.test.
ns IN A 127.0.0.1
receive.monitoring.svc IN A 10.1.2.3
empty.monitoring.svc IN TXT "no address"
_grpc._tcp.headless.monitoring.svc IN SRV 0 0 10901 receive-0.monitoring.svc
_grpc._tcp.headless.monitoring.svc IN SRV 0 0 10901 receive-1.monitoring.svc
_grpc._tcp.headless.monitoring.svc IN SRV 0 0 10901 receive-2.monitoring.svc
headless.monitoring.svc IN A 10.1.2.10
headless.monitoring.svc IN A 10.1.2.11
_grpc._tcp.balanced.monitoring.svc IN SRV 0 0 10901 balanced.monitoring.svc
balanced.monitoring.svc IN A 10.1.2.3
receive-0.monitoring.svc IN A 10.1.2.10
receive-1.monitoring.svc IN A 10.1.2.11
receive-2.monitoring.svc IN A 10.1.2.12
"#;

/// A bind9 with the zone `example.test`, a long answer, and a zone that it cannot load.
fn bind9() -> Server {
    let (port, dir) = (free_port(), TempDir::new().unwrap());
    let at = |name: &str| dir.path().join(name);
    let mut zone = ZONE.to_owned();
    for last in 1..=60 {
        zone += &format!("many.monitoring.svc IN A 10.9.0.{last}\n");
    }
    std::fs::write(at("zone"), zone).unwrap();
    std::fs::write(at("broken"), "this is no zone\n").unwrap();
    let config = format!(
        r#"options {{
  directory "{dir}"; pid-file "{dir}/pid"; session-keyfile "{dir}/key"; managed-keys-directory "{dir}";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion no; max-udp-size 512; edns-udp-size 512; dnssec-validation no; notify no;
}};
controls {{ }};
zone "example.test" {{ type primary; file "zone"; check-names ignore; }};
zone "broken.test" {{ type primary; file "broken"; }};
"#,
        dir = dir.path().display()
    );
    let file = at("named.conf");
    std::fs::write(&file, config).unwrap();
    let args = ["-g", "-c", file.to_str().unwrap(), "-n", "1"].map(str::to_owned);
    let server = Server::start("named", port, dir, &args);
    until("bind9 to have its zones", || {
        std::fs::read_to_string(server.dir.path().join("log"))
            .unwrap()
            .contains("running")
    });
    server
}

static BIND: LazyLock<Server> = LazyLock::new(bind9);

/// Verdicts and messages of checks at one name server.
fn judged(server: &Server, checks: &[(&str, &str, &str)]) -> Vec<String> {
    let mut suite = "version: 1\nsuite: names\nchecks:\n".to_owned();
    for (at, (check, _, _)) in checks.iter().enumerate() {
        suite += &format!(
            "  - {{ id: c{at}, resolver: \"127.0.0.1:{}\", {check} }}\n",
            server.port
        );
    }
    let (_, report) = run(&suite, &[]);
    let mut wrong = Vec::new();
    for (at, (asked, verdict, says)) in checks.iter().enumerate() {
        let check = check(&report, &format!("c{at}"));
        if check["verdict"] != *verdict || !check.to_string().contains(says) {
            wrong.push(format!("{asked}: {verdict} {says:?} expected: {check:#}"));
        }
    }
    wrong
}

const SEARCH: &str = "search: [finops.svc.example.test, svc.example.test, example.test], ndots: 5";

#[test]
fn s25_a_name_is_told_from_its_forms_and_its_answers() {
    let none: [&str; 0] = [];
    let short = format!("dns: receive.monitoring.svc, {SEARCH}");
    let absolute = format!("{short}, lookup: absolute");
    let dotted = format!("dns: receive.monitoring.svc., {SEARCH}");
    let empty = "dns: empty.monitoring.svc.example.test";
    let checks = [
        (short.as_str(), "pass", ""),
        (absolute.as_str(), "fail", "REFUSED"),
        (dotted.as_str(), "fail", ""),
        ("dns: gone.monitoring.svc.example.test", "fail", "NXDOMAIN"),
        (empty, "fail", "NODATA"),
        ("dns: x.broken.test", "fail", "SERVFAIL"),
        ("dns: x.broken.test, nxdomain: true", "error", "SERVFAIL"),
        (
            "dns: many.monitoring.svc.example.test, count: 60",
            "pass",
            "",
        ),
    ];
    assert_eq!(judged(&BIND, &checks), none);
}

/// A Prometheus that writes to this name, and a metric that should come by it; the suite says at which server the name is to be known.
fn behind(name: &str, server: &Server, lookup: &str) -> Judged {
    rigs::start();
    let exporter = Exporter::start(PAGE);
    let cluster = format!("at-{}", name.replace('.', "-"));
    let prom = Sender::of(&cluster)
        .scraping("cost", exporter.port, "")
        .writing(&format!("http://{name}:9090/api/v1/write"), "")
        .with_history();
    let hops = [
        ("exporter", "exporter", exporter.url()),
        ("prom", "prometheus", prom.url()),
        ("central", "prometheus", SINK.url()),
    ];
    let dns = format!(
        "id: name, dns: {name}, resolver: \"127.0.0.1:{}\"{lookup}",
        server.port
    );
    judged_suite(&suite(
        &cluster,
        &hops,
        &[&dns, "id: it, metric: cost_dollars"],
    ))
    .is("fail")
    .at("prom > central")
}

#[test]
fn s25_a_dead_name_explains_the_metric_behind_it() {
    let dnsmasq = dnsmasq(&["--host-record=receive.monitoring.svc.example.test,10.1.2.3"]);
    behind("gone.monitoring.svc", &dnsmasq, &format!(", {SEARCH}"))
        .proves(&["write-name-unresolved"])
        .saying(
            "write-name-unresolved",
            &[
                "gone.monitoring.svc.finops.svc.example.test",
                "NXDOMAIN",
                "`dns` check",
            ],
        );
    behind("gone.monitoring.svc.example.test", &BIND, "")
        .proves(&["write-name-unresolved"])
        .saying("write-name-unresolved", &["NXDOMAIN"]);
    behind("empty.monitoring.svc.example.test", &BIND, "")
        .proves(&["write-name-unresolved"])
        .saying("write-name-unresolved", &["NODATA"]);
}

#[test]
fn s25_a_name_that_resolves_there_or_of_which_nobody_knows_is_not_called_dead() {
    // The machine's own resolver does not know it, and so it is retried; by the suite's it is well.
    let judged = behind("receive.monitoring.svc.example.test", &BIND, "").proves(&[]);
    assert_eq!(
        judged.cause("write-name-unresolved")["certainty"],
        "ruled-out"
    );
    // A server that fails, or is not asked for all forms, says nothing of them.
    behind("x.broken.test", &BIND, "")
        .proves(&[])
        .saying("write-name-unresolved", &["SERVFAIL"]);
    behind("lost.monitoring.svc", &BIND, &format!(", {SEARCH}"))
        .proves(&[])
        .saying("write-name-unresolved", &["REFUSED"]);
}

#[test]
fn s26_a_record_of_services_is_told_by_its_targets_and_its_port_name() {
    let none: [&str; 0] = [];
    let srv = |name: &str, more: &str| {
        format!("dns: {name}.monitoring.svc.example.test, type: SRV, port: 10901{more}")
    };
    let three = srv("_grpc._tcp.headless", ", targets: 3");
    let one = srv("_grpc._tcp.balanced", ", targets: '>= 2'");
    let wrong_port = srv("_http._tcp.headless", "");
    let checks = [
        (three.as_str(), "pass", ""),
        (one.as_str(), "fail", "1"),
        (wrong_port.as_str(), "fail", "NXDOMAIN"),
    ];
    assert_eq!(judged(&BIND, &checks), none);
    let dnsmasq = dnsmasq(&[
        "--srv-host=_grpc._tcp.balanced.monitoring.svc.example.test,receive.monitoring.svc.example.test,10901",
        "--host-record=receive.monitoring.svc.example.test,10.1.2.3",
    ]);
    let checks = [
        (one.as_str(), "fail", "1"),
        (wrong_port.as_str(), "fail", "NXDOMAIN"),
    ];
    assert_eq!(judged(&dnsmasq, &checks), none);
}

/// The pipeline of the incident with this fault, whose Query discovers its stores by this name alone, and what is made of its metric
/// where the suite says that bind9 knows the name.
fn discovering_by(fault: &str, name: &str, service: &str) -> Judged {
    let mut model = incident::healthy(Timestamp::now().0);
    (cause_fault(fault).unwrap().plant)(&mut model);
    model.query.asking.names = vec![format!("dnssrv+{name}")];
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let lab = runtime
        .block_on(start(model, Arc::new(|| Timestamp::now().0)))
        .unwrap();
    let prom = &lab
        .prometheus
        .iter()
        .find(|prom| prom.cluster == "ops")
        .unwrap()
        .address;
    let hops = [
        (
            "exporter",
            "exporter",
            format!("url: \"http://{}/metrics\"", lab.exporter),
        ),
        ("prom", "prometheus", format!("url: \"http://{prom}\"")),
        (
            "receive",
            "thanos-receive",
            format!(
                "write: \"http://{}\", http: \"http://{}\", grpc: \"{}\"",
                lab.receive_write, lab.receive_http, lab.receive_grpc
            ),
        ),
        (
            "query",
            "thanos-query",
            format!("url: \"http://{}\"", lab.query),
        ),
    ];
    let dns = format!(
        "id: name, dns: [{name}, {service}], type: SRV, resolver: \"127.0.0.1:{}\"",
        BIND.port
    );
    let metric = "id: it, metric: aws_cost_exporter_current_month_cost";
    judged_suite(&keyed_suite("ops", &hops, &[&dns, metric]))
        .is("fail")
        .at("receive > query")
}

#[test]
fn s26_a_record_of_services_that_is_not_there_explains_the_metric_behind_it() {
    discovering_by(
        "store-discovery-empty",
        "_http._tcp.headless.monitoring.svc.example.test",
        "headless.monitoring.svc.example.test",
    )
    .proves(&["store-discovery-empty"])
    .saying("store-discovery-empty", &["_http._tcp.headless"]);
}

#[test]
fn s26_one_answer_of_a_record_of_services_explains_the_metric_of_another_receive() {
    discovering_by(
        "store-behind-vip",
        "_grpc._tcp.balanced.monitoring.svc.example.test",
        "balanced.monitoring.svc.example.test",
    )
    .proves(&["store-behind-vip"])
    .saying(
        "store-behind-vip",
        &[
            "`dnssrv+_grpc._tcp.balanced.monitoring.svc.example.test` gives one answer",
            "the name of the service itself",
        ],
    );
}

//! `remote_write` at Debian's Prometheus: delivering, refused, no answer, everything dropped, and no block.

use std::sync::LazyLock;

use crate::servers::{Exporter, Server, check, free_port, prometheus, run, series, until};

/// A sender with a block for each case, and the one that takes what it sends.
struct Rig {
    sender: Server,
    receiver: Server,
    closed: u16,
    _exporter: Exporter,
}

fn sender(exporter: u16, receiver: &str, closed: u16, scrapes_itself: Option<u16>) -> String {
    let itself = scrapes_itself.map_or_else(String::new, |port| {
        format!("- job_name: itself\n  static_configs: [ {{ targets: [\"127.0.0.1:{port}\"] }} ]\n")
    });
    format!(
        r#"
global:
  scrape_interval: 1s
  external_labels: {{ cluster: ops }}
scrape_configs:
{itself}- job_name: cost
  static_configs: [ {{ targets: ["127.0.0.1:{exporter}"] }} ]
remote_write:
- url: {receiver}/api/v1/write
  name: good
  queue_config: {{ batch_send_deadline: 1s }}
  write_relabel_configs:
  - {{ source_labels: [__name__], regex: secret_metric, action: drop }}
- url: {receiver}/api/v1/receive
  name: wrong-path
  headers: {{ THANOS-TENANT: finops, X-Token: s3cr3t-token }}
  queue_config: {{ batch_send_deadline: 1s }}
- url: http://127.0.0.1:{closed}/api/v1/write
  queue_config: {{ batch_send_deadline: 1s }}
- url: {receiver}/api/v1/write?dropped
  name: dropped
  queue_config: {{ batch_send_deadline: 1s }}
  write_relabel_configs:
  - {{ source_labels: [cluster], regex: ops, action: drop }}
"#
    )
}

static RIG: LazyLock<Rig> = LazyLock::new(|| {
    let exporter = Exporter::start("kept_metric 1\nsecret_metric 1\n");
    let receiver = prometheus("global: { scrape_interval: 1s }\n", &[]);
    let closed = free_port();
    let sender = prometheus(&sender(exporter.port, &receiver.url(), closed, None), &[]);
    until("the metric at the receiver", || {
        series(receiver.port, "kept_metric") == 1
    });
    Rig {
        sender,
        receiver,
        closed,
        _exporter: exporter,
    }
});

fn suite(prom: &str, checks: &str) -> String {
    format!(
        "version: 1\nsuite: rw\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"{prom}\" }}\nchecks:\n{checks}"
    )
}

#[test]
fn each_block_is_told_for_what_it_does_by_two_readings() {
    let rig = &*RIG;
    let (to, closed) = (rig.receiver.url(), rig.closed);
    let checks = format!(
        r#"  - {{ id: good, remote_write: "{to}/api/v1/write/", keeps: kept_metric, tenant: default-tenant, failed: 0, retried: 0, lag: 30s }}
  - {{ id: secret, remote_write: "{to}/api/v1/write", keeps: [kept_metric, secret_metric] }}
  - {{ id: path, remote_write: "{to}/api/v1/receive", tenant: finops }}
  - {{ id: tenant, remote_write: "{to}/api/v1/receive", tenant: other }}
  - {{ id: closed, remote_write: "http://127.0.0.1:{closed}/api/v1/write" }}
  - {{ id: dropped, remote_write: "{to}/api/v1/write?dropped" }}
  - {{ id: none, remote_write: "http://127.0.0.1:{closed}/api/v1/other" }}
  - {{ id: absent, remote_write: "{to}/api/v1/write", keeps: no_such_metric }}
"#
    );
    let (code, report) = run(&suite(&rig.sender.url(), &checks), &[]);
    assert_eq!(code, 1);
    assert!(!report.to_string().contains("s3cr3t-token"));
    let good = check(&report, "good");
    assert_eq!(good["verdict"], "pass", "{good:#}");
    assert!(
        good.to_string().contains("two readings 15s apart"),
        "{good:#}"
    );
    for (id, says) in [
        ("secret", "rule 1 of `write_relabel_configs`"),
        ("path", "failing"),
        ("tenant", "THANOS-TENANT: finops"),
        ("closed", "retrying"),
        ("dropped", "everything dropped"),
        ("none", "another path"),
    ] {
        let check = check(&report, id);
        assert_eq!(check["verdict"], "fail", "{check:#}");
        assert!(check.to_string().contains(says), "{id}: {check:#}");
    }
    assert_eq!(check(&report, "absent")["verdict"], "error");
}

#[test]
fn a_prometheus_that_scrapes_itself_tells_it_from_its_history_at_once() {
    let rig = &*RIG;
    let exporter = Exporter::start("kept_metric 1\n");
    // Its port is not known before it runs: it is told of itself by a reload.
    let config = sender(exporter.port, &rig.receiver.url(), rig.closed, None);
    let itself = prometheus(&config, &["--web.enable-lifecycle"]);
    let config = sender(
        exporter.port,
        &rig.receiver.url(),
        rig.closed,
        Some(itself.port),
    );
    std::fs::write(itself.dir.path().join("prometheus.yml"), config).unwrap();
    reload(itself.port);
    until("16 seconds of its own history", || {
        series(
            itself.port,
            "count_over_time(prometheus_remote_storage_bytes_total[1m]) > 17",
        ) > 0
    });
    let to = rig.receiver.url();
    let checks = format!(
        "  - {{ id: good, remote_write: \"{to}/api/v1/write\", failed: 0 }}\n  - {{ id: path, remote_write: \"{to}/api/v1/receive\" }}\n"
    );
    let began = std::time::Instant::now();
    let (_, report) = run(&suite(&itself.url(), &checks), &[]);
    assert!(began.elapsed().as_secs() < 12, "it waited");
    let good = check(&report, "good");
    assert_eq!(good["verdict"], "pass", "{good:#}");
    assert!(good.to_string().contains("the history of prom"), "{good:#}");
    assert_eq!(check(&report, "path")["verdict"], "fail");
}

fn reload(port: u16) {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "POST /-/reload HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.contains(" 200 "), "{text}");
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let checks = "  - { id: gone, remote_write: \"http://h:19291/api/v1/receive\" }\n";
    let prom = format!("http://127.0.0.1:{}", free_port());
    let (code, report) = run(&suite(&prom, checks), &[]);
    assert_ne!(code, 0);
    let gone = check(&report, "gone");
    assert_eq!(gone["verdict"], "error", "{gone:#}");
    assert!(
        !gone["help"].is_null() || gone.to_string().contains("help"),
        "{gone:#}"
    );
}

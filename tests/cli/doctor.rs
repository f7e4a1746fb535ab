//! `gapcheck doctor`: hops that are well, wrong, out of reach, closed, or late.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::{Asked, Gapcheck, Ran, Server, Told, closed_port, signal};

const PROMETHEUS: &str = r#"{"version":"3.14.0","revision":"d7598b7141","branch":"HEAD","buildUser":"","buildDate":"","goVersion":"go1.26.8"}"#;

fn success(data: &str) -> Told {
    Told::json(&format!(r#"{{"status":"success","data":{data}}}"#))
}

fn plain(status: u16, body: &str) -> Told {
    Told {
        status,
        headers: vec!["Content-Type: text/plain; charset=utf-8".to_owned()],
        body: body.to_owned(),
        hang: false,
    }
}

/// What a well Prometheus answers.
fn well(asked: &Asked) -> Told {
    let path = asked.target.split('?').next().unwrap_or_default();
    match path {
        "/-/ready" => plain(200, "Prometheus Server is Ready.\n"),
        "/metrics" => plain(200, "prometheus_build_info{version=\"3.14.0\"} 1\n"),
        "/api/v1/query" => Told::vector("{}", "1"),
        "/api/v1/targets" => success(r#"{"activeTargets":[],"droppedTargets":[]}"#),
        "/api/v1/status/config" => success(r#"{"yaml":"global:\n  external_labels: {}\n"}"#),
        "/api/v1/status/flags" => success(r#"{"web.listen-address":"0.0.0.0:9090"}"#),
        "/api/v1/status/buildinfo" => success(PROMETHEUS),
        "/api/v1/rules" => success(r#"{"groups":[]}"#),
        _ => plain(404, "404 page not found\n"),
    }
}

/// The `Date` header of a server whose clock is so many seconds ahead.
fn date(ahead: i64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let at = i64::try_from(now).unwrap() + ahead;
    let said = Command::new("date")
        .env("LC_ALL", "C")
        .args(["-u", "-d", &format!("@{at}"), "+%a, %d %b %Y %H:%M:%S GMT"])
        .output()
        .unwrap();
    format!("Date: {}", String::from_utf8(said.stdout).unwrap().trim())
}

fn with_clock(ahead: i64) -> Server {
    Server::start(move |asked| {
        let mut told = well(asked);
        told.headers.push(date(ahead));
        told
    })
}

/// A suite of these hops, each `name kind url`.
fn suite(hops: &[(&str, &str, String)]) -> String {
    let mut text = "version: 1\nsuite: s\npipeline:\n".to_owned();
    for (name, kind, url) in hops {
        text.push_str(&format!(
            "  - {{ name: {name}, kind: {kind}, url: \"{url}\" }}\n"
        ));
    }
    text.push_str("checks:\n  - { id: one, dns: localhost }\n");
    text
}

fn doctor(suite: &str, more: &str) -> Ran {
    Gapcheck::new(&format!("doctor s.yaml {more}"))
        .file("s.yaml", suite)
        .run()
}

fn hops(suite: &str, code: i32) -> Vec<Value> {
    let ran = doctor(suite, "-o json").ends_with(code);
    let visits: Value = serde_json::from_str(&ran.stdout).unwrap();
    visits[0]["hops"].as_array().unwrap().clone()
}

fn remarks(hop: &Value) -> String {
    hop["remarks"].to_string()
}

#[test]
fn a_well_prometheus_is_told_with_all_that_it_answers() {
    let server = with_clock(0);
    let suite = suite(&[("prom", "prometheus", server.url())]);
    let ran = doctor(&suite, "").ends_with(0);
    let row = ran.stdout.lines().nth(2).unwrap();
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "prom prometheus ok 3.14.0 yes in step none metrics query targets config flags rules"
    );
    assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_hop_that_cannot_be_reached_is_no_accusation() {
    let dead = format!("http://127.0.0.1:{}", closed_port());
    let server = Server::start(well);
    let suite = suite(&[
        ("dead", "prometheus", dead),
        ("prom", "prometheus", server.url()),
    ]);
    let hops = hops(&suite, 3);
    assert_eq!(hops[0]["grade"], "not-asked");
    assert_eq!(hops[0]["addresses"][0]["reached"], "no");
    assert!(
        remarks(&hops[0]).contains("refused the connection"),
        "{}",
        hops[0]
    );
    assert!(!hops[0]["remarks"][0]["help"].is_null());
    let answers = hops[0]["answers"].as_array().unwrap();
    assert!(
        answers.iter().all(|answer| answer["able"] == "unknown"),
        "{answers:?}"
    );
    assert_eq!(hops[1]["grade"], "ok");
}

#[test]
fn a_hop_that_hangs_ends_with_the_timeout() {
    let server = Server::start(|_| Told::hang());
    let suite = suite(&[("prom", "prometheus", server.url())]);
    let ran = doctor(&suite, "--timeout 300ms").ends_with(3);
    assert!(ran.stdout.contains("within 300ms"), "{}", ran.stdout);
}

#[test]
fn another_kind_than_the_suite_says_is_wrong() {
    let victoria = || {
        Server::start(|asked| match asked.target.as_str() {
            "/api/v1/status/buildinfo" => success("{}"),
            _ => well(asked),
        })
    };
    let (one, two, three) = (victoria(), Server::start(well), victoria());
    let suite = suite(&[
        ("prom", "prometheus", one.url()),
        ("query", "thanos-query", two.url()),
        ("vm", "victoriametrics", three.url()),
    ]);
    let hops = hops(&suite, 1);
    assert!(
        remarks(&hops[0]).contains("a VictoriaMetrics"),
        "{}",
        hops[0]
    );
    assert!(
        remarks(&hops[1]).contains("a Prometheus (version 3.14.0)"),
        "{}",
        hops[1]
    );
    assert_eq!(hops[0]["grade"], "wrong");
    assert_eq!(hops[1]["grade"], "wrong");
    assert_eq!(hops[2]["grade"], "ok");
}

#[test]
fn ports_of_a_receive_that_were_mixed_up_are_told_apart() {
    let http = Server::start(|asked| match asked.target.as_str() {
        "/-/ready" => plain(200, "OK"),
        "/metrics" => plain(
            200,
            "thanos_build_info{version=\"0.36.1\"} 1\nthanos_receive_replication_factor 1\n",
        ),
        _ => plain(404, "404 page not found\n"),
    });
    let write = Server::start(|asked| match asked.target.split('?').next() {
        Some("/api/v1/receive") => Told {
            headers: vec!["Allow: POST, OPTIONS".to_owned()],
            ..plain(405, "")
        },
        Some("/api/v1/status/tsdb") => success("[]"),
        _ => plain(404, "404 page not found\n"),
    });
    let suite = |write: &Server, http: &Server| {
        format!(
            "version: 1\nsuite: s\npipeline:\n  - {{ name: receive, kind: thanos-receive, write: \"{}\", http: \"{}\" }}\nchecks:\n  - {{ dns: localhost }}\n",
            write.url(),
            http.url()
        )
    };
    let right = &hops(&suite(&write, &http), 0)[0];
    assert_eq!(
        (&right["version"], &right["ready"]),
        (&json!("0.36.1"), &json!(true))
    );
    let wrong = &hops(&suite(&http, &write), 1)[0];
    assert!(remarks(wrong).contains("is its http port"), "{wrong}");
    assert!(
        remarks(wrong).contains("is its remote write port"),
        "{wrong}"
    );
}

#[test]
fn refused_credentials_are_told_and_never_shown() {
    let server = Server::start(|asked| {
        let said = asked.headers.join(" ");
        plain(401, &format!("who are you? {said}"))
    });
    let suite = format!(
        "version: 1\nsuite: s\nsecrets: {{ TOKEN: {{ env: TOKEN }} }}\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"{}\", token: \"${{{{ secrets.TOKEN }}}}\" }}\nchecks:\n  - {{ dns: localhost }}\n",
        server.url()
    );
    for form in ["text", "json"] {
        let ran = Gapcheck::new(&format!("doctor s.yaml -o {form}"))
            .file("s.yaml", &suite)
            .env("TOKEN", "s3cr3t-token-value")
            .run()
            .ends_with(3);
        assert!(ran.stdout.contains("401"), "{}", ran.stdout);
        assert!(ran.stdout.contains("(secret `TOKEN`)"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("s3cr3t-token-value"), "{}", ran.stdout);
        assert!(!ran.stderr.contains("s3cr3t-token-value"), "{}", ran.stderr);
    }
    assert!(
        server
            .asked()
            .iter()
            .any(|asked| asked.headers.iter().any(|line| line.contains("s3cr3t")))
    );
}

#[test]
fn a_clock_is_wrong_only_where_another_agrees_with_ours() {
    let (late, right) = (with_clock(-120), with_clock(0));
    let late_url = || ("late", "prometheus", late.url());
    let alone = &hops(&suite(&[late_url()]), 0)[0];
    assert!(
        remarks(alone).contains("or the clock of this machine"),
        "{alone}"
    );
    let both = hops(
        &suite(&[late_url(), ("right", "prometheus", right.url())]),
        1,
    );
    assert_eq!(both[0]["grade"], "wrong");
    assert!(remarks(&both[0]).contains("behind ours"), "{}", both[0]);
    assert_eq!(both[1]["remarks"], json!([]));
    let some = with_clock(20);
    let noticed = hops(
        &suite(&[
            ("some", "prometheus", some.url()),
            ("right", "prometheus", right.url()),
        ]),
        0,
    );
    assert!(
        remarks(&noticed[0]).contains("ahead of ours"),
        "{}",
        noticed[0]
    );
}

#[test]
fn a_cached_answer_tells_no_time() {
    let cache = Server::start(|asked| {
        let mut told = well(asked);
        told.headers.push(date(-600));
        told.headers.push("Age: 600".to_owned());
        told
    });
    let hop = &hops(&suite(&[("prom", "prometheus", cache.url())]), 0)[0];
    assert_eq!(hop["clock"], Value::Null);
}

#[test]
fn a_server_that_is_not_ready_or_answers_half_is_not_well() {
    for (path, status, grade, code) in [
        ("/-/ready", 503, "not-asked", 3),
        ("/-/ready", 500, "not-asked", 3),
        ("/-/ready", 404, "ok", 0),
        ("/api/v1/query", 503, "not-asked", 3),
        ("/api/v1/query", 404, "not-asked", 3),
        ("/api/v1/status/flags", 404, "ok", 0),
        ("/api/v1/status/flags", 403, "ok", 0),
        ("/api/v1/status/flags", 500, "not-asked", 3),
    ] {
        let server = Server::start(move |asked| {
            let is_it = asked.target.split('?').next() == Some(path);
            if is_it {
                plain(status, "no\n")
            } else {
                well(asked)
            }
        });
        let hop = &hops(&suite(&[("prom", "prometheus", server.url())]), code)[0];
        assert_eq!(hop["grade"], grade, "{path} {status}: {hop}");
        let silent = path == "/-/ready" && status == 404;
        assert_eq!(
            hop["remarks"] == json!([]),
            silent,
            "{path} {status}: {hop}"
        );
    }
}

#[test]
fn a_prometheus_in_agent_mode_is_told_as_one() {
    let server = Server::start(|asked| match asked.target.split('?').next() {
        Some("/api/v1/query" | "/api/v1/rules") => Told {
            status: 422,
            ..Told::json(
                r#"{"status":"error","errorType":"execution","error":"unavailable with Prometheus Agent"}"#,
            )
        },
        _ => well(asked),
    });
    let hop = &hops(&suite(&[("prom", "prometheus", server.url())]), 0)[0];
    assert!(remarks(hop).contains("agent mode"), "{hop}");
}

#[test]
fn what_a_server_says_acts_on_no_terminal() {
    let server = Server::start(|_| plain(500, "\u{1b}[2J::error::x\r\n"));
    let ran = doctor(&suite(&[("prom", "prometheus", server.url())]), "").ends_with(3);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    assert!(
        !ran.stdout.lines().any(|line| line.starts_with("::")),
        "{}",
        ran.stdout
    );
}

#[test]
fn each_cluster_has_its_table_and_a_shared_hop_is_asked_once() {
    let (a, b, shared) = (
        Server::start(well),
        Server::start(well),
        Server::start(well),
    );
    let clusters = format!(
        "clusters:\n  ops: {{ prom: \"{}\" }}\n  blue: {{ prom: \"{}\" }}\n",
        a.url(),
        b.url()
    );
    let suite = format!(
        "version: 1\nsuite: s\nclusters: all\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"${{{{ cluster.prom }}}}\" }}\nbackends:\n  - {{ name: shared, kind: prometheus, url: \"{}\" }}\nchecks:\n  - {{ dns: localhost }}\n",
        shared.url()
    );
    let gapcheck = Gapcheck::new("doctor s.yaml")
        .file("s.yaml", &suite)
        .file("clusters.yaml", &clusters);
    let ran = gapcheck.run().ends_with(0);
    assert!(
        ran.stdout.contains("s[ops]\n") && ran.stdout.contains("s[blue]\n"),
        "{}",
        ran.stdout
    );
    let ready = shared
        .asked()
        .iter()
        .filter(|asked| asked.target == "/-/ready")
        .count();
    assert_eq!(ready, 1);
    let ran = gapcheck.again("doctor s.yaml -c blue").run().ends_with(0);
    assert!(!ran.stdout.contains("s[ops]"), "{}", ran.stdout);
    assert_eq!(
        a.asked()
            .iter()
            .filter(|asked| asked.target == "/-/ready")
            .count(),
        1
    );
}

#[test]
fn mistakes_and_suites_without_hops_are_refused() {
    doctor("suite: s\nchekcs: []\n", "").ends_with(2);
    let ran = doctor(
        "version: 1\nsuite: s\nchecks:\n  - { dns: localhost }\n",
        "",
    )
    .ends_with(4);
    assert!(ran.stderr.contains("no hop"), "{}", ran.stderr);
    Gapcheck::new("doctor --timeout 0").run().ends_with(2);
}

#[test]
fn the_healthy_pipeline_of_the_demo_is_well() {
    use std::io::{BufRead, BufReader};
    let gapcheck = Gapcheck::new("demo --keep --fault none --progress none");
    let mut child = gapcheck.start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("gapcheck run gapcheck-demo")));
    let gapcheck = gapcheck.again("doctor gapcheck-demo");
    let ran = gapcheck.run().ends_with(0);
    assert!(!ran.stdout.contains("note"), "{}", ran.stdout);
    for version in ["3.14.0", "2.42.0", "0.42.4"] {
        assert!(ran.stdout.contains(version), "{}", ran.stdout);
    }
    let grpc = "version: 1\nsuite: grpc\nclusters: ops\npipeline:\n  - { name: receive, kind: thanos-receive, grpc: \"${{ cluster.grpc }}\" }\n  - { name: plain, kind: thanos-receive, grpc: \"${{ cluster.http }}\" }\nchecks:\n  - { dns: localhost }\n";
    let gapcheck = gapcheck
        .file("gapcheck-demo/grpc.yaml", grpc)
        .again("doctor gapcheck-demo/grpc.yaml -o json");
    let ran = gapcheck.run().ends_with(3);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let hops = &told[0]["hops"];
    assert_eq!(hops[0]["grade"], "ok", "{hops:#}");
    let storeapi = json!({ "word": "storeapi", "able": "yes", "says": "receive" });
    assert_eq!(hops[0]["answers"][2], storeapi);
    assert_eq!(hops[1]["grade"], "not-asked", "{hops:#}");
    signal(&child, "INT");
    Ran::of(child).ends_with(0);
}

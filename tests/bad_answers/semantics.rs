//! Group P: answers that are whole and well formed, and still do not mean what they seem to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::scripted::{Say, Scripted, reply};
use crate::stage::{Judged, at_prometheus, at_query, every_kind, judge};
use crate::support::Gapcheck;

const ANY: &str = "{ id: any, promql: up, at: prom, expect: { count: \">= 0\" } }";
const EMPTY: &str = r#"{"resultType":"vector","result":[]}"#;

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}

/// `status: success` with this data, and further keys.
fn success(data: &str, more: &str) -> String {
    format!(r#"{{"status":"success","data":{data}{more}}}"#)
}

/// A vector with these series: labels (JSON) and value.
fn vector(series: &[(&str, &str)]) -> String {
    let samples: Vec<String> = series
        .iter()
        .map(|(labels, value)| format!(r#"{{"metric":{labels},"value":[{:.3},"{value}"]}}"#, now()))
        .collect();
    format!(
        r#"{{"resultType":"vector","result":[{}]}}"#,
        samples.join(",")
    )
}

/// A `promql` check with this demand, on an answer with this data.
fn judged(data: &str, expect: &str) -> Judged {
    let server = Scripted::json(&success(data, ""));
    let check = format!("{{ id: c, promql: up, at: prom, expect: {expect} }}");
    at_prometheus(&server.url(), &check, "")
}

#[test]
fn p01_a_warning_is_an_error_with_its_text_and_an_info_is_shown() {
    let one = vector(&[("{}", "1")]);
    for data in [&one, EMPTY] {
        let body = success(data, r#","warnings":["store 10.0.0.1:10901 is gone"]"#);
        at_prometheus(&Scripted::json(&body).url(), ANY, "")
            .errs()
            .saying("store 10.0.0.1:10901 is gone");
    }
    let metric = "{ id: m, metric: up, at: prom }";
    let body = success(EMPTY, r#","warnings":["store 10.0.0.1:10901 is gone"]"#);
    at_prometheus(&Scripted::json(&body).url(), metric, "")
        .errs()
        .saying("store 10.0.0.1:10901 is gone");
    let body = success(&one, r#","infos":["metric might not be a counter"]"#);
    let seen = at_prometheus(&Scripted::json(&body).url(), ANY, "").passes();
    assert!(
        seen.checks[0]["notes"]
            .to_string()
            .contains("might not be a counter")
    );
    let body = success(&one, r#","isPartial":true"#);
    at_prometheus(&Scripted::json(&body).url(), ANY, "")
        .errs()
        .saying("partial");
}

#[test]
fn p02_an_error_with_200_and_results_of_no_known_sort_are_no_answers() {
    for body in [
        r#"{"status":"error","errorType":"execution","error":"no"}"#,
        r#"{"status":"success"}"#,
        r#"{"status":"success","data":null}"#,
        r#"{"status":"success","data":{}}"#,
        r#"{"status":"success","data":{"resultType":"tensor","result":[]}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":{}}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}"#,
        r#"{"status":"maybe","data":{"resultType":"vector","result":[]}}"#,
        r#"{"data":{"resultType":"vector","result":[]}}"#,
    ] {
        every_kind(&Scripted::json(body).url()).errs();
    }
}

#[test]
fn p02_a_native_histogram_is_no_number() {
    let data = format!(
        r#"{{"resultType":"vector","result":[{{"metric":{{}},"histogram":[{:.3},{{"count":"3","sum":"6"}}]}}]}}"#,
        now()
    );
    for expect in ["\"> 0\"", "\"< 5\"", "finite"] {
        let seen = judged(&data, expect);
        assert_ne!(seen.checks[0]["verdict"], "pass", "{}", seen.text);
    }
}

#[test]
fn p03_a_comparison_on_nothing_never_passes() {
    for expect in [
        "\"< 5\"",
        "{ any: \"< 5\" }",
        "{ every: \"< 5\", count: 0 }",
        "\"!= 0\"",
    ] {
        judged(EMPTY, expect).fails("no series");
    }
    judged(EMPTY, "{ empty: true }").passes();
    judged(EMPTY, "{ count: 0 }").passes();
    let zero = r#"{"resultType":"scalar","result":[1763805965,"0"]}"#;
    let scalar = |expect: &str| {
        let server = Scripted::json(&success(zero, ""));
        let check = format!("{{ id: c, promql: scalar(up), at: prom, expect: {expect} }}");
        at_prometheus(&server.url(), &check, "")
    };
    scalar("{ scalar: \"> 0\" }").fails("0");
    scalar("{ scalar: 0 }").passes();
    judged(zero, "{ empty: true }").errs();
}

#[test]
fn p04_what_is_not_a_number_satisfies_nothing() {
    for (value, expect) in [
        ("NaN", "\"!= 0\""),
        ("NaN", "\">= 0\""),
        ("NaN", "finite"),
        ("NaN", "{ any: \"< 1\" }"),
        ("+Inf", "finite"),
        ("-Inf", "\"> 0\""),
    ] {
        judged(&vector(&[("{}", value)]), expect).fails(value);
    }
    judged(&vector(&[("{}", "+Inf")]), "\"> 5\"").passes();
}

#[test]
fn p06_too_much_is_an_error_and_is_not_told_at_length() {
    for (head, text) in [
        (
            "422 Unprocessable Entity",
            "query processing would load too many samples into memory in query execution",
        ),
        (
            "503 Service Unavailable",
            "query timed out in expression evaluation",
        ),
    ] {
        let body = format!(r#"{{"status":"error","errorType":"execution","error":"{text}"}}"#);
        every_kind(&Scripted::replying(head, &body).url())
            .errs()
            .saying(text);
    }
    let series: Vec<String> = (0..100_000)
        .map(|n| format!(r#"{{"pod":"p-{n}"}}"#))
        .collect();
    let series: Vec<(&str, &str)> = series.iter().map(|labels| (labels.as_str(), "1")).collect();
    let seen = judged(&vector(&series), "\"> 1\"").fails("100000 series");
    assert!(seen.text.len() < 10_000, "{}", seen.text.len());
}

#[test]
fn p07_query_is_asked_for_whole_answers() {
    let server = Scripted::json(&success(&vector(&[("{}", "1")]), ""));
    at_query(&server.url(), "{ id: c, promql: up, at: query, expect: 1 }");
    let asked = server.requests();
    let query = asked
        .iter()
        .find(|request| request.contains("/api/v1/query"))
        .unwrap();
    assert!(query.contains("partial_response=false"), "{query}");
    assert!(query.contains("dedup=true"), "{query}");
}

#[test]
fn p08_noise_of_floats_is_shown_and_a_tolerance_takes_it() {
    let sum = vector(&[("{}", "0.30000000000000004")]);
    judged(&sum, "0.3").fails("0.30000000000000004");
    judged(&sum, "{ every: { approx: 0.3, tol: 1e-9 } }").passes();
}

#[test]
fn p09_duplicates_missing_labels_and_odd_names_are_counted_and_shown() {
    let pair = [
        (r#"{"job":"a","replica":"r0"}"#, "1"),
        (r#"{"job":"a","replica":"r1"}"#, "1"),
    ];
    judged(&vector(&pair), "{ count: 1 }").fails("2 series");
    let odd = vector(&[(r#"{"service.name":"ä","":"empty"}"#, "0")]);
    judged(&odd, "\"> 0\"").fails("service.name");
}

/// A Prometheus that has one series of that age, by a clock that is so far off.
fn aged(age: f64, off: f64) -> Scripted {
    Scripted::start(move |_, request| {
        let at = now() + off;
        let decoded = request.replace('+', " ");
        let body = if request.contains("/api/v1/query") && decoded.contains("timestamp") {
            format!(
                r#"{{"resultType":"vector","result":[{{"metric":{{"job":"a"}},"value":[{at:.3},"{}"]}}]}}"#,
                at - age
            )
        } else if request.contains("%5B") || request.contains('[') {
            format!(
                r#"{{"resultType":"matrix","result":[{{"metric":{{"__name__":"up","job":"a"}},"values":[[{:.3},"1"]]}}]}}"#,
                at - age
            )
        } else {
            format!(
                r#"{{"resultType":"vector","result":[{{"metric":{{}},"value":[{at:.3},"1"]}}]}}"#
            )
        };
        let date = http_date(at);
        Say::Send(reply(
            &format!("200 OK\r\nDate: {date}"),
            &success(&body, ""),
        ))
    })
}

/// `Mon, 23 Nov 2026 11:00:00 GMT`.
fn http_date(seconds: f64) -> String {
    jiff::Timestamp::from_second(seconds as i64)
        .unwrap()
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

#[test]
fn p05_a_sample_older_than_asked_for_is_no_pass() {
    let check = "{ id: m, metric: up, at: prom, fresh: 1m }";
    let seen = at_prometheus(&aged(10.0, 0.0).url(), check, "");
    assert_eq!(seen.checks[0]["verdict"], "pass", "{}", seen.text);
    let seen = at_prometheus(&aged(240.0, 0.0).url(), check, "");
    assert_eq!(seen.checks[0]["verdict"], "fail", "{}", seen.text);
    assert!(
        seen.text.contains("is 3m59s old") || seen.text.contains("is 4m"),
        "{}",
        seen.text
    );
}

#[test]
fn p10_a_clock_that_is_off_is_remarked_and_makes_nothing_old() {
    let check = "{ id: m, metric: up, at: prom, fresh: 1m }";
    for off in [-600.0, 600.0] {
        let seen = at_prometheus(&aged(10.0, off).url(), check, "");
        assert_eq!(seen.checks[0]["verdict"], "pass", "{off}: {}", seen.text);
        let notes = seen.checks[0]["notes"].to_string();
        assert!(notes.contains("clock"), "{off}: {notes}");
    }
}

/// A server that is Query, Receive and ruler in one, by a clock that is so far off; what it shows is so old.
fn stations(age: f64, off: f64) -> Scripted {
    Scripted::start(move |_, request| {
        let rfc3339 = |at: f64| jiff::Timestamp::from_second(at as i64).unwrap().to_string();
        let (at, then) = (now() + off, now() + off - age);
        let head = format!("200 OK\r\nDate: {}", http_date(at));
        let answer = |data: &str| reply(&head, &success(data, ""));
        let path = request.split(['?', ' ']).nth(1).unwrap_or_default();
        Say::Send(match path {
            "/api/v1/stores" => answer(&format!(
                r#"{{"receive":[{{"name":"127.0.0.1:10901","lastCheck":"{}","lastError":null,"labelSets":[{{"tenant_id":"a"}}],"minTime":1,"maxTime":9223372036854775807}}]}}"#,
                rfc3339(then)
            )),
            "/api/v1/status/flags" => answer(r#"{"endpoint":"127.0.0.1:10901"}"#),
            "/api/v1/rules" => answer(&format!(
                r#"{{"groups":[{{"name":"g","file":"f","interval":5,"rules":[{{"type":"recording","name":"r","query":"up","health":"ok","evaluationTime":0.1,"lastEvaluation":"{}"}}]}}]}}"#,
                rfc3339(then)
            )),
            "/api/v1/status/tsdb" => answer(&format!(
                r#"[{{"tenant":"a","headStats":{{"numSeries":1,"chunkCount":1,"minTime":1,"maxTime":{},"numLabelPairs":1}},"seriesCountByMetricName":[{{"name":"up","value":1}}]}}]"#,
                (then * 1000.0) as i64
            )),
            "/-/ready" => reply(&head, "OK"),
            "/api/v1/receive" => reply(
                &format!(
                    "405 Method Not Allowed\r\nAllow: OPTIONS, POST\r\nDate: {}",
                    http_date(at)
                ),
                "",
            ),
            _ => reply("404 Not Found", "404 page not found\n"),
        })
    })
}

/// What becomes of the kinds that measure ages at such stations.
fn ages(age: f64, off: f64) -> Vec<String> {
    let url = stations(age, off).url();
    let suite = format!(
        "version: 1\nsuite: s\npipeline:\n  - {{ name: p, kind: prometheus, url: \"{url}\" }}\n  - {{ name: r, kind: thanos-receive, write: \"{url}\", http: \"{url}\" }}\n  - {{ name: q, kind: thanos-query, url: \"{url}\" }}\n  - {{ name: f, kind: thanos-query-frontend, url: \"{url}\" }}\nchecks:\n  - {{ id: store, store: r, at: q }}\n  - {{ id: front, store: r, at: f }}\n  - {{ id: rules, rules: r, at: p, fresh: 1m }}\n  - {{ id: receive, receive: r, holds: up, tenant: a, fresh: 1m }}\n"
    );
    let checks = judge(&suite, "").checks;
    checks
        .iter()
        .map(|check| check["verdict"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn p05_p10_stations_are_as_old_as_their_own_clock_says() {
    for off in [-600.0, 0.0, 600.0] {
        assert_eq!(ages(4.0, off), ["pass"; 4], "{off}");
        // A store that was not looked at for so long may have died since, and a rule or a sample is too old.
        for verdict in ages(240.0, off) {
            assert_ne!(verdict, "pass", "{off}");
        }
    }
}

#[test]
fn p01_rules_that_come_with_a_warning_are_half() {
    let group = r#"{"groups":[{"name":"g","file":"f","interval":3600,"rules":[]}]}"#;
    for data in [group, r#"{"groups":[]}"#] {
        let body = success(data, r#","warnings":["rule 10.0.0.1:10901 is gone"]"#);
        let server = Scripted::json(&body);
        at_kind("thanos-query", &server.url(), "{ id: r, rules: g, at: q }")
            .errs()
            .saying("rule 10.0.0.1:10901 is gone");
    }
}

#[test]
fn p11_what_appears_within_the_time_passes_and_what_does_not_is_told_with_the_last_value() {
    let check = "{ id: c, promql: up, at: prom, expect: \"> 0\", within: 8s }";
    let data = |nth| {
        success(
            &if nth < 2 {
                EMPTY.to_owned()
            } else {
                vector(&[("{}", "1")])
            },
            "",
        )
    };
    let server = Scripted::start(move |nth, _| Say::Send(reply("200 OK", &data(nth))));
    let seen = at_prometheus(&server.url(), check, "").passes();
    assert_eq!(seen.checks[0]["flaky"], false);
    let server = Scripted::json(&success(EMPTY, ""));
    let check = check.replace("8s", "2s");
    let seen = at_prometheus(&server.url(), &check, "")
        .fails("no series")
        .within(Duration::from_secs(8));
    assert!(server.requests().len() >= 2, "{}", seen.text);
}

#[test]
fn p07_a_server_that_only_answers_like_a_prometheus_vouches_for_nothing() {
    for (build, kind) in [
        ("{}", "victoriametrics"),
        (r#"{"version":"2.24.0"}"#, "victoriametrics"),
        (
            r#"{"version":"0.42.4","goVersion":"go1.26.8"}"#,
            "thanos-query",
        ),
    ] {
        let server = Scripted::start(move |_, request| {
            let data = match request.split(' ').nth(1).unwrap_or_default() {
                "/api/v1/status/buildinfo" => build,
                "/api/v1/targets" => r#"{"activeTargets":[],"droppedTargets":[]}"#,
                _ => EMPTY,
            };
            Say::Send(reply("200 OK", &success(data, "")))
        });
        for check in [
            "{ id: m, metric: up, at: prom }",
            "{ id: p, promql: up, at: prom, expect: \"> 0\" }",
            "{ id: e, promql: up, at: prom, expect: { empty: true } }",
            "{ id: s, scrape: job, at: prom }",
        ] {
            let judged = at_prometheus(&server.url(), check, "").errs();
            let help = judged.checks[0]["help"].as_str().unwrap();
            assert!(help.contains(&format!("`kind: {kind}`")), "{check}: {help}");
        }
    }
}

/// A suite with one hop `q` of this kind at this address.
fn at_kind(kind: &str, url: &str, check: &str) -> Judged {
    judge(
        &format!(
            "version: 1\nsuite: s\npipeline:\n  - {{ name: q, kind: {kind}, url: \"{url}\" }}\n  - {{ name: r, kind: thanos-receive, write: \"http://127.0.0.1:1\" }}\nchecks:\n  - {check}\n"
        ),
        "",
    )
}

#[test]
fn p07_a_prometheus_or_a_victoriametrics_in_the_place_of_a_query_vouches_for_nothing() {
    for (build, kind) in [
        (
            r#"{"version":"2.42.0+ds","goVersion":"go1.19"}"#,
            "prometheus",
        ),
        ("{}", "victoriametrics"),
    ] {
        let server = Scripted::start(move |_, request| {
            let data = match request.split(['?', ' ']).nth(1).unwrap_or_default() {
                "/api/v1/status/buildinfo" => build,
                "/api/v1/query" => EMPTY,
                _ => return Say::Send(reply("404 Not Found", "404 page not found\n")),
            };
            Say::Send(reply("200 OK", &success(data, "")))
        });
        for stands_for in ["thanos-query", "thanos-query-frontend"] {
            for check in [
                "{ id: m, metric: up, at: q }",
                "{ id: p, promql: up, at: q, expect: \"> 0\" }",
                "{ id: e, promql: up, at: q, expect: { empty: true } }",
                "{ id: s, store: r, at: q }",
            ] {
                let judged = at_kind(stands_for, &server.url(), check)
                    .errs()
                    .saying(&format!("not the {stands_for} that the suite says"));
                let help = judged.checks[0]["help"].as_str().unwrap();
                assert!(help.contains(&format!("`kind: {kind}`")), "{check}: {help}");
            }
        }
    }
}

#[test]
fn p07_a_frontend_under_the_name_of_a_query_is_remarked() {
    let analysis = r#""analysis":{"name":"","executionTime":"0s","children":null}"#;
    let data = vector(&[("{}", "1")]).replacen('{', &format!("{{{analysis},"), 1);
    let server = Scripted::json(&success(&data, ""));
    let check = "{ id: c, promql: up, at: q, expect: 1 }";
    let notes = |kind: &str| {
        let judged = at_kind(kind, &server.url(), check).passes();
        judged.checks[0]["notes"].to_string()
    };
    let said = notes("thanos-query");
    assert!(said.contains("`kind: thanos-query-frontend`"), "{said}");
    for kind in ["thanos-query-frontend", "prometheus"] {
        let said = notes(kind);
        assert!(!said.contains("Frontend"), "{kind}: {said}");
    }
    // A Query leaves it empty.
    let data = vector(&[("{}", "1")]).replacen('{', "{\"analysis\":{},", 1);
    let query = Scripted::json(&success(&data, ""));
    let judged = at_kind("thanos-query", &query.url(), check).passes();
    let said = judged.checks[0]["notes"].to_string();
    assert!(!said.contains("Frontend"), "{said}");
}

#[test]
fn p07_a_cluster_is_asked_for_whole_answers_and_a_single_node_in_its_place_is_named() {
    let server = Scripted::start(|_, request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        Say::Send(
            match path.split_once("/select/7/prometheus/api/v1/query?") {
                Some((_, with))
                    if with.contains("deny_partial_response=1") && with.contains("nocache=1") =>
                {
                    reply("200 OK", &success(EMPTY, r#","isPartial":true"#))
                }
                _ => reply("200 OK", &success("{}", "")),
            },
        )
    });
    let url = format!("{}/select/7/prometheus", server.url());
    for check in [
        "{ id: m, metric: up, at: q }",
        "{ id: p, promql: up, at: q, expect: \"> 0\" }",
        "{ id: e, promql: up, at: q, expect: { empty: true } }",
    ] {
        at_kind("victoriametrics-cluster", &url, check)
            .errs()
            .saying("partial");
    }
    let single = Scripted::start(|_, request| {
        let path = request.split(['?', ' ']).nth(1).unwrap_or_default();
        let text = format!("unsupported path requested: {path:?}\n");
        Say::Send(reply("400 Bad Request", &text))
    });
    let url = format!("{}/select/0/prometheus", single.url());
    let check = "{ id: m, metric: up, at: q }";
    let judged = at_kind("victoriametrics-cluster", &url, check).errs();
    let help = judged.checks[0]["help"].as_str().unwrap();
    assert!(help.contains("`kind: victoriametrics`"), "{help}");
}

#[test]
fn p02_an_agent_refuses_and_nobody_is_accused() {
    let refused =
        r#"{"status":"error","errorType":"execution","error":"unavailable with Prometheus Agent"}"#;
    let agent = Scripted::replying("422 Unprocessable Entity", refused);
    for check in [
        "{ id: m, metric: up, at: q }",
        "{ id: p, promql: up, at: q, expect: \"> 0\" }",
        "{ id: e, promql: up, at: q, expect: { empty: true } }",
        "{ id: r, rules: group, at: q }",
    ] {
        let judged = at_kind("prometheus", &agent.url(), check).errs();
        let help = judged.checks[0]["help"].as_str().unwrap();
        assert!(help.contains("`kind: prometheus-agent`"), "{check}: {help}");
    }
}

#[test]
fn p07_mimir_and_cortex_are_asked_below_their_own_path_with_their_own_header() {
    for kind in ["mimir", "cortex"] {
        let server = Scripted::start(|_, request| {
            let asked = request.to_lowercase();
            Say::Send(match asked.split(' ').nth(1).unwrap_or_default() {
                _ if !asked.contains("x-scope-orgid: team-a") => {
                    reply("401 Unauthorized", "no org id\n")
                }
                path if path.starts_with("/prometheus/api/v1/query") => {
                    reply("200 OK", &success(&vector(&[("{}", "1")]), ""))
                }
                _ => reply("404 Not Found", "404 page not found\n"),
            })
        });
        let suite = |more: &str, check: &str| {
            format!(
                "version: 1\nsuite: s\npipeline:\n  - {{ name: m, kind: {kind}, url: \"{}\"{more} }}\nchecks:\n  - {check}\n",
                server.url()
            )
        };
        let check = "{ id: c, promql: up, at: m, expect: 1 }";
        judge(&suite(", tenant: team-a", check), "").passes();
        let metric = "{ id: c, metric: up, at: m, series: 1 }";
        judge(&suite(", tenant: team-a", metric), "").passes();
        let judged = judge(&suite("", check), "").errs().saying("no org id");
        let help = judged.checks[0]["help"].as_str().unwrap();
        assert!(help.contains("`tenant`"), "{help}");
        // What it cannot answer is refused before anything is sent.
        let ran = Gapcheck::new("validate s.yaml")
            .file("s.yaml", &suite("", "{ id: c, scrape: job, at: m }"))
            .run()
            .ends_with(2);
        assert!(
            ran.stderr.contains("which is of kind") && ran.stderr.contains("prometheus"),
            "{}",
            ran.stderr
        );
    }
}

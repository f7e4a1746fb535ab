//! Group H, for every kind that stands on an HTTP API: whatever comes in place of an answer is an error with help, told in plain words.

use std::net::TcpListener;
use std::time::Duration;

use crate::scripted::{Say, Scripted, reply, resetting};
use crate::stage::{alone, at_prometheus, every_kind, every_kind_with, judge, run};
use crate::support::{Gapcheck, closed_port, suite};

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
const ONE: &str = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"a"},"value":[1763805965.198,"1"]}]}}"#;
const ANY: &str = "{ id: any, promql: up, at: prom, expect: { count: \">= 0\" } }";

/// Time enough for the questions of a check, one after the other, each given up after 300 ms.
const SOON: Duration = Duration::from_secs(6);

#[test]
fn h01_a_refused_connection_is_told_with_the_address() {
    let url = format!("http://127.0.0.1:{}", closed_port());
    every_kind(&url)
        .errs()
        .saying(&format!(
            "{} refused the connection",
            url.replace("http://", "`") + "`"
        ))
        .within(SOON);
    alone(&format!("{{ id: http, http: \"{url}/\" }}"), "").fails("refused the connection");
}

#[test]
fn h01_what_cannot_be_reached_or_found_is_an_error() {
    // A name under `.invalid` exists nowhere; an address that is for documentation leads nowhere.
    every_kind_with("http://prom.invalid:9090", "", "--timeout 2s").errs();
    every_kind_with("http://192.0.2.1:9090", "", "--timeout 300ms").errs();
}

#[test]
fn h02_a_connection_that_breaks_off_gives_no_part_of_an_answer() {
    every_kind(&resetting(Vec::new())).errs();
    let part = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}",
        EMPTY.len() + 10,
        EMPTY
    );
    every_kind(&resetting(part.clone().into_bytes())).errs();
    every_kind(&Scripted::that(Say::Close(part.into_bytes())).url())
        .errs()
        .saying(&format!(
            "got {} of {} bytes",
            EMPTY.len(),
            EMPTY.len() + 10
        ));
}

#[test]
fn h03_headers_that_drip_end_at_the_deadline() {
    let drip = Say::Drip(
        b"HTTP/1.1 200 OK\r\nX-A: ".to_vec(),
        b"b".to_vec(),
        Duration::from_millis(50),
    );
    every_kind_with(&Scripted::that(drip.clone()).url(), "", "--timeout 300ms")
        .errs()
        .saying("phase headers")
        .within(SOON);
    at_prometheus(&Scripted::that(drip).url(), ANY, "--timeout 300ms")
        .errs()
        .within(Duration::from_millis(1_500));
}

#[test]
fn h04_a_body_that_drips_ends_at_the_same_deadline() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec();
    let drip = Say::Drip(head, b" ".to_vec(), Duration::from_millis(50));
    every_kind_with(&Scripted::that(drip).url(), "", "--timeout 300ms")
        .errs()
        .saying("phase body")
        .within(SOON);
}

#[test]
fn h05_a_huge_body_is_not_read_to_its_end() {
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".to_vec();
    every_kind(&Scripted::that(Say::Stall(announced)).url())
        .errs()
        .saying("exceeds 16 MiB");
    let endless = Say::Flood(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b' '; 65_536]);
    at_prometheus(&Scripted::that(endless).url(), ANY, "")
        .errs()
        .saying("exceeds 16 MiB");
}

#[test]
fn h06_compression_that_was_not_asked_for_is_not_unpacked() {
    for encoding in ["gzip", "br", "zstd", "gzip, gzip, gzip, gzip, gzip, gzip"] {
        let head = format!("200 OK\r\nContent-Encoding: {encoding}");
        every_kind(&Scripted::replying(&head, EMPTY).url())
            .errs()
            .saying("compressed");
    }
}

#[test]
fn h07_a_login_page_is_no_answer() {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    let server = Scripted::replying("200 OK\r\nContent-Type: text/html", page);
    every_kind(&server.url()).errs().saying("Sign in");
}

#[test]
fn h08_bad_json_is_told_with_its_place() {
    let deep = format!(r#"{{"status":"success","data":{}"#, "[".repeat(100_000));
    let utf16: String = EMPTY.chars().flat_map(|c| [c, '\0']).collect();
    let silent = Scripted::json("");
    at_prometheus(&silent.url(), ANY, "")
        .errs()
        .saying("the body is empty");
    for body in [
        "{",
        "[]",
        r#"{"status":"success","data":{"resultType":"vector","result":[}}"#,
        &format!("{EMPTY} junk"),
        &format!("\u{feff}{EMPTY}"),
        &EMPTY[..40],
        &deep,
        &utf16,
    ] {
        every_kind(&Scripted::json(body).url()).errs();
    }
}

#[test]
fn h09_keys_that_stand_twice_are_refused() {
    for body in [
        r#"{"status":"success","status":"error","data":{"resultType":"vector","result":[]}}"#,
        r#"{"status":"error","status":"success","data":{"resultType":"vector","result":[]}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":[],"result":[]}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"1","a":"2"},"value":[1,"1"]}]}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":[]},"data":{"resultType":"vector","result":[]}}"#,
    ] {
        at_prometheus(&Scripted::json(body).url(), ANY, "")
            .errs()
            .saying("duplicate");
    }
}

#[test]
fn h10_numbers_that_are_none_are_refused() {
    for value in [
        "NaN",
        "1",
        "\"1e400\"",
        "\"one\"",
        "\"\"",
        "\"0x\"",
        "\" 1\"",
        "null",
        "[]",
    ] {
        let body = ONE.replace("\"1\"]", &format!("{value}]"));
        at_prometheus(&Scripted::json(&body).url(), ANY, "").errs();
    }
    for time in ["NaN", "1e400", "\"1\"", "null"] {
        let body = ONE.replace("1763805965.198", time);
        at_prometheus(&Scripted::json(&body).url(), ANY, "").errs();
    }
    // What is a number stays the number it is.
    let long = ONE.replace("\"1\"]", "\"123456789012345678901234567890\"]");
    let check = "{ id: long, promql: up, at: prom, expect: \"> 2\" }";
    let judged = at_prometheus(&Scripted::json(&long).url(), check, "").passes();
    let says = judged.checks[0]["says"].as_str().unwrap();
    assert!(says.contains("123456789012345678901234567890"), "{says}");
    let zero = ONE.replace("\"1\"]", "\"-0\"]");
    let check = "{ id: zero, promql: up, at: prom, expect: 0 }";
    at_prometheus(&Scripted::json(&zero).url(), check, "").passes();
}

#[test]
fn h11_rejected_credentials_are_not_tried_again() {
    for head in ["401 Unauthorized", "403 Forbidden"] {
        every_kind(&Scripted::replying(head, "no").url())
            .errs()
            .saying("credentials rejected");
        let server = Scripted::replying(head, "no");
        at_prometheus(&server.url(), ANY, "").errs();
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn h12_a_refusal_is_told_in_the_servers_words() {
    for head in [
        "400 Bad Request",
        "404 Not Found",
        "405 Method Not Allowed",
        "422 Unprocessable Entity",
    ] {
        every_kind(&Scripted::replying(head, "so it is not").url())
            .errs()
            .saying("so it is not");
        let server = Scripted::replying(head, "so it is not");
        at_prometheus(&server.url(), ANY, "").errs();
        assert_eq!(server.requests().len(), 1, "{head}");
        alone(
            &format!("{{ id: http, http: \"{}/\", status: 200 }}", server.url()),
            "",
        )
        .fails(&head[..3]);
    }
}

#[test]
fn h13_a_server_that_wants_patience_gets_it_within_bounds() {
    for hint in [
        "",
        "\r\nRetry-After: 0",
        "\r\nRetry-After: -1",
        "\r\nRetry-After: soon",
    ] {
        let head = format!("429 Too Many Requests{hint}");
        let server = Scripted::start(move |nth, _| {
            Say::Send(match nth {
                0 => reply(&head, "slow down"),
                _ => reply("200 OK", ONE),
            })
        });
        at_prometheus(&server.url(), ANY, "").passes();
        assert_eq!(server.requests().len(), 2, "{hint}");
    }
    let server = Scripted::replying("429 Too Many Requests\r\nRetry-After: 86400", "slow down");
    at_prometheus(&server.url(), ANY, "")
        .errs()
        .saying("the server asks to wait 1d")
        .within(Duration::from_secs(2));
    assert_eq!(server.requests().len(), 1);
    let server = Scripted::replying("429 Too Many Requests\r\nRetry-After: 2", "slow down");
    at_prometheus(&server.url(), ANY, "--deadline 1s")
        .errs()
        .within(Duration::from_secs(2));
    every_kind(&Scripted::replying("429 Too Many Requests", "slow down").url())
        .errs()
        .saying("429");
}

#[test]
fn h14_a_gateway_that_fails_once_is_asked_again_and_one_that_fails_is_an_error() {
    for head in [
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ] {
        let server = Scripted::start(move |nth, _| {
            Say::Send(match nth {
                0 => reply(head, "not now"),
                _ => reply("200 OK", ONE),
            })
        });
        at_prometheus(&server.url(), ANY, "").passes();
        assert_eq!(server.requests().len(), 2, "{head}");
    }
    for head in [
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ] {
        every_kind(&Scripted::replying(head, "not now").url())
            .errs()
            .saying("not now");
    }
}

#[test]
fn h15_h16_h17_a_redirect_is_named_and_nothing_follows_it() {
    let second = Scripted::json(ONE);
    for location in [
        second.url(),
        format!("{}/login?state=abc", second.url()),
        "/again".to_owned(),
        "ftp://[".to_owned(),
        String::new(),
    ] {
        for status in [
            "301 Moved Permanently",
            "302 Found",
            "307 Temporary Redirect",
        ] {
            let head = format!("{status}\r\nLocation: {location}");
            let server = Scripted::replying(&head, "");
            let judged = every_kind(&server.url()).errs().saying("is not followed");
            assert!(!judged.text.contains("state=abc"), "{}", judged.text);
        }
    }
    let head = format!("302 Found\r\nLocation: {}/x", second.url());
    let server = Scripted::replying(&head, "");
    alone(&format!("{{ id: http, http: \"{}/\" }}", server.url()), "").fails("302");
    let gapcheck = Gapcheck::new("run s.yaml --report json=r.json --report text=r.txt -q")
        .env("TOKEN", "canary-of-h16")
        .file(
            "s.yaml",
            &format!(
                "version: 1\nsuite: s\nsecrets: {{ token: {{ env: TOKEN }} }}\npipeline:\n  - {{ name: prom, kind: prometheus, url: \"{}\", token: \"${{{{ secrets.token }}}}\", headers: {{ X-Scope-OrgID: a }} }}\nchecks:\n  - {ANY}\n",
                server.url()
            ),
        );
    run(&gapcheck).errs();
    assert!(server.requests().last().unwrap().contains("canary-of-h16"));
    assert_eq!(second.requests(), [] as [String; 0]);
}

#[test]
fn h19_what_breaks_the_rules_of_http_is_no_answer() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
    let many = "X-A: b\r\n".repeat(100_000);
    for bytes in [
        format!("{chunked}\r\nzz\r\n{EMPTY}\r\n0\r\n\r\n"),
        format!("{chunked}\r\n{:x}\r\n{EMPTY}", EMPTY.len() + 5),
        format!("{chunked}\r\n{:x}\r\n{EMPTY}\r\n", EMPTY.len()),
        format!("HTTP/1.1 200 OK\r\nContent-Length: 63\r\nContent-Length: 64\r\n\r\n{EMPTY}"),
        format!("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{EMPTY}"),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n{EMPTY}"),
        format!(
            "HTTP/1.1 200 OK\r\nX-A: {}\r\n\r\n{EMPTY}",
            "b".repeat(1 << 20)
        ),
        "SSH-2.0-OpenSSH_9.9\r\n".to_owned(),
        "HTTP/1.1 2000 OK\r\n\r\n".to_owned(),
    ] {
        let start = bytes[..bytes.len().min(60)].to_owned();
        let judged = every_kind(&Scripted::that(Say::Close(bytes.into_bytes())).url());
        assert_eq!(judged.code, 3, "{start}: {}", judged.text);
        judged.errs();
    }
    let interim = format!(
        "HTTP/1.1 100 Continue\r\nX-A: {}\r\n\r\n",
        "b".repeat(4_000)
    );
    let interim = Say::Flood(Vec::new(), interim.into_bytes());
    at_prometheus(&Scripted::that(interim).url(), ANY, "--timeout 500ms")
        .errs()
        .within(Duration::from_secs(10));
}

#[test]
fn h20_an_address_of_the_sixth_version_is_asked_like_any_other() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    };
    let server = Scripted::at(listener, Say::Send(reply("200 OK", ONE)));
    at_prometheus(&server.url(), ANY, "").passes();
}

#[test]
fn h21_an_idle_connection_that_was_closed_is_made_anew_in_silence() {
    let server = Scripted::that(Say::Close(reply("200 OK", ONE)));
    let check = |n: u32| format!("{{ id: c{n}, promql: up{n}, at: prom, expect: 1 }}");
    let checks: Vec<String> = (0..20).map(check).collect();
    let checks: Vec<&str> = checks.iter().map(String::as_str).collect();
    let judged = judge(&suite(&server.url(), &checks), "--jobs 1").passes();
    for check in judged.checks {
        assert_eq!(check["flaky"], false);
        assert_eq!(check["attempts"], 1);
    }
}

#[test]
fn h22_json_is_read_whatever_it_is_called_and_that_is_noted() {
    for content_type in [
        "",
        "\r\nContent-Type: text/plain",
        "\r\nContent-Type: text/html",
    ] {
        let server = Scripted::replying(&format!("200 OK{content_type}"), ONE);
        let judged = at_prometheus(&server.url(), ANY, "").passes();
        let evidence = judged.checks[0]["evidence"].to_string();
        assert!(evidence.contains("(sent as `"), "{evidence}");
    }
    let mut latin = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=latin-1\r\n\r\n{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"a\":\"".to_vec();
    latin.extend(b"\xe9\"},\"value\":[1,\"1\"]}]}}");
    at_prometheus(&Scripted::that(Say::Close(latin)).url(), ANY, "")
        .errs()
        .saying("not UTF-8 at byte");
}

#[test]
fn h23_a_proxy_is_named_without_its_password() {
    let through = |proxy: &str, no_proxy: &str| {
        run(
            &Gapcheck::new("run s.yaml --report json=r.json --report text=r.txt -q --timeout 1s")
                .env("HTTP_PROXY", proxy)
                .env("http_proxy", proxy)
                .env("NO_PROXY", no_proxy)
                .file("s.yaml", &suite("http://192.0.2.1:9090", &[ANY])),
        )
    };
    let proxy = Scripted::json(ONE);
    let address = proxy.address;
    through(&format!("http://me:pa55word@{address}"), "").passes();
    assert_eq!(proxy.requests().len(), 1);
    let refusing = Scripted::replying("407 Proxy Authentication Required", "");
    let judged = through(&format!("http://me:pa55word@{}", refusing.address), "")
        .errs()
        .saying("the proxy wants credentials");
    assert!(!judged.text.contains("pa55word"), "{}", judged.text);
    let down = format!("http://me:pa55word@127.0.0.1:{}", closed_port());
    let judged = through(&down, "")
        .errs()
        .saying("the proxy `http://127.0.0.1");
    assert!(!judged.text.contains("pa55word"), "{}", judged.text);
    let judged = through(&format!("http://{address}"), "192.0.2.1").errs();
    assert!(!judged.checks[0]["message"].to_string().contains("proxy"));
    assert_eq!(proxy.requests().len(), 1);
}

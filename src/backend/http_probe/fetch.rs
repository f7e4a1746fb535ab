//! One request: made, sent and read.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::backend::address::is_loopback;
use crate::backend::answer::HttpAnswer;
use crate::backend::connecting::{PROGRESS, Progress, Resolver, Watch};
use crate::backend::error_chain::innermost;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::http_failure::Attempt;
use crate::backend::http_probe::body::{body, headers};
use crate::backend::in_process::{HttpSent, InProcess};
use crate::backend::probe::HttpProbe;
use crate::backend::socket::host_port;
use crate::backend::tls::{Onlooker, Trust, client_config, distrustful_config};
use crate::backend::trace::{Exchanged, Trace};
use crate::leaves::{Timestamp, words};

/// As much as an excerpt shows, in bytes.
const EXCERPT: usize = 300;

/// Sends the request and reads the whole answer; all is over when `timeout` is. Any status is an answer.
pub async fn fetch(probe: &HttpProbe, timeout: Duration, trust: &Trust) -> Exchanged<HttpAnswer> {
    let mut trace = Trace {
        request: format!("{} {}", probe.method, probe.url),
        ..Trace::default()
    };
    let result = exchange(probe, timeout, trust, &mut trace).await;
    (trace, result)
}

/// The same, where a function answers in place of the network.
pub fn answered(network: &InProcess, probe: &HttpProbe) -> Exchanged<HttpAnswer> {
    let mut trace = Trace {
        request: format!("{} {}", probe.method, probe.url),
        ..Trace::default()
    };
    let answer = Url::parse(&probe.url)
        .map_err(|why| local(format!("`{}` is no URL: {why}", probe.url)))
        .and_then(|url| {
            network.answer(HttpSent {
                method: probe.method.clone(),
                url,
                headers: probe.headers.clone(),
                body: probe.body.clone().unwrap_or_default().into_bytes(),
            })
        });
    let got = match answer {
        Ok(got) => got,
        Err(failure) => return (trace, Err(failure)),
    };
    trace.status = Some(got.status);
    let body = String::from_utf8_lossy(&got.body).into_owned();
    trace.excerpt = words::cut(&body, EXCERPT);
    let headers = got
        .headers
        .into_iter()
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect();
    let answer = HttpAnswer {
        status: got.status,
        headers,
        body,
        tls: None,
    };
    (trace, Ok(answer))
}

async fn exchange(
    probe: &HttpProbe,
    timeout: Duration,
    trust: &Trust,
    trace: &mut Trace,
) -> Result<HttpAnswer, Failure> {
    let url =
        Url::parse(&probe.url).map_err(|why| local(format!("`{}` is no URL: {why}", probe.url)))?;
    let onlooker = match url.scheme() {
        "https" => Some(Onlooker::strict(
            trust.verifier(probe.tls.ca.as_deref()).await?,
        )),
        _ => None,
    };
    let client = client(&url, probe, onlooker.as_ref())?;
    let target = format!("`{}`", target(&url));
    let progress = Arc::new(Progress::default());
    let attempt = Attempt::begin(&url, None, timeout, &progress);
    let request = request(&client, probe, url.clone())?;
    let deadline = Instant::now() + timeout;
    let sent = PROGRESS.scope(Arc::clone(&progress), client.execute(request));
    let mut response = match timeout_at(deadline, sent).await {
        Ok(Ok(response)) => response,
        Ok(Err(why)) => {
            return Err(untrusted(onlooker.as_deref(), &target)
                .unwrap_or_else(|| attempt.failed(&why.without_url())));
        }
        Err(_) => return Err(attempt.no_headers()),
    };
    trace.status = Some(response.status().as_u16());
    let headers = headers(&response);
    trace.date = headers
        .iter()
        .find(|(name, _)| name == "date")
        .and_then(|(_, value)| Timestamp::from_http_date(value));
    let bytes = body(&mut response, &target, timeout, deadline).await?;
    let body = String::from_utf8_lossy(&bytes).into_owned();
    trace.excerpt = words::cut(&body, EXCERPT);
    Ok(HttpAnswer {
        status: response.status().as_u16(),
        headers,
        body,
        tls: match onlooker.and_then(|onlooker| onlooker.told()) {
            Some(seen) => Some(seen?),
            None => None,
        },
    })
}

/// The verdict on the certificate, where that is what the request failed of.
fn untrusted(onlooker: Option<&Onlooker>, target: &str) -> Option<Failure> {
    let seen = onlooker?.told()?.ok()?;
    let why = seen.untrusted?;
    Some(Failure::new(
        FailureClass::Tls,
        format!("the certificate of {target} is not trusted: {why}"),
    ))
}

/// Where TLS is to be asked for another name than the URL's host.
fn other_name<'a>(url: &Url, probe: &'a HttpProbe) -> Option<&'a str> {
    probe
        .tls
        .server_name
        .as_deref()
        .filter(|_| url.scheme() == "https")
}

/// A client for this URL alone. Authorities are read for https only; a proxy of the environment never stands before loopback, nor
/// before a server that TLS knows under another name, for which the proxy would be asked.
fn client(
    url: &Url,
    probe: &HttpProbe,
    onlooker: Option<&Arc<Onlooker>>,
) -> Result<Client, Failure> {
    let mut tls = match onlooker {
        Some(onlooker) => client_config(onlooker.clone()),
        // Nothing is read from the disk for a request without TLS.
        None => distrustful_config(),
    };
    let renamed = other_name(url, probe).is_some();
    // HTTP/2 has no Host header that could differ from the name in the certificate.
    tls.alpn_protocols = match renamed {
        true => vec![b"http/1.1".to_vec()],
        false => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
    };
    let host = url.host_str().unwrap_or_default();
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .referer(false)
        .gzip(false)
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(Resolver {
            real_host: renamed.then(|| host.to_owned()),
        }))
        .connector_layer(Watch)
        .user_agent(concat!("gapcheck/", env!("CARGO_PKG_VERSION")));
    if renamed {
        builder = builder.http1_only();
    }
    if renamed || is_loopback(url) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|why| {
        let why = innermost(&why.without_url());
        local(format!("no HTTP client can be made: {why}"))
    })
}

fn request(client: &Client, probe: &HttpProbe, mut url: Url) -> Result<reqwest::Request, Failure> {
    let method = Method::from_bytes(probe.method.as_bytes())
        .map_err(|_| local(format!("`{}` is no HTTP method", probe.method)))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &probe.headers {
        let parsed = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        );
        match parsed {
            (Ok(name), Ok(value)) => headers.append(name, value),
            _ => return Err(local(format!("the header `{name}` cannot be sent"))),
        };
    }
    if let Some(name) = other_name(&url, probe) {
        if !headers.contains_key(HOST)
            && let Ok(host) = HeaderValue::from_str(&target(&url))
        {
            headers.insert(HOST, host);
        }
        url.set_host(Some(name))
            .map_err(|_| local(format!("`{name}` is no name that a certificate can have")))?;
    }
    let mut request = client.request(method, url).headers(headers);
    if let Some(body) = &probe.body {
        request = request.body(body.clone());
    }
    request.build().map_err(|why| {
        let why = innermost(&why.without_url());
        local(format!("the request cannot be made: {why}"))
    })
}

/// `host:port`.
fn target(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => host_port(host.trim_matches(['[', ']']), port),
        None => host.to_owned(),
    }
}

fn local(what: String) -> Failure {
    Failure::new(FailureClass::Local, what)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::backend::http_probe::body::MOST_BODY;
    use crate::backend::probe::TlsProbe;
    use crate::backend::tls::fake_server::{Authority, serve_plain, serve_tls};

    fn probe(url: &str) -> HttpProbe {
        HttpProbe {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: None,
            tls: TlsProbe::default(),
        }
    }

    async fn get(url: &str, timeout_ms: u64) -> (Trace, Result<HttpAnswer, Failure>) {
        fetch(
            &probe(url),
            Duration::from_millis(timeout_ms),
            &Trust::default(),
        )
        .await
    }

    #[tokio::test]
    async fn a_whole_answer_has_status_headers_and_body() {
        let server = serve_plain(
            b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nX-A: 1\r\nx-a: 2\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\nContent-Length: 6\r\n\r\nm\xffved\n".to_vec(),
            false,
        )
        .await;
        let (trace, answer) = get(&format!("http://{server}/old?x=1"), 5000).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, 302);
        assert_eq!(answer.body, "m\u{fffd}ved\n");
        assert_eq!(answer.tls, None);
        let of = |name: &str| -> Vec<&str> {
            answer
                .headers
                .iter()
                .filter(|(n, _)| n == name)
                .map(|(_, v)| v.as_str())
                .collect()
        };
        assert_eq!(of("x-a"), ["1", "2"]);
        assert_eq!(of("location"), ["http://elsewhere.example/"]);
        assert_eq!(trace.request, format!("GET http://{server}/old?x=1"));
        assert_eq!(trace.status, Some(302));
        assert_eq!(trace.date.unwrap().to_string(), "2026-11-23T10:00:00Z");
    }

    #[tokio::test]
    async fn what_is_sent_is_what_was_asked_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        let heard = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            while !heard.ends_with(b"ping") {
                stream.read_buf(&mut heard).await.unwrap();
            }
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                .await
                .unwrap();
            String::from_utf8(heard).unwrap().to_lowercase()
        });
        let mut probe = probe(&format!("http://{server}/"));
        probe.method = "POST".to_owned();
        probe.headers = vec![("X-Scope-OrgID".to_owned(), "blue".to_owned())];
        probe.body = Some("ping".to_owned());
        let (_, answer) = fetch(&probe, Duration::from_secs(5), &Trust::default()).await;
        assert_eq!(answer.unwrap().status, 204);
        let heard = heard.await.unwrap();
        assert!(heard.starts_with("post / http/1.1\r\n"), "{heard}");
        assert!(heard.contains("x-scope-orgid: blue\r\n"));
        assert!(heard.contains("user-agent: gapcheck/"));
        assert!(!heard.contains("accept-encoding"), "{heard}");
    }

    #[tokio::test]
    async fn h01_h02_h04_t03_broken_connections_are_told_apart() {
        let closed = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let serve = |bytes: &'static [u8], keep| serve_plain(bytes.to_vec(), keep);
        for (server, scheme, class, says) in [
            (
                closed,
                "http",
                FailureClass::Refused,
                "refused the connection",
            ),
            (
                serve(b"", false).await,
                "http",
                FailureClass::Broken,
                "before any answer",
            ),
            (
                serve(b"", true).await,
                "http",
                FailureClass::Timeout,
                "(phase headers)",
            ),
            (
                serve(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789",
                    false,
                )
                .await,
                "http",
                FailureClass::Broken,
                "10 of 100 bytes",
            ),
            (
                serve(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789",
                    true,
                )
                .await,
                "http",
                FailureClass::Timeout,
                "(phase body): 10 of 100 bytes",
            ),
            (
                serve(b"SSH-2.0-OpenSSH_9.2\r\n", true).await,
                "http",
                FailureClass::NotThatApi,
                "does not answer in HTTP",
            ),
            (
                serve(b"HTTP/1.1 400 Bad Request\r\n\r\n", false).await,
                "https",
                FailureClass::Tls,
                "does not speak TLS",
            ),
        ] {
            let ca = Authority::new("Ours");
            let mut probe = probe(&format!("{scheme}://{server}/"));
            probe.tls.ca = Some(ca.ca());
            let (_, answer) = fetch(&probe, Duration::from_millis(500), &Trust::default()).await;
            let failure = answer.unwrap_err();
            assert_eq!(failure.class, class, "{failure}");
            assert!(failure.what.contains(says), "{failure}");
        }
    }

    #[tokio::test]
    async fn h05_a_body_without_end_is_cut_off() {
        let announced = serve_plain(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".to_vec(),
            true,
        )
        .await;
        let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        endless.resize(MOST_BODY + 4096, b'x');
        let unannounced = serve_plain(endless, false).await;
        for server in [announced, unannounced] {
            let failure = get(&format!("http://{server}/"), 20_000)
                .await
                .1
                .unwrap_err();
            assert_eq!(failure.class, FailureClass::TooLarge, "{failure}");
            assert!(failure.what.contains("exceeds 16 MiB"), "{failure}");
        }
    }

    #[tokio::test]
    async fn https_shows_the_certificate_and_stops_at_one_that_is_not_trusted() {
        let ca = Authority::new("Ours");
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let all = rustls::ALL_VERSIONS;
        let good = serve_tls(ca.server(&["127.0.0.1"], (2020, 2049), all), answer).await;
        let mut probe = probe(&format!("https://{good}/"));
        probe.tls.ca = Some(ca.ca());
        let trust = Trust::default();
        let timeout = Duration::from_secs(5);
        let (_, whole) = fetch(&probe, timeout, &trust).await;
        let seen = whole.unwrap().tls.unwrap();
        assert_eq!(seen.version, "TLSv1.3");
        assert_eq!(seen.names, ["127.0.0.1"]);
        assert_eq!(seen.untrusted, None);

        for (config, says) in [
            (
                ca.server(&["127.0.0.1"], (2020, 2021), all),
                "it expired on 2021-01-01",
            ),
            (
                ca.server(&["b.example"], (2020, 2049), all),
                "only for b.example",
            ),
            (
                Authority::new("Theirs").server(&["127.0.0.1"], (2020, 2049), all),
                "its issuer is not trusted",
            ),
        ] {
            let server = serve_tls(config, answer).await;
            probe.url = format!("https://{server}/");
            let failure = fetch(&probe, timeout, &trust).await.1.unwrap_err();
            assert_eq!(failure.class, FailureClass::Tls);
            assert!(failure.what.contains(says), "{failure}");
        }
    }

    #[tokio::test]
    async fn another_name_is_asked_for_and_verified_where_the_probe_says_so() {
        let ca = Authority::new("Ours");
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let config = ca.server(&["recv.example"], (2020, 2049), rustls::ALL_VERSIONS);
        let server = serve_tls(config, answer).await;
        let mut probe = probe(&format!("https://{server}/"));
        probe.tls.ca = Some(ca.ca());
        let (trust, timeout) = (Trust::default(), Duration::from_secs(5));
        let failure = fetch(&probe, timeout, &trust).await.1.unwrap_err();
        assert!(failure.what.contains("only for recv.example"), "{failure}");
        probe.tls.server_name = Some("recv.example".to_owned());
        let (trace, whole) = fetch(&probe, timeout, &trust).await;
        assert_eq!(whole.unwrap().body, "ok");
        assert_eq!(trace.request, format!("GET https://{server}/"));
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_a_failed_name() {
        // Too long a label is refused by the system's resolver itself: nothing leaves this machine.
        let url = format!("http://{}.invalid/", "x".repeat(70));
        let failure = get(&url, 5000).await.1.unwrap_err();
        assert_eq!(failure.class, FailureClass::Name, "{failure}");
    }

    #[tokio::test]
    async fn what_cannot_be_sent_is_no_answer() {
        let mut probe = probe("http://127.0.0.1:1/");
        probe.headers = vec![("x y".to_owned(), "1".to_owned())];
        let failure = fetch(&probe, Duration::from_secs(1), &Trust::default())
            .await
            .1
            .unwrap_err();
        assert_eq!(failure.class, FailureClass::Local);
        assert_eq!(
            get("no url", 1000).await.1.unwrap_err().class,
            FailureClass::Local
        );
    }
}

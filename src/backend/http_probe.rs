//! A plain HTTP request, as it stands: no redirect is followed, no compression offered, and the answer is read up to a limit.

use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use crate::backend::answer::HttpAnswer;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::probe::HttpProbe;
use crate::backend::tcp::{host_port, io_failure, span};
use crate::backend::tls::{Onlooker, Trust, client_config, distrustful_config, tls_failure};
use crate::backend::trace::{Exchanged, Trace};
use crate::leaves::{Timestamp, words};

/// As much as is read of a body, in bytes.
pub const MOST_BODY: usize = 16 * 1024 * 1024;
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

async fn exchange(
    probe: &HttpProbe,
    timeout: Duration,
    trust: &Trust,
    trace: &mut Trace,
) -> Result<HttpAnswer, Failure> {
    let url =
        Url::parse(&probe.url).map_err(|why| local(format!("`{}` is no URL: {why}", probe.url)))?;
    let target = target(&url);
    let onlooker = match url.scheme() {
        "https" => Some(Onlooker::strict(trust.verifier(probe.ca.as_deref()).await?)),
        _ => None,
    };
    let client = client(&url, onlooker.as_ref())?;
    let request = request(&client, probe, url)?;
    let deadline = Instant::now() + timeout;
    let mut response = match timeout_at(deadline, client.execute(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(why)) => return Err(failure(&why, &target, timeout, onlooker.as_deref())),
        Err(_) => {
            return Err(Failure::new(
                FailureClass::Timeout,
                format!(
                    "no answer from {target} within {} (phase connect or headers)",
                    span(timeout)
                ),
            )
            .help("See with a `tcp` check whether the port accepts connections."));
        }
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

/// A client for this URL alone. Authorities are read for https only; a proxy of the environment never stands before loopback.
fn client(url: &Url, onlooker: Option<&Arc<Onlooker>>) -> Result<Client, Failure> {
    let mut tls = match onlooker {
        Some(onlooker) => client_config(onlooker.clone()),
        // Nothing is read from the disk for a request without TLS.
        None => distrustful_config(),
    };
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .referer(false)
        .gzip(false)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("gapcheck/", env!("CARGO_PKG_VERSION")));
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|why| local(format!("no HTTP client can be made: {}", chain(&why))))
}

fn request(client: &Client, probe: &HttpProbe, url: Url) -> Result<reqwest::Request, Failure> {
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
    let mut request = client.request(method, url).headers(headers);
    if let Some(body) = &probe.body {
        request = request.body(body.clone());
    }
    request
        .build()
        .map_err(|why| local(format!("the request cannot be made: {}", chain(&why))))
}

fn headers(response: &Response) -> Vec<(String, String)> {
    response
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

/// The whole body, or why it is not whole.
async fn body(
    response: &mut Response,
    target: &str,
    timeout: Duration,
    deadline: Instant,
) -> Result<Vec<u8>, Failure> {
    let announced = response.content_length();
    let too_large = || {
        Failure::new(
            FailureClass::TooLarge,
            format!(
                "the answer of {target} exceeds {}",
                words::bytes(MOST_BODY as u64)
            ),
        )
    };
    if announced.is_some_and(|length| length > MOST_BODY as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) if bytes.len() + chunk.len() > MOST_BODY => return Err(too_large()),
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            Ok(Ok(None)) => return Ok(bytes),
            Ok(Err(_)) => {
                return Err(Failure::new(
                    FailureClass::Broken,
                    format!(
                        "{target} broke its answer off after {}",
                        got(bytes.len(), announced)
                    ),
                ));
            }
            Err(_) => {
                return Err(Failure::new(
                    FailureClass::Timeout,
                    format!(
                        "the answer of {target} was not whole within {} (phase body): {} came",
                        span(timeout),
                        got(bytes.len(), announced)
                    ),
                ));
            }
        }
    }
}

/// `10 of 100 bytes`.
fn got(length: usize, announced: Option<u64>) -> String {
    match announced {
        Some(whole) => format!("{length} of {whole} bytes"),
        None => words::count(length, "byte"),
    }
}

/// What an error of the HTTP library means.
fn failure(
    why: &reqwest::Error,
    target: &str,
    timeout: Duration,
    onlooker: Option<&Onlooker>,
) -> Failure {
    // The verdict on the certificate, in our own words.
    if let Some(Ok(seen)) = onlooker.and_then(Onlooker::told)
        && let Some(reason) = seen.untrusted
    {
        return Failure::new(
            FailureClass::Tls,
            format!("the certificate of {target} is not trusted: {reason}"),
        );
    }
    if why.is_dns() {
        return Failure::new(
            FailureClass::Name,
            format!("the name of {target} does not resolve: {}", last(why)),
        )
        .help("Look at both lookups of the name with a `dns` check.");
    }
    let mut at: Option<&(dyn std::error::Error + 'static)> = why.source();
    while let Some(error) = at {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return tls_failure(error, target);
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            let inner = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>());
            if let Some(error) = inner {
                return tls_failure(error, target);
            }
            if error.raw_os_error().is_some() || error.kind() != io::ErrorKind::Other {
                return io_failure(error, target, timeout);
            }
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_parse() {
                return Failure::new(
                    FailureClass::Broken,
                    format!("{target} does not speak HTTP: {}", last(why)),
                );
            }
            if error.is_incomplete_message() {
                return Failure::new(
                    FailureClass::Broken,
                    format!("{target} closed the connection before it answered"),
                );
            }
        }
        at = error.source();
    }
    Failure::new(
        FailureClass::Broken,
        format!("the request to {target} failed: {}", chain(why)),
    )
}

/// The innermost reason.
fn last(why: &reqwest::Error) -> String {
    let mut at: &dyn std::error::Error = why;
    while let Some(inner) = at.source() {
        at = inner;
    }
    words::cut(&at.to_string(), 200)
}

/// All reasons, the outermost first; without the URL, which may hold more than may be shown.
fn chain(why: &reqwest::Error) -> String {
    let mut said = Vec::new();
    let mut at = why.source();
    while let Some(inner) = at {
        said.push(inner.to_string());
        at = inner.source();
    }
    words::cut(&said.join(": "), 300)
}

fn target(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => host_port(host.trim_matches(['[', ']']), port),
        None => host.to_owned(),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}

fn local(what: String) -> Failure {
    Failure::new(FailureClass::Local, what)
}

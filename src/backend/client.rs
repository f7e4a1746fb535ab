//! The HTTP clients: built when first needed, kept for the run, and one bounded way to send a request with them.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, RequestBuilder};
use tokio::time::{Instant, timeout_at};

use crate::backend::answer::HttpAnswer;
use crate::backend::client_setting::{Setting, build};
use crate::backend::connecting::{PROGRESS, Progress};
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::http_failure::Attempt;
use crate::backend::http_status::redirected;
use crate::backend::in_process::{Clock, Got, HttpSent, InProcess};
use crate::backend::outgoing::Outgoing;
use crate::backend::retry_after;
use crate::backend::storeapi::Connections;
use crate::backend::trace::{Exchanged, Trace};
use crate::leaves::{Redactor, Timestamp, words};

/// The most bytes of one answer that are read, unless a run sets another: 16 MiB.
pub const BODY_CAP: u64 = 16 * 1024 * 1024;

/// Bytes of an answer that the evidence shows.
const EXCERPT: usize = 300;

/// All HTTP clients of a run. Cheap to clone; clones share connections. A client is built when the first request needs it: plain
/// http never reads the system's certificates.
#[derive(Clone)]
pub struct Clients {
    shared: Arc<Shared>,
}

struct Shared {
    built: Mutex<Vec<(Setting, Client)>>,
    body_cap: AtomicU64,
    redactor: Redactor,
    stores: Connections,
    in_process: Option<Arc<InProcess>>,
    clock: Clock,
}

/// An answer, whole.
struct Incoming {
    status: u16,
    content_type: String,
    date: Option<Timestamp>,
    retry_after: Option<Duration>,
    location: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Default for Clients {
    fn default() -> Self {
        Self::new(Redactor::default())
    }
}

impl Clients {
    /// Clients whose failures and excerpts show no secret that this redactor knows, even where a server echoes one.
    pub fn new(redactor: Redactor) -> Self {
        Self::over(redactor, None, Arc::new(Timestamp::now))
    }

    /// Clients that send nothing: functions answer them.
    pub fn in_process(redactor: Redactor, network: Arc<InProcess>) -> Self {
        Self::in_process_at(redactor, network, Arc::new(Timestamp::now))
    }

    /// The same at the time that a clock tells.
    pub fn in_process_at(redactor: Redactor, network: Arc<InProcess>, clock: Clock) -> Self {
        Self::over(redactor, Some(network), clock)
    }

    fn over(redactor: Redactor, in_process: Option<Arc<InProcess>>, clock: Clock) -> Self {
        Self {
            shared: Arc::new(Shared {
                built: Mutex::default(),
                body_cap: AtomicU64::new(BODY_CAP),
                redactor,
                stores: Connections::default(),
                in_process,
                clock,
            }),
        }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// What stands in place of the network, where something does.
    pub(crate) fn network(&self) -> Option<&InProcess> {
        self.shared.in_process.as_deref()
    }

    /// The same clients, reading so many bytes of an answer at most.
    #[must_use]
    pub fn body_cap(self, bytes: u64) -> Self {
        self.shared.body_cap.store(bytes, Ordering::Relaxed);
        self
    }

    /// The connections to gRPC servers.
    pub(crate) fn store_connections(&self) -> &Connections {
        &self.shared.stores
    }

    /// The most bytes of one answer that are read.
    pub(crate) fn most_bytes(&self) -> u64 {
        self.shared.body_cap.load(Ordering::Relaxed)
    }

    /// The text without secrets.
    pub(crate) fn scrub(&self, text: &str) -> String {
        self.shared.redactor.scrub(text)
    }

    /// Sends the request, and has the whole answer read by `read` (status, content type, body). `timeout` bounds everything from
    /// the lookup of the name to the last byte of the body. Redirects are not followed.
    pub(crate) async fn exchange<T>(
        &self,
        outgoing: Outgoing<'_>,
        timeout: Duration,
        read: impl Fn(u16, &str, &[u8]) -> Result<T, Failure>,
    ) -> Exchanged<T> {
        let redactor = &self.shared.redactor;
        let mut trace = Trace {
            request: redactor.scrub(&outgoing.shown()),
            ..Trace::default()
        };
        let incoming = match self.send(&outgoing, timeout).await {
            Ok(incoming) => incoming,
            Err(failure) => return (trace, Err(scrubbed(failure, redactor))),
        };
        trace.status = Some(incoming.status);
        trace.date = incoming.date;
        trace.excerpt = excerpt(&incoming, redactor);
        if let Some(failure) =
            redirected(incoming.status, &outgoing.url, incoming.location.as_deref())
        {
            return (trace, Err(scrubbed(failure, redactor)));
        }
        let Incoming {
            status,
            content_type,
            body,
            retry_after,
            ..
        } = incoming;
        let answer = read(status, &content_type, &body).map_err(|failure| {
            // Messages quote the body cut: a secret in it must be gone before the cut can halve it.
            let clean = redactor.scrub_bytes(body);
            let mut failure = read(status, &content_type, &clean).err().unwrap_or(failure);
            if failure.is_transient() {
                failure.retry_after = retry_after;
            }
            scrubbed(failure, redactor)
        });
        (trace, answer)
    }

    /// Sends the request, and gives the whole answer, whatever its status.
    pub(crate) async fn whole(
        &self,
        outgoing: Outgoing<'_>,
        timeout: Duration,
    ) -> Exchanged<HttpAnswer> {
        let redactor = &self.shared.redactor;
        let mut trace = Trace {
            request: redactor.scrub(&outgoing.shown()),
            ..Trace::default()
        };
        let incoming = match self.send(&outgoing, timeout).await {
            Ok(incoming) => incoming,
            Err(failure) => return (trace, Err(scrubbed(failure, redactor))),
        };
        trace.status = Some(incoming.status);
        trace.date = incoming.date;
        trace.excerpt = excerpt(&incoming, redactor);
        let answer = HttpAnswer {
            status: incoming.status,
            headers: incoming
                .headers
                .into_iter()
                .map(|(name, value)| (name, redactor.scrub(&value)))
                .collect(),
            body: redactor.scrub(&String::from_utf8_lossy(&incoming.body)),
            tls: None,
        };
        (trace, Ok(answer))
    }

    /// Sends the request and reads the body up to the cap.
    async fn send(&self, outgoing: &Outgoing<'_>, timeout: Duration) -> Result<Incoming, Failure> {
        let progress = Arc::new(Progress::default());
        let attempt = Attempt::begin(&outgoing.url, outgoing.backend, timeout, &progress);
        let deadline = Instant::now() + timeout;
        let client = self.client(outgoing)?;
        let request = outgoing.request(&client)?;
        if let Some(network) = self.network() {
            return network.answer(sent(request)?).map(Incoming::from);
        }
        let sent = PROGRESS.scope(Arc::clone(&progress), request.send());
        let mut response = timeout_at(deadline, sent)
            .await
            .map_err(|_| attempt.no_headers())?
            .map_err(|error| attempt.failed(&error))?;
        let headers = response.headers();
        let date = header(headers, DATE).and_then(|text| Timestamp::from_http_date(&text));
        let mut incoming = Incoming {
            status: response.status().as_u16(),
            content_type: header(headers, CONTENT_TYPE).unwrap_or_default(),
            date,
            retry_after: header(headers, RETRY_AFTER)
                .and_then(|text| retry_after::read(&text, date)),
            location: header(headers, LOCATION),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.as_str().to_owned(), value)
                })
                .collect(),
            body: Vec::new(),
        };
        if let Some(encoding) = header(headers, CONTENT_ENCODING)
            && !encoding.trim().eq_ignore_ascii_case("identity")
        {
            return Err(attempt.compressed(&encoding));
        }
        let cap = self.shared.body_cap.load(Ordering::Relaxed);
        let announced = response.content_length();
        if announced.is_some_and(|length| length > cap) {
            return Err(attempt.too_large(cap));
        }
        loop {
            let got = incoming.body.len() as u64;
            let chunk = timeout_at(deadline, response.chunk())
                .await
                .map_err(|_| attempt.no_body(got, announced))?
                .map_err(|error| attempt.broken_body(&error, got, announced))?;
            let Some(chunk) = chunk else { break };
            if got + chunk.len() as u64 > cap {
                return Err(attempt.too_large(cap));
            }
            incoming.body.extend_from_slice(&chunk);
        }
        Ok(incoming)
    }

    /// The client for this request, built now if it is the first of its setting.
    fn client(&self, outgoing: &Outgoing<'_>) -> Result<Client, Failure> {
        let setting = Setting::of(outgoing);
        let mut built = self
            .shared
            .built
            .lock()
            .expect("nothing that holds this lock can panic");
        if let Some((_, client)) = built.iter().find(|(known, _)| *known == setting) {
            return Ok(client.clone());
        }
        let client = build(&setting)?;
        built.push((setting, client.clone()));
        Ok(client)
    }
}

/// The request as a function is given it.
fn sent(request: RequestBuilder) -> Result<HttpSent, Failure> {
    let request = request.build().map_err(|error| {
        let what = format!("the request cannot be made: {}", error.without_url());
        Failure::new(FailureClass::Local, what)
    })?;
    let headers = request.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    Ok(HttpSent {
        method: request.method().as_str().to_owned(),
        headers: headers.collect(),
        body: request
            .body()
            .and_then(|body| body.as_bytes())
            .unwrap_or_default()
            .to_vec(),
        url: request.url().clone(),
    })
}

impl From<Got> for Incoming {
    fn from(got: Got) -> Self {
        let date = got
            .header("date")
            .and_then(|text| Timestamp::from_http_date(&text));
        Self {
            status: got.status,
            content_type: got.header("content-type").unwrap_or_default(),
            date,
            retry_after: None,
            location: got.header("location"),
            headers: got
                .headers
                .iter()
                .map(|(name, value)| (name.to_lowercase(), value.clone()))
                .collect(),
            body: got.body,
        }
    }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The beginning of the answer, without secrets; says so where the content type is not what such an answer should have.
fn excerpt(incoming: &Incoming, redactor: &Redactor) -> String {
    // Far more than is shown, so that a secret at the cut is seen whole.
    let window = &incoming.body[..incoming.body.len().min(16 * EXCERPT)];
    let unread = incoming.body.len() - window.len();
    let text = redactor.scrub(&String::from_utf8_lossy(window));
    let text = text.trim_end();
    let shown = words::cut(text, EXCERPT);
    let shown = match shown.rsplit_once("… ") {
        Some((start, _)) if unread > 0 => {
            let left_out = text.len() - start.len() + unread;
            format!("{start}… {left_out} more bytes")
        }
        _ => shown,
    };
    let looks_json = text.starts_with(['{', '[']);
    if looks_json && !incoming.content_type.contains("json") {
        let sent_as = words::cut(&redactor.scrub(&incoming.content_type), 80);
        return format!("(sent as `{sent_as}`) {shown}");
    }
    shown
}

fn scrubbed(mut failure: Failure, redactor: &Redactor) -> Failure {
    failure.what = redactor.scrub(&failure.what);
    failure.help = failure.help.map(|help| redactor.scrub(&help));
    failure
}

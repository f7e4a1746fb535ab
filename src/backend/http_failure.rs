//! What went wrong in an HTTP exchange, in plain words: who was asked, in which phase it broke, after how long, and why.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{AlertDescription, CertificateError};
use url::Url;

use crate::backend::connecting::{Phase, Progress};
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::world::Backend;
use crate::leaves::words;

/// Errors of Linux that are limits of this machine, not of the server: too many open files (process, system), no local port left.
const LOCAL_LIMITS: [i32; 3] = [24, 23, 99];

/// One attempt, for the words of its failure.
pub(crate) struct Attempt<'a> {
    /// `host:port`, without path and query, which may hold secrets.
    target: String,
    host: String,
    is_https: bool,
    backend: Option<&'a Backend>,
    timeout: Duration,
    begun: Instant,
    progress: Arc<Progress>,
}

impl<'a> Attempt<'a> {
    /// An attempt that begins now.
    pub(crate) fn begin(
        url: &Url,
        backend: Option<&'a Backend>,
        timeout: Duration,
        progress: &Arc<Progress>,
    ) -> Self {
        let host = url.host_str().unwrap_or_default().to_owned();
        Self {
            target: match url.port_or_known_default() {
                Some(port) => format!("{host}:{port}"),
                None => host.clone(),
            },
            host,
            is_https: url.scheme() == "https",
            backend,
            timeout,
            begun: Instant::now(),
            progress: Arc::clone(progress),
        }
    }

    /// The time ran out before the headers.
    pub(crate) fn no_headers(&self) -> Failure {
        let (target, limit) = (self.reached(), limit(self.timeout));
        match self.progress.phase() {
            Phase::Name => Failure::new(
                FailureClass::Timeout,
                format!("the lookup of `{}` was not done within {limit}", self.host),
            )
            .help("Check the name servers of this machine with a `dns:` check."),
            Phase::Connection if self.is_https => Failure::new(
                FailureClass::Timeout,
                format!("no TLS connection to {target} within {limit} (phase connect)"),
            )
            .help("Check that the port speaks TLS and that nothing on the way drops the packets; a `tcp:` check tells them apart."),
            Phase::Connection => Failure::new(
                FailureClass::Timeout,
                format!("no connection to {target} within {limit} (phase connect)"),
            )
            .help("Check the address and the way to it: a firewall or network policy that drops packets looks like this."),
            Phase::Headers => Failure::new(
                FailureClass::Timeout,
                format!("{target} took the request and answered nothing within {limit} (phase headers)"),
            )
            .help("Raise `timeout`, or see whether the server is overloaded."),
        }
    }

    /// The time ran out within the body.
    pub(crate) fn no_body(&self, got: u64, announced: Option<u64>) -> Failure {
        let what = format!(
            "the answer of {} was not complete within {}: {} (phase body)",
            self.reached(),
            limit(self.timeout),
            so_far(got, announced)
        );
        Failure::new(FailureClass::Timeout, what).help("Raise `timeout`, or ask for fewer series.")
    }

    /// The body broke off.
    pub(crate) fn broken_body(
        &self,
        error: &reqwest::Error,
        got: u64,
        announced: Option<u64>,
    ) -> Failure {
        let what = format!(
            "{} broke off in the body after {}: {} ({})",
            self.reached(),
            self.elapsed(),
            so_far(got, announced),
            innermost(error)
        );
        Failure::new(FailureClass::Broken, what)
    }

    /// More bytes than are read.
    pub(crate) fn too_large(&self, cap: u64) -> Failure {
        let what = format!(
            "the answer of {} exceeds {}",
            self.reached(),
            words::bytes(cap)
        );
        Failure::new(FailureClass::TooLarge, what)
            .help("Narrow the selector, or aggregate it in the query.")
    }

    /// Compressed, which was not asked for.
    pub(crate) fn compressed(&self, encoding: &str) -> Failure {
        let what = format!(
            "{} sent its answer compressed (`{}`), which was not asked for",
            self.reached(),
            words::cut(encoding, 40)
        );
        Failure::new(FailureClass::Malformed, what)
            .help("See what stands between: a server does not compress without `Accept-Encoding`.")
    }

    /// The request failed before its headers came.
    pub(crate) fn failed(&self, error: &reqwest::Error) -> Failure {
        let reached = self.reached();
        let reason = innermost(error);
        let chain = chain(error);
        let tls = chain
            .iter()
            .find_map(|link| link.downcast_ref::<rustls::Error>());
        if error.is_dns() {
            return Failure::new(
                FailureClass::Name,
                format!("the name `{}` does not resolve: {reason}", self.host),
            )
            .help("Check the name; a `dns:` check shows what each form of it resolves to.");
        }
        if let Some(tls) = tls {
            return self.untrusted(tls);
        }
        if reason.contains("tunnel") || reason.contains("proxy") {
            return Failure::new(
                FailureClass::Unreachable,
                format!("the proxy of the environment did not lead to {reached}: {reason}"),
            )
            .help("Correct `HTTPS_PROXY`, or name the host in `NO_PROXY`.");
        }
        let io = chain
            .iter()
            .find_map(|link| {
                link.downcast_ref::<io::Error>()
                    .filter(|io| io.raw_os_error().is_some())
            })
            .or_else(|| {
                chain
                    .iter()
                    .find_map(|link| link.downcast_ref::<io::Error>())
            });
        if let Some(io) = io
            && let Some(failure) = self.refused(io, error.is_connect())
        {
            return failure;
        }
        let hyper = chain
            .iter()
            .find_map(|link| link.downcast_ref::<hyper::Error>());
        if hyper.is_some_and(hyper::Error::is_parse_too_large) {
            return Failure::new(
                FailureClass::TooLarge,
                format!("the headers of {reached} are more than are read"),
            );
        }
        if hyper.is_some_and(hyper::Error::is_parse) {
            return Failure::new(
                FailureClass::NotThatApi,
                format!("{reached} does not answer in HTTP: {reason}"),
            )
            .help(if self.is_https {
                "Check the port: it may serve gRPC only."
            } else {
                "Check the port: it may serve gRPC, or HTTP over TLS (`https://`)."
            });
        }
        if error.is_connect() {
            return Failure::new(
                FailureClass::Unreachable,
                format!(
                    "no connection to {reached} after {}: {reason}",
                    self.elapsed()
                ),
            );
        }
        Failure::new(
            FailureClass::Broken,
            format!(
                "{reached} closed the connection after {}, before any answer (phase headers): {reason}",
                self.elapsed()
            ),
        )
    }

    fn refused(&self, io: &io::Error, connecting: bool) -> Option<Failure> {
        let (reached, elapsed) = (self.reached(), self.elapsed());
        let reason = os_reason(io);
        if io
            .raw_os_error()
            .is_some_and(|code| LOCAL_LIMITS.contains(&code))
        {
            return Some(
                Failure::new(
                    FailureClass::Local,
                    format!("this machine could not open a connection to {reached}: {reason}"),
                )
                .help(
                    "Raise the limit of open files (`ulimit -n`), or lower the requests in flight.",
                ),
            );
        }
        let failure = match io.kind() {
            io::ErrorKind::ConnectionRefused => Failure::new(
                FailureClass::Refused,
                format!("{reached} refused the connection after {elapsed}"),
            )
            .help("Check that the server runs and listens on that port."),
            io::ErrorKind::TimedOut => Failure::new(
                FailureClass::Timeout,
                format!("no connection to {reached} after {elapsed} (phase connect): {reason}"),
            ),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => {
                let phase = if connecting { "connect" } else { "headers" };
                Failure::new(
                    FailureClass::Broken,
                    format!(
                        "{reached} broke the connection after {elapsed}, before any answer (phase {phase}): {reason}"
                    ),
                )
            }
            _ if connecting => Failure::new(
                FailureClass::Unreachable,
                format!("{reached} cannot be reached: {reason}"),
            )
            .help("Check the route to it from where this runs."),
            _ => return None,
        };
        Some(failure)
    }

    fn untrusted(&self, error: &rustls::Error) -> Failure {
        let reached = self.reached();
        let (reason, help) = match error {
            rustls::Error::InvalidMessage(_) => {
                return Failure::new(
                    FailureClass::Tls,
                    format!("{reached} does not speak TLS: {error}"),
                )
                .help("Write `http://` if the port is plain.");
            }
            rustls::Error::InvalidCertificate(problem) => certificate_problem(problem),
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => (
                "the server wants a client certificate".to_owned(),
                Some("Give the hop `tls: { cert: FILE, key: FILE }`."),
            ),
            _ => (error.to_string(), None),
        };
        let failure = Failure::new(
            FailureClass::Tls,
            format!("the TLS handshake with {reached} failed: {reason}"),
        );
        match help {
            Some(help) => failure.help(help),
            None => failure,
        }
    }

    /// The target with the address that was tried, and the hop's name.
    fn reached(&self) -> String {
        let mut text = format!("`{}`", self.target);
        if let [address] = self.progress.addresses()
            && self.host != address.ip().to_string()
        {
            text = format!("{text} ({})", address.ip());
        }
        match self.backend {
            Some(backend) => format!("`{}` at {text}", backend.name()),
            None => text,
        }
    }

    fn elapsed(&self) -> String {
        words::age(i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

/// Why a certificate is not trusted, and what to do.
fn certificate_problem(problem: &CertificateError) -> (String, Option<&'static str>) {
    match problem {
        CertificateError::UnknownIssuer => (
            "its certificate is signed by an authority that is not trusted".into(),
            Some("Name the authority that signed it under `tls: { ca: FILE }`."),
        ),
        // An authority that was made anew under its old name.
        CertificateError::BadSignature => (
            "its certificate is signed with another key than the trusted authority's".into(),
            Some("Name the authority that signed it under `tls: { ca: FILE }`."),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("its certificate has expired ({problem})"),
            Some("Renew the certificate; check this machine's clock if it should be valid."),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            format!("its certificate is not valid yet ({problem})"),
            Some("Check this machine's clock."),
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            problem.to_string(),
            Some(
                "Use a name that the certificate is valid for, or give it as `tls: { server_name: NAME }`.",
            ),
        ),
        _ => (format!("its certificate is not valid ({problem})"), None),
    }
}

/// A redirect, which is never followed: credentials would go along.
pub(crate) fn redirected(status: u16, asked: &Url, location: Option<&str>) -> Option<Failure> {
    if !(300..400).contains(&status) || status == 304 {
        return None;
    }
    let to = match location.map(|location| asked.join(location)) {
        Some(Ok(mut to)) => {
            // The query of a login page holds states and tokens.
            to.set_query(None);
            to.set_fragment(None);
            let _ = to.set_username("");
            let _ = to.set_password(None);
            format!("to `{to}`")
        }
        Some(Err(_)) => "to an address that cannot be read".to_owned(),
        None => "without a `Location`".to_owned(),
    };
    Some(
        Failure::new(
            FailureClass::Status(status),
            format!("{}, a redirect {to}, is not followed", phrase(status)),
        )
        .help("Give the address that it leads to, or credentials if it leads to a login."),
    )
}

/// `404 Not Found`.
pub(crate) fn phrase(status: u16) -> String {
    let reason = reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    match reason {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}

/// The last reason in the chain: what the system or the library said first.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let chain = chain(error);
    let last = chain.iter().rev().find_map(|link| {
        link.downcast_ref::<io::Error>()
            .filter(|io| io.raw_os_error().is_some())
    });
    match last {
        Some(io) => os_reason(io),
        None => chain
            .last()
            .map(|link| words::cut(&link.to_string(), 300))
            .unwrap_or_default(),
    }
}

/// The system's reason without its number.
fn os_reason(io: &io::Error) -> String {
    let text = io.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The error and its sources; also what an `io::Error` wraps, which `source` skips.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut links = vec![error];
    let mut current = error;
    loop {
        let wrapped = current
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| inner as &(dyn Error + 'static));
        match wrapped.or_else(|| current.source()) {
            Some(next) if links.len() < 32 => {
                links.push(next);
                current = next;
            }
            _ => return links,
        }
    }
}

fn so_far(got: u64, announced: Option<u64>) -> String {
    match announced {
        Some(length) => format!("got {got} of {length} bytes"),
        None => format!("got {got} bytes"),
    }
}

fn limit(timeout: Duration) -> String {
    words::age(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX))
}

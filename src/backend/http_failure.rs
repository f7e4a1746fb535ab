//! What went wrong in an HTTP exchange, in plain words: who was asked, in which phase it broke, after how long, and why.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use crate::backend::connecting::{Phase, Progress};
use crate::backend::error_chain::{chain, innermost, os_reason};
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::proxy;
use crate::backend::tls_failure::handshake;
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
    url: &'a Url,
    progress: Arc<Progress>,
}

impl<'a> Attempt<'a> {
    /// An attempt that begins now.
    pub(crate) fn begin(
        url: &'a Url,
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
            url,
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
        if error.is_connect()
            && tls.is_none()
            && let Some(proxy) = proxy::leading_to(self.url)
        {
            return Failure::new(
                FailureClass::Unreachable,
                format!(
                    "the proxy `{proxy}` did not lead to `{}`: {reason}",
                    self.target
                ),
            )
            .help("Correct `HTTP_PROXY` or `HTTPS_PROXY`, or name the host in `NO_PROXY`.");
        }
        if error.is_dns() {
            return Failure::new(
                FailureClass::Name,
                format!("the name `{}` does not resolve: {reason}", self.host),
            )
            .help("Check the name; a `dns:` check shows what each form of it resolves to.");
        }
        if let Some(tls) = tls {
            return handshake(&reached, tls);
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

    /// The target with the address that was tried or the proxy that was asked, and the hop's name.
    fn reached(&self) -> String {
        let mut text = format!("`{}`", self.target);
        match (proxy::leading_to(self.url), self.progress.addresses()) {
            (Some(proxy), _) => text = format!("{text} through the proxy `{proxy}`"),
            (None, [address]) => text = format!("{text} ({})", address.ip()),
            (None, _) => {}
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

fn so_far(got: u64, announced: Option<u64>) -> String {
    match announced {
        Some(length) => format!("got {got} of {length} bytes"),
        None => format!("got {got} bytes"),
    }
}

fn limit(timeout: Duration) -> String {
    words::age(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX))
}

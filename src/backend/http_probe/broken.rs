//! What an error of the HTTP library means.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use crate::backend::failure::{Failure, FailureClass};
use crate::backend::socket::io_failure;
use crate::backend::tls::{Onlooker, tls_failure};
use crate::leaves::words;

/// Why no answer began.
pub(crate) fn failure(
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
    let mut at = why.source();
    while let Some(error) = at {
        if let Some(failure) = reason(error, target, timeout) {
            return failure;
        }
        at = error.source();
    }
    Failure::new(
        FailureClass::Broken,
        format!("the request to {target} failed: {}", chain(why)),
    )
}

/// What one error in the chain means, where it says anything of itself. Errors of sockets may have another one wrapped in them.
fn reason(
    error: &(dyn std::error::Error + 'static),
    target: &str,
    timeout: Duration,
) -> Option<Failure> {
    let broken = |what: String| Some(Failure::new(FailureClass::Broken, what));
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(tls_failure(error, target));
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        let says_something = error.kind() != io::ErrorKind::Other;
        return error
            .get_ref()
            .and_then(|inner| reason(inner, target, timeout))
            .or_else(|| says_something.then(|| io_failure(error, target, timeout)));
    }
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_parse() {
        return broken(format!("{target} does not speak HTTP: {error}"));
    }
    if error.is_incomplete_message() {
        return broken(format!("{target} closed the connection before it answered"));
    }
    None
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
pub(crate) fn chain(why: &reqwest::Error) -> String {
    let mut said = Vec::new();
    let mut at = why.source();
    while let Some(inner) = at {
        said.push(inner.to_string());
        at = inner.source();
    }
    words::cut(&said.join(": "), 300)
}

//! Why a call failed: the server's code in words, or what broke on the way.

use std::error::Error as _;

use tonic::{Code, Status};

use crate::backend::error_chain::innermost;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::storeapi::first_byte::Spoken;
use crate::leaves::words;

/// The call that failed, for the words of its failure.
pub(crate) struct Call<'a> {
    /// The server: name and address.
    pub(crate) reached: &'a str,
    /// The method, such as `Series`.
    pub(crate) method: &'a str,
    /// Whether the connection is under TLS.
    pub(crate) is_tls: bool,
    /// What the server's first byte was.
    pub(crate) spoken: Spoken,
    /// The most bytes of a message that are read.
    pub(crate) cap: u64,
}

/// The failure of a call that ended with that status.
pub(crate) fn failed(call: &Call<'_>, status: &Status) -> Failure {
    // A status with a source is none that a server sent: the transport broke.
    if status.source().is_some() {
        return broken(call, status);
    }
    let Call {
        reached, method, ..
    } = call;
    let said = match status.message() {
        "" => "without a text".to_owned(),
        text => words::cut(text, 600),
    };
    if status.code() == Code::OutOfRange && said.contains("message length too large") {
        let cap = words::bytes(call.cap);
        return Failure::new(
            FailureClass::TooLarge,
            format!("a message of `{method}` from {reached} exceeds {cap}, the most that is read"),
        )
        .help("Narrow the selector, or give a shorter `window`.");
    }
    if said.contains("missing grpc-status trailer") {
        return Failure::new(
            FailureClass::Broken,
            format!("the answer of {reached} to `{method}` is incomplete: it ended without a status"),
        )
        .help("Look for a proxy or load balancer that cuts long answers, or for a restart of the server.");
    }
    if said.starts_with("grpc-status header missing") || said.contains("invalid content-type") {
        return Failure::new(
            FailureClass::NotThatApi,
            format!("{reached} speaks HTTP/2 but not gRPC: {said}"),
        )
        .help("Give as `grpc` the gRPC port of the Thanos component, 10901 by default.");
    }
    let failure = Failure::new(
        FailureClass::Rpc(status.code() as u8),
        format!(
            "{reached} answered `{method}` with {}: {said}",
            word(status.code())
        ),
    );
    match help(status.code(), &said) {
        Some(help) => failure.help(help),
        None => failure,
    }
}

fn help(code: Code, said: &str) -> Option<&'static str> {
    if said.contains("no matchers specified") {
        return Some(
            "Name the metric, or match on a label that the store does not add itself: the StoreAPI wants at least one matcher on a label that is not external (such as `tenant_id`, `receive_replica`, `cluster`).",
        );
    }
    if said.contains("compress") {
        return Some("See what stands between: no compression was asked for.");
    }
    Some(match code {
        Code::Unavailable => {
            "Wait until the server is ready (`/-/ready`), or see what stands between."
        }
        Code::DeadlineExceeded => {
            "Raise `timeout`, narrow the selector, or see whether the server is overloaded."
        }
        Code::Unimplemented => {
            "Give as `grpc` the gRPC port of a Thanos component that serves this call (Receive from 0.24 on); an older one cannot be asked."
        }
        Code::PermissionDenied | Code::Unauthenticated => {
            "Give the hop credentials that may ask: `token`, `basic_auth`, `headers`, or a client certificate under `tls`."
        }
        Code::ResourceExhausted => {
            "Narrow the selector or the `window`: the server limits what one call may cost."
        }
        Code::Aborted => {
            "Read what the server says: one of the stores behind it could not answer, so the whole call was given up."
        }
        Code::InvalidArgument => "Correct the selector.",
        _ => "See the log of the server.",
    })
}

fn broken(call: &Call<'_>, status: &Status) -> Failure {
    let Call {
        reached, method, ..
    } = call;
    let reason = innermost(status);
    match (call.is_tls, call.spoken) {
        (false, Spoken::Tls) => Failure::new(
            FailureClass::Tls,
            format!("{reached} speaks TLS, and was asked in plain text"),
        )
        .help("Write `grpc: https://host:port`, and `tls: { ca: FILE }` for an authority of your own."),
        (false, Spoken::Http1) => Failure::new(
            FailureClass::NotThatApi,
            format!("{reached} answers in HTTP/1, not in gRPC"),
        )
        .help("Give as `grpc` the gRPC port of the Thanos component, 10901 by default."),
        (false, Spoken::Nothing) => Failure::new(
            FailureClass::Broken,
            format!("{reached} closed the connection without a word: {reason}"),
        )
        .help("Write `grpc: https://host:port` if the port is under TLS; else check that it is a gRPC port."),
        _ => Failure::new(
            FailureClass::Broken,
            format!("the answer of {reached} to `{method}` is incomplete: it broke off: {reason}"),
        ),
    }
}

/// The code as gRPC writes it.
pub(crate) fn word(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

//! What an error of a socket means, and how connections are said.

use std::io;
use std::time::Duration;

use crate::backend::error_chain::os_reason;
use crate::backend::failure::{Failure, FailureClass};
use crate::leaves::words;

/// No answer in time: dropped on the way, or no one there.
pub(crate) fn unanswered(target: &str, waited: Duration) -> Failure {
    Failure::new(
        FailureClass::Timeout,
        format!(
            "no answer from {target} within {} (phase connect)",
            span(waited)
        ),
    )
    .help("A packet filter may drop it, or no such host is up: a refused port would have answered.")
}

/// What an error of a socket means.
pub(crate) fn io_failure(why: &io::Error, target: &str, after: Duration) -> Failure {
    // EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL: this machine's limits. The kinds of some have no stable name.
    const LOCAL: [i32; 5] = [24, 23, 105, 12, 99];
    if why
        .raw_os_error()
        .is_some_and(|code| cfg!(target_os = "linux") && LOCAL.contains(&code))
    {
        return Failure::new(
            FailureClass::Local,
            format!(
                "this machine could not open a connection to {target}: {}",
                os_reason(why)
            ),
        )
        .help("Raise the limit of open files or of local ports, or run fewer checks at once.");
    }
    let (class, what) = match why.kind() {
        io::ErrorKind::ConnectionRefused => (
            FailureClass::Refused,
            format!("connection refused by {target}"),
        ),
        io::ErrorKind::TimedOut => return unanswered(target, after),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => (
            FailureClass::Broken,
            format!("{target} closed the connection: {}", os_reason(why)),
        ),
        _ => (
            FailureClass::Unreachable,
            format!("{target} cannot be reached: {}", os_reason(why)),
        ),
    };
    Failure::new(class, what)
}

/// `host:port`, an IPv6 address in brackets.
pub(crate) fn host_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// A duration in words.
pub(crate) fn span(duration: Duration) -> String {
    words::age(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

/// Milliseconds since then.
pub(crate) fn ms(since: tokio::time::Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machines_limits_are_no_answer_of_the_other() {
        let failure = io_failure(&io::Error::from_raw_os_error(24), "a:1", Duration::ZERO);
        assert_eq!(failure.class, FailureClass::Local);
        assert!(!failure.is_connection());
        assert_eq!(
            failure.what,
            "this machine could not open a connection to a:1: too many open files"
        );
    }
}

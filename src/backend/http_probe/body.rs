//! Reading an answer to its end, or to the limit.

use std::time::Duration;

use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use crate::backend::failure::{Failure, FailureClass};
use crate::backend::socket::span;
use crate::leaves::words;

/// As much as is read of a body, in bytes.
pub(crate) const MOST_BODY: usize = 16 * 1024 * 1024;

/// The headers in the order sent.
pub(crate) fn headers(response: &Response) -> Vec<(String, String)> {
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
pub(crate) async fn body(
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

//! Statuses in words, and the one sort that is never followed.

use url::Url;

use crate::backend::address::without_password;
use crate::backend::failure::{Failure, FailureClass};

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
            format!("to `{}`", without_password(&to))
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

//! Errors of libraries, down to the reason that a person can use.

use std::error::Error;
use std::io;

use crate::leaves::words;

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
pub(crate) fn os_reason(io: &io::Error) -> String {
    let text = io.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The error and its sources; also what an `io::Error` wraps, which `source` skips.
pub(crate) fn chain<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
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

//! What the receiver answers beside what it takes: errors for which the sender tries again, and limits for which it loses samples.

use crate::backend::{Failure, FailureClass};
use crate::check::QueueState;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::sending::counted::{Counted, codes};
use crate::diagnose::sending::queue::{Writing, shown, writing};
use crate::diagnose::sending::view::{Unseen, address, get, speaks_for, status};
use crate::diagnose::sending::write_connection::probe;

/// Looks whether the receiver answers writes with 5xx.
pub(crate) async fn errors(case: &Case<'_>) -> Found {
    let writing = match writing(case).await {
        Ok(writing) => writing,
        Err(found) => return found,
    };
    let (sending, watched) = (&writing.sending, &writing.watched);
    if !watched.has_trouble() {
        return watched.shows_otherwise(sending);
    }
    let counted = codes(case, sending.receiver, &writing.block).await;
    let seen = get(case, sending.sender, &writing.block).await;
    let mut evidence = vec![sending.n, watched.n];
    evidence.extend(counted.as_ref().map(|counted| counted.n));
    evidence.extend(seen.as_ref().ok().map(|told| told.n));
    let state = watched.trouble(sending.sender.name());
    let broken = counted
        .as_ref()
        .filter(|counted| !counted.broken().is_empty());
    let found = match (&seen, broken) {
        (Ok(told), _) if (500..600).contains(&told.value.status) => sure(
            &writing,
            format!(
                "{state}, and {} answers even a GET with {}",
                shown(&writing.block),
                status(&told.value)
            ),
        ),
        (Ok(_), Some(counted)) => sure(
            &writing,
            format!(
                "{state}; the connection is fine, and {} counts {}",
                sending.receiver.name(),
                counted.says()
            ),
        ),
        (Ok(told), None) => no_counter(&writing, &state, told.value.status, counted.as_ref()),
        (Err(unseen), Some(counted)) => Found::likely(format!(
            "{state}; {} counts {}, and how its URL answers could not be asked from here: {}",
            sending.receiver.name(),
            counted.says(),
            unseen.why()
        )),
        (Err(Unseen::Failed(failure)), None) if failure.is_connection() => {
            evidence.extend(failure.n);
            match connects(case, &writing).await {
                Some(n) if is_silent(failure) => {
                    evidence.push(n);
                    Found::likely(format!(
                        "{state}; {} takes connections, and gives even a GET no answer: {}",
                        shown(&writing.block),
                        failure.what
                    ))
                }
                _ => Found::not_tested(format!(
                    "{state}, but from here its URL cannot be reached: {}",
                    failure.what
                )),
            }
        }
        (Err(unseen), None) => Found::possible(format!(
            "{state}; how its URL answers could not be asked: {}",
            unseen.why()
        )),
    };
    // Where only writes are answered with errors, a GET does not show them: its counters do.
    let is_told_by_get = seen
        .as_ref()
        .is_ok_and(|told| (500..600).contains(&told.value.status));
    let found = match broken.and_then(|_| next::writes_counted(sending.receiver)) {
        Some(command) if !is_told_by_get => found.next(command),
        _ => match address(sending.sender, &writing.block) {
            Ok(url) => found.next(next::look(&url)),
            Err(_) => found,
        },
    };
    found.shown_by(evidence)
}

/// Whether a connection came to no answer.
fn is_silent(failure: &Failure) -> bool {
    matches!(failure.class, FailureClass::Timeout | FailureClass::Broken)
}

/// The exchange that shows that the URL's address takes connections, where it does.
async fn connects(case: &Case<'_>, writing: &Writing<'_>) -> Option<u32> {
    let url = address(writing.sending.sender, &writing.block).ok()?;
    let told = case.ask.tcp(probe(&url)?).await.ok()?;
    let is_well = !matches!(told.value.tls, Some(Err(_)));
    (told.value.address.is_some() && is_well).then_some(told.n)
}

/// The receiver's errors are seen: proven where nothing comes through, and where batches are tried again, not only under way.
fn sure(writing: &Writing<'_>, says: String) -> Found {
    let alike = speaks_for(writing.sending.sender, writing.by, &writing.block);
    if writing.watched.retries_all() && alike {
        Found::proven(says)
    } else {
        Found::likely(says)
    }
}

/// The connection is fine, and no 5xx was seen.
fn no_counter(writing: &Writing<'_>, state: &str, status: u16, counted: Option<&Counted>) -> Found {
    let receiver = writing.sending.receiver.name();
    let answers = format!("the URL answers a GET with {status}");
    match counted {
        // What answers the writes with errors must then stand before it.
        Some(counted) if writing.watched.retries_all() && counted.is_of_none() => {
            Found::likely(format!(
                "{state}; {answers}, and {receiver} counts {}, nor any that it took: what refuses them stands before it",
                counted.says()
            ))
        }
        Some(counted) => Found::possible(format!(
            "{state}; {answers}, and {receiver} counts {}",
            counted.says()
        )),
        None if writing.block.retry_on_http_429 => Found::possible(format!(
            "{state}; {answers}, so what is left are errors of {receiver} or its limits (429 is tried again)"
        )),
        None => Found::likely(format!(
            "{state}; {answers}, so what is left are errors of {receiver}, whose counters could not be asked"
        )),
    }
}

/// Looks whether the receiver refuses writes for being too many.
pub(crate) async fn rate_limited(case: &Case<'_>) -> Found {
    let writing = match writing(case).await {
        Ok(writing) => writing,
        Err(found) => return found,
    };
    let (sending, watched) = (&writing.sending, &writing.watched);
    let waits = writing.block.retry_on_http_429 && watched.state == QueueState::Retrying;
    if watched.state != QueueState::Failing && !waits {
        return watched.shows_otherwise(sending);
    }
    let receiver = sending.receiver.name();
    let state = format!(
        "the queue of {} to {receiver}: {}",
        sending.sender.name(),
        watched.says()
    );
    let Some(counted) = codes(case, sending.receiver, &writing.block).await else {
        let limited = match get(case, sending.sender, &writing.block).await {
            Ok(told) if told.value.status == 429 => Some(told.n),
            _ => None,
        };
        return match limited {
            Some(n) => Found::likely(format!(
                "{state}, and {} answers even a GET with 429",
                shown(&writing.block)
            ))
            .shown_by([watched.n, n]),
            None => unsaid(case, &writing, &state).await.shown_by([watched.n]),
        };
    };
    let evidence = [sending.n, watched.n, counted.n];
    if counted.is_of_none() && watched.refuses_all() {
        return before_receiver(case, &writing, &state, &counted)
            .await
            .shown_by(evidence);
    }
    if !counted.codes.contains_key(&429) {
        return Found::ruled_out(format!("{receiver} counts {}", counted.says()))
            .shown_by(evidence);
    }
    let says = format!("{state}, and {receiver} counts {}", counted.says());
    if waits {
        return Found::likely(format!("{says}; a 429 is tried again, so samples wait"))
            .shown_by(evidence);
    }
    let others: Vec<u16> = counted
        .refused()
        .into_iter()
        .filter(|code| *code != 429)
        .collect();
    // A metric that is missing altogether is explained where all is refused, and for that reason alone.
    if watched.refuses_all() && others.is_empty() {
        Found::proven(says)
    } else if others.is_empty() {
        Found::likely(format!("{says}; some writes are taken, though"))
    } else {
        Found::likely(format!("{says}; other refusals are counted beside it"))
    }
    .shown_by(evidence)
}

/// With which status the receiver refuses could not be asked: what answers a GET of the URL well leaves limits.
async fn unsaid(case: &Case<'_>, writing: &Writing<'_>, state: &str) -> Found {
    let receiver = writing.sending.receiver.name();
    let says = format!("{state}; with which status {receiver} refuses could not be asked");
    match get(case, writing.sending.sender, &writing.block).await {
        Ok(told) if writing.watched.refuses_all() && told.value.status == 405 => {
            Found::possible(format!(
                "{says}, but path and server are right (a GET is answered 405): what is left are its limits (429, 413) and samples that it has in another order (409)"
            ))
            .shown_by([told.n])
        }
        _ => Found::not_tested(says),
    }
}

/// All is refused for good, and the receiver counts no write at all: something before it refuses. What answers a GET well may limit writes.
async fn before_receiver(
    case: &Case<'_>,
    writing: &Writing<'_>,
    state: &str,
    counted: &Counted,
) -> Found {
    let receiver = writing.sending.receiver.name();
    let says = format!(
        "{state}; {receiver} counts {}, nor any that it took: what refuses them stands before it",
        counted.says()
    );
    match get(case, writing.sending.sender, &writing.block).await {
        Ok(told) if told.value.status == 429 => {
            Found::likely(format!("{says}, and answers even a GET with 429")).shown_by([told.n])
        }
        Ok(told) if matches!(told.value.status, 401 | 403 | 404) => Found::ruled_out(format!(
            "the URL answers a GET with {}",
            status(&told.value)
        ))
        .shown_by([told.n]),
        _ => Found::possible(format!(
            "{says}: a limit (429, 413), or credentials that it wants for writes only; the sender's log has the status and the body"
        )),
    }
}

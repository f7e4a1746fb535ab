//! The receiver refuses all that is sent: because the URL is not that of its write endpoint, or because it wants credentials.

use url::Url;

use crate::backend::answer::HttpAnswer;
use crate::backend::{AddressKey, BackendKind};
use crate::check::QueueState;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::sending::block::{By, credentials, has_write_path, write_paths};
use crate::diagnose::sending::counted::codes;
use crate::diagnose::sending::queue::{Writing, shown, writing};
use crate::diagnose::sending::view::{address, get, header, speaks_for, status};

/// What a GET of the URL says of its path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Path {
    /// There is nothing that takes writes: the reason.
    Wrong(String),
    /// It may be so, or not.
    Doubtful(String),
    /// It takes writes, or what it says has nothing to do with the path.
    Right(String),
}

/// Looks whether the URL is that of a write endpoint.
pub(crate) async fn wrong(case: &Case<'_>) -> Found {
    let writing = match writing(case).await {
        Ok(writing) => writing,
        Err(found) => return found,
    };
    let Writing {
        sending,
        block,
        watched,
        ..
    } = &writing;
    if watched.retries_all() && is_grpc_port(&writing) {
        return at_grpc_port(&writing);
    }
    if watched.state != QueueState::Failing {
        return watched.shows_otherwise(sending);
    }
    let n = watched.n;
    if let Some(found) = takes_no_writes(case, &writing).await {
        return found.shown_by([n, sending.n]);
    }
    let kind = sending.receiver.kind();
    let told = match get(case, sending.sender, block).await {
        Ok(told) => told,
        Err(unseen) => {
            return Found::not_tested(format!(
                "all that {} sends is refused, but what its URL answers could not be asked: {}",
                sending.sender.name(),
                unseen.why()
            ))
            .shown_by([n]);
        }
    };
    let at = shown(block);
    let found = match path(&told.value, &block.url, kind) {
        Path::Wrong(why) => sure(
            &writing,
            format!(
                "{}, and at {at} nothing takes writes: a GET is answered {why}",
                all_refused(&writing)
            ),
        ),
        Path::Doubtful(why) => Found::likely(format!(
            "{}, and a GET of {at} is answered {why}",
            all_refused(&writing)
        )),
        Path::Right(why) => Found::ruled_out(format!("a GET of {at} is answered {why}")),
    };
    let found = match write_paths(kind).first() {
        Some(known) if found.certainty != crate::leaves::Certainty::RuledOut => found.fix(format!(
            "Correct `url` of the `remote_write` block of {}: a {} takes writes at `{known}`{}, and `{at}` is not that. What was refused is lost.",
            sending.sender.name(),
            kind.word(),
            match kind {
                BackendKind::ThanosReceive => " of its remote write port (19291 by default)",
                _ => "",
            }
        )),
        _ => found,
    };
    let found = match address(sending.sender, block) {
        Ok(url) => found.next(next::look(&url)),
        Err(_) => found,
    };
    found.shown_by([n, sending.n, told.n])
}

/// Whether the block writes to the port at which the receiver speaks gRPC, by the suite.
fn is_grpc_port(writing: &Writing<'_>) -> bool {
    let (Some(grpc), Ok(url)) = (
        writing.sending.receiver.address(AddressKey::Grpc),
        Url::parse(&writing.block.url),
    ) else {
        return false;
    };
    grpc.host_str() == url.host_str() && grpc.port() == url.port_or_known_default()
}

/// A port that speaks gRPC gives a write no answer that its sender understands.
fn at_grpc_port(writing: &Writing<'_>) -> Found {
    let Writing {
        sending,
        block,
        watched,
        ..
    } = writing;
    let (sender, receiver) = (sending.sender.name(), sending.receiver.name());
    Found::proven(format!(
        "{}, and {} is the gRPC port of {receiver}, which takes no remote writes",
        watched.trouble(sender),
        shown(block)
    ))
    .fix(format!(
        "Write the remote write port of {receiver} (19291 by default) in `url` of the `remote_write` block of {sender}, in place of its gRPC port. Nothing is lost yet: what waits is sent then."
    ))
    .shown_by([watched.n, sending.n])
}

/// Looks whether the receiver refuses for want of credentials.
pub(crate) async fn unauthorized(case: &Case<'_>) -> Found {
    let writing = match writing(case).await {
        Ok(writing) => writing,
        Err(found) => return found,
    };
    let Writing {
        sending,
        block,
        watched,
        ..
    } = &writing;
    if watched.state != QueueState::Failing {
        return watched.shows_otherwise(sending);
    }
    let told = match get(case, sending.sender, block).await {
        Ok(told) => told,
        Err(unseen) => {
            return Found::not_tested(format!(
                "what the URL answers could not be asked: {}",
                unseen.why()
            ))
            .shown_by([watched.n]);
        }
    };
    let at = shown(block);
    if !matches!(told.value.status, 401 | 403) {
        return Found::ruled_out(format!(
            "a GET of {at} without credentials is answered {}",
            told.value.status
        ))
        .shown_by([told.n]);
    }
    let asks = format!(
        "{}, and {at} answers {} without credentials",
        all_refused(&writing),
        status(&told.value)
    );
    let found = match credentials(block) {
        None => sure(&writing, format!("{asks}; the block has none")),
        // They may be right, and the refusal another one behind the door.
        Some(key) => match codes(case, sending.receiver, block).await {
            Some(counted) if counted.refused().is_empty() => sure(
                &writing,
                format!(
                    "{asks}; the block has {key}, and {} counts no refusal of its own: it is refused before it gets there",
                    sending.receiver.name()
                ),
            )
            .shown_by([counted.n]),
            Some(counted) => Found::possible(format!(
                "{asks}; the block has {key}, and {} refuses writes itself: {}",
                sending.receiver.name(),
                counted.says()
            ))
            .shown_by([counted.n]),
            None => Found::likely(format!(
                "{asks}; the block has {key}, so either that is wrong or the refusal is another one behind it"
            )),
        },
    };
    let found = match address(sending.sender, block) {
        Ok(url) => found.next(next::look(&url)),
        Err(_) => found,
    };
    found.shown_by([watched.n, sending.n, told.n])
}

/// Proven where all is refused, and by what answers us, too: what is missing altogether is not explained by a part.
fn sure(writing: &Writing<'_>, says: String) -> Found {
    let alike = speaks_for(writing.sending.sender, writing.by, &writing.block);
    match writing.watched.refuses_all() {
        true if alike => Found::proven(says),
        true => Found::likely(format!(
            "{says}; that is so from here, and {} may reach another server by that name",
            writing.sending.sender.name()
        )),
        false => Found::likely(says),
    }
}

fn all_refused(writing: &Writing<'_>) -> String {
    let part = match writing.watched.refuses_all() {
        true => "all",
        false => "some",
    };
    format!(
        "{part} that {} sends to {} is refused for good",
        writing.sending.sender.name(),
        shown(&writing.block)
    )
}

/// Whether the receiver is a Prometheus that was started without its write endpoint.
async fn takes_no_writes(case: &Case<'_>, writing: &Writing<'_>) -> Option<Found> {
    let Writing {
        sending, by, block, ..
    } = writing;
    let receiver = sending.receiver;
    let is_meant = matches!(by, By::Address | By::Host);
    if receiver.kind() != BackendKind::Prometheus
        || !is_meant
        || !has_write_path(&block.url, BackendKind::Prometheus)
    {
        return None;
    }
    let told = case.ask.flags(receiver).await.ok()?;
    let flag = |name: &str| told.value.0.get(name).map(String::as_str);
    let features = flag("enable-feature").unwrap_or_default();
    let is_off = flag("web.enable-remote-write-receiver") == Some("false")
        && !features
            .split(',')
            .any(|on| on.trim() == "remote-write-receiver");
    is_off.then(|| {
        let says = format!(
            "{}, and {} was started without `--web.enable-remote-write-receiver`: it answers writes with 404",
            all_refused(writing),
            receiver.name()
        );
        sure(writing, says)
        .shown_by([told.n])
        .fix(format!(
            "Start {} with `--web.enable-remote-write-receiver`. What was refused is lost.",
            receiver.name()
        ))
    })
}

fn path(answer: &HttpAnswer, url: &str, kind: BackendKind) -> Path {
    let says = status(answer);
    let allowed = header(answer, "allow");
    match answer.status {
        // Not every gateway before them routes a GET to where a POST goes.
        404 if matches!(kind, BackendKind::Mimir | BackendKind::Cortex)
            && has_write_path(url, kind) =>
        {
            Path::Doubtful(says)
        }
        404 => Path::Wrong(says),
        405 => match allowed {
            Some(methods) if methods.to_ascii_uppercase().contains("POST") => {
                Path::Right(format!("405, `Allow: {methods}`: it takes writes"))
            }
            Some(methods) => Path::Wrong(format!("405, and only {methods} is allowed there")),
            None => Path::Right(says),
        },
        400 if answer.body.contains("unsupported path") => Path::Wrong(says),
        400 if answer.body.contains("HTTP request to an HTTPS server") => {
            Path::Doubtful(format!("{says}: write `https://`"))
        }
        300..400 => Path::Doubtful(format!("{says}: it leads elsewhere")),
        200 if !has_write_path(url, kind) => {
            Path::Doubtful(format!("{}: that is a page", answer.status))
        }
        _ => Path::Right(says),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, allow: Option<&str>, body: &str) -> HttpAnswer {
        HttpAnswer {
            status,
            headers: allow
                .map(|allow| ("allow".to_owned(), allow.to_owned()))
                .into_iter()
                .collect(),
            body: body.to_owned(),
            tls: None,
        }
    }

    #[test]
    fn a_path_is_wrong_only_where_the_server_says_so() {
        let receive = "http://receive:19291/api/v1/receive";
        let push = "http://mimir/api/v1/push";
        let (thanos, mimir) = (BackendKind::ThanosReceive, BackendKind::Mimir);
        let of = |answer: HttpAnswer, url: &str, kind| match path(&answer, url, kind) {
            Path::Wrong(_) => "wrong",
            Path::Doubtful(_) => "doubtful",
            Path::Right(_) => "right",
        };
        for (told, url, kind, expected) in [
            (
                answer(404, None, "404 page not found\n"),
                receive,
                thanos,
                "wrong",
            ),
            (answer(404, None, ""), push, mimir, "doubtful"),
            (answer(404, None, ""), "http://mimir/push", mimir, "wrong"),
            (
                answer(405, Some("OPTIONS, POST"), ""),
                receive,
                thanos,
                "right",
            ),
            (answer(405, Some("GET, HEAD"), ""), receive, thanos, "wrong"),
            (answer(405, None, ""), receive, thanos, "right"),
            (
                answer(400, None, "unsupported path requested: \"/x\""),
                receive,
                thanos,
                "wrong",
            ),
            (answer(400, None, "bad"), receive, thanos, "right"),
            (answer(401, None, ""), receive, thanos, "right"),
            (answer(503, None, ""), receive, thanos, "right"),
            (answer(302, None, ""), receive, thanos, "doubtful"),
            (
                answer(200, None, "<html>"),
                "http://receive/",
                thanos,
                "doubtful",
            ),
        ] {
            assert_eq!(of(told.clone(), url, kind), expected, "{told:?}");
        }
    }
}

//! Receive is down, starting, stopping, or without a hashring: it says so itself, or nothing listens at any of its addresses.

use crate::backend::{AddressKey, Capability, Failure, FailureClass};
use crate::diagnose::accepting::taking::sender_does;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;

/// Asks readiness, health, and, where neither answers, each address that is known.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(hop) = case.receive() else {
        return Found::not_tested("there is no Thanos Receive on the way");
    };
    let name = hop.name();
    let (mut refused, mut asked, mut evidence) = (0_u32, 0_u32, Vec::new());
    if hop.address(AddressKey::Http).is_some() {
        asked += 1;
        match case.ask.path(hop, AddressKey::Http, "-/ready").await {
            Ok(told) if told.value.status == 200 => {
                return Found::ruled_out(format!("{name} says that it is ready"))
                    .shown_by([told.n]);
            }
            Ok(told) if told.value.status == 503 => {
                let body = told.value.body.trim();
                let says = format!(
                    "`/-/ready` of {name} answers 503, {body:?}: it is starting, stopping, or has no hashring"
                );
                let command = next::path(hop, AddressKey::Http, "-/ready");
                // Any proxy can say 503; these are Thanos' own words.
                return with(
                    command,
                    match body {
                        "NOT OK" => Found::proven(says),
                        _ => Found::likely(says),
                    },
                )
                .shown_by([told.n]);
            }
            Ok(told) => {
                return Found::possible(format!(
                    "`/-/ready` of {name} answers {}, which a Receive does not",
                    told.value.status
                ))
                .shown_by([told.n]);
            }
            Err(failure) => {
                refused += u32::from(is_refused(&failure));
                evidence.extend(failure.n);
            }
        }
    }
    if hop.answers(Capability::StoreApi).is_some() {
        asked += 1;
        match case.ask.store_info(hop).await {
            Ok(told) if told.value.serving == Some(false) => {
                return Found::proven(format!(
                    "the gRPC health service of {name} says NOT_SERVING"
                ))
                .shown_by([told.n]);
            }
            Ok(told) => {
                return Found::ruled_out(format!("the StoreAPI of {name} answers"))
                    .shown_by([told.n]);
            }
            Err(failure) => {
                refused += u32::from(is_refused(&failure));
                evidence.extend(failure.n);
            }
        }
    }
    if hop.address(AddressKey::Write).is_some() {
        asked += 1;
        match case.ask.tsdb_status(hop).await {
            Ok(told) => {
                return Found::ruled_out(format!("the write port of {name} answers"))
                    .shown_by([told.n]);
            }
            Err(failure) => {
                refused += u32::from(is_refused(&failure));
                evidence.extend(failure.n);
            }
        }
    }
    match (asked, refused) {
        (0, _) => Found::not_tested(format!("hop `{name}` gives no address that tells it")),
        (asked, refused) if asked == refused => {
            nothing_listens(case, name, asked).await.shown_by(evidence)
        }
        _ => Found::not_tested(format!(
            "{name} could not be reached from here, and not because it refuses: it may be up"
        ))
        .shown_by(evidence),
    }
}

/// All addresses refuse us. One may be closed alone, and something between may refuse in the place of all.
async fn nothing_listens(case: &Case<'_>, name: &str, asked: u32) -> Found {
    let sending = sender_does(case).await;
    let says = match asked {
        1 => format!("the only address of {name} that is known refuses connections"),
        _ => format!("every address of {name} that is known refuses connections"),
    };
    let found = if sending.is_delivering() {
        Found::possible(format!(
            "{says} from here, but what is sent to it is taken: something between may refuse, or this is not the one that takes it"
        ))
    } else if asked > 1 && sending.is_retrying() {
        Found::proven(format!("{says}, from the sender too: it is down"))
    } else if asked > 1 {
        Found::likely(format!(
            "{says}: it is down, if they are not refused from here alone"
        ))
    } else {
        Found::likely(format!("{says}: it is down, or that port is closed"))
    };
    found.shown_by(sending.evidence)
}

fn with(command: Option<String>, found: Found) -> Found {
    match command {
        Some(command) => found.next(command),
        None => found,
    }
}

fn is_refused(failure: &Failure) -> bool {
    failure.class == FailureClass::Refused
}

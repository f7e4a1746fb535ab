//! Receive is down, starting, stopping, or without a hashring: it says so itself, or nothing listens at any of its addresses.

use std::sync::Arc;

use crate::ask::Told;
use crate::backend::answer::{HttpAnswer, StoreInfo};
use crate::backend::{AddressKey, Backend, Capability, Failure, FailureClass};
use crate::check::servers;
use crate::diagnose::accepting::taking::sender_does;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::sending::refuses_sender;
use crate::leaves::words;

/// What one server shows of itself.
enum State {
    /// It is ready: what says so.
    Ready(String),
    /// It is not, in its own words.
    NotReady(String, Option<String>),
    /// Something says so that may be a proxy.
    Unavailable(String, Option<String>),
    /// It answers as no Receive does.
    Odd(String),
    /// So many of its addresses were tried, and each refused.
    Refuses(u32),
    /// Why nothing tells.
    Untold(String),
}

/// Replicas that are asked, at most, where one of them is ready.
const ASKED: usize = 4;

/// Asks readiness, health, and, where neither answers, each address that is known; of a hop with replicas, at each of them.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let Some(hop) = case.receive() else {
        return Found::not_tested("there is no Thanos Receive on the way");
    };
    let servers = match servers(case.ask, hop).await {
        Ok(servers) => servers,
        Err(unresolved) => return Found::not_tested(unresolved.what),
    };
    let (mut states, mut evidence) = (Vec::new(), Vec::new());
    for server in &servers {
        let is_enough = |(_, state): &(_, State)| matches!(state, State::Ready(_));
        // That all are not ready is out of the question by then.
        if states.len() >= ASKED && states.iter().any(is_enough) {
            break;
        }
        states.push((server, state(case, server, &mut evidence).await));
    }
    settled(case, hop, &states, servers.len())
        .await
        .shown_by(evidence)
}

/// Readiness first, which Receive says at its HTTP port; then gRPC health; at last whether anything listens.
async fn state(case: &Case<'_>, hop: &Backend, evidence: &mut Vec<u32>) -> State {
    let shown = hop.shown();
    let mut failures = Vec::new();
    let mut answers = None;
    if hop.address(AddressKey::Http).is_some() {
        match case.ask.path(hop, AddressKey::Http, "-/ready").await {
            Ok(told) => {
                evidence.push(told.n);
                return readiness(hop, &told);
            }
            Err(failure) => failures.push(failure),
        }
    }
    if hop.answers(Capability::StoreApi).is_some() {
        match case.ask.store_info(hop).await {
            Ok(told) => {
                evidence.push(told.n);
                match health(shown, &told) {
                    Some(state) => return state,
                    None => answers = Some("StoreAPI"),
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    if hop.address(AddressKey::Write).is_some() {
        match case.ask.tsdb_status(hop).await {
            Ok(told) => {
                evidence.push(told.n);
                answers = Some("write port");
            }
            Err(failure) => failures.push(failure),
        }
    }
    evidence.extend(failures.iter().filter_map(|failure| failure.n));
    match (answers, failures.len()) {
        (Some(which), _) => State::Untold(format!(
            "the {which} of {shown} answers, which it may do before it is ready; `-/ready` at its `http:` address would tell"
        )),
        (None, 0) => State::Untold(format!(
            "hop `{}` gives no address that tells it",
            hop.name()
        )),
        (None, _) if failures.iter().all(is_refused) => {
            State::Refuses(u32::try_from(failures.len()).unwrap_or(u32::MAX))
        }
        (None, _) => State::Untold(format!(
            "{shown} could not be reached from here, and not because it refuses: it may be up"
        )),
    }
}

fn readiness(hop: &Backend, told: &Told<HttpAnswer>) -> State {
    let shown = hop.shown();
    let body = told.value.body.trim();
    match told.value.status {
        200 => State::Ready(format!("{shown} says that it is ready")),
        503 => {
            let says = format!(
                "`/-/ready` of {shown} answers 503, {body:?}: it is starting, stopping, or has no hashring"
            );
            let command = next::path(hop, AddressKey::Http, "-/ready")
                .map(|command| command.replacen("-sS", "-sSi", 1));
            // Any proxy can say 503; these are Thanos' own words.
            match body {
                "NOT OK" => State::NotReady(says, command),
                _ => State::Unavailable(says, command),
            }
        }
        status => State::Odd(format!(
            "`/-/ready` of {shown} answers {status}, which a Receive does not"
        )),
    }
}

fn health(shown: &str, told: &Told<StoreInfo>) -> Option<State> {
    match told.value.serving? {
        true => Some(State::Ready(format!(
            "the gRPC health service of {shown} says SERVING"
        ))),
        false => Some(State::NotReady(
            format!("the gRPC health service of {shown} says NOT_SERVING"),
            None,
        )),
    }
}

/// What that is together: one replica that takes writes leaves it open whether this series' writes went to another.
async fn settled(
    case: &Case<'_>,
    hop: &Backend,
    states: &[(&Arc<Backend>, State)],
    all: usize,
) -> Found {
    let not_ready: Vec<(&str, Option<&String>, bool)> = states
        .iter()
        .filter_map(|(_, state)| match state {
            State::NotReady(says, command) => Some((says.as_str(), command.as_ref(), true)),
            State::Unavailable(says, command) => Some((says.as_str(), command.as_ref(), false)),
            _ => None,
        })
        .collect();
    if let Some((_, command, _)) = not_ready.first() {
        let says: Vec<&str> = not_ready.iter().map(|(says, ..)| *says).collect();
        let says = words::few(&says, 3);
        let found = if not_ready.len() < all {
            Found::likely(format!("{says}, of {all} replicas"))
        } else if not_ready.iter().all(|(.., sure)| *sure) {
            Found::proven(says)
        } else {
            Found::likely(says)
        };
        return match command {
            Some(command) => found.next((*command).clone()),
            None => found,
        };
    }
    let refused: Option<Vec<u32>> = states
        .iter()
        .map(|(_, state)| match state {
            State::Refuses(asked) => Some(*asked),
            _ => None,
        })
        .collect();
    if let Some(asked) = refused {
        return nothing_listens(case, hop.name(), asked.iter().sum()).await;
    }
    let ready: Vec<&str> = states
        .iter()
        .filter_map(|(_, state)| match state {
            State::Ready(says) => Some(says.as_str()),
            _ => None,
        })
        .collect();
    let open = states.iter().find_map(|(server, state)| match state {
        State::Ready(_) | State::NotReady(..) | State::Unavailable(..) => None,
        State::Odd(says) => Some(Found::possible(says.clone())),
        State::Refuses(_) => Some(Found::possible(format!(
            "{} refuses connections from here, and others of {} do not",
            server.shown(),
            hop.name()
        ))),
        State::Untold(why) => Some(Found::not_tested(why.clone())),
    });
    open.unwrap_or_else(|| {
        let says = words::few(&ready, 3);
        match all - states.len() {
            0 => Found::ruled_out(says),
            rest => Found::not_tested(format!(
                "{says}; not asked: {}",
                words::count(rest, "replica")
            )),
        }
    })
}

/// All addresses refuse us. One may be closed alone, and something between may refuse in the place of all: it takes the sender's own
/// address to say that it is met with the same.
async fn nothing_listens(case: &Case<'_>, name: &str, asked: u32) -> Found {
    let sending = sender_does(case).await;
    let says = match asked {
        1 => format!("the only address of {name} that is known refuses connections"),
        _ => format!("every address of {name} that is known refuses connections"),
    };
    if sending.is_delivering() {
        return Found::possible(format!(
            "{says} from here, but what is sent to it is taken: something between may refuse, or this is not the one that takes it"
        ))
        .shown_by(sending.evidence);
    }
    let found = match refuses_sender(case).await {
        Some(n) if asked > 1 => {
            Found::proven(format!("{says}, from the sender too: it is down")).shown_by([n])
        }
        _ if !sending.is_retrying() => Found::possible(format!(
            "{says}; whether it refuses its senders, too, is not known"
        )),
        _ if asked > 1 => Found::likely(format!(
            "{says}: it is down, if they are not refused from here alone"
        )),
        _ => Found::likely(format!("{says}: it is down, or that port is closed")),
    };
    found
        .fix(format!(
            "Start {name}, or open its ports. Its log tells why it stopped."
        ))
        .shown_by(sending.evidence)
}

fn is_refused(failure: &Failure) -> bool {
    failure.class == FailureClass::Refused
}

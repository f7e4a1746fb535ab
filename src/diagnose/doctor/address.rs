//! Each address of a hop: whether somebody is there, whether it is the right door, and whether it says that it is ready.

use crate::ask::{Answer, Ask, Told};
use crate::backend::answer::HttpAnswer;
use crate::backend::{AddressKey, Backend, BackendKind, Failure, request};
use crate::check::{READY_PATH, WRITE_PATH, is_write_path};
use crate::diagnose::doctor::clock::Clock;
use crate::diagnose::doctor::examined::{AddressSeen, Examined, Grade, Reached, is_nobody};
use crate::leaves::words;

/// The path at which Mimir and Cortex say that they are ready.
const MIMIR_READY_PATH: &str = "ready";

/// Knocks at every address that the suite gives.
pub(crate) async fn knock(ask: &Ask, hop: &Backend, examined: &mut Examined) {
    for key in hop.kind().row().addresses {
        let Some(address) = request::address_of(hop, *key) else {
            continue;
        };
        let reached = match (hop.kind(), key) {
            (_, AddressKey::Grpc) => store(ask, hop, examined).await,
            (BackendKind::Exporter, _) => page(ask, hop, examined).await,
            (_, AddressKey::Write) => write_path(ask, hop, examined).await,
            _ => ready(ask, hop, *key, examined).await,
        };
        examined.addresses.push(AddressSeen {
            key: key.word(),
            address,
            reached,
        });
    }
}

/// What its page and its store say is told where it is asked what it can answer.
async fn store(ask: &Ask, hop: &Backend, examined: &mut Examined) -> Reached {
    match ask.store_info(hop).await {
        Ok(told) => {
            if told.value.serving == Some(false) {
                let what = "its store says that it is not serving";
                examined.remark(Grade::NotAsked, what, None);
                examined.ready = Some(false);
            }
            Reached::Yes
        }
        Err(failure) => unanswered(&failure, examined),
    }
}

async fn page(ask: &Ask, hop: &Backend, examined: &mut Examined) -> Reached {
    match ask.page(hop).await {
        Ok(told) => {
            // The clock of who tells no time is taken for ours, to the millisecond.
            if told.server_now != told.at {
                let took_ms = took(ask, told.n);
                examined.clock = Some(Clock::told(told.server_now, told.at, took_ms));
            }
            Reached::Yes
        }
        Err(failure) => unanswered(&failure, examined),
    }
}

fn unanswered(failure: &Failure, examined: &mut Examined) -> Reached {
    if !is_nobody(failure) {
        return Reached::Yes;
    }
    examined.not_answered(Grade::NotAsked, failure);
    Reached::No
}

async fn write_path(ask: &Ask, hop: &Backend, examined: &mut Examined) -> Reached {
    let key = AddressKey::Write;
    let told = match get(ask, hop, key, WRITE_PATH, examined).await {
        Ok(told) => told,
        Err(failure) => return nobody(&failure, examined),
    };
    let (status, name) = (told.value.status, hop.name());
    if is_write_path(status, header(&told.value, "allow").unwrap_or_default())
        || refuses(hop, status, examined)
    {
        return Reached::Yes;
    }
    if status == 404 && says_ready(ask, hop, key).await {
        examined.remark(
            Grade::Wrong,
            format!(
                "the `write:` address of {name} is its http port, where nothing can be written"
            ),
            Some(
                "Give as `write:` the remote write port, 19291 by default; 10902 is for `http:`."
                    .to_owned(),
            ),
        );
    } else {
        examined.remark(
            Grade::NotAsked,
            format!("a GET of `/{WRITE_PATH}` at {name} brought {status}, where a Receive answers 405 and allows POST"),
            Some(format!("Check the `write:` address of hop `{name}`: Receive's remote write port is 19291 by default, and a proxy before it must let the path through.")),
        );
    }
    Reached::Yes
}

/// Whether the port answers as Receive's http port does.
async fn says_ready(ask: &Ask, hop: &Backend, key: AddressKey) -> bool {
    matches!(ask.path(hop, key, READY_PATH).await, Ok(told) if told.value.status == 200 && told.value.body.trim() == "OK")
}

async fn ready(ask: &Ask, hop: &Backend, key: AddressKey, examined: &mut Examined) -> Reached {
    let path = match hop.kind() {
        BackendKind::Mimir | BackendKind::Cortex => MIMIR_READY_PATH,
        _ => READY_PATH,
    };
    let told = match get(ask, hop, key, path, examined).await {
        Ok(told) => told,
        Err(failure) => return nobody(&failure, examined),
    };
    let (answer, name) = (&told.value, hop.name());
    match answer.status {
        200 => examined.ready = Some(true),
        404 if key == AddressKey::Http && is_write_port(ask, hop, key).await => examined.remark(
            Grade::Wrong,
            format!("the `http:` address of {name} is its remote write port"),
            Some("Give as `http:` the port with its metrics, 10902 by default; 19291 is for `write:`.".to_owned()),
        ),
        // It does not say, or somebody before it does not let the path through: no reason to doubt it.
        404 | 405 => {}
        503 => {
            examined.ready = Some(false);
            examined.remark(
                Grade::NotAsked,
                format!("`/{path}` of {name} says that it is not ready: 503, {}", quoted(&answer.body)),
                Some("Wait until it has started; if it stays so, look at its log.".to_owned()),
            );
        }
        status if refuses(hop, status, examined) => {}
        status => examined.remark(
            Grade::NotAsked,
            format!("`/{path}` of {name} brought {status}, {}", quoted(&answer.body)),
            Some(format!("Check the `{}:` address of hop `{name}`, its path included, and what stands before it.", key.word())),
        ),
    }
    Reached::Yes
}

async fn is_write_port(ask: &Ask, hop: &Backend, key: AddressKey) -> bool {
    matches!(ask.path(hop, key, WRITE_PATH).await, Ok(told) if is_write_path(told.value.status, header(&told.value, "allow").unwrap_or_default()))
}

/// Whether the status refuses what was sent, or the lack of it.
fn refuses(hop: &Backend, status: u16, examined: &mut Examined) -> bool {
    if !matches!(status, 401 | 403 | 407) {
        return false;
    }
    let sent = match examined.sends.as_slice() {
        [] => "nothing is sent to it that would let us in".to_owned(),
        sends => format!("sent was {}", words::list(sends)),
    };
    examined.refused = Some(status);
    examined.remark(
        Grade::NotAsked,
        format!("{} refuses us with {status}; {sent}", hop.name()),
        Some(
            "Give the hop a `token`, `basic_auth`, `headers` or `tenant` that this server accepts."
                .to_owned(),
        ),
    );
    true
}

fn nobody(failure: &Failure, examined: &mut Examined) -> Reached {
    examined.not_answered(Grade::NotAsked, failure);
    match is_nobody(failure) {
        true => Reached::No,
        false => Reached::Yes,
    }
}

/// Gets a path, and reads the clock of whoever answers.
async fn get(
    ask: &Ask,
    hop: &Backend,
    key: AddressKey,
    path: &str,
    examined: &mut Examined,
) -> Answer<HttpAnswer> {
    let told: Told<HttpAnswer> = ask.path(hop, key, path).await?;
    let has = |name: &str| header(&told.value, name).is_some();
    // An answer with an age comes from a cache, and its date is as old.
    if has("date") && !has("age") {
        let took_ms = took(ask, told.n);
        examined.clock = Some(Clock::told(told.server_now, told.at, took_ms));
    }
    Ok(told)
}

/// How long an exchange took, in milliseconds.
fn took(ask: &Ask, n: u32) -> u64 {
    let evidence = ask.evidence();
    let exchange = evidence.iter().find(|exchange| exchange.n == n);
    exchange.map_or(0, |exchange| exchange.took_ms)
}

fn header<'a>(answer: &'a HttpAnswer, name: &str) -> Option<&'a str> {
    let mut headers = answer.headers.iter();
    headers
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

fn quoted(body: &str) -> String {
    match body.trim() {
        "" => "without a body".to_owned(),
        body => format!("{:?}", words::cut(body, 120)),
    }
}

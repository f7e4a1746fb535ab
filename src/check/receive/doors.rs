//! The two doors of a Receive: `/-/ready` on its http port, and the write path on its write port, which answers a GET with 405.

use crate::ask::Ask;
use crate::backend::answer::HttpAnswer;
use crate::backend::{AddressKey, Backend};
use crate::check::findings::Findings;
use crate::leaves::words;

/// Where remote write goes.
pub(crate) const WRITE_PATH: &str = "api/v1/receive";
/// Where a Receive says that it is ready.
pub(crate) const READY_PATH: &str = "-/ready";

/// What a door showed.
#[derive(Debug, PartialEq, Eq)]
enum Door {
    /// Nobody could be asked: why, and what helps.
    Closed(String, Option<String>),
    /// What came.
    Answered(u16, Option<String>, String),
}

impl Door {
    /// Whether this is the answer of a write path to a GET: 405, with POST among the methods (Thanos 0.31 to 0.42).
    fn is_write_path(&self) -> bool {
        matches!(self, Self::Answered(status, Some(allow), _) if is_write_path(*status, allow))
    }

    fn is_ready(&self) -> bool {
        matches!(self, Self::Answered(200, _, body) if body.trim() == "OK")
    }
}

/// Whether a GET that brought this status and `Allow` header met a write path.
pub(crate) fn is_write_path(status: u16, allow: &str) -> bool {
    let mut methods = allow.split(',').map(str::trim);
    status == 405 && methods.any(|method| method.eq_ignore_ascii_case("POST"))
}

async fn at(ask: &Ask, hop: &Backend, key: AddressKey, path: &str) -> Door {
    match ask.path(hop, key, path).await {
        Ok(told) if told.value.body.contains("HTTP request to an HTTPS server") => Door::Closed(
            format!(
                "`/{path}` answered {:?}",
                words::cut(told.value.body.trim(), 120)
            ),
            Some("The port speaks TLS: write `https://`.".to_owned()),
        ),
        Ok(told) => {
            let answer: &HttpAnswer = &told.value;
            let allow = answer.headers.iter().find(|(name, _)| name == "allow");
            Door::Answered(
                answer.status,
                allow.map(|(_, value)| value.clone()),
                answer.body.clone(),
            )
        }
        Err(failure) => Door::Closed(failure.what, failure.help),
    }
}

fn unreachable(hop: &Backend, key: AddressKey) -> String {
    format!(
        "Make the `{}:` address of hop `{}` reachable from where gapcheck runs.",
        key.word(),
        hop.name()
    )
}

/// Looks at each door whose address the hop gives.
pub(crate) async fn doors(ask: &Ask, hop: &Backend, findings: &mut Findings) {
    if hop.address(AddressKey::Http).is_some() {
        ready(ask, hop, findings).await;
    }
    if hop.address(AddressKey::Write).is_some() {
        writes(ask, hop, findings).await;
    }
}

async fn ready(ask: &Ask, hop: &Backend, findings: &mut Findings) {
    let (name, key) = (hop.name(), AddressKey::Http);
    let door = at(ask, hop, key, READY_PATH).await;
    if door.is_ready() {
        return;
    }
    match door {
        Door::Closed(what, help) => findings.unsure(
            format!("{name}: {what}"),
            help.unwrap_or_else(|| unreachable(hop, key)),
        ),
        // Thanos' own words; any other 503 may be a proxy's.
        Door::Answered(503, _, body) if body.trim() == "NOT OK" => findings.fail(
            format!("`/{READY_PATH}` of {name} 200"),
            "503, \"NOT OK\": it is starting, stopping or without a hashring",
        ),
        Door::Answered(404, ..) if at(ask, hop, key, WRITE_PATH).await.is_write_path() => findings
            .unsure(
                format!("the `http:` address of {name} is its remote write port"),
                "Give as `http:` the port with its metrics, 10902 by default; 19291 is for `write:`.",
            ),
        Door::Answered(status, _, body) => findings.unsure(
            format!(
                "`/{READY_PATH}` of {name} answered {status}, {}, where a Receive says \"OK\"",
                quoted(&body)
            ),
            format!("Check the `http:` address of hop `{name}`: Receive's metrics port, 10902 by default, tells whether it is ready."),
        ),
    }
}

async fn writes(ask: &Ask, hop: &Backend, findings: &mut Findings) {
    let (name, key) = (hop.name(), AddressKey::Write);
    let door = at(ask, hop, key, WRITE_PATH).await;
    if door.is_write_path() {
        return;
    }
    match door {
        Door::Closed(what, help) => findings.unsure(
            format!("{name}: {what}"),
            help.unwrap_or_else(|| unreachable(hop, key)),
        ),
        Door::Answered(404, ..) if at(ask, hop, key, READY_PATH).await.is_ready() => findings
            .unsure(
                format!(
                    "the `write:` address of {name} is its http port, where nothing can be written"
                ),
                "Give as `write:` the remote write port, 19291 by default; 10902 is for `http:`.",
            ),
        Door::Answered(status, allow, body) => {
            let allow = match allow {
                Some(allow) if status == 405 => format!(" (allowed: {})", words::cut(&allow, 80)),
                _ => String::new(),
            };
            findings.unsure(
                format!(
                    "a GET of `/{WRITE_PATH}` at {name} brought {status}{allow}, {}, where a Receive answers 405 and allows POST",
                    quoted(&body)
                ),
                format!("Check the `write:` address of hop `{name}`: Receive's remote write port is 19291 by default, and a proxy before it must let the path through."),
            );
        }
    }
}

fn quoted(body: &str) -> String {
    match body.trim() {
        "" => "without a body".to_owned(),
        body => format!("{:?}", words::cut(body, 120)),
    }
}

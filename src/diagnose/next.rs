//! Commands to run next: ones that exist, at addresses that this backend has. Credentials stand in them as the variable to fill in.

use std::net::SocketAddr;

use url::Url;

use crate::backend::answer::RecordType;
use crate::backend::{AddressKey, Backend, Capability, World, prometheus};
use crate::leaves::words;

/// `curl` of an instant query, as gapcheck asks it. None where the hop answers no PromQL.
pub(crate) fn query(hop: &Backend, expression: &str) -> Option<String> {
    hop.answers(Capability::Query)?;
    let request = prometheus::query_request(hop, expression);
    let url = request.strip_prefix("GET ")?;
    Some(format!("curl -sS{} {}", headers(hop), words::shell(url)))
}

/// `curl` of a path at one of its addresses; its kind must have that endpoint there.
pub(crate) fn path(hop: &Backend, address: AddressKey, path: &str) -> Option<String> {
    let mut url = hop.address(address)?.clone();
    let _ = url.set_password(None);
    let whole = format!(
        "{}/{}",
        url.as_str().trim_end_matches('/'),
        path.trim_start_matches('/')
    );
    Some(format!("curl -sS{} {}", headers(hop), words::shell(&whole)))
}

/// `curl -i` of a URL that is somewhere else, such as a receiver's as the sender has it.
pub(crate) fn look(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_password(None);
    format!("curl -sSi {}", words::shell(url.as_str()))
}

/// `dig` of a name as gapcheck looks it up: at the name server and in the domains that the suite has for it, else as this machine does.
pub(crate) fn dig(world: &World, name: &str, record: RecordType) -> String {
    let probe = world.names.complete(world.lookup(name, record));
    let at = match probe.resolver.as_deref() {
        Some(server) => match server.parse::<SocketAddr>() {
            Ok(server) => format!(" @{} -p {}", server.ip(), server.port()),
            Err(_) => format!(" {}", words::shell(&format!("@{server}"))),
        },
        None => String::new(),
    };
    let record = record.word();
    match probe.search {
        Some(domains) if !name.ends_with('.') => {
            let within = domains.iter().map(|domain| format!("{name}.{domain}"));
            let each: Vec<String> = std::iter::once(name.to_owned())
                .chain(within)
                .map(|full| format!(" {} {record}", words::shell(&full)))
                .collect();
            format!("dig{at}{}", each.concat())
        }
        _ => format!("dig{at} +search {} {record}", words::shell(name)),
    }
}

/// `curl` of what a Receive counts of the writes that it answered, by status and tenant.
pub(crate) fn writes_counted(receive: &Backend) -> Option<String> {
    let page = path(receive, AddressKey::Http, "metrics")?;
    Some(format!(
        "{page} | grep -E '^http_requests_total.*handler=\"receive\"'"
    ))
}

/// The headers with which a hop is asked, secrets as variables.
fn headers(hop: &Backend) -> String {
    let mut out = String::new();
    if hop.hop.token.is_some() {
        out.push_str(" -H \"Authorization: Bearer $TOKEN\"");
    }
    if hop.hop.basic_auth.is_some() {
        out.push_str(" -u \"$USER_AND_PASSWORD\"");
    }
    if let (Some(tenant), Some(header)) = (&hop.hop.tenant, hop.tenant_header()) {
        out.push_str(&format!(
            " -H {}",
            words::shell(&format!("{header}: {tenant}"))
        ));
    }
    out
}

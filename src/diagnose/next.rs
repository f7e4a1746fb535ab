//! Commands to run next: ones that exist, at addresses that this backend has. Credentials stand in them as the variable to fill in.

use url::Url;

use crate::backend::{AddressKey, Backend, Capability, prometheus};
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

/// `dig` of a name, with the search list, as the servers look it up.
pub(crate) fn dig(name: &str, record: &str) -> String {
    format!("dig +search {} {record}", words::shell(name))
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

//! Commands to run next: ones that exist, at addresses that this backend has. Credentials stand in them as the variable to fill in.

use url::Url;

use crate::backend::{AddressKey, Backend, Capability, prometheus};

/// `curl` of an instant query, as gapcheck asks it. None where the hop answers no PromQL.
pub(crate) fn query(hop: &Backend, expression: &str) -> Option<String> {
    hop.answers(Capability::Query)?;
    let request = prometheus::query_request(hop, expression);
    let url = request.strip_prefix("GET ")?;
    Some(format!("curl -sS{} {}", headers(hop), quoted(url)))
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
    Some(format!("curl -sS{} {}", headers(hop), quoted(&whole)))
}

/// `curl -i` of a URL that is somewhere else, such as a receiver's as the sender has it.
pub(crate) fn look(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_password(None);
    format!("curl -sSi {}", quoted(url.as_str()))
}

/// `dig` of a name, with the search list, as the servers look it up.
pub(crate) fn dig(name: &str, record: &str) -> String {
    format!("dig +search {} {record}", quoted(name))
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
    let header = hop
        .hop
        .tenant_header
        .as_deref()
        .or(hop.kind().row().tenant_header);
    if let (Some(tenant), Some(header)) = (&hop.hop.tenant, header) {
        out.push_str(&format!(" -H {}", quoted(&format!("{header}: {tenant}"))));
    }
    out
}

/// A word that a shell takes as it is.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-@:/".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

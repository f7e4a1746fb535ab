//! The headers that a hop adds to each request: its tenant, its own headers, its credentials. Nothing else reveals a secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::backend::address::is_loopback;
use crate::backend::failure::{Failure, FailureClass};
use crate::backend::hop::Hop;
use crate::backend::world::Backend;
use crate::leaves::SecretText;

/// Adds the backend's headers to those of a request to this address. Fails where a credential would leave this machine in plain
/// text, or a header cannot be sent as written.
pub(crate) fn add(headers: &mut HeaderMap, backend: &Backend, url: &Url) -> Result<(), Failure> {
    let hop = &backend.hop;
    if url.scheme() != "https" && !hop.allow_plaintext && !is_loopback(url) && has_secret(hop, url)
    {
        let host = url.host_str().unwrap_or_default();
        return Err(Failure::new(
            FailureClass::Local,
            format!(
                "the credentials of `{}` are not sent to `{host}` over plain http",
                hop.name
            ),
        )
        .help("Give an `https://` address, or set `allow_plaintext: true` on the hop."));
    }
    let tenant_header = hop
        .tenant_header
        .as_deref()
        .or(hop.kind.row().tenant_header);
    if let (Some(tenant), Some(name)) = (&hop.tenant, tenant_header) {
        headers.insert(header_name(hop, name)?, header_value(hop, name, tenant)?);
    }
    for (name, value) in &hop.headers {
        let mut sent = header_value(hop, name, value.reveal())?;
        sent.set_sensitive(true);
        headers.insert(header_name(hop, name)?, sent);
    }
    let authorization = match (&hop.token, &hop.basic_auth) {
        (Some(token), _) => Some(format!("Bearer {}", token.reveal())),
        (None, Some(basic)) => {
            let (user, password) = (basic.username.reveal(), basic.password.reveal());
            Some(format!(
                "Basic {}",
                STANDARD.encode(format!("{user}:{password}"))
            ))
        }
        (None, None) => None,
    };
    if let Some(text) = authorization {
        let mut sent = header_value(hop, "Authorization", &text)?;
        sent.set_sensitive(true);
        headers.insert(AUTHORIZATION, sent);
    }
    Ok(())
}

fn has_secret(hop: &Hop, url: &Url) -> bool {
    url.password().is_some()
        || hop.token.is_some()
        || hop.basic_auth.is_some()
        || hop
            .headers
            .values()
            .any(|value| matches!(value, SecretText::Secret(_)))
}

fn header_name(hop: &Hop, name: &str) -> Result<HeaderName, Failure> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        let what = format!("`{name}` of hop `{}` is not a header's name", hop.name);
        Failure::new(FailureClass::Local, what)
    })
}

fn header_value(hop: &Hop, name: &str, value: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(value).map_err(|_| {
        let what = format!(
            "the value of header `{name}` of hop `{}` holds characters that no header can have",
            hop.name
        );
        Failure::new(FailureClass::Local, what)
            .help("Look for a line break at the end of the secret.")
    })
}

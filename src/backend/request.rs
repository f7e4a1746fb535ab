//! A request as a person would repeat it, without sending it.

use crate::backend::address::{address, below, without_password};
use crate::backend::kind::{AddressKey, Capability};
use crate::backend::world::Backend;
use crate::leaves::SecretText;

/// One of the backend's addresses as it is shown: without user and password.
pub fn address_of(backend: &Backend, key: AddressKey) -> Option<String> {
    backend
        .address(key)
        .map(|url| without_password(url).to_string())
}

/// The GET of that path at the address where the backend answers such questions; why there is none, where it cannot.
pub fn get(backend: &Backend, capability: Capability, path: &str) -> String {
    match address(backend, capability, path) {
        Ok(url) => format!("GET {}", without_password(&url)),
        Err(failure) => failure.what,
    }
}

/// The GET of that path at one of the backend's addresses.
pub fn get_at(backend: &Backend, key: AddressKey, path: &str) -> String {
    match backend.address(key) {
        Some(base) => {
            let url = below(base, path.trim_start_matches('/'));
            format!("GET {}", without_password(&url))
        }
        None => format!("`{}` has no `{}` address", backend.name(), key.word()),
    }
}

/// A backend's page of metrics.
pub fn page(backend: &Backend) -> String {
    match backend.address(AddressKey::Url) {
        Some(url) if url.path() == "/" => {
            format!("GET {}", without_password(&below(url, "metrics")))
        }
        Some(url) => format!("GET {}", without_password(url)),
        None => format!("`{}` has no `url` address", backend.name()),
    }
}

/// A gRPC call at the backend's store.
pub fn call(backend: &Backend, asked: &str) -> String {
    match backend.address(AddressKey::Grpc) {
        Some(url) => {
            let host = url.host_str().unwrap_or_default();
            let port = url.port_or_known_default().unwrap_or_default();
            format!("gRPC {host}:{port} {asked}")
        }
        None => format!("`{}` has no `grpc` address", backend.name()),
    }
}

/// What goes along with each request: names, and never a value that could be a credential.
pub fn sends(backend: &Backend) -> Vec<String> {
    let hop = &backend.hop;
    let mut sends = Vec::new();
    if let Some(tenant) = &hop.tenant {
        let header = hop
            .tenant_header
            .as_deref()
            .or(backend.kind().row().tenant_header);
        sends.push(format!("{}: {tenant}", header.unwrap_or("tenant")));
    }
    sends.extend(hop.headers.iter().map(|(name, value)| match value {
        SecretText::Plain(_) => format!("header {name}"),
        SecretText::Secret(secret) => format!("header {name} (secret `{}`)", secret.name()),
    }));
    if let Some(token) = &hop.token {
        sends.push(format!("bearer token (secret `{}`)", token.name()));
    }
    if let Some(basic) = &hop.basic_auth {
        sends.push(format!(
            "basic authentication (secret `{}`)",
            basic.password.name()
        ));
    }
    if hop.tls.as_ref().is_some_and(|tls| tls.cert.is_some()) {
        sends.push("client certificate".to_owned());
    }
    sends
}

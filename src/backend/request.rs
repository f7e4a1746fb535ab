//! A request as a person would repeat it, without sending it.

use crate::backend::address::{address, below, without_password};
use crate::backend::kind::{AddressKey, Capability};
use crate::backend::world::Backend;

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

//! DNS: a stub resolver that hides nothing. It asks every form of a name and tells each server's own answer.

#[cfg(test)]
mod fake_server;
mod lookup;
mod reply;
mod resolv_conf;
mod settings;
mod wire;

pub use lookup::{RESOLV_CONF, lookup, lookup_with};

//! TLS: what a handshake shows, trusted or not, and whom to trust.

#[cfg(test)]
pub(crate) mod fake_server;
mod handshake;
mod leaf;
mod onlooker;
mod trust;

pub(crate) use handshake::handshake;
pub(crate) use onlooker::{Onlooker, client_config, distrustful_config};
pub use trust::Trust;

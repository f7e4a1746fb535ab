//! TCP: which address of a host accepts a connection, which do not and why; a TLS handshake where one is asked for.

mod connect;
mod race;

pub use connect::connect;

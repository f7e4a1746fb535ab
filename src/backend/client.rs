//! HTTP clients.

/// HTTP clients.
#[derive(Debug, Default)]
pub struct Clients;

//! Thanos' StoreAPI, Info and the health service over gRPC.

mod call;
mod connection;
mod first_byte;
mod message;
mod question;
mod rpc_failure;

pub use question::{MOST_SERIES, info, series, values};

pub(crate) use connection::Connections;

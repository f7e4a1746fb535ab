//! End to end: the built program against real servers.

mod doors;
mod metrics;
mod network;
mod pipeline;
mod remote_write;
mod servers;
mod tls;

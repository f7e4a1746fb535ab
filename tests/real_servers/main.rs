//! End to end: the built program against real servers.

mod agent;
mod doors;
mod forecast;
mod metrics;
mod network;
mod pipeline;
mod recordings;
mod remote_write;
mod replicas;
mod rules;
mod servers;
mod tls;

//! End to end: the built program against real servers.

#[path = "../support/servers.rs"]
#[expect(dead_code, reason = "the servers serve other tests, too")]
mod servers;
#[path = "../support/tls.rs"]
mod tls;

mod agent;
mod doctor;
mod doors;
mod forecast;
mod metrics;
mod network;
mod pipeline;
mod recordings;
mod remote_write;
mod replicas;
mod rules;
mod scraping;

//! End to end: the built program against real servers.

mod doors;
mod forecast;
mod metrics;
mod network;
mod pipeline;
mod remote_write;
mod rules;
mod scraping;
mod servers;
mod tls;

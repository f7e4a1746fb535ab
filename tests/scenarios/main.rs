//! Faults planted in real servers, end to end: the built program must name the edge and the cause, and prove no other cause.

#[path = "../support/servers.rs"]
#[expect(dead_code, reason = "the servers serve other tests, too")]
mod servers;
#[path = "../support/tls.rs"]
#[expect(dead_code, reason = "its authority serves other tests")]
mod tls;

mod front;
mod guards;
mod judging;
mod misleading;
mod names;
mod pages;
mod rigs;
mod scraping;
mod senders;
mod sending;
mod several;
mod whole;

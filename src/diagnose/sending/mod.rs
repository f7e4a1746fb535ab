//! Out of Prometheus: the block, the queue, the network to the receiver.

mod age_limit;
mod block;
mod causes;
mod causes_of_refusal;
mod causes_of_time;
mod counted;
mod formats;
mod lagging;
mod late_start;
mod newest;
mod no_remote_write;
mod outage;
mod queue;
mod receiver_errors;
mod tenants;
mod view;
mod write_connection;
mod write_name;
mod write_relabel;
mod write_url;

pub(crate) use block::sending;
pub(crate) use causes::CAUSES;
pub(crate) use newest::{newest, started};
pub(crate) use queue::writing;
pub(crate) use write_connection::refuses_sender;

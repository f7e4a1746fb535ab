//! Into the receiver: admission, tenants, limits, storage.

mod at_prometheus;
mod causes;
mod changed;
mod other_replica;
mod receive_not_ready;
mod receive_relabel;
mod refusals;
mod sent;
mod storage;
mod taking;
mod twin;

pub(crate) use causes::CAUSES;
pub(crate) use taking::Taking;

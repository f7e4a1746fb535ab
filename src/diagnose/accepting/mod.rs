//! Into the receiver: admission, tenants, limits, storage.

mod causes;
mod changed;
mod receive_not_ready;
mod refusals;
mod sent;
mod storage;
mod taking;

pub(crate) use causes::CAUSES;

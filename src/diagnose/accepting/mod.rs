//! Into the receiver: admission, tenants, limits, storage.

mod causes;

pub(crate) use causes::CAUSES;

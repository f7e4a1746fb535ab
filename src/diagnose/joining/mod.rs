//! From a store to Query: discovery, health, and which stores a query reaches.

mod causes;

pub(crate) use causes::CAUSES;

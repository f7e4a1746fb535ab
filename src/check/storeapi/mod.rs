//! `storeapi`: its form, and how it judges what a store answers over gRPC.

mod absence;
mod assertions;
mod findings;
mod form;
mod judge;

pub use form::StoreApi;

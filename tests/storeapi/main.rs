//! The StoreAPI over gRPC: the client against recorded answers and bad servers, the kind against scripted ones and the lab.

mod bad_answers;
mod kind;
mod lab;
mod recorded;
mod server;

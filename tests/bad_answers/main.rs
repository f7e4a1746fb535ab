//! Bad answers: what servers, name servers and networks send that is no answer must never become a pass or an accusation. Each test
//! carries the id of its row in the catalogue of faults: H for HTTP, T for TLS and TCP, D for DNS, P for the semantics of Prometheus,
//! K for gRPC. Rows that need a look inside stand as unit tests of the same name beside the code, and in `http_client.rs` and `https_client.rs`.

#[path = "../support/mod.rs"]
#[expect(
    dead_code,
    reason = "a scripted server stands in for the one that answers well"
)]
mod support;

#[path = "../storeapi/server.rs"]
#[expect(
    dead_code,
    reason = "these servers are asked by the built program only"
)]
mod grpc_server;

mod dns;
mod grpc;
mod half;
mod http;
mod http2;
mod scripted;
mod semantics;
mod stage;
mod tls;

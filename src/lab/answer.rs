//! The lab in one function: what a station answers to a request, at a moment, in a given world.

use crate::lab::message::{Request, Response};
use crate::lab::model::Model;
use crate::lab::station::Station;
use crate::lab::{exporter, prometheus, query, receive};

/// The answer of a station. A closed station is the server's affair: here it answers as if it were open.
pub fn answer(model: &Model, station: &Station, now_ms: i64, request: &Request) -> Response {
    match station {
        Station::Exporter => exporter::answer(model, now_ms, request),
        Station::Prometheus(cluster) => prometheus::answer(model, cluster, now_ms, request),
        Station::ReceiveWrite => receive::answer_write(model, now_ms, request),
        Station::ReceiveHttp => receive::answer_http(model, now_ms, request),
        Station::Query => query::answer(model, now_ms, request),
    }
}

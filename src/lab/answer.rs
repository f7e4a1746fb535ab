//! The lab in one function: what a station answers to a request, at a moment, in a given world.

use std::borrow::Cow;

use crate::lab::message::{Request, Response};
use crate::lab::model::Model;
use crate::lab::station::Station;
use crate::lab::{exporter, frontend, prometheus, query, receive};

/// The answer of a station. A closed station is the server's affair: here it answers as if it were open.
pub fn answer(model: &Model, station: &Station, now_ms: i64, request: &Request) -> Response {
    let model = &*as_sent(model, now_ms);
    match station {
        Station::Exporter => exporter::answer(model, now_ms, request),
        Station::Prometheus(cluster) => {
            let now_ms = clock(model, station, now_ms);
            prometheus::answer(model, cluster, now_ms, request)
        }
        Station::ReceiveWrite(n) => receive::answer_write(model, *n, now_ms, request),
        Station::ReceiveHttp(n) => receive::answer_http(model, *n, now_ms, request),
        // Without HTTP/2 nothing is answered there: the server closes the connection.
        Station::ReceiveGrpc(_) => Response::not_found(),
        Station::Query => query::answer(model, now_ms, request),
        Station::Frontend => frontend::answer(model, now_ms, request),
    }
}

/// The clock of a station at a moment.
pub fn clock(model: &Model, station: &Station, now_ms: i64) -> i64 {
    let ahead_ms = match station {
        Station::Prometheus(cluster) => model.prometheus(cluster).map(|one| one.clock_ahead_ms),
        _ => None,
    };
    now_ms + ahead_ms.unwrap_or(0)
}

/// The world at a moment: what a Prometheus with a late clock has sent ends in the past.
pub(crate) fn as_sent(model: &Model, now_ms: i64) -> Cow<'_, Model> {
    if model.prometheus.iter().all(|one| one.clock_ahead_ms >= 0) {
        return Cow::Borrowed(model);
    }
    let mut model = model.clone();
    for one in &mut model.prometheus {
        if one.clock_ahead_ms < 0 {
            let until = now_ms + one.clock_ahead_ms;
            let before = one.remote_write.stuck_since_ms.unwrap_or(until);
            one.remote_write.stuck_since_ms = Some(before.min(until));
        }
    }
    Cow::Owned(model)
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::lab::fault::FAULTS;
    use crate::lab::incident;
    use crate::lab::message::Request;
    use crate::lab::station::Station;

    const NOW: i64 = 1_800_000_000_000;

    const PATHS: [&str; 14] = [
        "/api/v1/query",
        "/api/v1/query_range",
        "/api/v1/series",
        "/api/v1/labels",
        "/api/v1/label/a%b/values",
        "/api/v1/label//values",
        "/api/v1/targets",
        "/api/v1/targets/metadata",
        "/api/v1/status/tsdb",
        "/api/v1/stores",
        "/api/v1/receive",
        "/metrics",
        "",
        "/\u{0}\u{e9}",
    ];

    const NAMES: [&str; 13] = [
        "query",
        "time",
        "start",
        "end",
        "step",
        "limit",
        "match[]",
        "match_target",
        "dedup",
        "partial_response",
        "storeMatch[]",
        "replicaLabels[]",
        "state",
    ];

    const VALUES: [&str; 14] = [
        "",
        "up",
        "up[100y]",
        "up offset 290000000y",
        "up offset -290000000y",
        "{",
        "{__name__=~\"(\"}",
        "{x=\"\u{1f600}\"}",
        "-1",
        "1e300",
        "NaN",
        "9223372036854775807",
        "0.0001",
        "1800000000",
    ];

    #[test]
    fn whatever_is_asked_is_answered() {
        let stations = [
            Station::Exporter,
            Station::Prometheus("ops".to_owned()),
            Station::Prometheus("blue".to_owned()),
            Station::ReceiveWrite(0),
            Station::ReceiveHttp(0),
            Station::ReceiveWrite(7),
            Station::Query,
            Station::Frontend,
        ];
        let model = incident::healthy(NOW);
        for station in &stations {
            for path in PATHS {
                for name in NAMES {
                    for value in VALUES {
                        let base = Request::get(path)
                            .with("query", "up")
                            .with("start", "1799999990");
                        let mut request = base.with("end", "1800000000").with("step", "5");
                        request.params.retain(|(key, _)| key != name);
                        let request = request.with(name, value);
                        let answer = answer(&model, station, NOW, &request);
                        assert!(
                            [200, 204, 400, 404, 405, 422].contains(&answer.status),
                            "{station} {request:?} gives {answer:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn every_fault_can_be_asked_before_and_after_its_beginning() {
        let query = Request::get("/api/v1/query").with("query", "up");
        for fault in FAULTS {
            let mut model = incident::healthy(NOW);
            (fault.plant)(&mut model);
            for now_ms in [0, NOW - 3_600_000, NOW, NOW + 86_400_000] {
                let ops = Station::Prometheus("ops".to_owned());
                for station in [ops, Station::Query] {
                    let answer = answer(&model, &station, now_ms, &query);
                    assert_eq!(answer.status, 200, "{} at {now_ms}", fault.name);
                }
            }
        }
    }
}

//! Who asks, and so what was asked at all: what nobody asked has no place in a recording.

use gapcheck::lab::incident::COST_METRIC;
use gapcheck::lab::{Request, Station};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The author of the report: the metric by its name, targets, stores and their flags, and one look at the page of Receive.
    Reporter,
    /// Somebody who may ask everything, and does.
    Anyone,
}

impl Who {
    /// Whether the station is asked this over HTTP.
    pub(crate) fn asks(self, station: &Station, request: &Request) -> bool {
        if self == Self::Anyone {
            return true;
        }
        let plainly = || {
            let query = request.param("query").unwrap_or_default();
            query.contains(COST_METRIC)
                && !["=~", "timestamp(", " offset "]
                    .iter()
                    .any(|word| query.contains(word))
        };
        let in_time = || {
            request
                .param("query")
                .is_some_and(|query| query.contains('['))
        };
        match (station, request.path.as_str()) {
            (Station::Query, "/api/v1/query") => {
                plainly() && request.param("dedup") != Some("false")
            }
            // Nobody measured how old the samples were.
            (Station::Prometheus(_), "/api/v1/query") => plainly() && !in_time(),
            (Station::Prometheus(_), "/api/v1/targets")
            | (Station::Query, "/api/v1/stores" | "/api/v1/status/flags")
            | (Station::ReceiveHttp(_), "/metrics") => true,
            _ => false,
        }
    }

    /// Whether such a question is put. A counter that was read once does not show how it moves.
    pub(crate) fn puts(self, question: &str) -> bool {
        self == Self::Anyone || question != "movement"
    }
}

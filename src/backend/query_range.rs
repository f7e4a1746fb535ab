//! Range queries: what a dashboard asks, and what a Query Frontend answers from its cache.

use std::time::Duration;

use crate::backend::address::{address, without_password};
use crate::backend::answer::QueryAnswer;
use crate::backend::client::Clients;
use crate::backend::kind::Capability;
use crate::backend::outgoing::Outgoing;
use crate::backend::prometheus::{parameters, read_query};
use crate::backend::query_how::QueryHow;
use crate::backend::range_how::RangeHow;
use crate::backend::trace::{Exchanged, Trace};
use crate::backend::world::Backend;

const PATH: &str = "api/v1/query_range";

/// Runs a range query.
pub async fn query_range(
    clients: &Clients,
    backend: &Backend,
    query: &str,
    how: &RangeHow,
    timeout: Duration,
) -> Exchanged<QueryAnswer> {
    let mut url = match address(backend, Capability::Query, PATH) {
        Ok(url) => url,
        Err(failure) => return (Trace::default(), Err(failure)),
    };
    url.query_pairs_mut()
        .extend_pairs(asked(backend, query, how));
    clients
        .exchange(
            Outgoing::get(backend, url),
            timeout,
            |status, kind, body| Ok(read_query(PATH, status, kind, body)?.0),
        )
        .await
}

/// The request of a range query, as a person would repeat it.
pub fn query_range_request(backend: &Backend, query: &str, how: &RangeHow) -> String {
    match address(backend, Capability::Query, PATH) {
        Ok(mut url) => {
            url.query_pairs_mut()
                .extend_pairs(asked(backend, query, how));
            format!("GET {}", without_password(&url))
        }
        Err(failure) => failure.what,
    }
}

fn asked(backend: &Backend, query: &str, how: &RangeHow) -> Vec<(&'static str, String)> {
    let way = QueryHow {
        undeduplicated: how.undeduplicated,
        ..QueryHow::default()
    };
    let mut asked: Vec<(&str, String)> = match how.plain {
        true => vec![("query", query.to_owned())],
        false => parameters(backend, query, &way)
            .into_iter()
            .map(|(name, value)| (name, value.into_owned()))
            .collect(),
    };
    let seconds = |ms: i64| (ms as f64 / 1000.0).to_string();
    asked.push(("start", how.start.seconds().to_string()));
    asked.push(("end", how.end.seconds().to_string()));
    asked.push(("step", seconds(how.step_ms)));
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaves::Timestamp;

    #[test]
    fn a_dashboard_s_way_of_asking_has_no_parameter_of_thanos() {
        let form = serde_json::json!({ "name": "f", "kind": "thanos-query-frontend", "url": "http://f:9090" });
        let backend = Backend::of(serde_json::from_value(form).unwrap());
        let how = |plain, undeduplicated| RangeHow {
            start: Timestamp(1_795_432_000_000),
            end: Timestamp(1_795_435_600_000),
            step_ms: 60_000,
            undeduplicated,
            plain,
        };
        assert_eq!(
            query_range_request(&backend, "up", &how(true, false)),
            "GET http://f:9090/api/v1/query_range?query=up&start=1795432000&end=1795435600&step=60"
        );
        assert_eq!(
            query_range_request(&backend, "up", &how(false, true)),
            "GET http://f:9090/api/v1/query_range?query=up&dedup=false&partial_response=false&start=1795432000&end=1795435600&step=60"
        );
    }
}

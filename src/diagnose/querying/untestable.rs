//! Causes whose question none of the known kinds of backend answers. They are named, so that nobody takes them for ruled out.

use crate::diagnose::case::Case;
use crate::diagnose::found::Found;

/// Instant queries pass a Query Frontend as they are; only range queries are cached.
pub(crate) async fn cached_empty(case: &Case<'_>) -> Found {
    if case.query().is_none() {
        return Found::ruled_out("no Thanos Query is on the way");
    }
    Found::not_tested(
        "only range queries are cached, and gapcheck asks instant ones, which a Query Frontend passes on as they are",
    )
}

/// A Grafana cannot be asked yet.
pub(crate) fn wrong_datasource() -> Found {
    Found::not_tested("no Grafana can be asked by this version; what a dashboard gets was not seen")
}

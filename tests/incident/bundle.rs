//! The recordings of the bundle are what the lab makes today.

use std::fs;
use std::path::{Path, PathBuf};

use gapcheck::lab::incident::COST_METRIC;
use gapcheck::lab::{Request, Station};

use crate::network::Asked;
use crate::recording::made;

/// The folder of the bundle.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/incident")
}

/// What the author of the report asked: the metric by its name, targets, stores and their flags, and the page of Receive.
fn as_reported(station: &Station, request: &Request) -> bool {
    let names_the_metric = || {
        let query = request.param("query").unwrap_or_default();
        query.contains(COST_METRIC) && !query.contains("timestamp(") && !query.contains('[')
    };
    match (station, request.path.as_str()) {
        (Station::Prometheus(_) | Station::Query, "/api/v1/query") => names_the_metric(),
        (Station::Prometheus(_), "/api/v1/targets") => true,
        (Station::Query, "/api/v1/stores" | "/api/v1/status/flags") => true,
        (Station::ReceiveHttp(_), "/metrics") => true,
        _ => false,
    }
}

fn everything(_: &Station, _: &Request) -> bool {
    true
}

fn is_as_made(suite: &str, recording: &str, asked: Asked) {
    let made = made(&folder().join(suite), asked);
    let path = folder().join(recording);
    if std::env::var_os("UPDATE_INCIDENT").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{recording} is not what the lab makes: run `UPDATE_INCIDENT=1 cargo test --test incident`"
    );
}

#[test]
fn what_was_asked_that_day_is_as_the_lab_makes_it() {
    is_as_made("report.yaml", "recording.jsonl", as_reported);
}

#[test]
fn what_could_have_been_asked_is_as_the_lab_makes_it() {
    is_as_made("access.yaml", "access.jsonl", everything);
}

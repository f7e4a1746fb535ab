//! `lag`: how far a hop is behind the one before it.

use serde_json::{Value, json};

use crate::scene::{
    Scene, Seen, Told, count, head, newest, no_samples, refused, tsdb, vector, warned,
};

const NEWEST: &str = "query query max(timestamp(up{cluster=\"ops\"}))";

fn form() -> Value {
    json!({ "metric": "up", "through": ["prom", "receive", "query"], "lag": "2m" })
}

fn behind(prom: Told, query: Told) -> Seen {
    Scene::incident()
        .tell("prom count up", count(1))
        .tell(
            "receive tsdb",
            tsdb(&[head("default-tenant", &[("up", 1)])]),
        )
        .tell("query count up{cluster=\"ops\"}", count(1))
        .tell("prom query max(timestamp(up))", prom)
        .tell(NEWEST, query)
        .tell("query query up{cluster=\"ops\"}[1h]", no_samples())
        .judge("metric", form())
}

#[test]
fn a_hop_may_be_behind_by_as_much_as_is_allowed_and_no_more() {
    behind(newest(1_000), newest(121_000)).passes();
    behind(newest(1_000), newest(122_000)).fails(
        "query at most 2m behind prom",
        "query is 2m1s behind prom: the newest samples are of",
    );
}

#[test]
fn age_alone_is_no_lag_and_a_hop_may_be_ahead() {
    behind(newest(250_000), newest(250_000)).passes();
    behind(newest(250_000), newest(1_000)).passes();
}

#[test]
fn what_could_not_be_asked_is_an_error() {
    behind(refused(), newest(1_000)).errs("how far prom is behind is not known", "");
    behind(newest(1_000), refused()).errs("how far query is behind is not known", "");
    behind(newest(1_000), vector(&[])).errs("no sample of it could be found", "");
}

#[test]
fn a_lag_in_half_an_answer_is_an_error() {
    let half = warned(newest(500_000), "store 10.1.2.3:10901 is down");
    behind(newest(1_000), half).errs("its answer is not whole", "");
}

#[test]
fn a_lag_that_cannot_be_measured_is_said_before_anything_is_sent() {
    let of = |form: Value| Scene::incident().review("metric", form);
    assert!(of(form()).is_empty());
    for (form, says) in [
        (
            json!({ "metric": "up", "at": "query", "lag": "2m" }),
            "two hops that answer PromQL",
        ),
        (
            json!({ "metric": "up", "through": ["prom", "receive"], "lag": "2m" }),
            "two hops that answer PromQL",
        ),
        (
            json!({ "metric": "up", "through": ["prom", "query"], "lag": "0s" }),
            "a lag of 0s",
        ),
    ] {
        let complaints = of(form);
        assert!(complaints[0].message.contains(says), "{complaints:?}");
        assert!(complaints[0].help.is_some());
    }
}

//! What the counters of a queue say: a pure function.

use crate::check::remote_write::queue::Queue;

/// How long the newest sample sent must be past before a queue in which nothing moves is called idle, in seconds. Targets are scraped
/// every minute or so: a look of 15 seconds can fall between two scrapes.
const LONG_PAST: f64 = 300.0;

/// How long a queue that never sent anything must be watched before it is called idle, in seconds.
const LONG_WATCHED: f64 = 60.0;

/// How far a queue that sends again may lie behind before the sending again is what it does, in seconds.
const BEHIND: f64 = 15.0;

/// What a queue does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Samples leave, and the receiver takes them.
    Delivering,
    /// They do, and the newest lies too far behind.
    Lagging,
    /// Nothing moves, and the look was too short to say more.
    Unclear,
    /// There was nothing to send.
    Idle,
    /// Relabelling drops all there is.
    EverythingDropped,
    /// Samples wait, and none comes through.
    Blocked,
    /// The same samples are sent again and again: no answer, or a 5xx.
    Retrying,
    /// The receiver refuses samples for good: a 4xx. They are lost.
    Failing,
}

impl State {
    /// The state in a word or two.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Delivering => "delivering",
            Self::Lagging => "lagging",
            Self::Unclear => "nothing moved",
            Self::Idle => "idle",
            Self::EverythingDropped => "everything dropped",
            Self::Blocked => "blocked",
            Self::Retrying => "retrying",
            Self::Failing => "failing",
        }
    }
}

/// What the queue does. `is_late` says of a lag in seconds whether it is too much; `may_fail` of the rate of refused samples whether
/// it is tolerated.
pub(crate) fn state(
    queue: &Queue,
    is_late: impl Fn(f64) -> bool,
    may_fail: impl Fn(f64) -> bool,
) -> State {
    let delivered = queue.delivered() > 0.0 && queue.finished != Some(false);
    let waits = queue.pending.1 > 0.0;
    if queue.failed > 0.0 && !(delivered && may_fail(queue.rate(queue.failed))) {
        return State::Failing;
    }
    let is_behind = queue.lag().is_none_or(|lag| lag > BEHIND);
    if queue.retried > 0.0 && (!delivered || (waits && is_behind)) {
        return State::Retrying;
    }
    if queue.tried > 0.0 && !delivered {
        return State::Blocked;
    }
    if queue.tried <= 0.0 {
        return still(queue);
    }
    // The newest sample of the whole server says nothing of a queue that is given only some of it, and has sent those.
    let is_told = queue.newest_is_own || waits || queue.dropped_by_rules <= 0.0;
    match queue.lag() {
        Some(lag) if is_told && is_late(lag) => State::Lagging,
        _ => State::Delivering,
    }
}

/// What a queue is in which nothing was tried.
fn still(queue: &Queue) -> State {
    let (waited, waits) = (queue.pending.0 > 0.0, queue.pending.1 > 0.0);
    let never = queue.ever_tried <= 0.0;
    let long_past = queue
        .sent
        .is_some_and(|sent| queue.ended - sent > LONG_PAST);
    if waited && waits {
        State::Blocked
    } else if waits {
        State::Unclear
    } else if queue.dropped_by_rules > 0.0 && (never || long_past) {
        State::EverythingDropped
    } else if long_past || (never && queue.seconds >= LONG_WATCHED) {
        State::Idle
    } else {
        State::Unclear
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::backend::exposition::parse_page;
    use crate::backend::movement::between;
    use crate::check::remote_write::queue::{NAMES, queues};
    use crate::leaves::Timestamp;

    fn names() -> Vec<String> {
        NAMES.map(str::to_owned).into()
    }

    fn reading(of: &str) -> (crate::backend::answer::Page, Timestamp) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recorded/{of}.json"));
        let file: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let text = |pointer: &str| file.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let page = parse_page(200, "text/plain", text("/response/body").as_bytes()).unwrap();
        let date = Timestamp::from_http_date(&text("/response/headers/Date")).unwrap();
        (page, date)
    }

    fn recorded(scene: &str) -> Vec<Queue> {
        let (first, from) = reading(&format!("{scene}/metrics-0"));
        let (last, to) = reading(&format!("{scene}/metrics-1-after-16s"));
        queues(&between((&first, from), (&last, to), &names()))
    }

    fn plainly(queue: &Queue) -> State {
        state(queue, |lag| lag > 120.0, |_| false)
    }

    #[test]
    fn every_recorded_scene_of_both_versions_is_told_for_what_it_is() {
        for version in ["2.42.0", "3.14.0"] {
            for (scene, expected) in [
                ("remote-write-200", State::Delivering),
                ("remote-write-401", State::Failing),
                ("remote-write-404", State::Failing),
                ("remote-write-409", State::Failing),
                ("remote-write-429", State::Failing),
                ("remote-write-500", State::Retrying),
                ("remote-write-503", State::Retrying),
                ("remote-write-nxdomain", State::Retrying),
                ("remote-write-refused", State::Retrying),
                ("remote-write-tls-to-plain", State::Retrying),
                ("store-down", State::Retrying),
                (
                    "remote-write-dropped-by-write-relabel",
                    State::EverythingDropped,
                ),
            ] {
                let scene = format!("prometheus-{version}/{scene}");
                let all = recorded(&scene);
                assert_eq!(all.len(), 1, "{scene}");
                assert_eq!(plainly(&all[0]), expected, "{scene}: {:?}", all[0]);
            }
            let none = recorded(&format!("prometheus-{version}/remote-write-none"));
            assert_eq!(none, []);
        }
        let all = recorded("prometheus-3.14.0/rw2-to-thanos");
        assert_eq!(plainly(&all[0]), State::Failing);
    }

    #[test]
    fn a_lag_of_zero_and_no_failure_prove_nothing() {
        let refused = &recorded("prometheus-3.14.0/remote-write-404")[0];
        assert_eq!(refused.lag(), Some(0.0));
        let retried = &recorded("prometheus-3.14.0/remote-write-refused")[0];
        assert_eq!((retried.failed, retried.sent), (0.0, None));
    }

    #[test]
    fn reasons_are_told_apart_where_the_server_tells_them() {
        let old = &recorded("prometheus-2.42.0/remote-write-dropped-by-write-relabel")[0];
        let new = &recorded("prometheus-3.14.0/remote-write-dropped-by-write-relabel")[0];
        assert!(!old.tells_reasons && new.tells_reasons);
        assert_eq!((old.dropped_by_rules, old.dropped_otherwise), (128.0, 0.0));
        assert_eq!((new.dropped_by_rules, new.dropped_otherwise), (128.0, 0.0));
    }

    fn healthy() -> Queue {
        Queue {
            seconds: 15.0,
            ended: 1_000_000.0,
            tried: 100.0,
            ever_tried: 1_000.0,
            finished: Some(true),
            sent: Some(999_999.0),
            newest: Some(1_000_000.0),
            ..Queue::default()
        }
    }

    #[test]
    fn the_states_that_no_recording_shows() {
        let still = Queue {
            tried: 0.0,
            finished: Some(false),
            ..healthy()
        };
        let long_ago = Queue {
            sent: Some(900_000.0),
            ..still.clone()
        };
        let never = Queue {
            ever_tried: 0.0,
            sent: None,
            ..still.clone()
        };
        let late = Queue {
            sent: Some(999_000.0),
            ..healthy()
        };
        for (queue, expected) in [
            (healthy(), State::Delivering),
            // Nothing moved, between two scrapes perhaps.
            (still.clone(), State::Unclear),
            (never.clone(), State::Unclear),
            (long_ago.clone(), State::Idle),
            (
                Queue {
                    seconds: 60.0,
                    ..never.clone()
                },
                State::Idle,
            ),
            // Relabelling drops something, and the rest comes once a minute.
            (
                Queue {
                    dropped_by_rules: 9.0,
                    ..still.clone()
                },
                State::Unclear,
            ),
            (
                Queue {
                    dropped_by_rules: 9.0,
                    ..long_ago
                },
                State::EverythingDropped,
            ),
            // A batch hangs.
            (
                Queue {
                    pending: (9.0, 9.0),
                    ..still.clone()
                },
                State::Blocked,
            ),
            (
                Queue {
                    finished: Some(false),
                    ..healthy()
                },
                State::Blocked,
            ),
            // Just put in.
            (
                Queue {
                    pending: (0.0, 9.0),
                    ..still
                },
                State::Unclear,
            ),
            (late.clone(), State::Lagging),
            // It sends few of the server's samples, all of them sent.
            (
                Queue {
                    dropped_by_rules: 9.0,
                    ..late.clone()
                },
                State::Delivering,
            ),
            (
                Queue {
                    dropped_by_rules: 9.0,
                    newest_is_own: true,
                    ..late.clone()
                },
                State::Lagging,
            ),
            // An outage that is over, and one that has just begun.
            (
                Queue {
                    retried: 10.0,
                    ..healthy()
                },
                State::Delivering,
            ),
            (
                Queue {
                    retried: 10.0,
                    pending: (0.0, 9.0),
                    ..late
                },
                State::Retrying,
            ),
            (
                Queue {
                    failed: 1.0,
                    ..healthy()
                },
                State::Failing,
            ),
        ] {
            assert_eq!(plainly(&queue), expected, "{queue:?}");
        }
        let some = Queue {
            failed: 1.0,
            ..healthy()
        };
        assert_eq!(
            state(&some, |_| false, |rate| rate < 1.0),
            State::Delivering
        );
        let all = Queue {
            failed: 100.0,
            ..healthy()
        };
        assert_eq!(state(&all, |_| false, |_| true), State::Failing);
    }

    #[test]
    fn the_names_of_old_servers_are_known() {
        let at = "{remote_name=\"a\",url=\"http://h/\"}";
        let page = |taken: u32, retried: u32| {
            let text = format!(
                "prometheus_remote_storage_succeeded_samples_total{at} {taken}\nprometheus_remote_storage_retried_samples_total{at} {retried}\nprometheus_remote_storage_pending_samples{at} 4\nprometheus_remote_storage_failed_samples_total{at} 0\n"
            );
            parse_page(200, "text/plain", text.as_bytes()).unwrap()
        };
        let told = |last: (u32, u32)| {
            let (first, last) = (page(5, 5), page(last.0, last.1));
            let moved = between((&first, Timestamp(0)), (&last, Timestamp(15_000)), &names());
            plainly(&queues(&moved)[0])
        };
        assert_eq!(told((9, 5)), State::Delivering);
        assert_eq!(told((5, 9)), State::Retrying);
        assert_eq!(told((5, 5)), State::Blocked);
    }
}

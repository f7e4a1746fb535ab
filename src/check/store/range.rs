//! The time range of a store, by which Query decides whether to ask it at all: with Thanos' three sentinels.

use crate::backend::answer::Store as Listed;
use crate::leaves::{PromDuration, Timestamp, words};

/// The oldest time of a sidecar whose Prometheus has no block yet: year 0.
const YEAR_ZERO: i64 = -62_167_219_200_000;

/// What the range says of the last while.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Covers {
    /// It reaches so far back, and up to now; a remark that weakens the proof.
    Yes(Option<String>),
    /// It does not: what was found.
    No(String),
}

/// Whether an empty Receive advertises this: the minimum of no tenant at all (2^63−1 from Thanos 0.42 on), or no label set and all of
/// time (0.31 and 0.36).
pub(crate) fn is_empty(store: &Listed) -> bool {
    store.min_time == i64::MAX
        || (store.component == "receive"
            && store.min_time == i64::MIN
            && store.label_sets.is_empty())
}

/// Whether the store covers the last `back`.
pub(crate) fn covers(store: &Listed, back: PromDuration, now: Timestamp) -> Covers {
    if is_empty(store) {
        return Covers::No(format!(
            "{} advertises no data at all: nothing was ever written to it",
            store.name
        ));
    }
    let back_ms = i64::try_from(back.0.as_millis()).unwrap_or(i64::MAX);
    let oldest = Timestamp(store.min_time);
    if store.min_time > now.plus_ms(back_ms.saturating_neg()).0 {
        return Covers::No(format!(
            "the oldest data of {} is from {oldest}, {} ago",
            store.name,
            words::age(oldest.age_ms(now))
        ));
    }
    let newest = Timestamp(store.max_time);
    if store.max_time < now.0 {
        let ends = match store.max_time {
            i64::MIN => "has no end".to_owned(),
            _ => format!("ends at {newest}, {}", words::ago(newest.age_ms(now))),
        };
        return Covers::No(format!("the data of {} {ends}", store.name));
    }
    Covers::Yes(match (store.min_time, store.component.as_str()) {
        (i64::MIN | YEAR_ZERO, _) => Some(format!(
            "{} does not say how old its oldest data is; Query asks it for every time",
            store.name
        )),
        (_, "receive") => Some(format!(
            "the oldest time of {} is the least of its tenants': a tenant without data cannot be told by it",
            store.name
        )),
        _ => None,
    })
}

/// The range in words: each time in UTC, the sentinels as what they mean.
pub(crate) fn in_words(store: &Listed) -> (String, String) {
    let oldest = match store.min_time {
        i64::MAX => "no data".to_owned(),
        i64::MIN | YEAR_ZERO => "not said".to_owned(),
        ms => Timestamp(ms).to_string(),
    };
    let newest = match store.max_time {
        i64::MAX => "not said".to_owned(),
        i64::MIN => "no data".to_owned(),
        ms => Timestamp(ms).to_string(),
    };
    (oldest, newest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::leaves::Labels;

    const NOW: Timestamp = Timestamp(1_795_432_294_000);

    fn store(component: &str, min_time: i64, max_time: i64) -> Listed {
        Listed {
            component: component.into(),
            name: "10.1.2.3:10901".into(),
            last_check: None,
            last_error: None,
            label_sets: vec![Labels::from([("a", "b")])],
            min_time,
            max_time,
        }
    }

    fn five_minutes(store: &Listed) -> Covers {
        covers(store, PromDuration(Duration::from_secs(300)), NOW)
    }

    #[test]
    fn sentinels_are_told_from_times() {
        let no = |store: &Listed| matches!(five_minutes(store), Covers::No(_));
        assert!(
            no(&store("receive", i64::MAX, i64::MAX)),
            "empty Receive of 0.42"
        );
        assert!(
            no(&store("store", i64::MAX, i64::MIN)),
            "empty store gateway"
        );
        let mut old = store("receive", i64::MIN, i64::MAX);
        old.label_sets.clear();
        assert!(no(&old), "empty Receive of 0.31 and 0.36");
        let remark = |store: &Listed| matches!(five_minutes(store), Covers::Yes(Some(_)));
        assert!(remark(&store("sidecar", YEAR_ZERO, i64::MAX)));
        assert!(remark(&store("sidecar", i64::MIN, i64::MAX)));
        assert!(remark(&store("receive", NOW.0 - 300_000, i64::MAX)));
        assert_eq!(
            five_minutes(&store("store", NOW.0 - 300_000, NOW.0)),
            Covers::Yes(None)
        );
    }

    #[test]
    fn a_range_that_begins_late_or_ends_early_does_not_cover() {
        let Covers::No(why) = five_minutes(&store("receive", NOW.0 - 60_000, i64::MAX)) else {
            panic!("too young");
        };
        assert!(why.contains("1m ago"), "{why}");
        let Covers::No(why) = five_minutes(&store("store", 0, NOW.0 - 7_200_000)) else {
            panic!("ends early");
        };
        assert!(why.contains("2h ago"), "{why}");
    }
}

//! A server's own metrics in the history of a Prometheus that scrapes it.

use std::collections::BTreeSet;

use crate::backend::answer::{Moved, Movement, Page, Series};
use crate::backend::movement::between::grown;
use crate::backend::movement::names;
use crate::leaves::{Labels, Timestamp, quoted};

/// How much of the history is read.
const READ: &str = "5m";

/// How long a movement is watched where the history has so much: what happens now, not what was five minutes ago.
const WATCHED_MS: i64 = 60_000;

/// How old the newest sample may be: two scrapes of a minute, and some.
const OLDEST_MS: i64 = 150_000;

/// The query that finds the server's own target: its process began at that moment.
pub(crate) fn whose(start: &str) -> String {
    format!("process_start_time_seconds == {start}")
}

/// The labels of a target, from a series that has them.
pub(crate) fn target_of(series: &Labels) -> Labels {
    let mut target = series.clone();
    target.remove("__name__");
    target
}

/// The query for the raw samples of its metrics.
pub(crate) fn samples_of(target: &Labels, wanted: &[String]) -> String {
    let mut matchers = vec![format!("__name__=~{}", quoted(&names::regex(wanted)))];
    matchers.extend(
        target
            .iter()
            .map(|(name, value)| format!("{name}={}", quoted(value))),
    );
    format!("{{{}}}[{READ}]", matchers.join(","))
}

/// The movement over about the last minute. None where the history is too short or too old for that, or holds what is not on the
/// server's page: then it is the history of something else.
pub(crate) fn read(
    matrix: &[Series],
    target: &Labels,
    page: &Page,
    now: Timestamp,
    least_ms: i64,
) -> Option<Movement> {
    let times: BTreeSet<Timestamp> = matrix
        .iter()
        .flat_map(|series| series.samples.iter().map(|(at, _)| *at))
        .collect();
    let to = *times.last()?;
    let long_ago = times.range(..=to.plus_ms(-WATCHED_MS)).next_back();
    let from = *long_ago.or(times.first())?;
    if to.age_ms(now) > OLDEST_MS || from.age_ms(to) < least_ms {
        return None;
    }
    let shown: BTreeSet<&Labels> = page.samples.iter().map(|sample| &sample.labels).collect();
    let mut series = Vec::new();
    for one in matrix {
        let Some(moved) = moved(one, target, from, to) else {
            continue;
        };
        if moved.last.is_some() && !shown.contains(&moved.labels) {
            return None;
        }
        series.push(moved);
    }
    Some(Movement {
        from,
        to,
        read: String::new(),
        series,
    })
}

fn moved(series: &Series, target: &Labels, from: Timestamp, to: Timestamp) -> Option<Moved> {
    let number = |(at, value): &(Timestamp, crate::backend::answer::SampleValue)| {
        let number = value.number();
        number.is_finite().then_some((*at, number))
    };
    let all: Vec<(Timestamp, f64)> = series.samples.iter().filter_map(number).collect();
    let watched: Vec<(Timestamp, f64)> =
        all.iter().copied().filter(|(at, _)| *at >= from).collect();
    let (began, first) = *watched.first()?;
    let (ended, last) = *watched.last()?;
    // What was there before and has only a hole at the beginning did not start from zero.
    let is_new = all.first().is_some_and(|(at, _)| *at > from);
    let mut grew = if is_new { first } else { 0.0 };
    for pair in watched.windows(2) {
        grew += grown(pair[0].1, pair[1].1);
    }
    Some(Moved {
        labels: own(&series.labels, target),
        first: (began == from).then_some(first),
        last: (ended == to).then_some(last),
        grew,
    })
}

/// The labels as the server's page has them: without those of the target, which push the page's own aside as `exported_..`.
fn own(labels: &Labels, target: &Labels) -> Labels {
    let mut own = Labels::default();
    for (name, value) in labels.iter() {
        match name.strip_prefix("exported_") {
            Some(aside) if target.contains_key(aside) => {
                own.insert(aside.to_owned(), value.clone());
            }
            _ if target.contains_key(name) => {}
            _ => {
                own.insert(name.clone(), value.clone());
            }
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::answer::SampleValue;
    use crate::backend::exposition::parse_page;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn series(labels: &[(&str, &str)], samples: &[(i64, &str)]) -> Series {
        let mut all = Labels::from([("instance", "i"), ("job", "j")]);
        for (name, value) in labels {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        Series {
            labels: all,
            samples: samples
                .iter()
                .map(|(back, value)| {
                    (
                        NOW.plus_ms(-back * 1000),
                        SampleValue::Float((*value).to_owned()),
                    )
                })
                .collect(),
        }
    }

    fn target() -> Labels {
        Labels::from([("instance", "i"), ("job", "j")])
    }

    fn page(text: &str) -> Page {
        parse_page(200, "text/plain", text.as_bytes()).unwrap()
    }

    #[test]
    fn the_last_minute_is_watched_resets_and_new_series_included() {
        let page = page("a 7\nb{job=\"own\"} 3\n");
        let matrix = [
            series(
                &[("__name__", "a")],
                &[(250, "1"), (80, "100"), (65, "110"), (35, "120"), (5, "7")],
            ),
            series(
                &[("__name__", "b"), ("exported_job", "own")],
                &[(35, "2"), (5, "3")],
            ),
            series(&[("__name__", "gone")], &[(65, "2"), (35, "2")]),
        ];
        let movement = read(&matrix, &target(), &page, NOW, 15_000).unwrap();
        assert_eq!(movement.span_ms(), 60_000);
        assert_eq!(movement.series[0].labels, Labels::from([("__name__", "a")]));
        assert_eq!(movement.series[0].first, Some(110.0));
        assert_eq!(movement.series[0].grew, 17.0);
        assert_eq!(
            movement.series[1].labels,
            Labels::from([("__name__", "b"), ("job", "own")])
        );
        assert_eq!(
            (movement.series[1].first, movement.series[1].grew),
            (None, 3.0)
        );
        assert_eq!(movement.series[2].last, None);
    }

    #[test]
    fn a_history_that_is_short_old_or_of_something_else_is_none() {
        let shown = page("a 7\n");
        let a = |samples: &[(i64, &str)]| [series(&[("__name__", "a")], samples)];
        let read = |matrix: &[Series]| read(matrix, &target(), &shown, NOW, 15_000);
        assert!(read(&[]).is_none());
        assert!(read(&a(&[(5, "1")])).is_none());
        assert!(read(&a(&[(15, "1"), (5, "1")])).is_none());
        assert!(read(&a(&[(290, "1"), (200, "1")])).is_none());
        assert!(read(&a(&[(20, "1"), (5, "1")])).is_some());
        let other = [series(&[("__name__", "b")], &[(20, "1"), (5, "1")])];
        assert!(read(&other).is_none());
    }

    #[test]
    fn the_query_names_the_target_and_the_metrics() {
        assert_eq!(
            samples_of(&target(), &["a_*".to_owned(), "b".to_owned()]),
            "{__name__=~\"a_.*|b\",instance=\"i\",job=\"j\"}[5m]"
        );
    }
}

//! An exporter: what stands on its page now.

use crate::ask::Ask;
use crate::backend::answer::{Page, PageSample, Sample, SampleValue};
use crate::backend::{Backend, Failure};
use crate::check::metric::sight::{Sight, age};
use crate::leaves::{AgeLimit, Labels, Matcher, RungState, Selector, Timestamp, words};

/// Looks at the page of this hop.
pub(crate) async fn look(
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    identity: Option<&Labels>,
    fresh: Option<&AgeLimit>,
) -> Sight {
    match ask.page(hop).await {
        Ok(told) => on_page(&told.value, selector, identity, fresh, told.server_now),
        Err(failure) => unreachable(&failure, hop),
    }
}

fn unreachable(failure: &Failure, hop: &Backend) -> Sight {
    let mut sight = Sight::failed(failure, hop);
    if failure.help.is_none() {
        sight.help = Some(format!(
            "See whether the exporter runs, and whether its page can be reached from where gapcheck runs; `scrape` asks Prometheus how it sees the target. Hop `{}` can be left out of `through`.",
            hop.name()
        ));
    }
    sight
}

/// What a page shows of a selector.
pub(crate) fn on_page(
    page: &Page,
    selector: &Selector,
    identity: Option<&Labels>,
    fresh: Option<&AgeLimit>,
    now: Timestamp,
) -> Sight {
    let (wanted, left_out) = before_scraping(page, selector, identity);
    let found: Vec<&PageSample> = page
        .samples
        .iter()
        .filter(|sample| wanted.selects(&sample.labels))
        .collect();
    let mut sight = if found.is_empty() {
        not_on_page(page, &wanted)
    } else {
        let mut sight = Sight::present(found.len() as u64);
        sight.found = Some(found.iter().map(|sample| as_sample(sample)).collect());
        aged(sight, &found, fresh, now)
    };
    if !left_out.is_empty() {
        sight.why.push(format!(
            "asked without {}, which the page does not have: Prometheus attaches target labels",
            words::list(&left_out)
        ));
    }
    sight
}

/// The selector without matchers on labels that series get only later: the sender's identity, and those that no sample of that name
/// has on the page.
fn before_scraping(
    page: &Page,
    selector: &Selector,
    identity: Option<&Labels>,
) -> (Selector, Vec<String>) {
    let by_name = Selector {
        metric: selector.metric.clone(),
        matchers: selector
            .matchers
            .iter()
            .filter(|matcher| matcher.name == "__name__")
            .cloned()
            .collect(),
    };
    let of_name: Vec<&PageSample> = page
        .samples
        .iter()
        .filter(|sample| by_name.selects(&sample.labels))
        .collect();
    let stays = |matcher: &Matcher| {
        matcher.name == "__name__"
            || identity.is_none_or(|identity| !identity.contains_key(&matcher.name))
                && of_name
                    .iter()
                    .any(|sample| sample.labels.contains_key(&matcher.name))
    };
    let (kept, left_out): (Vec<Matcher>, Vec<Matcher>) = selector
        .matchers
        .iter()
        .cloned()
        .partition(|matcher| of_name.is_empty() || stays(matcher));
    let wanted = Selector {
        metric: selector.metric.clone(),
        matchers: kept,
    };
    let left_out = left_out.iter().map(|m| format!("`{m}`")).collect();
    (wanted, left_out)
}

fn as_sample(sample: &PageSample) -> Sample {
    Sample {
        labels: sample.labels.clone(),
        value: SampleValue::Float(sample.value.clone()),
    }
}

/// A sample on the page is as old as its explicit timestamp says; without one it is new with every scrape.
fn aged(sight: Sight, found: &[&PageSample], fresh: Option<&AgeLimit>, now: Timestamp) -> Sight {
    let Some(newest) = found
        .iter()
        .map(|sample| sample.timestamp)
        .collect::<Option<Vec<Timestamp>>>()
        .and_then(|times| times.into_iter().max())
    else {
        return sight;
    };
    let sight = sight.newest(newest, now);
    let old = age(newest, now);
    match fresh {
        Some(limit) if !limit.holds(old) => Sight {
            state: RungState::Stale,
            ..sight.because(format!(
                "the page gives it the timestamp {newest}, {} old; {limit} is wanted",
                words::age(old)
            ))
        },
        _ => sight,
    }
}

fn not_on_page(page: &Page, wanted: &Selector) -> Sight {
    let has = |name: &str| {
        page.samples
            .iter()
            .any(|sample| sample.labels.metric() == Some(name))
    };
    let metric = &wanted.metric;
    let is_native =
        !metric.is_empty() && has(&format!("{metric}_count")) && has(&format!("{metric}_sum"));
    if is_native && wanted.matchers.is_empty() {
        return Sight::of(RungState::Present).because(format!(
            "the page shows the histogram or summary `{metric}` as text, in parts; Prometheus may keep it as one native histogram"
        ));
    }
    let names: Vec<&str> = page
        .samples
        .iter()
        .filter_map(|sample| sample.labels.metric())
        .collect();
    let mut sight = Sight::absent();
    if has(metric) {
        sight = sight.because(format!("the page has `{metric}`, but with other labels"));
    } else if page.samples.is_empty() {
        sight = sight.because("the page has no sample at all");
    } else if let Some(near) = near(metric, &names) {
        sight = sight.because(format!("the nearest name on the page is `{near}`"));
    }
    sight
}

/// A name that may be meant: the same with a suffix more or less (`_total`, a unit), else the nearest.
fn near<'a>(metric: &str, names: &[&'a str]) -> Option<&'a str> {
    let extends = |long: &str, short: &str| {
        !short.is_empty()
            && long
                .strip_prefix(short)
                .is_some_and(|rest| rest.starts_with('_'))
    };
    names
        .iter()
        .copied()
        .find(|name| extends(name, metric) || extends(metric, name))
        .or_else(|| words::nearest(metric, names.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_432_290_000);

    type Line<'a> = (&'a [(&'a str, &'a str)], Option<i64>);

    fn page(samples: &[Line<'_>]) -> Page {
        Page {
            content_type: "text/plain".into(),
            samples: samples
                .iter()
                .map(|(labels, at)| PageSample {
                    labels: labels.iter().copied().collect(),
                    value: "1".into(),
                    timestamp: at.map(Timestamp),
                })
                .collect(),
        }
    }

    fn look_at(page: &Page, selector: &str) -> Sight {
        let identity = Labels::from([("cluster", "ops")]);
        on_page(
            page,
            &selector.parse().unwrap(),
            Some(&identity),
            Some(&"10m".parse().unwrap()),
            NOW,
        )
    }

    #[test]
    fn matchers_on_labels_that_come_later_are_left_out_and_said() {
        let page = page(&[(&[("__name__", "cost"), ("service", "AmazonEC2")], None)]);
        let sight = look_at(
            &page,
            "cost{job=\"aws\",cluster=\"ops\",service=\"AmazonEC2\"}",
        );
        assert_eq!((sight.state, sight.series), (RungState::Present, Some(1)));
        assert!(sight.why[0].contains("`job=\"aws\"` and `cluster=\"ops\"`"));
        let other = look_at(&page, "cost{service=\"S3\"}");
        assert_eq!(other.state, RungState::Absent);
        assert!(other.why[0].contains("with other labels"));
    }

    #[test]
    fn a_renamed_metric_is_absent_and_the_near_name_is_said() {
        let page = page(&[(&[("__name__", "aws_cost_x_total")], None)]);
        let sight = look_at(&page, "aws_cost_x");
        assert_eq!(sight.state, RungState::Absent);
        assert!(sight.why[0].contains("aws_cost_x_total"), "{:?}", sight.why);
    }

    #[test]
    fn an_explicit_old_timestamp_is_stale_and_no_timestamp_is_new() {
        let old = page(&[(&[("__name__", "cost")], Some(NOW.0 - 3 * 3_600_000))]);
        let sight = look_at(&old, "cost");
        assert_eq!(sight.state, RungState::Stale);
        assert!(sight.why[0].contains("3h old"), "{:?}", sight.why);
        let new = page(&[(&[("__name__", "cost")], None)]);
        assert_eq!(look_at(&new, "cost").state, RungState::Present);
    }

    #[test]
    fn a_histogram_shown_in_parts_is_not_missing() {
        let page = page(&[
            (&[("__name__", "wait_count")], None),
            (&[("__name__", "wait_sum")], None),
        ]);
        assert_eq!(look_at(&page, "wait").state, RungState::Present);
    }
}

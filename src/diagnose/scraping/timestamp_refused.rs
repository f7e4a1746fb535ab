//! The page gives the metric timestamps that Prometheus does not take. The target is `up` all the while.

use crate::diagnose::case::Case;
use crate::diagnose::figure::{figure, some};
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::pages::{of_name, pages};
use crate::diagnose::scraping::suppliers::{is_lacking, suppliers};
use crate::leaves::{PromDuration, Timestamp, words};

/// The head takes samples that are at most half its two hours older than its newest one.
const TOO_OLD_MS: i64 = 3_600_000;

/// A scrape takes samples that are at most ten minutes ahead.
const TOO_NEW_MS: i64 = 600_000;

/// Prometheus' own counters of samples that it refused, of all targets together.
const NAMES: [&str; 3] = [
    "prometheus_target_scrapes_sample_out_of_bounds_total",
    "prometheus_target_scrapes_sample_out_of_order_total",
    "prometheus_target_scrapes_sample_duplicate_timestamp_total",
];

/// How old a sample may be by the loaded configuration beyond what the head takes anyway, in milliseconds.
fn window_ms(yaml: &str) -> Option<i64> {
    let mut lines = yaml.lines();
    let written = lines.find_map(|line| line.trim().strip_prefix("out_of_order_time_window:"))?;
    let window: PromDuration = written.trim().parse().ok()?;
    i64::try_from(window.0.as_millis()).ok()
}

/// Looks for explicit timestamps on the page that the head refuses, and whether its counters say so.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    let Some(name) = case.name().filter(|_| !found.its_own) else {
        return Found::ruled_out("Prometheus itself writes it, or the check names no metric");
    };
    if !found.sure() {
        return Found::not_tested("which target should expose it is not known");
    }
    if found.up().is_empty() {
        return Found::ruled_out(format!("{} is not up", found.known[0].url))
            .shown_by(found.evidence);
    }
    let pages = pages(case, &found).await;
    let having: Vec<_> = pages
        .read
        .iter()
        .map(|read| (read, of_name(&read.told.value, name)))
        .filter(|(_, samples)| !samples.is_empty())
        .collect();
    let Some((first, _)) = having.first() else {
        return match pages.unread.first() {
            Some(why) => Found::not_tested(format!("the page could not be fetched: {why}")),
            None => Found::ruled_out(format!("`{name}` is not on the page")),
        }
        .shown_by(pages.evidence());
    };
    let evidence: Vec<u32> = found
        .evidence
        .iter()
        .copied()
        .chain(pages.evidence())
        .collect();
    let stamps: Option<Vec<Timestamp>> = having
        .iter()
        .flat_map(|(_, samples)| samples.iter().map(|sample| sample.timestamp))
        .collect();
    let Some(stamps) = stamps else {
        return Found::ruled_out(format!(
            "the page of {} gives `{name}` no timestamp of its own",
            first.target.url
        ))
        .shown_by(evidence);
    };
    let config = case.ask.config(&found.hop).await;
    if let Ok(config) = &config
        && let Some(job) = config.value.job(&first.target.pool)
        && !job.honor_timestamps
    {
        return Found::ruled_out(format!(
            "job `{}` takes no timestamps of the page",
            job.name
        ))
        .shown_by(evidence);
    }
    let now = found.told.server_now;
    let window = config
        .as_ref()
        .ok()
        .and_then(|told| window_ms(&told.value.yaml));
    let too_old = window.unwrap_or(0).max(TOO_OLD_MS);
    let outside = |at: &Timestamp| {
        let age = at.age_ms(now);
        !(-TOO_NEW_MS..=too_old).contains(&age)
    };
    let newest = stamps.iter().copied().max().unwrap_or_default();
    let age = newest.age_ms(now);
    let how_old = match age {
        0.. => format!("{} old", words::age(age)),
        _ => words::age(age),
    };
    let stamp = format!("the timestamp {newest}, {how_old}");
    let stamped = format!(
        "the page of {} gives `{name}` {}",
        first.target.url,
        figure(stamp, "a timestamp of its own")
    );
    let all_outside = stamps.iter().all(outside);
    let said = match case.ask.movement(&found.hop, &NAMES, None).await {
        Ok(movement) => {
            let grew = |name: &str| {
                movement
                    .value
                    .named(name)
                    .map(|moved| moved.grew)
                    .sum::<f64>()
            };
            let [bounds, order, duplicate] = NAMES.map(grew);
            let is_seen =
                pages.are_whole() && found.up().len() == found.known.len() && config.is_ok();
            if all_outside && bounds + order > 0.0 {
                let says = format!(
                    "{stamped}; {} refused {} samples as out of bounds or out of order{}",
                    found.hop.name(),
                    some(bounds + order),
                    figure(
                        format!(" in {}", words::age(movement.value.span_ms())),
                        ""
                    )
                );
                match is_seen && is_lacking(case) {
                    true => Found::proven(says),
                    false => Found::likely(says),
                }
            } else if all_outside {
                Found::possible(format!(
                    "{stamped}, but the counters of refused samples do not grow: a window for old samples may be set"
                ))
            } else if let Some(window) = window.filter(|_| age > TOO_OLD_MS && is_lacking(case)) {
                Found::possible(format!(
                    "{stamped}, which is within the `out_of_order_time_window` of {}: it is taken, and an instant query does not look back so far",
                    words::age(window)
                ))
            } else if is_lacking(case) && order + duplicate > 0.0 {
                Found::possible(format!(
                    "{stamped}; {} refuses samples as out of order or duplicates, of which series is not told",
                    found.hop.name()
                ))
            } else {
                Found::ruled_out(format!("{stamped}, which Prometheus takes"))
            }
            .shown_by([movement.n])
        }
        Err(failure) if all_outside => Found::likely(format!(
            "{stamped}, which Prometheus refuses; its counters could not be asked: {}",
            failure.what
        )),
        Err(_) => Found::ruled_out(format!("{stamped}, which Prometheus takes")),
    };
    let query = format!("rate({}[5m])", NAMES[0]);
    match next::query(&found.hop, &query) {
        Some(command) => said.shown_by(evidence).next(command),
        None => said.shown_by(evidence),
    }
}

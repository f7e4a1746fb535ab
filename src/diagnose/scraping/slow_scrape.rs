//! Samples come less often than an instant query looks back: the metric blinks.

use std::time::Duration;

use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::scraping::history::{Ended, LAST_HOUR, within};
use crate::diagnose::scraping::suppliers::{Suppliers, is_lacking, shown, suppliers};
use crate::leaves::{AgeLimit, PromDuration, RungState, Selector, words};

/// How far an instant query looks back, where no flag says otherwise.
const LOOKBACK_MS: i64 = 300_000;

/// How far back samples are looked for at most.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Looks whether a range has samples where an instant query has none, and how far they are apart.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let found = match suppliers(case).await {
        Ok(found) => found,
        Err(said) => return said,
    };
    let hop = found.hop.name();
    let interval = interval_ms(&found);
    if !is_lacking(case) {
        return match (shown(case), &case.metric.fresh) {
            (Some(RungState::Stale), Some(limit)) => too_fresh(&found, interval, limit),
            _ => Found::not_tested(format!("whether {hop} lacks it was not seen")),
        };
    }
    let ended = match &found.ended {
        Some(ended) => Some(ended.clone()),
        None => long_ago(case, &found, interval).await,
    };
    let Some(ended) = ended else {
        return Found::ruled_out(format!(
            "{hop} has no sample of it in a longer range, either"
        ))
        .shown_by(found.evidence);
    };
    let flags = case.ask.flags(&found.hop).await;
    let (lookback, is_told) = match &flags {
        Ok(told) => match told
            .value
            .0
            .get("query.lookback-delta")
            .and_then(|text| text.parse::<PromDuration>().ok())
        {
            Some(lookback) => (millis(lookback.0), true),
            None => (LOOKBACK_MS, false),
        },
        Err(_) => (LOOKBACK_MS, false),
    };
    let evidence: Vec<u32> = [ended.n]
        .into_iter()
        .chain(flags.iter().map(|told| told.n))
        .chain(found.evidence.iter().copied())
        .collect();
    judge(case, &found, &ended, interval, lookback, is_told).shown_by(evidence)
}

/// It is shown, and its newest sample is older than the check allows.
fn too_fresh(found: &Suppliers, interval: Option<i64>, limit: &AgeLimit) -> Found {
    let hop = found.hop.name();
    match interval {
        None => Found::not_tested(format!("how often {hop} scrapes it is not known")),
        Some(ms) if limit.holds(ms) => Found::ruled_out(format!(
            "{hop} scrapes it every {}, which is often enough for {limit}",
            words::age(ms)
        )),
        Some(ms) => Found::likely(format!(
            "{hop} scrapes it every {} only, and {limit} is wanted",
            words::age(ms)
        )),
    }
    .shown_by(found.evidence.clone())
}

fn judge(
    case: &Case<'_>,
    found: &Suppliers,
    ended: &Ended,
    interval: Option<i64>,
    lookback: i64,
    is_told: bool,
) -> Found {
    let hop = found.hop.name();
    let spacing = ended.spacing_ms();
    let Some(apart) = spacing.or(interval) else {
        return Found::possible(format!(
            "{hop} has one sample of it in the range; how often it comes is not known"
        ));
    };
    let age = ended
        .newest()
        .map_or(0, |newest| newest.age_ms(ended.server_now));
    let in_words = format!(
        "samples come every {}, and an instant query of {hop} looks back {}",
        words::age(apart),
        words::age(lookback)
    );
    if apart <= lookback {
        return Found::ruled_out(in_words);
    }
    // Older than the next sample should be: it ended, however often it came.
    if age > apart + apart / 2 {
        return Found::ruled_out(format!(
            "{in_words}, but the newest is {}old already",
            figure(format!("{} ", words::age(age)), "too ")
        ));
    }
    let says = format!(
        "{in_words}: the newest is {}old and not shown",
        figure(format!("{} ", words::age(age)), "too ")
    );
    let said = match is_told && found.known.iter().all(|target| target.health == "up") {
        true => Found::proven(says),
        false => Found::likely(says),
    };
    let range = PromDuration(Duration::from_millis(apart.unsigned_abs() * 2));
    match case.asked(&found.hop).and_then(|selector| {
        next::query(&found.hop, &format!("last_over_time({selector}[{range}])"))
    }) {
        Some(command) => said.next(command),
        None => said,
    }
}

/// Samples further back than the ladder looked, where the targets are scraped so rarely.
async fn long_ago(case: &Case<'_>, found: &Suppliers, interval: Option<i64>) -> Option<Ended> {
    let twice = Duration::from_millis(interval?.unsigned_abs() * 2);
    if twice <= LAST_HOUR {
        return None;
    }
    let selector: &Selector = case.asked(&found.hop)?;
    within(case, &found.hop, selector, twice.min(LONGEST)).await
}

/// The shortest interval at which one of the targets is scraped.
fn interval_ms(found: &Suppliers) -> Option<i64> {
    if !found.sure() {
        return None;
    }
    found
        .known
        .iter()
        .filter_map(|target| target.interval.parse::<PromDuration>().ok())
        .map(|interval| millis(interval.0))
        .filter(|ms| *ms > 0)
        .min()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

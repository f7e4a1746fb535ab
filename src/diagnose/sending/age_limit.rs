//! The block drops samples that are too old, unsent.

use std::str::FromStr as _;

use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::sending::block::sending;
use crate::diagnose::sending::newest::newest;
use crate::diagnose::sending::queue::watched;
use crate::leaves::{PromDuration, words};

/// Where the sender counts them.
const DROPPED: [&str; 2] = [
    "prometheus_remote_storage_samples_dropped_total",
    "prometheus_remote_storage_histograms_dropped_total",
];

/// Looks whether samples are dropped for their age, and this metric's among them.
pub(crate) async fn look(case: &Case<'_>) -> Found {
    let sending = match sending(case).await {
        Ok(sending) => sending,
        Err(found) => return found,
    };
    let block = match sending.block() {
        Ok((_, block)) => block,
        Err(found) => return found,
    };
    let name = sending.sender.name();
    let limit = PromDuration::from_str(&block.sample_age_limit)
        .ok()
        .filter(|limit| !limit.0.is_zero());
    let Some(limit) = limit else {
        return Found::ruled_out(format!("the block of {name} has no `sample_age_limit`"))
            .shown_by([sending.n]);
    };
    let watched = match watched(case, &sending, block).await {
        Ok(watched) => watched,
        Err(found) => return found,
    };
    let dropped: f64 = DROPPED
        .iter()
        .flat_map(|metric| watched.movement.named(metric))
        .filter(|moved| {
            moved.labels.value("reason") == "too_old"
                && moved.labels.value("url") == watched.queue.url
                && moved.labels.value("remote_name") == watched.queue.name
        })
        .map(|moved| moved.grew)
        .sum();
    let limit_ms = i64::try_from(limit.0.as_millis()).unwrap_or(i64::MAX);
    if dropped <= 0.0 {
        let says = format!(
            "{name} dropped no sample for its age (`sample_age_limit: {}`)",
            block.sample_age_limit
        );
        // What is not scraped any more is not dropped any more.
        return match newest(case, &sending).await {
            Ok(newest) if newest.at.age_ms(newest.now) <= limit_ms => {
                Found::ruled_out(says).shown_by([newest.n])
            }
            Ok(newest) => Found::possible(format!(
                "{says} while it was looked at; but the metric's newest sample is older than that{}, and may have been dropped before",
                figure(format!(": {}", newest.says()), "")
            ))
            .shown_by([newest.n]),
            Err(_) => Found::possible(format!(
                "{says} while it was looked at; whether any of this metric came then could not be asked"
            )),
        }
        .shown_by([sending.n, watched.n]);
    }
    let says = format!(
        "{name} dropped {}samples older than {} (`sample_age_limit`){}",
        figure(format!("{dropped:.0} "), ""),
        block.sample_age_limit,
        figure(
            format!(
                " in {}",
                words::age((watched.queue.seconds * 1000.0) as i64)
            ),
            ""
        )
    );
    let lag_ms = (watched.queue.lag().unwrap_or_default() * 1000.0) as i64;
    let evidence = [sending.n, watched.n];
    match newest(case, &sending).await {
        Ok(newest) if newest.at.age_ms(newest.now) > limit_ms => Found::proven(format!(
            "{says}, and the metric's newest sample is {}",
            figure(format!("from {}", newest.says()), "as old")
        ))
        .shown_by([newest.n]),
        _ if watched.queue.delivered() <= 0.0 && watched.queue.failed <= 0.0 => {
            Found::proven(format!("{says}, and sent nothing else"))
        }
        // What is fresh when it is scraped may be too old when its turn comes.
        _ if lag_ms > limit_ms => Found::likely(format!(
            "{says}, and its queue lies {} behind, longer than that",
            words::age(lag_ms)
        )),
        Ok(newest) => Found::possible(format!(
            "{says}; the metric's newest sample is not so old, though{}",
            figure(format!(": {}", newest.says()), "")
        ))
        .shown_by([newest.n]),
        Err(_) => Found::likely(says),
    }
    .shown_by(evidence)
}

//! How old the newest sample is: of a series that is there, and of one that ended.

use std::time::Duration;

use crate::ask::Ask;
use crate::backend::answer::QueryResult;
use crate::backend::{Backend, Failure, FailureClass};
use crate::check::completeness::missing_by_warning;
use crate::check::metric::refusal::{not_asked, store_help};
use crate::check::metric::sight::Sight;
use crate::leaves::{PromDuration, RungState, Selector, Timestamp, words};

/// How far back an ended series is looked for, where no `window` is given.
pub(crate) const LAST_HOUR: Duration = Duration::from_secs(3600);

/// Whether the series was there within the last hour, and when it ended.
pub(crate) async fn ended(ask: &Ask, hop: &Backend, selector: &Selector) -> Sight {
    let query = format!("{selector}[{}]", PromDuration(LAST_HOUR));
    match ask.query(hop, query).await {
        Ok(told) => {
            let (series, newest) = newest_of(&told.value.result);
            match (newest, missing_by_warning(&told.value.warnings)) {
                (_, Some(warning)) => Sight::unknown(
                    format!("what it had within the last hour is not known whole: {warning}"),
                    store_help(hop),
                ),
                (Some(newest), None) => {
                    let sight = Sight {
                        state: RungState::Stale,
                        ..Sight::absent()
                    }
                    .newest(newest, told.server_now);
                    let age = words::age(sight.age_ms.unwrap_or_default());
                    Sight {
                        instead: Some(format!(
                            "0 series now, and the newest sample is {age} old ({newest})"
                        )),
                        ..sight.because(format!(
                            "{} ended {age} ago, at {newest}",
                            words::count(series, "series")
                        ))
                    }
                }
                (None, None) => Sight::absent(),
            }
        }
        // So many samples that they are not read: the metric was there, though it is not now.
        Err(failure) if failure.class == FailureClass::TooLarge => Sight {
            state: RungState::Stale,
            instead: Some("not there now, though it was within the last hour".to_owned()),
            ..Sight::absent().because(format!(
                "not there now, though it was within the last hour ({})",
                failure.what
            ))
        },
        Err(failure) => {
            let failed = not_asked(&failure, hop);
            Sight {
                why: vec![format!(
                    "not there now; whether it was within the last hour could not be asked: {}",
                    failure.what
                )],
                ..failed
            }
        }
    }
}

/// The newest sample that a hop showed.
pub(crate) struct Newest {
    /// When it is from.
    pub(crate) at: Timestamp,
    /// When the hop was asked, by its own clock.
    pub(crate) server_now: Timestamp,
    /// What the hop warned of.
    pub(crate) warnings: Vec<String>,
}

/// The newest sample, looked for as far back as `range`. Its time is never that of an instant vector, which is the evaluation's.
pub(crate) async fn newest(
    ask: &Ask,
    hop: &Backend,
    selector: &Selector,
    range: Duration,
) -> Result<Option<Newest>, Failure> {
    // Without one name, `timestamp` would make equal label sets of different metrics, which servers refuse.
    if !selector.metric.is_empty() {
        let told = ask
            .query(hop, format!("max(timestamp({selector}))"))
            .await?;
        if let QueryResult::Vector(samples) = &told.value.result
            && let Some(sample) = samples.first()
            && sample.value.number().is_finite()
        {
            return Ok(Some(Newest {
                at: Timestamp::from_seconds(sample.value.number()),
                server_now: told.server_now,
                warnings: told.value.warnings.clone(),
            }));
        }
    }
    let query = format!("{selector}[{}]", PromDuration(range));
    let told = ask.query(hop, query).await?;
    let (_, newest) = newest_of(&told.value.result);
    Ok(newest.map(|at| Newest {
        at,
        server_now: told.server_now,
        warnings: told.value.warnings.clone(),
    }))
}

fn newest_of(result: &QueryResult) -> (usize, Option<Timestamp>) {
    let QueryResult::Matrix(series) = result else {
        return (0, None);
    };
    let newest = series
        .iter()
        .flat_map(|series| series.samples.iter().map(|(at, _)| *at))
        .max();
    (series.len(), newest)
}

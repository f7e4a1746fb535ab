//! When things happened at the sender: when the metric's newest sample is from, when the process began, when it loaded its
//! configuration.

use crate::backend::answer::QueryResult;
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::sending::block::Sending;
use crate::diagnose::sending::write_relabel::series;
use crate::leaves::{Selector, Timestamp, words};

/// A moment, and the exchange that showed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    /// When that was asked, by the server's own clock.
    pub(crate) now: Timestamp,
    pub(crate) n: u32,
}

impl Moment {
    /// How long ago, and when, in words.
    pub(crate) fn says(&self) -> String {
        let ago = words::age(self.at.age_ms(self.now).max(0));
        format!(
            "{}{}{}",
            figure(format!("{ago} ago ("), ""),
            self.at,
            figure(")", "")
        )
    }
}

/// The newest sample of the metric at the sender.
pub(crate) async fn newest(case: &Case<'_>, sending: &Sending<'_>) -> Result<Moment, Found> {
    let name = sending.sender.name();
    let Some(selector) = case
        .asked(sending.sender)
        .filter(|asked| !asked.metric.is_empty())
    else {
        return Err(Found::not_tested(format!(
            "when the newest sample at {name} is from could not be asked"
        )));
    };
    if let Some(found) = newest_of(case, sending, selector).await? {
        return Ok(found);
    }
    let Some(window) = case.metric.window else {
        return Err(Found::not_tested(format!("{name} has no series of it now")));
    };
    let told = asked(case, sending, format!("{selector}[{window}]")).await?;
    let found = match &told.0 {
        QueryResult::Matrix(series) => series
            .iter()
            .flat_map(|series| series.samples.iter().map(|(at, _)| *at))
            .max(),
        _ => None,
    };
    match found {
        Some(at) => Ok(Moment {
            at,
            now: told.1,
            n: told.2,
        }),
        None => Err(Found::not_tested(format!(
            "{name} has no series of it within {window}"
        ))),
    }
}

/// When the targets of the metric's series were last scraped, by the newest sample of `up` with the same job and instance.
pub(crate) async fn scraped(case: &Case<'_>, sending: &Sending<'_>) -> Option<Moment> {
    let told = series(case, sending).await.ok()?;
    let QueryResult::Vector(samples) = &told.value.result else {
        return None;
    };
    let labels = &samples.first()?.labels;
    let (job, instance) = (labels.get("job")?, labels.get("instance")?);
    let up = Selector::of("up").and("job", job).and("instance", instance);
    newest_of(case, sending, &up).await.ok()?
}

async fn newest_of(
    case: &Case<'_>,
    sending: &Sending<'_>,
    selector: &Selector,
) -> Result<Option<Moment>, Found> {
    let told = asked(case, sending, format!("max(timestamp({selector}))")).await?;
    let at = match &told.0 {
        QueryResult::Vector(samples) => samples.first().map(|sample| sample.value.number()),
        _ => None,
    };
    Ok(at.filter(|at| at.is_finite()).map(|at| Moment {
        at: Timestamp::from_seconds(at),
        now: told.1,
        n: told.2,
    }))
}

async fn asked(
    case: &Case<'_>,
    sending: &Sending<'_>,
    query: String,
) -> Result<(QueryResult, Timestamp, u32), Found> {
    match case.ask.query(sending.sender, query).await {
        Ok(told) => Ok((told.value.result.clone(), told.server_now, told.n)),
        Err(failure) => Err(Found::not_tested(format!(
            "when the newest sample at {} is from could not be asked: {}",
            sending.sender.name(),
            failure.what
        ))),
    }
}

/// When the sender's process began, and when it loaded its configuration.
pub(crate) async fn started(
    case: &Case<'_>,
    sending: &Sending<'_>,
) -> Result<(Moment, Option<Timestamp>), Found> {
    let name = sending.sender.name();
    let told = case.ask.runtime(sending.sender).await.map_err(|failure| {
        Found::not_tested(format!(
            "when {name} was started could not be asked: {}",
            failure.what
        ))
    })?;
    let Some(at) = told.value.started else {
        return Err(Found::not_tested(format!(
            "{name} does not tell when it was started"
        )));
    };
    Ok((
        Moment {
            at,
            now: told.server_now,
            n: told.n,
        },
        told.value.last_config,
    ))
}

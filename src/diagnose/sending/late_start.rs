//! What is from before the queue began is never sent: samples older than the process, than the block, or lost in a restart.

use crate::backend::Backend;
use crate::backend::answer::QueryResult;
use crate::diagnose::case::Case;
use crate::diagnose::figure::figure;
use crate::diagnose::found::Found;
use crate::diagnose::next;
use crate::diagnose::sending::block::{Sending, sending};
use crate::diagnose::sending::newest::{Moment, newest, scraped, started};
use crate::diagnose::sending::outage::{Then, arriving, then};
use crate::diagnose::sending::queue::watched;
use crate::diagnose::sending::write_relabel::is_kept;
use crate::leaves::{Timestamp, words};

/// How long after a block was loaded its first samples may arrive, in milliseconds: two scrapes of a minute.
const FIRST_ARRIVE_MS: i64 = 120_000;

/// A configuration that was loaded so long after the start was reloaded, in milliseconds.
const RELOADED_MS: i64 = 30_000;

/// How much the log that is sent from holds, about, in seconds.
const LOG_HOLDS: f64 = 7_200.0;

/// The moments that decide.
struct Moments<'a> {
    sending: Sending<'a>,
    newest: Moment,
    started: Moment,
    loaded: Option<Timestamp>,
}

impl Moments<'_> {
    fn evidence(&self) -> [u32; 3] {
        [self.sending.n, self.newest.n, self.started.n]
    }

    /// Whether the configuration was loaded again after the start.
    fn reloaded(&self) -> Option<Timestamp> {
        self.loaded
            .filter(|at| self.started.at.age_ms(*at) > RELOADED_MS)
    }
}

async fn moments<'a>(case: &'a Case<'_>) -> Result<Moments<'a>, Found> {
    let sending = sending(case).await?;
    if sending.config.remote_write.is_empty() {
        return Err(Found::ruled_out(format!(
            "{} has no `remote_write` block",
            sending.sender.name()
        ))
        .shown_by([sending.n]));
    }
    let newest = newest(case, &sending).await?;
    let (started, loaded) = started(case, &sending).await?;
    Ok(Moments {
        sending,
        newest,
        started,
        loaded,
    })
}

/// Looks whether the newest sample is older than the queue.
pub(crate) async fn older(case: &Case<'_>) -> Found {
    let moments = match moments(case).await {
        Ok(moments) => moments,
        Err(found) => return found,
    };
    let Moments {
        sending,
        newest,
        started,
        ..
    } = &moments;
    let name = sending.sender.name();
    let says = format!(
        "the newest sample at {name} is from {}",
        figure(format!("{}, ", newest.says()), "")
    );
    let before = if newest.at <= started.at {
        format!("{says}before its process began, {}", started.says())
    } else if let Some(loaded) = moments.reloaded().filter(|loaded| newest.at <= *loaded) {
        format!("{says}before it loaded its configuration at {loaded}")
    } else {
        return Found::ruled_out(format!("{says}after its process began, {}", started.says()))
            .shown_by(moments.evidence());
    };
    let found = weighed(case, &moments, before).await;
    match case
        .asked(sending.sender)
        .and_then(|asked| next::query(sending.sender, &format!("max(timestamp({asked}))")))
    {
        Some(command) => found.next(command),
        None => found,
    }
    .shown_by(moments.evidence())
}

/// The sample is older: whether that alone explains it.
async fn weighed(case: &Case<'_>, moments: &Moments<'_>, before: String) -> Found {
    let sending = &moments.sending;
    let (Ok((_, block)), kept) = (sending.block(), is_kept(case, sending).await) else {
        return Found::likely(format!("{before}; which queue should send it is not known"));
    };
    if kept == Some(false) {
        return Found::possible(format!("{before}; but rules drop it anyway"));
    }
    if let Some(Then::NothingArrived(hop, evidence)) = then(case, sending, moments.newest.at).await
    {
        return Found::possible(format!(
            "{before}; but nothing else of that time is at {hop}, either: the process before that one did not get it through"
        ))
        .shown_by(evidence);
    }
    let watched = match watched(case, sending, block).await {
        Ok(watched) => watched,
        Err(found) => return Found::likely(format!("{before}; {}", found.says)),
    };
    if !watched.is_clean() {
        return Found::possible(format!(
            "{before}; but the queue is not well: {}",
            watched.says()
        ))
        .shown_by([watched.n]);
    }
    let since = moments.newest.at <= moments.started.at;
    // A target that was not scraped since may only not have had its turn.
    match scraped(case, sending).await {
        Some(scraped) if since && scraped.at > moments.started.at && kept == Some(true) => {
            Found::proven(format!(
                "{before}; its target was scraped since, and the queue is well ({}): what is older than the queue is never sent, and no counter tells",
                watched.says()
            ))
            .shown_by([watched.n, scraped.n])
        }
        Some(scraped) => Found::likely(format!("{before}; the queue is well ({})", watched.says()))
            .shown_by([watched.n, scraped.n]),
        None => Found::likely(format!("{before}; the queue is well ({})", watched.says()))
            .shown_by([watched.n]),
    }
}

/// Looks whether the block was added after the newest sample.
pub(crate) async fn recent(case: &Case<'_>) -> Found {
    let moments = match moments(case).await {
        Ok(moments) => moments,
        Err(found) => return found,
    };
    let name = moments.sending.sender.name();
    let evidence = moments.evidence();
    let Some(loaded) = moments.reloaded() else {
        return Found::ruled_out(format!(
            "{name} has loaded its configuration once, when it was started"
        ))
        .shown_by(evidence);
    };
    if moments.newest.at > loaded {
        return Found::ruled_out(format!(
            "the metric has samples from after {name} loaded its configuration at {loaded}"
        ))
        .shown_by(evidence);
    }
    let says = format!(
        "the newest sample at {name} is from {}, and its configuration was loaded after that, at {loaded}",
        figure(moments.newest.says(), "before")
    );
    match first_arrived(case, &moments.sending).await {
        Some((hop, first, n)) if (0..=FIRST_ARRIVE_MS).contains(&loaded.age_ms(first)) => {
            Found::proven(format!(
                "{says}; at {} the data of {name} begins with that, at {first}: history is never sent",
                hop.name()
            ))
            .shown_by([n])
        }
        Some((hop, first, n)) => Found::ruled_out(format!(
            "at {} the data of {name} begins at {}, not with the configuration of {loaded}",
            hop.name(),
            figure(first, "another time")
        ))
        .shown_by([n]),
        None => Found::possible(format!(
            "{says}; whether the block is new in it could not be told"
        )),
    }
    .shown_by(evidence)
}

/// When the sender's data begins downstream within the last two hours, by `up`: the first hop after the sender that answers PromQL.
async fn first_arrived<'a>(
    case: &'a Case<'_>,
    sending: &Sending<'_>,
) -> Option<(&'a Backend, Timestamp, u32)> {
    let (hop, up) = arriving(case, sending)?;
    let query = format!("min(min_over_time(timestamp({up})[2h:1m]))");
    let told = case.ask.query(hop, query).await.ok()?;
    if !told.value.warnings.is_empty() {
        return None;
    }
    let QueryResult::Vector(samples) = &told.value.result else {
        return None;
    };
    let first = samples.first()?.value.number();
    first
        .is_finite()
        .then(|| (hop, Timestamp::from_seconds(first), told.n))
}

/// Looks whether a restart, or an outage longer than the log, took what was not sent yet.
pub(crate) async fn backlog(case: &Case<'_>) -> Found {
    let moments = match moments(case).await {
        Ok(moments) => moments,
        Err(found) => return found,
    };
    let Moments {
        sending,
        newest,
        started,
        ..
    } = &moments;
    let name = sending.sender.name();
    if newest.at <= started.at {
        let says = format!(
            "the newest sample at {name} is from {}, and {name} was restarted after that, {}: what it had not sent by then is lost",
            figure(newest.says(), "before"),
            started.says()
        );
        return match then(case, sending, newest.at).await {
            Some(Then::NothingArrived(hop, evidence)) => Found::likely(format!(
                "{says}; nothing of that time is at {hop}, not even `up`"
            ))
            .shown_by(evidence),
            Some(Then::NotRunning) => Found::ruled_out(format!(
                "{name} has nothing else of the time of the newest sample{}: it was not running, so that nothing waited",
                figure(format!(", {}", newest.says()), "")
            )),
            Some(Then::Arrived) | None => Found::possible(says),
        }
        .shown_by(moments.evidence());
    }
    let queue = match sending.block() {
        Ok((_, block)) => watched(case, sending, block).await.ok(),
        Err(_) => None,
    };
    if let Some(watched) = queue
        && let Some(lag) = watched.queue.lag()
        && lag > LOG_HOLDS
    {
        return Found::possible(format!(
            "the queue of {name} is {} behind, and the log that it sends from holds about two hours",
            figure(words::age((lag * 1000.0) as i64), "far")
        ))
        .shown_by([watched.n]);
    }
    Found::ruled_out(format!(
        "{name} was started {}, and has newer samples of the metric",
        started.says()
    ))
    .shown_by(moments.evidence())
}

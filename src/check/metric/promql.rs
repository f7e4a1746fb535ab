//! A hop that answers PromQL: Prometheus, VictoriaMetrics, Thanos Query. Present, stale, absent, or not to be told.

use std::time::Duration;

use crate::ask::{Ask, Told};
use crate::backend::answer::{QueryAnswer, QueryResult, Sample};
use crate::backend::{Backend, BackendKind, Failure, FailureClass};
use crate::check::completeness::{
    Asked, Completeness, completeness, missing_by_warning, no_store_at_all,
};
use crate::check::metric::sight::Sight;
use crate::leaves::{AgeLimit, PromDuration, RungState, Selector, Timestamp, words};

/// How far back an ended series is looked for, where no `window` is given.
const LAST_HOUR: Duration = Duration::from_secs(3600);

/// The shortest range in which the newest sample is looked for: an instant query's own lookback.
const LOOKBACK: Duration = Duration::from_secs(300);

/// What is asked of one PromQL hop.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The series, as this hop knows them.
    pub(crate) selector: Selector,
    /// Whether their labels or values will be looked at; else they are only counted, in a batch with others.
    pub(crate) series: bool,
    /// The window in which a sample counts as presence.
    pub(crate) window: Option<PromDuration>,
    /// How old the newest sample may be.
    pub(crate) fresh: Option<AgeLimit>,
}

/// What an answer says, whichever way it was asked.
struct Seen {
    series: u64,
    found: Option<Vec<Sample>>,
    warnings: Vec<String>,
    infos: Vec<String>,
    at: Timestamp,
    server_now: Timestamp,
}

/// Looks at one hop.
pub(crate) async fn look(ask: &Ask, hop: &Backend, wanted: &Wanted) -> Sight {
    let seen = match see(ask, hop, wanted).await {
        Ok(seen) => seen,
        Err(failure) if says_no_store(&failure) => {
            return match no_store_at_all(ask, hop).await {
                Completeness::Whole(notes) => Sight {
                    notes: notes.clone(),
                    why: notes,
                    ..Sight::absent()
                },
                Completeness::Half { why, help } => Sight::unknown(why, help),
            };
        }
        Err(failure) => return not_asked(&failure, hop),
    };
    let mut notes = seen.infos.clone();
    notes.extend(clock_apart(hop, seen.at, seen.server_now));
    let mut sight = if seen.series > 0 {
        present(ask, hop, wanted, seen).await
    } else {
        nothing(ask, hop, wanted, &seen).await
    };
    sight.notes.splice(0..0, notes);
    sight
}

/// Asks for what is there, as cheaply as will do.
async fn see(ask: &Ask, hop: &Backend, wanted: &Wanted) -> Result<Seen, Failure> {
    let selector = &wanted.selector;
    match (wanted.series, wanted.window) {
        (false, None) => ask.count(hop, selector).await.map(|told| Seen {
            series: told.value.series,
            found: None,
            warnings: told.value.warnings.clone(),
            infos: Vec::new(),
            at: told.at,
            server_now: told.server_now,
        }),
        (true, None) => seen_by(ask.query(hop, selector.to_string()).await?, false),
        (true, Some(window)) => {
            let query = format!("last_over_time({selector}[{window}])");
            seen_by(ask.query(hop, query).await?, false)
        }
        (false, Some(window)) => {
            let query = format!("count(last_over_time({selector}[{window}]))");
            seen_by(ask.query(hop, query).await?, true)
        }
    }
}

fn seen_by(told: Told<QueryAnswer>, counts: bool) -> Result<Seen, Failure> {
    let QueryResult::Vector(samples) = &told.value.result else {
        return Err(Failure::new(
            FailureClass::Malformed,
            "the answer to a selector is no vector",
        ));
    };
    let series = if counts {
        samples
            .first()
            .map_or(0.0, |sample| sample.value.number())
            .max(0.0) as u64
    } else {
        samples.len() as u64
    };
    Ok(Seen {
        series,
        found: (!counts).then(|| samples.clone()),
        warnings: told.value.warnings.clone(),
        infos: told.value.infos.clone(),
        at: told.at,
        server_now: told.server_now,
    })
}

async fn present(ask: &Ask, hop: &Backend, wanted: &Wanted, seen: Seen) -> Sight {
    let mut sight = Sight {
        found: seen.found,
        partial: missing_by_warning(&seen.warnings),
        ..Sight::present(seen.series)
    };
    if let Some(warning) = &sight.partial {
        sight.notes.push(format!(
            "{} warns: {warning}; there may be more series than it shows",
            hop.name()
        ));
    }
    let Some(limit) = &wanted.fresh else {
        return sight;
    };
    match newest(ask, hop, wanted, limit).await {
        Ok(Some((newest, server_now))) => {
            sight = sight.newest(newest, server_now);
            let age = sight.age_ms.unwrap_or_default();
            match (&sight.partial, limit.holds(age)) {
                (_, true) => sight,
                (Some(warning), false) => {
                    let why = format!(
                        "the newest sample it shows is {} old, but its answer is incomplete: {warning}",
                        words::age(age)
                    );
                    Sight {
                        state: RungState::Unknown,
                        help: Some(store_help(hop)),
                        ..sight.because(why)
                    }
                }
                (None, false) => {
                    let why = format!(
                        "the newest sample is {} old ({newest}), {limit} is wanted",
                        words::age(age)
                    );
                    Sight {
                        state: RungState::Stale,
                        ..sight.because(why)
                    }
                }
            }
        }
        Ok(None) => Sight {
            state: RungState::Unknown,
            help: Some("Ask once more.".to_owned()),
            ..sight.because("it was there, and a moment later no sample of it could be found")
        },
        Err(failure) => {
            let failed = not_asked(&failure, hop);
            Sight {
                state: RungState::Unknown,
                help: failed.help,
                ..sight.because(format!(
                    "it is there, but the age of its newest sample could not be asked: {}",
                    failure.what
                ))
            }
        }
    }
}

/// An empty answer: the series ended, or is not there, or the answer is not whole.
async fn nothing(ask: &Ask, hop: &Backend, wanted: &Wanted, seen: &Seen) -> Sight {
    if let Some(warning) = missing_by_warning(&seen.warnings) {
        return Sight::unknown(
            format!("its answer is empty and incomplete: {warning}"),
            store_help(hop),
        );
    }
    let window = wanted.window.map_or(Duration::ZERO, |w| w.0);
    let asked = Asked {
        selector: Some(&wanted.selector),
        back: window.max(LAST_HOUR),
        server_now: seen.server_now,
    };
    let notes = match completeness(ask, hop, asked).await {
        Completeness::Whole(notes) => notes,
        Completeness::Half { why, help } => {
            return Sight::unknown(format!("its answer is empty and not whole: {why}"), help);
        }
    };
    let mut sight = if window >= LAST_HOUR {
        Sight::absent()
    } else {
        ended(ask, hop, &wanted.selector).await
    };
    sight.notes.extend(notes);
    sight
}

/// Whether the series was there within the last hour, and when it ended.
async fn ended(ask: &Ask, hop: &Backend, selector: &Selector) -> Sight {
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
                        instead: Some(format!("the newest sample is {age} old ({newest})")),
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

/// The time of the newest sample, and the server's time. Never that of an instant vector, which is the evaluation's.
async fn newest(
    ask: &Ask,
    hop: &Backend,
    wanted: &Wanted,
    limit: &AgeLimit,
) -> Result<Option<(Timestamp, Timestamp)>, Failure> {
    let selector = &wanted.selector;
    // Without one name, `timestamp` would make equal label sets of different metrics, which servers refuse.
    if !selector.metric.is_empty() {
        let told = ask
            .query(hop, format!("max(timestamp({selector}))"))
            .await?;
        if let QueryResult::Vector(samples) = &told.value.result
            && let Some(sample) = samples.first()
            && sample.value.number().is_finite()
        {
            let newest = Timestamp::from_seconds(sample.value.number());
            return Ok(Some((newest, told.server_now)));
        }
    }
    let range = wanted.window.map_or_else(
        || (limit.limit.0 * 2).clamp(LOOKBACK, LAST_HOUR),
        |window| window.0,
    );
    let query = format!("{selector}[{}]", PromDuration(range));
    let told = ask.query(hop, query).await?;
    let (_, newest) = newest_of(&told.value.result);
    Ok(newest.map(|newest| (newest, told.server_now)))
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

fn says_no_store(failure: &Failure) -> bool {
    matches!(failure.class, FailureClass::Refusal(422))
        && failure.what.contains("No StoreAPIs available")
}

/// Not known, with help for what is known to be behind such a refusal.
fn not_asked(failure: &Failure, hop: &Backend) -> Sight {
    let mut sight = Sight::failed(failure, hop);
    if !matches!(failure.class, FailureClass::Refusal(_)) {
        return sight;
    }
    if failure.what.contains("unavailable with Prometheus Agent") {
        sight
            .why
            .push("it runs as an agent, which stores nothing".to_owned());
        sight.help =
            Some("Ask the system that it writes to; `scrape` works at an agent.".to_owned());
    } else if failure.what.contains("(excluding external labels)") {
        sight.help = Some(
            "Name the metric: this selector has nothing but labels of whole stores.".to_owned(),
        );
    } else if hop.kind() == BackendKind::ThanosQuery && failure.what.contains("Addr: ") {
        sight.help = Some(store_help(hop));
    }
    sight
}

fn store_help(hop: &Backend) -> String {
    match hop.kind() {
        BackendKind::ThanosQuery => format!(
            "Look at `/api/v1/stores` of hop `{}`, and bring the store that is named back.",
            hop.name()
        ),
        _ => format!("Look at the storage behind hop `{}`.", hop.name()),
    }
}

/// A clock that is a minute or more away from ours makes times hard to compare; ages are by the server's own.
fn clock_apart(hop: &Backend, at: Timestamp, server_now: Timestamp) -> Option<String> {
    let apart = server_now.age_ms(at);
    (apart.abs() >= 60_000).then(|| {
        format!(
            "the clock of {} is {} {} the runner's; ages are by its own",
            hop.name(),
            words::age(apart.abs()),
            if apart > 0 { "behind" } else { "ahead of" }
        )
    })
}

//! A hop that answers PromQL: Prometheus, VictoriaMetrics, Thanos Query. Present, stale, absent, or not to be told.

use std::time::Duration;

use crate::ask::{Ask, Told};
use crate::backend::answer::{QueryAnswer, QueryResult, Sample};
use crate::backend::{Backend, Failure, FailureClass};
use crate::check::completeness::{
    Asked, Completeness, completeness, missing_by_warning, no_store_at_all,
};
use crate::check::metric::newest::{LAST_HOUR, ended, newest};
use crate::check::metric::refusal::{not_asked, says_no_store, store_help};
use crate::check::metric::sight::Sight;
use crate::leaves::{AgeLimit, NumberMatcher, PromDuration, RungState, Selector, Timestamp, words};

/// The shortest range in which the newest sample is looked for: an instant query's own lookback.
const LOOKBACK: Duration = Duration::from_secs(300);

/// What is asked of one PromQL hop.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The series, as this hop knows them.
    pub(crate) selector: Selector,
    /// Whether their labels or values will be looked at; else they are only counted, in a batch with others.
    pub(crate) series: bool,
    /// How many there must be, where that is judged at this hop.
    pub(crate) count: Option<NumberMatcher>,
    /// The window in which a sample counts as presence.
    pub(crate) window: Option<PromDuration>,
    /// How old the newest sample may be.
    pub(crate) fresh: Option<AgeLimit>,
}

impl Wanted {
    /// What an answer of that time must vouch for.
    fn asked(&self, server_now: Timestamp) -> Asked<'_> {
        let window = self.window.map_or(Duration::ZERO, |window| window.0);
        Asked {
            selector: Some(&self.selector),
            back: window.max(LAST_HOUR),
            server_now,
        }
    }
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
                Completeness::Half { why, help } => Sight {
                    tried: Some(wanted.selector.clone()),
                    ..Sight::unknown(why, help)
                },
            };
        }
        Err(failure) => {
            return Sight {
                tried: Some(wanted.selector.clone()),
                ..not_asked(&failure, hop)
            };
        }
    };
    let mut notes = seen.infos.clone();
    notes.extend(clock_apart(hop, seen.at, seen.server_now));
    let mut sight = if seen.series > 0 {
        present(ask, hop, wanted, seen).await
    } else {
        nothing(ask, hop, wanted, &seen).await
    };
    sight.notes.splice(0..0, notes);
    sight.asked = Some(wanted.selector.clone());
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
    let miscounted = wanted
        .count
        .as_ref()
        .is_some_and(|count| !count.holds(seen.series as f64));
    if miscounted && sight.partial.is_none() {
        sight.partial = left_out(ask, hop, wanted, seen.server_now).await;
    }
    match &wanted.fresh {
        Some(limit) => aged(ask, hop, wanted, limit, sight).await,
        None => sight,
    }
}

/// What may be missing from an answer that came without a warning.
async fn left_out(
    ask: &Ask,
    hop: &Backend,
    wanted: &Wanted,
    server_now: Timestamp,
) -> Option<String> {
    match completeness(ask, hop, wanted.asked(server_now)).await {
        Completeness::Whole(_) => None,
        Completeness::Half { why, .. } => Some(why),
    }
}

/// The same sight with the age of its newest sample, stale where that is too old.
async fn aged(ask: &Ask, hop: &Backend, wanted: &Wanted, limit: &AgeLimit, sight: Sight) -> Sight {
    let range = wanted.window.map_or_else(
        || (limit.limit.0 * 2).clamp(LOOKBACK, LAST_HOUR),
        |window| window.0,
    );
    let unknown = |sight: Sight, why: String, help: Option<String>| Sight {
        state: RungState::Unknown,
        why: vec![why],
        help,
        ..sight
    };
    let newest = match newest(ask, hop, &wanted.selector, range).await {
        Ok(Some(newest)) => newest,
        Ok(None) => {
            let why = "it was there, and a moment later no sample of it could be found";
            return unknown(sight, why.to_owned(), Some("Ask once more.".to_owned()));
        }
        Err(failure) => {
            let why = format!(
                "it is there, but the age of its newest sample could not be asked: {}",
                failure.what
            );
            return unknown(sight, why, not_asked(&failure, hop).help);
        }
    };
    let sight = sight.newest(newest.at, newest.server_now);
    let age = sight.age_ms.unwrap_or_default();
    if limit.holds(age) {
        return sight;
    }
    let partial = match sight
        .partial
        .clone()
        .or(missing_by_warning(&newest.warnings))
    {
        Some(warning) => Some(warning),
        None => left_out(ask, hop, wanted, newest.server_now).await,
    };
    let age = words::age(age);
    match partial {
        Some(missing) => {
            let why = format!(
                "the newest sample it shows is {age} old, but its answer is not whole: {missing}"
            );
            unknown(sight, why, Some(store_help(hop)))
        }
        None => Sight {
            state: RungState::Stale,
            ..sight.because(format!(
                "the newest sample is {age} old ({}), {limit} is wanted",
                newest.at
            ))
        },
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
    let notes = match completeness(ask, hop, wanted.asked(seen.server_now)).await {
        Completeness::Whole(notes) => notes,
        Completeness::Half { why, help } => {
            return Sight::unknown(format!("its answer is empty and not whole: {why}"), help);
        }
    };
    let mut sight = if wanted.window.is_some_and(|window| window.0 >= LAST_HOUR) {
        Sight::absent()
    } else {
        ended(ask, hop, &wanted.selector).await
    };
    sight.notes.extend(notes);
    sight
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

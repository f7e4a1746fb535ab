//! A head lists a name for hours after its last sample: where Query, after it, shows that the samples ended, that name proves nothing.
//! Nor does a series that took a sample minutes ago, where that was wanted fresher.

use std::time::Duration;

use crate::ask::Ask;
use crate::backend::answer::{QueryResult, SampleValue};
use crate::backend::{BackendKind, Capability};
use crate::check::at_store::{AtStore, at_store};
use crate::check::metric::form::Metric;
use crate::check::metric::looked::Looked;
use crate::check::metric::sight::Sight;
use crate::leaves::{RungState, Selector, Timestamp};

/// A series counts as held when it took a sample within this time, as an instant query would look back.
const LOOKBACK: Duration = Duration::from_secs(300);

/// How far the newest samples of two hops may lie apart and be the same, in milliseconds: two scrapes of a minute.
const APART_MS: i64 = 120_000;

/// Asks the StoreAPI of a Receive whose head lists a name that ended at Query; without one, it is not known what Receive holds now.
pub(crate) async fn doubt_old_names(hops: &mut [Looked], metric: &Metric, ask: &Ask) {
    for at in 0..hops.len() {
        let here = &hops[at];
        let by_name = here.kind == BackendKind::ThanosReceive.word()
            && here.sight.state == RungState::Present
            && here.replicas.is_none();
        let ahead = here.sight.head_is_ahead;
        let Some(ended) = ended_after(&hops[at + 1..], ask, ahead) else {
            continue;
        };
        let usual = metric.window.map_or(LOOKBACK, |window| window.0);
        let back = ended.newer_than(usual);
        if !by_name || (here.sight.is_of_late && back == usual) {
            continue;
        }
        if has_all_that_is_sent(hops, at, metric, ask).await {
            continue;
        }
        let sight = now_at(&hops[at], ask, &ended, back).await;
        hops[at].sight = sight;
    }
}

/// A hop at which the samples ended.
struct Ended<'a> {
    hop: &'a str,
    asked: Option<&'a Selector>,
    /// How old the newest one is there.
    age_ms: Option<i64>,
}

impl Ended<'_> {
    /// How far to look back for samples that are newer than the newest one there, if less than usual.
    fn newer_than(&self, usual: Duration) -> Duration {
        let age = self.age_ms.and_then(|age| u64::try_from(age - 1_000).ok());
        age.map_or(usual, |age| usual.min(Duration::from_millis(age)))
    }
}

/// The first hop that asks stores, and with what it was asked, where the samples ended there; where the head is ahead of the clock,
/// also where it shows none at all.
fn ended_after<'a>(after: &'a [Looked], ask: &Ask, ahead: bool) -> Option<Ended<'a>> {
    let asks_stores = |looked: &&Looked| {
        let hop = ask.world().backend(&looked.hop);
        hop.is_some_and(|hop| hop.kind().answers(Capability::Stores).is_some())
    };
    let query = after.iter().find(asks_stores)?;
    let ended = match query.sight.state {
        RungState::Stale => true,
        RungState::Absent => ahead,
        _ => false,
    };
    ended.then_some(Ended {
        hop: &query.hop,
        asked: query.sight.asked.as_ref(),
        age_ms: query.sight.age_ms,
    })
}

/// Whether the newest sample at Query is the newest of the hop before Receive, too: nothing is lost between them then, and one of the
/// clocks is wrong.
async fn has_all_that_is_sent(hops: &[Looked], at: usize, metric: &Metric, ask: &Ask) -> bool {
    let fresh = metric.fresh.as_ref().map(|fresh| fresh.limit.0.as_millis());
    let wanted = fresh.and_then(|fresh| i64::try_from(fresh).ok());
    let apart = wanted.map_or(APART_MS, |wanted| wanted.min(APART_MS));
    let Some(there) = hops[at + 1..].iter().find_map(|looked| looked.sight.newest) else {
        return false;
    };
    let Some(sent) = hops[..at].iter().rev().find(|looked| {
        let hop = ask.world().backend(&looked.hop);
        hop.is_some_and(|hop| hop.kind().answers(Capability::Query).is_some())
    }) else {
        return false;
    };
    let newest = match (sent.sight.newest, &sent.sight.asked) {
        (Some(newest), _) => Some(newest),
        (None, Some(asked)) => newest_of(asked, &sent.hop, ask).await,
        (None, None) => None,
    };
    newest.is_some_and(|newest| there.age_ms(newest) <= apart)
}

async fn newest_of(selector: &Selector, hop: &str, ask: &Ask) -> Option<Timestamp> {
    let hop = ask.world().backend(hop)?;
    let asked = format!("max(timestamp({selector}))");
    let told = ask.query(hop, asked).await.ok()?;
    let QueryResult::Vector(samples) = &told.value.result else {
        return None;
    };
    let SampleValue::Float(seconds) = &samples.first()?.value else {
        return None;
    };
    Some(Timestamp((seconds.parse::<f64>().ok()? * 1000.0) as i64))
}

/// What the Receive holds now.
async fn now_at(here: &Looked, ask: &Ask, ended: &Ended<'_>, back: Duration) -> Sight {
    let (query, selector) = (ended.hop, ended.asked);
    let sight = here.sight.clone();
    let lists = match sight.head_is_ahead {
        true => "its head lists the name, and its newest sample is ahead of the clock",
        false => "its head lists the name, which it does for hours after the last sample",
    };
    if let (Some(selector), Some(hop)) = (selector, ask.world().backend(&here.hop))
        && hop.answers(Capability::StoreApi).is_some()
    {
        match at_store(ask, hop, selector, back).await {
            AtStore::Some(_) => {
                return Sight {
                    is_of_late: true,
                    ..sight
                };
            }
            AtStore::Nothing => {
                let says = format!("{lists}; its StoreAPI shows no sample of late of `{selector}`");
                return Sight {
                    instead: Some(format!(
                        "a name in the head and no sample of late of `{selector}`"
                    )),
                    state: RungState::Stale,
                    ..sight
                }
                .because(says);
            }
            AtStore::Unclear { .. } => {}
        }
    }
    let mut unknown = Sight::unknown(
        format!("{lists}, and at {query} there is none now"),
        format!(
            "Give hop `{}` its `grpc:` address, whose StoreAPI tells what it holds now.",
            here.hop
        ),
    );
    unknown.notes = sight.notes;
    unknown
}

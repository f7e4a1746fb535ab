//! A head lists a name for hours after its last sample: where Query, after it, shows that the samples ended, that name proves nothing.

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
            && here.replicas.is_none()
            && !here.sight.is_of_late;
        let ahead = here.sight.head_is_ahead;
        let Some((query, selector)) = ended_after(&hops[at + 1..], ask, ahead) else {
            continue;
        };
        if !by_name || has_all_that_is_sent(hops, at, ask).await {
            continue;
        }
        let sight = now_at(&hops[at], metric, ask, query, selector).await;
        hops[at].sight = sight;
    }
}

/// The first hop that asks stores, and with what it was asked, where the samples ended there; where the head is ahead of the clock,
/// also where it shows none at all.
fn ended_after<'a>(
    after: &'a [Looked],
    ask: &Ask,
    ahead: bool,
) -> Option<(&'a str, Option<&'a Selector>)> {
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
    ended.then_some((query.hop.as_str(), query.sight.asked.as_ref()))
}

/// Whether the newest sample at Query is the newest of the hop before Receive, too: nothing is lost between them then, and one of the
/// clocks is wrong.
async fn has_all_that_is_sent(hops: &[Looked], at: usize, ask: &Ask) -> bool {
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
    newest.is_some_and(|newest| there.age_ms(newest) <= APART_MS)
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
async fn now_at(
    here: &Looked,
    metric: &Metric,
    ask: &Ask,
    query: &str,
    selector: Option<&Selector>,
) -> Sight {
    let sight = here.sight.clone();
    let lists = match sight.head_is_ahead {
        true => "its head lists the name, and its newest sample is ahead of the clock",
        false => "its head lists the name, which it does for hours after the last sample",
    };
    if let (Some(selector), Some(hop)) = (selector, ask.world().backend(&here.hop))
        && hop.answers(Capability::StoreApi).is_some()
    {
        let back = metric.window.map_or(LOOKBACK, |window| window.0);
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

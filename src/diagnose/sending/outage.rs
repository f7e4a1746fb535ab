//! What was to be seen of the sender at a moment before its last start: whether it ran then, and whether anything of it arrived downstream.

use crate::backend::answer::QueryResult;
use crate::backend::{Backend, Capability};
use crate::check::missing_by_warning;
use crate::diagnose::case::Case;
use crate::diagnose::sending::block::Sending;
use crate::leaves::{Selector, Timestamp};

/// What was to be seen of the sender at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It has no `up` of that time: it did not scrape.
    NotRunning,
    /// It scraped, and nothing of it arrived at this hop; the exchanges that show it.
    NothingArrived(String, [u32; 2]),
    /// It scraped, and something of it arrived.
    Arrived,
}

/// The first hop after the sender that answers PromQL, and `up` of this sender as it has it. None where others' would answer, too.
pub(crate) fn arriving<'a>(
    case: &'a Case<'_>,
    sending: &Sending<'_>,
) -> Option<(&'a Backend, Selector)> {
    let place = case.ask.world().position(sending.sender.name())?;
    let station = case.stations.iter().find(|station| {
        let at = case.ask.world().position(station.hop.name());
        at.is_none_or(|at| at > place) && station.hop.answers(Capability::Query).is_some()
    })?;
    let asked = station.sight.asked.as_ref()?;
    let mut up = Selector::of("up");
    up.matchers.extend(
        asked
            .matchers
            .iter()
            .filter(|matcher| !case.metric.metric.matchers.contains(matcher))
            .cloned(),
    );
    (!up.matchers.is_empty()).then(|| (&*station.hop, up))
}

/// What was to be seen of the sender at that moment, within two minutes before it. None where it cannot be told.
pub(crate) async fn then(
    case: &Case<'_>,
    sending: &Sending<'_>,
    moment: Timestamp,
) -> Option<Then> {
    let (hop, up) = arriving(case, sending)?;
    let (ran, own) = is_there(case, sending.sender, &Selector::of("up"), moment).await?;
    if !ran {
        return Some(Then::NotRunning);
    }
    let (arrived, there) = is_there(case, hop, &up, moment).await?;
    Some(match arrived {
        true => Then::Arrived,
        false => Then::NothingArrived(hop.name().to_owned(), [own, there]),
    })
}

async fn is_there(
    case: &Case<'_>,
    hop: &Backend,
    up: &Selector,
    moment: Timestamp,
) -> Option<(bool, u32)> {
    let query = format!("count(last_over_time({up}[2m]))");
    let told = case.ask.query_at(hop, query, moment).await.ok()?;
    if missing_by_warning(&told.value.warnings).is_some() {
        return None;
    }
    match &told.value.result {
        QueryResult::Vector(samples) => Some((!samples.is_empty(), told.n)),
        _ => None,
    }
}
